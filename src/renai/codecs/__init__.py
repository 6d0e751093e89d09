"""Turn results into bytes: codecs that give every entry its header and checksum. No I/O."""
