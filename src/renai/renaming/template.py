"""Make the name of a file from metadata, by a pattern in which what is not known vanishes.

A pattern such as `{author} - {title} ({year})` is a row of fields and bracketed rows, with
punctuation between them. A bracket whose fields are all empty goes as a whole. Of the punctuation
between two parts that stay, one piece stays: the one before a bracket, else the one that says most
(` - ` says more than a space).
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from string import Formatter
from typing import TYPE_CHECKING, NamedTuple

from renai.errors import UsageError
from renai.renaming.naming import (
    NAME_BYTES,
    NUMBER_BYTES,
    SIDECAR_BYTES,
    cut,
    is_portable,
    presentable,
    usable,
)
from renai.text_cleaning import is_plain, name_part, single_spaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from renai.providers.schema import Metadata

NO_TITLE = "no title"
"""Why a file keeps its name of which no usable title is known."""

NOT_PORTABLE = "its new name is not allowed on every system"
"""Why a file keeps its name for which no name could be made that every platform takes."""

MOST_AUTHORS = 3
"""The most authors that are all named; of more, the name has the first and "et al"."""


@lru_cache(maxsize=4096)  # many files share their authors
def _author_line(authors: tuple[str, ...]) -> str:
    named = [name for author in authors if (name := usable(author))]
    # No dot after "al": at the end of a name it would have to go again.
    return f"{named[0]} et al" if len(named) > MOST_AUTHORS else ", ".join(named)


def _index(metadata: Metadata) -> str:
    index = metadata.series_index
    return f"{index:g}" if index is not None and math.isfinite(index) else ""


FIELDS: Mapping[str, Callable[[Metadata], str]] = {
    "author": lambda metadata: _author_line(metadata.authors),
    "title": lambda metadata: usable(metadata.title),
    "year": lambda metadata: str(metadata.year or ""),
    "category": lambda metadata: usable(metadata.category),
    "authors": lambda metadata: usable(", ".join(metadata.authors)),
    "subtitle": lambda metadata: usable(metadata.subtitle),
    "publisher": lambda metadata: usable(metadata.publisher),
    "series": lambda metadata: usable(metadata.series),
    "series_index": _index,
    "isbn": lambda metadata: usable(metadata.isbn),
    "doi": lambda metadata: usable(metadata.doi),
    "language": lambda metadata: usable(metadata.language),
    "date": lambda metadata: usable(metadata.date),
    "camera": lambda metadata: usable(metadata.camera),
    "place": lambda metadata: usable(metadata.place),
    "confidence": lambda metadata: "" if metadata.confidence is None else f"{metadata.confidence}",
}
"""The fields a pattern may name. `evidence`, the one field that is not a value, is left out."""

_CLOSING = {"(": ")", "[": "]"}


class _Field(NamedTuple):
    """A part that the value of one field of metadata fills."""

    name: str

    def fill(self, values: Mapping[str, str]) -> str:
        return values[self.name]


class _Row(NamedTuple):
    """Parts in a row: `literals[i]` stands before `parts[i]`, and the last one at the end."""

    literals: tuple[str, ...]
    parts: tuple[_Field | _Row, ...]
    opening: str = ""

    def fill(self, values: Mapping[str, str]) -> str:
        filled = [part.fill(values) for part in self.parts]
        known = [position for position, text in enumerate(filled) if text]
        if not known:
            return ""
        pieces = [self.opening, self.literals[0] if known[0] == 0 else "", filled[known[0]]]
        for before, position in pairwise(known):
            pieces += [self._between(before, position), filled[position]]
        last = known[-1] == len(filled) - 1
        pieces += [self.literals[-1] if last else "", _CLOSING.get(self.opening, "")]
        return "".join(pieces)

    def _between(self, before: int, position: int) -> str:
        """Return the one piece of punctuation that stays where the parts between two vanished."""
        part = self.parts[position]
        if position == before + 1 or (isinstance(part, _Row) and part.opening):
            return self.literals[position]
        between = reversed(self.literals[before + 1 : position + 1])
        return max(between, key=lambda literal: len(literal.strip()))


@dataclass(frozen=True, slots=True)
class Template:
    """A name pattern, parsed.

    Attributes:
        pattern: as the user wrote it.
        fields: the fields of metadata that it names.
    """

    pattern: str
    fields: tuple[str, ...]
    _row: _Row
    _shapes: dict[tuple[bool, ...], str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    @lru_cache(maxsize=64)  # settings are checked by it, and then plans are made by it
    def parse(cls, pattern: str) -> Template:
        """Read a pattern.

        Raises:
            UsageError: it names a field that does not exist, or cannot be read.
        """
        if "/" in pattern or "\\" in pattern:
            raise UsageError(
                f"template {pattern!r}: a template names a file, not a folder; use --organize"
            )
        try:
            tokens = list(_tokens(pattern))
        except ValueError as error:
            raise UsageError(f"template {pattern!r}: {error}") from error
        fields = tuple(dict.fromkeys(name for kind, name in tokens if kind == "field"))
        for name in fields:
            if name not in FIELDS:
                known = ", ".join(FIELDS)
                raise UsageError(f"template {pattern!r}: no field {name!r}; there are {known}")
        if not fields:
            raise UsageError(f"template {pattern!r}: names no field, as {{title}} is one")
        return cls(pattern, fields, _row_of(iter(tokens), "", pattern))

    def values(self, metadata: Metadata) -> dict[str, str]:
        """Return what the fields say of a document, cleaned; empty where nothing is known."""
        return {name: FIELDS[name](metadata) for name in self.fields}

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the pattern with values put in, less what belongs to an empty one."""
        # What is left of a pattern depends only on which values are known, so it is worked out
        # once for each such set and not for each file.
        known = tuple(map(bool, values.values()))
        shape = self._shapes.get(known)
        if shape is None:
            fields = {name: f"{{{name}}}" if value else "" for name, value in values.items()}
            shape = self._shapes[known] = self._row.fill(fields)
        return shape.format_map(values)


