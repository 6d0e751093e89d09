"""Name the work: digests, recipes and keys. Pure; standard library only."""
