"""Hit or compute: the one flow, its two drivers, and flights."""
