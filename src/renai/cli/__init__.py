"""The command line: each module parses its options, calls the library and shows the result."""
