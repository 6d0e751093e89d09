"""The readers: each turns files of some formats into an `Extraction`."""
