"""What can be done with a cache besides using it: look into it, explain, check, thin, carry, forget."""
