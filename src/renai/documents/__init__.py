"""Read a file: find documents, digest them, and parse them where they can do no harm."""
