"""Frame the result: codecs that give every entry its header and checksum. Pure."""
