"""Recognise text on pages that are pictures."""
