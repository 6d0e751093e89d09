"""`Metadata`: the one schema that every provider fills.

Building one from any values cleans every field (`providers.cleaning`) and never fails because of a
single field. `read_answer` is for what a model said, and refuses an answer without any use;
`from_stored` is for what was cleaned before it was stored, and checks nothing, so that a run over a
cached library does not waste its time on validation. For the same reason this is no model of
pydantic, whose import would take half as long as all else that a run begins with.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from renai.providers.cleaning import (
    clean_confidence,
    clean_doi,
    clean_index,
    clean_isbn,
    clean_line,
    clean_names,
    clean_quotes,
    clean_year,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

QUOTABLE = (
    *("title", "authors", "year", "category", "subtitle"),
    *("publisher", "series", "series_index", "isbn", "language"),
)
"""The fields that a model is asked for, each with evidence."""

EVIDENCED = (*QUOTABLE, "doi")
"""The fields that words of a document can be evidence for; no model is asked for a DOI."""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What is known of one document. A field that is not known is empty, never guessed.

    `isbn` is an ISBN-13 of digits only, `doi` begins with `10.`, `language` is an ISO 639-1 code
    where `offline` or a model gives it. `evidence` maps the name of a field to the words of the
    document it rests on. `date` (as in ISO 8601), `camera` and `place` are known of photos. A value
    that is not fit for its field is dropped, so no value makes building a Metadata fail.
    """

    title: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None
    category: str | None = None
    subtitle: str | None = None
    publisher: str | None = None
    series: str | None = None
    series_index: float | None = None
    isbn: str | None = None
    doi: str | None = None
    language: str | None = None
    date: str | None = None
    camera: str | None = None
    place: str | None = None
    confidence: float | None = None
    evidence: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, clean in _CLEANING.items():
            _put(self, name, clean(getattr(self, name)))

    @classmethod
    def from_said(cls, said: Mapping[str, Any]) -> Metadata:
        """Return what somebody says of a document, cleaned; names of no field are ignored.

        `author` may stand for `authors`.
        """
        known = {name: said[name] for name in _CLEANING if name in said}
        if not known.get("authors") and "author" in said:
            known["authors"] = said["author"]
        return cls(**known)

    @classmethod
    def from_stored(cls, fields: Mapping[str, Any]) -> Metadata:
        """Return metadata built from stored `fields` without checks: the entry has a checksum."""
        known = {**_NOTHING_KNOWN, **fields}
        known.pop("author", None)  # follows from the authors
        if len(known) > len(_CLEANING):  # with fields of another version
            known = {name: known[name] for name in _CLEANING}
        known["authors"] = tuple(known["authors"] or ())
        known["evidence"] = known["evidence"] or {}  # else many would share one dict
        return _made_of(known)

    def with_values(self, **values: Any) -> Metadata:
        """Return a copy with other values, which are fit for their fields already."""
        return _made_of({**vars(self), **values})

    @property
    def author(self) -> str | None:
        """All authors on one line; None if there are none."""
        return ", ".join(self.authors) or None

    def fields(self) -> dict[str, Any]:
        """Return the fields as JSON values, in the layout that users' scripts rely on.

        Title, author, authors, year and category are always there, also when empty; the other
        fields only when they are known.
        """
        always = {
            "title": self.title,
            "author": self.author,
            "authors": list(self.authors),
            "year": self.year,
            "category": self.category,
        }
        known = {name: value for name, value in asdict(self).items() if value not in (None, {})}
        return always | {name: known[name] for name in known if name not in always}


_put = object.__setattr__  # the class is frozen

_CLEANING: Mapping[str, Callable[[Any], Any]] = {
    "title": clean_line,
    "authors": clean_names,
    "year": clean_year,
    "category": clean_line,
    "subtitle": clean_line,
    "publisher": clean_line,
    "series": clean_line,
    "series_index": clean_index,
    "isbn": clean_isbn,
    "doi": clean_doi,
    "language": clean_line,
    "date": clean_line,
    "camera": clean_line,
    "place": clean_line,
    "confidence": clean_confidence,
    "evidence": partial(clean_quotes, fields=frozenset(EVIDENCED)),
}
"""What makes of any value one that is fit for its field, for all fields in their order."""

METADATA_FIELDS = tuple(_CLEANING)
"""The names of the fields, in their order."""

_NOTHING_KNOWN = vars(Metadata())


def _made_of(values: dict[str, Any]) -> Metadata:
    metadata = Metadata.__new__(Metadata)
    _put(metadata, "__dict__", values)
    return metadata


def read_answer(answer: Mapping[str, Any]) -> Metadata:
    """Return the metadata in a model's answer.

    Raises:
        ValueError: nothing in the answer is of use; the message tells the model what to correct. An
            answer that honestly says of every field that it is unknown is of use.
    """
    offered = {"author", *QUOTABLE} & answer.keys()
    if not offered:
        raise ValueError(f"The object has none of the fields {', '.join(QUOTABLE)}.")
    metadata = Metadata.from_said(answer)
    said = {name for name in offered if answer[name] not in (None, "", [])}
    if said and not any(getattr(metadata, name) for name in QUOTABLE):
        raise ValueError(f"No usable value in {', '.join(sorted(said))}: use strings, or null.")
    return metadata


def json_schema(categories: Sequence[str]) -> dict[str, Any]:
    """Return the schema of an answer, in the strict subset of JSON Schema for structured outputs.

    Every property is required and may be null, and no other property is allowed
    (platform.openai.com/docs/guides/structured-outputs, "Supported schemas").
    """
    text = {"type": ["string", "null"]}
    number = {"type": ["number", "null"]}
    return _strict_object(
        {
            "title": text,
            "subtitle": text,
            "authors": {"type": "array", "items": {"type": "string"}},
            "year": {"type": ["integer", "null"]},
            "category": {"type": "string", "enum": list(categories)},
            "publisher": text,
            "series": text,
            "series_index": number,
            "isbn": text,
            "language": text,
            "confidence": number,
            "evidence": _strict_object(dict.fromkeys(QUOTABLE, text)),
        }
    )


def _strict_object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
