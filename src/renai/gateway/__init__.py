"""An endpoint of OpenAI's protocol in front of another one, which caches embeddings."""
