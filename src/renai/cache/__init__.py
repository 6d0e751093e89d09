"""Hit or compute: the flow, reservations that drive it, single flight and leases."""
