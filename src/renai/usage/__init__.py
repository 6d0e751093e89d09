"""Count hits, misses and costs, and keep the counts."""
