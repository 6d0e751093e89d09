"""`Metadata`: the one schema that every provider fills.

Building one from any values cleans every field (`providers.cleaning`) and never fails because of a
single field. `read_answer` is for what a model said, and refuses an answer without any use;
`from_stored` is for what was cleaned before it was stored, and checks nothing, so that a run over a
cached library does not waste its time on validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

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
    from collections.abc import Mapping, Sequence

QUOTABLE = (
    *("title", "authors", "year", "category", "subtitle"),
    *("publisher", "series", "series_index", "isbn", "language"),
)
"""The fields that a model is asked for, each with evidence."""

EVIDENCED = (*QUOTABLE, "doi")
"""The fields that words of a document can be evidence for; no model is asked for a DOI."""

Line = Annotated[str | None, BeforeValidator(clean_line)]


def _clean_evidence(value: object) -> dict[str, str]:
    return clean_quotes(value, frozenset(EVIDENCED))


class Metadata(BaseModel):
    """What is known of one document. A field that is not known is empty, never guessed.

    `isbn` is an ISBN-13 of digits only, `doi` begins with `10.`, `language` is an ISO 639-1 code
    where `offline` or a model gives it. `evidence` maps the name of a field to the words of the
    document it rests on. `date` (as in ISO 8601), `camera` and `place` are known of photos. A value
    that is not fit for its field is dropped, so no value makes building a Metadata fail.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: Line = None
    authors: Annotated[tuple[str, ...], BeforeValidator(clean_names)] = ()
    year: Annotated[int | None, BeforeValidator(clean_year)] = None
    category: Line = None
    subtitle: Line = None
    publisher: Line = None
    series: Line = None
    series_index: Annotated[float | None, BeforeValidator(clean_index)] = None
    isbn: Annotated[str | None, BeforeValidator(clean_isbn)] = None
    doi: Annotated[str | None, BeforeValidator(clean_doi)] = None
    language: Line = None
    date: Line = None
    camera: Line = None
    place: Line = None
    confidence: Annotated[float | None, BeforeValidator(clean_confidence)] = None
    evidence: Annotated[dict[str, str], BeforeValidator(_clean_evidence)] = Field(
        default_factory=dict
    )

    @model_validator(mode="before")
    @classmethod
    def _take_author_for_authors(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("authors") and "author" in data:
            return {**data, "authors": data["author"]}
        return data

    @property
    def author(self) -> str | None:
        """All authors on one line; None if there are none."""
        return ", ".join(self.authors) or None

    def fields(self) -> dict[str, Any]:
        """Return the fields as JSON values, in the layout that users' scripts rely on.

        Title, author, authors, year and category are always there, also when empty; the other
        fields only when they are known.
        """
        known = self.model_dump(mode="json")
        return {
            "title": self.title,
            "author": self.author,
            "authors": list(self.authors),
            "year": self.year,
            "category": self.category,
            **{name: value for name, value in known.items() if value not in (None, {}, [])},
        }

    @staticmethod
    def from_stored(fields: Mapping[str, Any]) -> Metadata:
        """Return metadata built from stored `fields` without checks: the entry has a checksum."""
        known = {**_NOTHING_KNOWN, **fields}
        known.pop("author", None)  # follows from the authors
        if len(known) > len(_FIELDS):  # with fields of another version
            known = {name: known[name] for name in _NOTHING_KNOWN}
        known["authors"] = tuple(known["authors"] or ())
        known["evidence"] = known["evidence"] or {}  # else many would share one dict
        # A run makes one for each file, and pydantic's own ways take several times as long.
        metadata = Metadata.__new__(Metadata)
        _put(metadata, "__dict__", known)
        _put(metadata, "__pydantic_fields_set__", _FIELDS)
        _put(metadata, "__pydantic_extra__", None)
        _put(metadata, "__pydantic_private__", None)
        return metadata


_put = object.__setattr__  # the class is frozen
_FIELDS = set(Metadata.model_fields)
_NOTHING_KNOWN = Metadata().__dict__


def read_answer(answer: Mapping[str, Any]) -> Metadata:
    """Return the metadata in a model's answer.

    Raises:
        ValueError: nothing in the answer is of use; the message tells the model what to correct. An
            answer that honestly says of every field that it is unknown is of use.
    """
    offered = {"author", *QUOTABLE} & answer.keys()
    if not offered:
        raise ValueError(f"The object has none of the fields {', '.join(QUOTABLE)}.")
    metadata = Metadata.model_validate(answer)
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
