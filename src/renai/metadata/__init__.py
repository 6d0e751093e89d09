"""Say what a file is: the text and metadata caches, and the way of one document through them."""
