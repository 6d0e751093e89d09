"""Worker processes in which hostile documents are parsed under limits."""
