"""Store vectors: one for each text, named by the text and by everything that shapes the vector."""
