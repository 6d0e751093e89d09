"""`renai eval` and its commands."""
