"""Show hostile names: what stands in a file's name must not steer a terminal or forge a line."""

from __future__ import annotations


def printable(text: str) -> str:
    """Escape what is not printable: control characters, line ends, bidi overrides, bad UTF-8."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
