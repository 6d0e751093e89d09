"""What can be done with a cache besides using it: list, explain, check, thin, carry, forget."""
