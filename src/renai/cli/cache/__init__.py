"""`renai cache` and its sub-commands."""
