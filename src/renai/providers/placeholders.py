"""Words that stand in place of a title or a name: for what is unknown, or left behind by software.

These are tables of data, in the languages met so far. A new word is added here; where the answers
of `offline` can change by it, `offline` also gets a new revision.
"""

from __future__ import annotations

import re

NO_VALUE = frozenset(
    ("unknown", "unknown author", "unknown title", "untitled", "no title", "none", "null")
)
"""Words for what is unknown, in lower case, that are not used as part of a file's name."""

PLACEHOLDERS = NO_VALUE | {
    *("", "n/a", "n.a.", "nil", "nan", "undefined", "unspecified", "tbd"),
    *("unknown authors", "author unknown", "unknown publisher", "unknown year"),
    *("untitled document", "no author", "not available", "not applicable", "not found"),
    *("not given", "not known", "not mentioned", "not provided", "not specified", "not stated"),
    *("unbekannt", "inconnu"),
}
"""All that models and files say of a field that is unknown, in lower case."""

_EXTENSION = "docx?|dot|pdf|indd|qxd|p65|tex|dvi|ps|rtf|odt|pptx?|xlsx?|html?|txt|wpd|jpe?g|tiff?"
TITLES_LEFT_BY_SOFTWARE = re.compile(
    "|".join(
        (
            r"^microsoft (word|powerpoint|excel|publisher|office)\b",
            r"^(powerpoint|word|excel) (presentation|document|template|sheet)$",
            r"^(print|printing|scan|scanned|img|image|dsc|fax)\b[ _-]*\d*",
            (
                r"^(layout|slide|document|doc|book|page|sheet|presentation|template|title|chapter"
                r"|dokument|diapositiva|folie|main|paper|article|manuscript|final|draft|cover|test)"
                r"[ _-]*\d*$"
            ),
            r"^(type (the )?(document )?title|enter title|insert title|title of)\b",
            r"^(pii|doi|arxiv|issn|isbn|job|ms no|manuscript no)\b",
            r"^(acrobat|adobe|quark|latex|tex output|ghostscript|pdftex|calibre|openoffice)\b",
            r"^https?:|^www\.|^file:|[\\/].*[\\/]|^[a-z]:\\",
            rf"\.({_EXTENSION})\b",
            r"^[^\W\d_]*[\d_][\w.-]*$",
            r"^[^a-z]*$(?<![^\W\d_]{2})",
        )
    ),
    re.IGNORECASE,
)
"""Titles that word processors, templates, scanners and servers write by themselves."""

ACCOUNTS = re.compile(
    r"^(user|admin|administrator|owner|author|default|guest|root|pc|home|customer|client|office"
    r"|microsoft|hp|dell|acer|lenovo|windows|scanner|calibre|test|me|staff|student|unknown)\b"
    r"|\d|@|_|[\\/]",
    re.IGNORECASE,
)
"""Names of accounts, programs and computer makers that are found in place of the author."""
