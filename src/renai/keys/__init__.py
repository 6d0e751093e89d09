"""Name pieces of work: digests, recipes and keys. No I/O, and only the standard library."""
