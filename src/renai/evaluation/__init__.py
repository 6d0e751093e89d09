"""Compare the answers of providers and models about the same documents, also with the truth."""
