"""Read whom a web page names as its authors, where its markup says so.

Pages say it in many ways: in elements `meta` that are meant for citations or are of Dublin Core, in
the vocabulary of schema.org as JSON-LD or microdata (https://schema.org/author), by the link type
`author` of HTML, by the class or id `author`, which generators of documentation give the line below
the title, and in the element `address`, which says whom to write to. What is the surest comes
first. The element `meta` with the name `author`, which xberg reads, may as well name the site.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE_AUTHORS = "page_authors"
"""The property with the names, in their order."""

_HEAD_BYTES = 2**19
"""The beginning of a page that is looked at."""
_MOST_NAMES = 50
_LONGEST = 200
"""Characters of what one element says."""
_LONGEST_ELEMENT = 3000
"""Characters of an element with its tags."""
_LONGEST_DATA = 200_000
"""Characters of one block of JSON-LD."""
_DEEPEST = 4
"""Levels of JSON-LD in which a work is looked for."""

_META = re.compile(r"<meta\s[^<>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""([\w:.-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]{0,1500})"|'([^']{0,1500})'|([^\s"'<>]{1,1500}))"""
)
_OF_CITATIONS = ("citation_author", "citation_authors")
_OF_DUBLIN_CORE = ("dc.creator", "dcterms.creator", "dc.contributor.author")
_OF_ARTICLES = ("article:author", "book:author", "parsely-author", "sailthru.author")
_JSON_LD = re.compile(r"""<script\s[^<>]{0,500}application/ld\+json[^<>]{0,500}>""", re.IGNORECASE)
_WORKS = re.compile(
    r"Article$|Posting$|^(?:Book|Report|Thesis|Chapter|CreativeWork|WebPage|HowTo|Recipe|Course"
    r"|LearningResource|Review|PresentationDigitalDocument|TextDigitalDocument)$"
)
"""The types of schema.org whose author is the page's."""
_START = re.compile(r"<([a-z][a-z0-9]{0,9})\s([^<>]{0,1500})>", re.IGNORECASE)
_NAMED_AUTHOR = re.compile(r"\bauthor\b", re.IGNORECASE)
_ADDRESS = re.compile(r"<(address)\b[^<>]{0,500}>", re.IGNORECASE)
_BREAK = re.compile(r"<br\b[^<>]{0,100}>", re.IGNORECASE)
_TERM = re.compile(r"<dt\b[^<>]{0,500}>[^<>]{0,100}</dt\s{0,9}>", re.IGNORECASE)
"""The word "Author" above a name in an element that is called so."""
_TAG = re.compile(r"<[^<>]{0,1500}>")
_EMPTY = ("meta", "link", "img", "input", "br", "hr")


def page_authors(form: str, data: bytes) -> dict[str, str | list[str]]:
    """Return the property with those whom a page's markup names; nothing where it names nobody.

    Args:
        form: the format's name; nothing is known of other formats than HTML.
        data: the whole file, in UTF-8.
    """
    head = data[:_HEAD_BYTES]
    lower = head.lower() if form == "HTML" else b""
    if not any(word in lower for word in (b"author", b"creator", b"<address")):
        return {}
    page = head.decode("utf-8", "replace")
    said = list(_said_in_head(page))
    for names in (
        [value for name, value in said if name in _OF_CITATIONS],
        list(_in_json_ld(page)),
        list(_in_elements(page, "itemprop")),
        [value for name, value in said if name in _OF_DUBLIN_CORE],
        [value for name, value in said if name in _OF_ARTICLES],
        list(_in_elements(page, "rel")),
        list(_in_elements(page, "class")) or list(_in_elements(page, "id")),
        list(_in_addresses(page)),
    ):
        lines = (document_line(html.unescape(name)) for name in names[:_MOST_NAMES])
        kept = dict.fromkeys(line for line in lines if _may_name(line))
        if kept:
            return {PAGE_AUTHORS: list(kept)}
    return {}


def _may_name(line: str) -> bool:
    return 1 < len(line) <= _LONGEST and "://" not in line and not line.startswith("@")


def _said_in_head(page: str) -> Iterator[tuple[str, str]]:
    """Yield names and contents of the elements `meta`."""
    for element in _META.finditer(page):
        said = _attributes(element[0])
        name = said.get("name") or said.get("property") or ""
        if name and (value := said.get("content")):
            yield name.strip().lower(), value


def _attributes(tag: str) -> dict[str, str]:
    return {
        name.lower(): first or second or third
        for name, first, second, third in _ATTRIBUTE.findall(tag)
    }


def _in_json_ld(page: str) -> Iterator[str]:
    for start in _JSON_LD.finditer(page):
        end = page.find("</script", start.end(), start.end() + _LONGEST_DATA)
        try:
            said = json.loads(page[start.end() : end]) if end > 0 else None
        except (ValueError, RecursionError):  # written by hand, or made to mislead
            continue
        names = list(_of_work(said, _DEEPEST))
        if names:
            yield from names
            return


def _of_work(said: Any, depth: int) -> Iterator[str]:
    """Yield the authors of the first work in a value of JSON-LD."""
    if isinstance(said, list):
        for one in said:
            names = list(_of_work(one, depth - 1)) if depth else []
            if names:
                yield from names
                return
    elif isinstance(said, dict):
        kinds = said.get("@type")
        if any(
            _WORKS.search(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])
        ):
            authors = said.get("author") or said.get("creator")
            for author in authors if isinstance(authors, list) else [authors]:
                yield from _of_person(author)
        elif depth:
            yield from _of_work([said.get("@graph"), said.get("mainEntity")], depth - 1)


def _of_person(author: Any) -> Iterator[str]:
    if isinstance(author, str):
        yield author
    elif isinstance(author, dict) and author.get("@type") in ("Person", None):
        name = author.get("name")
        yield from [
            one for one in (name if isinstance(name, list) else [name]) if isinstance(one, str)
        ]


def _in_elements(page: str, attribute: str) -> Iterator[str]:
    """Yield what stands in the innermost elements that an attribute calls an author."""
    for start in _START.finditer(page):
        if not _NAMED_AUTHOR.search(start[2]):
            continue
        said = _attributes(start[2])
        if "author" not in said.get(attribute, "").lower().split():
            continue
        if said.get("content"):
            yield said["content"]
        elif start[1].lower() not in _EMPTY:
            inner = _inner(page, start)
            if not any(
                "author" in _attributes(one[2]).get(attribute, "").lower().split()
                for one in _START.finditer(inner)
            ):
                yield _name_in(inner)


def _in_addresses(page: str) -> Iterator[str]:
    """Yield the first line of each address of somebody who has mail."""
    for start in _ADDRESS.finditer(page):
        inner = _inner(page, start).strip()
        if "mailto:" in inner:
            yield _TAG.sub(" ", _BREAK.split(inner, maxsplit=1)[0])


def _inner(page: str, start: re.Match[str]) -> str:
    """Return what stands between a tag and the one that closes it."""
    tags = re.compile(rf"<(/?){start[1]}\b", re.IGNORECASE)
    depth = 1
    for tag in tags.finditer(page, start.end(), start.end() + _LONGEST_ELEMENT):
        depth += -1 if tag[1] else 1
        if not depth:
            return page[start.end() : tag.start()]
    return ""


def _name_in(inner: str) -> str:
    """Return the words of an element; of microdata, those that are marked as the name."""
    for start in _START.finditer(inner):
        said = _attributes(start[2])
        if "name" in said.get("itemprop", "").split():
            return said.get("content") or _TAG.sub(" ", _inner(inner, start))
    return _TAG.sub(" ", _TERM.sub(" ", inner))
