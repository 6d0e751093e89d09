"""Compare what providers and models say of the same documents, with each other and with a truth."""
