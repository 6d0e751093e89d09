"""`renai cache` and its commands."""
