"""Words that stand in place of a title or a name: for what is unknown, or left behind by software.

These are tables of data, in the languages met so far. A new word is added here; where the answers
of `offline` can change by it, `offline` also gets a new revision.
"""

from __future__ import annotations

NO_VALUE = frozenset(
    ("unknown", "unknown author", "unknown title", "untitled", "no title", "none", "null")
)
"""Words for what is unknown, in lower case, that are not used as part of a file's name."""

PLACEHOLDERS = NO_VALUE | {
    *("", "n/a", "n.a.", "nil", "nan", "undefined", "unspecified", "tbd"),
    *("unknown authors", "author unknown", "unknown publisher", "unknown year"),
    *("untitled document", "no author", "not available", "not applicable", "not found"),
    *("not given", "not known", "not mentioned", "not provided", "not specified", "not stated"),
    *("unbekannt", "inconnu", "[unknown]", "desconocido", "sconosciuto", "onbekend", "okänd"),
    *("ohne titel", "sans titre", "sin título", "senza titolo", "sem título", "без названия"),
    *("unbenannt", "untitled page", "no title available", "[document title]", "document title"),
    *("[titel des dokuments]", "[titre du document]", "[título del documento]", "無題", "无标题"),
}
"""All that models and files say of a field that is unknown, in lower case."""
