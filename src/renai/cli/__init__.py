"""The commands: each module parses, calls and shows."""
