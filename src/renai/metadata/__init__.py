"""Find out what a file is: the caches of texts and metadata, and the pipeline for one document."""