def file_stem(metadata: Metadata, template: Template, extension: str) -> tuple[str, str]:
    """Name a file, short of its number and its extension.

    Where the name would get too long, the longest value is cut, so that the year at the end
    stays.

    Args:
        metadata: what is known of the file.
        template: how a name is made of it.
        extension: the file's own, with its dot; it is not altered, only counted.

    Returns:
        The stem, and an empty string; or an empty string, and the reason for which the file keeps
        its name: `NO_TITLE` or `NOT_PORTABLE`.
    """
    values = template.values(metadata)
    if not (values.get("title") or usable(metadata.title)):
        return "", NO_TITLE
    room = NAME_BYTES - NUMBER_BYTES - SIDECAR_BYTES - len(extension.encode(errors="replace"))
    stem = _filled(template, values, room)
    plain = is_plain(stem)
    if not plain:
        stem = single_spaced(unicodedata.normalize("NFC", stem))
    stem = presentable(stem)
    if not stem:
        return "", NO_TITLE
    if not plain and not is_portable(stem + extension):
        return "", NOT_PORTABLE
    return stem, ""


def _filled(template: Template, values: dict[str, str], room: int) -> str:
    """Fill a template with values, shortened so that at most `room` bytes come out."""
    stem = template.fill(values)
    while (excess := len(stem.encode()) - room) > 0:
        longest = max(values, key=lambda field: len(values[field].encode()))
        kept = len(values[longest].encode()) - excess
        if kept <= 0:
            return cut(stem, room)
        values = values | {longest: cut(values[longest], kept)}
        stem = template.fill(values)
    return stem


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield `("text", words)`, `("open", bracket)`, `("close", bracket)`, `("field", name)`."""
    for literal, name, form, conversion in Formatter().parse(pattern):
        text = ""
        for character in literal:
            if character in "()[]":
                yield "text", _punctuation(text)
                yield "open" if character in _CLOSING else "close", character
                text = ""
            else:
                text += character
        yield "text", _punctuation(text)
        if form or conversion:
            raise ValueError(f"a field stands alone in its braces, as in {{{name}}}")
        if name is not None:
            yield "field", name


def _punctuation(text: str) -> str:
    """Return a literal, cleaned but for the spaces at its ends; its braces stand doubled."""
    inner = name_part(text).strip().replace("{", "{{").replace("}", "}}")
    if not inner:
        return " " if text else ""
    return " " * text[0].isspace() + inner + " " * text[-1].isspace()


def _row_of(tokens: Iterator[tuple[str, str]], opening: str, pattern: str) -> _Row:
    literals, parts = [""], list[_Field | _Row]()
    for kind, text in tokens:
        if kind == "text":
            literals[-1] += text
        elif kind == "field":
            parts.append(_Field(text))
            literals.append("")
        elif kind == "open":
            inner = _row_of(tokens, text, pattern)
            if inner.parts:
                parts.append(inner)
                literals.append("")
            else:  # a bracket without a field is punctuation
                literals[-1] += text + inner.literals[0] + _CLOSING[text]
        elif text == _CLOSING.get(opening):
            return _Row(tuple(literals), tuple(parts), opening)
        else:
            raise UsageError(f"template {pattern!r}: {text!r} closes no bracket")
    if opening:
        raise UsageError(f"template {pattern!r}: {opening!r} is not closed")
    return _Row(tuple(literals), tuple(parts))
