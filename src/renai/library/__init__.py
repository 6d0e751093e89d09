"""Run whole libraries: from paths over metadata to a plan of renames, and its review."""
