"""Ask a model, or the document itself."""
