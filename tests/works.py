"""Texts that are long enough for works, and speak of what their first lines say."""

from __future__ import annotations

_BEYOND_HEADS = 10_000
"""Characters; nobody looks for a title, a name or a heading so far down."""


def as_work(text: str, about: str | None = None) -> str:
    """Return a text that goes on, far below its head, about the words of its first lines.

    A text of a sentence or two is no work, whatever its title looks like: tests of what titles look
    like have it go on.

    Args:
        text: the head.
        about: other words that it goes on about.
    """
    words = dict.fromkeys((text[:300] if about is None else about).split())
    rest = "\n".join(f"Of this it says: {word}, {word}; and again {word}." for word in words)
    return f"{text}\n\n{' ' * _BEYOND_HEADS}\n{rest}" if text.strip() else text
