"""Read which words an office document itself marks as its title: by a style, or a slide's place.

A writer who chooses the style "Title" says which paragraph the title is, whatever it looks like.
xberg gives the words and leaves out the mark (for ODT) or puts it into the text (for DOCX), so the
beginning of the document's main part is looked at once more. The marks stand beside the text, which
stays as it is.

Formats: ISO/IEC 29500-1 (DOCX 17.3.1.27 and 17.7.4, PPTX 19.3.1.36), OpenDocument 1.3 (16.2, 10.4).
"""

from __future__ import annotations

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
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

MARKED_TITLES = "marked_titles"
"""The property with the paragraphs that are marked as a title, in their order."""
SLIDE_HEADING = "slide_heading"
"""The property with the heading of the first slide, where that is no title slide.

Programs take it for the presentation's title, and say so in its properties.
"""

_MOST_MARKED = 5
_MOST_PARENTS = 10

_SLIDE = "/relationships/slide"
_OFFICE_DOCUMENT = "/relationships/officeDocument"
_TITLE_SLIDES = {"ctrTitle", "subTitle", "subtitle"}
"""Places that the first slide of a presentation has, and others with a heading of their own not."""


def marked_titles(form: str, data: bytes) -> dict[str, str | list[str]]:
    """Return the properties with what is marked as a title; nothing where the file is damaged.

    Args:
        form: the format's name; nothing is known of other formats than DOCX, PPTX, ODT and ODP.
        data: the whole file.
    """
    read = {"DOCX": _docx, "PPTX": _pptx, "ODT": _odt, "ODP": _odp}.get(form)
    return read_archive(data, read) if read else {}


def _marks(paragraphs: Iterable[tuple[bool, str]]) -> dict[str, str | list[str]]:
    """Return what is marked among paragraphs: each says whether it is, and its words."""
    filled = [(is_title, text) for is_title, text in islice(paragraphs, FIRST_PARAGRAPHS) if text]
    titles = [text for is_title, text in filled if is_title]
    return {MARKED_TITLES: titles[:_MOST_MARKED]} if titles else {}


def _docx(archive: zipfile.ZipFile) -> dict[str, str | list[str]]:
    titles = _title_styles_of_word(archive)
    paragraphs = elements_in_head(head_of(archive, "word/document.xml"), {"p"}, ASIDE)
    styled = ((attribute(x.find("{*}pPr/{*}pStyle"), "val"), words_in(x)) for x in paragraphs)
    return _marks((style in titles, text) for style, text in styled)


def _title_styles_of_word(archive: zipfile.ZipFile) -> set[str]:
    """Return the identifiers of the styles that mark a title.

    A built-in style keeps its English name in the file, and has an identifier in the language of
    the program: "Titel", "Titre".
    """
    names, parents = {}, {}
    try:
        for style in xml_part(archive, "word/styles.xml").iterfind("{*}style"):
            identifier = attribute(style, "styleId")
            names[identifier] = attribute(style.find("{*}name"), "val")
            parents[identifier] = attribute(style.find("{*}basedOn"), "val")
    except BROKEN:
        return {"Title"}
    return _title_styles(names, parents)


def _title_styles(names: dict[str, str], parents: dict[str, str]) -> set[str]:
    """Return the style that is called so, and those made from it whose names say so, too."""
    found = {"Title"} - names.keys()
    for identifier, name in names.items():
        said = name.casefold()
        ancestors = {names.get(one, "").casefold() for one in _ancestors(identifier, parents)}
        if said == "title" or ("title" in ancestors and "title" in said and "sub" not in said):
            found.add(identifier)
    return found


def _ancestors(style: str, parents: dict[str, str]) -> Iterator[str]:
    for _ in range(_MOST_PARENTS):  # what a file says may go round
        style = parents.get(style, "")
        if not style:
            return
        yield style


def _odt(archive: zipfile.ZipFile) -> dict[str, str | list[str]]:
    return _marks(_paragraphs_of_open_document(archive))


def _paragraphs_of_open_document(archive: zipfile.ZipFile) -> Iterator[tuple[bool, str]]:
    titles = _title_styles_of_open_document(archive)
    automatic: dict[str, str] = {}  # styles without a name of their own: a style, and a change
    head = head_of(archive, "content.xml")
    for element in elements_in_head(head, {"style", "p", "h"}, ASIDE):
        if local(element) == "style":
            automatic[attribute(element, "name")] = attribute(element, "parent-style-name")
            continue
        style = attribute(element, "style-name")
        yield automatic.get(style, style) in titles, words_in(element)


def _title_styles_of_open_document(archive: zipfile.ZipFile) -> set[str]:
    names, parents = {}, {}
    for style in elements_in_head(head_of(archive, "styles.xml"), {"style"}):
        identifier = attribute(style, "name")
        names[identifier] = attribute(style, "display-name") or identifier
        parents[identifier] = attribute(style, "parent-style-name")
    return _title_styles(names, parents)


def _pptx(archive: zipfile.ZipFile) -> dict[str, str | list[str]]:
    """Read the title of the first slide, which a presentation names by a relation."""
    main = _related(archive, "", _OFFICE_DOCUMENT) or "ppt/presentation.xml"
    first = xml_part(archive, main).find("{*}sldIdLst/{*}sldId")
    slide = _related(archive, main, _SLIDE, attribute(first, "id", qualified=True))
    if not slide:
        return {}
    shapes = elements_in_head(head_of(archive, slide), {"sp"}, ASIDE)
    places = ((x.find("{*}nvSpPr/{*}nvPr/{*}ph"), x.find("{*}txBody")) for x in shapes)
    return _marks_of_slide((attribute(place, "type"), text) for place, text in places)


def _related(archive: zipfile.ZipFile, part: str, kind: str, identifier: str = "") -> str:
    """Return the part that another has a relation to, of a kind and with an identifier."""
    folder, _, file = part.rpartition("/")
    relations = xml_part(archive, f"{folder}/_rels/{file}.rels".lstrip("/"))
    for relation in relations.iterfind("{*}Relationship"):
        is_it = identifier in ("", relation.get("Id"))
        if is_it and relation.get("Type", "").endswith(kind):
            target = relation.get("Target", "")
            return (
                target.lstrip("/") if target.startswith("/") else f"{folder}/{target}".lstrip("/")
            )
    return ""


def _odp(archive: zipfile.ZipFile) -> dict[str, str | list[str]]:
    """Read the title of the first slide; what a template asks for stands in a placeholder."""
    head = elements_in_head(head_of(archive, "content.xml"), {"frame", "page"}, ASIDE)
    frames = takewhile(lambda element: local(element) == "frame", head)
    return _marks_of_slide(
        (attribute(frame, "class"), frame.find("{*}text-box"))
        for frame in frames
        if attribute(frame, "placeholder") != "true"
    )


def _marks_of_slide(
    places: Iterable[tuple[str, Element | None]],
) -> dict[str, str | list[str]]:
    """Return the paragraphs of a title slide's title, or the heading of another slide."""
    filled = {place: text for place, text in places if text is not None and words_in(text)}
    title = filled.get("ctrTitle", filled.get("title"))
    if title is None:
        return {}
    if not filled.keys() & _TITLE_SLIDES:
        return {SLIDE_HEADING: words_in(title)}
    titles = [line for line in map(words_in, title.iterfind("{*}p")) if line]
    return {MARKED_TITLES: titles[:_MOST_MARKED]}
