"""Keep the bytes: stores that know names and bytes, and nothing else."""
