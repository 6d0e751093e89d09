"""`renai eval` and its sub-commands."""
