"""Count what is hit, missed, spent and saved, and keep the counts."""
