"""Name files: from metadata to a plan, and from a plan to renames that can be undone."""
