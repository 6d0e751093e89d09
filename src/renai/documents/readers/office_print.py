"""Read the first paragraph of an office document if its print is larger than all that follows.

Many writers choose no style for a title, and set its first line in large type instead. xberg gives
the words alone, so sizes are read here: of a paragraph's style, of the styles that it is made from,
and of the pieces of text that have a size of their own.

Formats: ISO/IEC 29500-1 (DOCX 17.3.2.38 and 17.7), OpenDocument 1.3 (16.2, 20.183).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from renai.documents.readers.office_xml import (
    ASIDE,
    FIRST_PARAGRAPHS,
    attribute,
    head_of,
    local,
    read_archive,
    words_in,
)
from renai.documents.readers.safe_xml import BROKEN, elements_in_head, xml_part

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from xml.etree.ElementTree import Element

LARGE_HEADING = "large_heading"
"""The property with the paragraphs that begin a document in the largest print of all."""

_LARGER = 1.15
"""Times the size that most letters have."""
_MOST_LINES = 3
_MOST_PARENTS = 10
_USUAL = 10.0
"""Points, where a document of Word says nothing."""
_USUAL_OF_OPEN_DOCUMENT = 12.0


@dataclass(frozen=True, slots=True)
class _Style:
    """What a style says of the size of its letters.

    Attributes:
        parent: the style that it is made from.
        size: in points; None if it says none.
        share: of the parent's size; None if it says none.
    """

    parent: str
    size: float | None = None
    share: float | None = None


def large_heading(form: str, data: bytes) -> dict[str, str | list[str]]:
    """Return the property with the first lines, where they are larger than all that follows.

    Args:
        form: the format's name; nothing is known of other formats than DOCX and ODT.
        data: the whole file.
    """
    read = {"DOCX": _docx, "ODT": _odt}.get(form)
    return read_archive(data, lambda archive: _largest_first(read(archive))) if read else {}


def _largest_first(paragraphs: Iterable[tuple[float, str]]) -> dict[str, str | list[str]]:
    """Return the first paragraphs that have the largest size, if that is not the text's own."""
    filled = [(round(size, 1), text) for size, text in islice(paragraphs, FIRST_PARAGRAPHS) if text]
    sizes: Counter[float] = Counter()
    for size, text in filled:
        sizes[size] += len(text)
    if not filled or filled[0][0] < _LARGER * sizes.most_common(1)[0][0]:
        return {}
    largest = max(sizes)
    first = [text for _, text in takewhile(lambda one: one[0] == largest, filled)]
    others = sum(size == largest for size, _ in filled[len(first) :])
    return {LARGE_HEADING: first} if 0 < len(first) <= _MOST_LINES and not others else {}


def _docx(archive: zipfile.ZipFile) -> Iterator[tuple[float, str]]:
    styles, usual, default = _styles_of_word(archive)
    head = head_of(archive, "word/document.xml")
    for paragraph in elements_in_head(head, {"p"}, ASIDE):
        style = attribute(paragraph.find("{*}pPr/{*}pStyle"), "val") or default
        size = _usual_in(paragraph, _size(style, styles, usual), _size_of_run, everywhere=False)
        yield size, words_in(paragraph)


def _styles_of_word(archive: zipfile.ZipFile) -> tuple[dict[str, _Style], float, str]:
    """Return the styles, the size of what has none, and the style of paragraphs without one."""
    styles: dict[str, _Style] = {}
    default = ""
    try:
        root = xml_part(archive, "word/styles.xml")
    except BROKEN:
        return styles, _USUAL, default
    for style in root.iterfind("{*}style"):
        identifier = attribute(style, "styleId")
        parent = attribute(style.find("{*}basedOn"), "val")
        styles[identifier] = _Style(parent, _half_points(style.find("{*}rPr/{*}sz")))
        is_of_paragraphs = attribute(style, "type") == "paragraph"
        if is_of_paragraphs and attribute(style, "default") in ("1", "true"):
            default = identifier
    usual = _half_points(root.find("{*}docDefaults/{*}rPrDefault/{*}rPr/{*}sz"))
    return styles, usual or _USUAL, default


def _size_of_run(element: Element) -> float | None:
    return _half_points(element.find("{*}rPr/{*}sz")) if local(element) == "r" else None


def _half_points(element: Element | None) -> float | None:
    said = attribute(element, "val")
    return int(said) / 2 if said.isdecimal() and 0 < len(said) < 5 else None


def _odt(archive: zipfile.ZipFile) -> Iterator[tuple[float, str]]:
    styles: dict[str, _Style] = {}
    usual = _USUAL_OF_OPEN_DOCUMENT
    for style in elements_in_head(head_of(archive, "styles.xml"), {"style", "default-style"}):
        found = _style_of_open_document(style)
        if local(style) == "style":
            styles[attribute(style, "name")] = found
        elif attribute(style, "family") == "paragraph":
            usual = found.size or usual
    for element in elements_in_head(head_of(archive, "content.xml"), {"style", "p", "h"}, ASIDE):
        if local(element) == "style":
            styles[attribute(element, "name")] = _style_of_open_document(element)
            continue

        def size_of_span(element: Element) -> float | None:
            style = styles.get(attribute(element, "style-name"))
            return style.size if style and local(element) == "span" else None

        size = _size(attribute(element, "style-name"), styles, usual)
        yield _usual_in(element, size, size_of_span, everywhere=True), words_in(element)


def _usual_in(
    paragraph: Element,
    size: float,
    own: Callable[[Element], float | None],
    *,
    everywhere: bool,
) -> float:
    """Return the size that most letters of a paragraph have, each that of its innermost piece.

    Args:
        paragraph: the paragraph.
        size: of letters that are in no piece with a size of its own.
        own: returns the size that a piece states, if it does.
        everywhere: whether letters stand in all elements, or only in those for text.
    """
    sizes = Counter({size: 0})
    waiting = [(paragraph, size)]
    while waiting:  # pieces may be nested deeply, so each is looked at once
        element, size = waiting.pop()
        if everywhere or local(element) == "t":
            sizes[size] += len(element.text or "")
        for piece in element:
            if everywhere:
                sizes[size] += len(piece.tail or "")
            if local(piece) not in ASIDE:
                waiting.append((piece, own(piece) or size))
    return sizes.most_common(1)[0][0]


def _style_of_open_document(style: Element) -> _Style:
    said = attribute(style.find("{*}text-properties"), "font-size")
    parent = attribute(style, "parent-style-name")
    for unit, of in (("pt", 1.0), ("%", 100.0)):
        number = said.removesuffix(unit)
        if number != said and number.replace(".", "", 1).isdecimal():
            amount = float(number) / of
            return _Style(parent, amount) if unit == "pt" else _Style(parent, share=amount)
    return _Style(parent)


def _size(name: str, styles: Mapping[str, _Style], usual: float) -> float:
    """Return the size of a style's letters in points: its own, or that of what it is made from."""
    share = 1.0
    for _ in range(_MOST_PARENTS):  # what a file says may go round
        style = styles.get(name)
        if style is None:
            break
        if style.size:
            return share * style.size
        share *= style.share or 1.0
        name = style.parent
    return share * usual
