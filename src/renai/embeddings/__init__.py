"""The three caches: each a codec, a spelling of names and a policy over `renai.cache`."""
