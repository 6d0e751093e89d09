"""The result of reading a document once: its text, and the facts found beside the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line on one of the first pages.

    Attributes:
        text: the line's text, with white space folded.
        size: the type size in points; the largest one on the line.
        page: the page's number, counted from 0.
        top: the distance of the line's top from the page's top, as a fraction of the page's height.
        bold: whether the typeface is bold, as far as the file tells.
        page_height: the height of the page in points; for a slide, a third of a sheet's height.
    """

    text: str
    size: float
    page: int
    top: float
    bold: bool = False
    page_height: float = 800.0


@dataclass(frozen=True, slots=True)
class Trace:
    """What OCR recognised on one page.

    Attributes:
        page: the page's number, counted from 1, as people count.
        picture: a JPEG of the page with a box around each line, numbered in reading order.
        record: what was recognised, as JSON values: `page`, `engine`, `width` and `height` of the
            picture in pixels, and `lines` in reading order, each with its `text`, its `box` (left,
            top, right, bottom, in pixels) and the engine's `confidence`, 0 to 1.
    """

    page: int
    picture: bytes
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was extracted from one document.

    Attributes:
        text: the document's text in reading order, at most the text limit's number of characters;
            valid Unicode without surrogates and control characters other than newline and tab.
        properties: what the file says of itself, under the names of `providers.schema.Metadata`
            where it has one (`title`, `authors`, `year`, `publisher`, `language`, `isbn`,
            `doi`, `series`, `series_index`, `subject`), else under the format's own (`producer`).
            Values are strings or lists of strings, as they stand in the file.
        lines: the printed lines of the first two pages with their type sizes, where the format has
            pages.
        pages: the number of pages; None where the format has none.
        extractor: the libraries that read the file, with their versions; recorded, never compared.
        pictures: JPEG files of the image, or of sampled pages, for a vision model; made when they
            are needed, and never stored.
        traces: what OCR recognised, page by page, where that was asked for; kept apart from the
            text.
        seconds: how long reading took, in seconds; 0 where the text came from the cache.
        read_as: the media type by which the bytes were read, where only the suffix told it; empty
            where the bytes tell it, or the reader reads but one.
    """

    text: str
    properties: dict[str, str | list[str]] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    pages: int | None = None
    extractor: str = ""
    pictures: tuple[bytes, ...] = ()
    traces: tuple[Trace, ...] = ()
    seconds: float = 0.0
    read_as: str = ""

    def facts(self) -> dict[str, Any]:
        """Return all but text, pictures and traces, as JSON values; `from_facts` is the inverse."""
        return {
            "properties": self.properties,
            "lines": [[x.text, x.size, x.page, x.top, x.bold, x.page_height] for x in self.lines],
            "pages": self.pages,
            "extractor": self.extractor,
        }

    @classmethod
    def from_facts(cls, text: str, facts: dict[str, Any]) -> Extraction:
        """Build an extraction from a text and its `facts`.

        Raises:
            KeyError, TypeError, ValueError: these are no facts.
        """
        if not _are_facts(facts):
            raise ValueError("not the facts of an extraction")
        return cls(
            text=text,
            properties=facts["properties"],
            lines=tuple(Line(*line) for line in facts["lines"]),
            pages=facts["pages"],
            extractor=facts["extractor"],
        )


def _are_facts(facts: dict[str, Any]) -> bool:
    match facts:
        case {
            "properties": dict(properties),
            "lines": list() | tuple() as lines,
            "pages": int() | None,
            "extractor": str(),
        }:
            return all(map(_is_property, properties.values())) and all(map(_is_line, lines))
    return False


def _is_property(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(line, str) for line in value)
    )


def _is_line(value: object) -> bool:
    match value:
        case [str(), *rest]:
            return all(map(_is_number, rest))
    return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and isfinite(value)
