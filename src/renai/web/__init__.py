"""`renai web`: one local page over the same library, cache and journal as the command line."""
