"""Read what a document says of itself: heuristics in place of a model."""
