"""Read the one heading of the first order that a web page has: what its writer calls the page.

xberg gives a page's words and leaves out which of them are headings. Where a page has several
headings of the first order, they may be those of sections, and none of them is taken. What stands
right below it, where writers say who they are, xberg may leave out.
"""

from __future__ import annotations

import html
import re
from itertools import takewhile

from renai.text_cleaning import document_line

PAGE_HEADING = "page_heading"
"""The property with the words of the heading."""

BELOW_HEADING = "below_heading"
"""The property with the first lines below it."""

_HEAD_BYTES = 2**19
"""The beginning of a page that is looked at."""
_LONGEST = 300
_MOST_BELOW = 1000
_LINES_BELOW = 3
_LONGEST_BELOW = 120
"""Characters; longer ones are prose."""
_START = re.compile(r"<h1(?:\s[^<>]{0,500})?>", re.IGNORECASE)
_END = re.compile(r"</h1\s{0,9}>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/?p|/?div|wbr)\b[^<>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,1000}>")
_LINE_END = re.compile(
    r"</?(?:br|p|div|h[1-6]|hr|ul|ol|dl|table|tr|center|pre)\b[^<>]{0,500}>", re.I
)
_LINK_AWAY = re.compile(r"""<a\s[^<>]{0,500}?\bhref\s{0,9}=\s{0,9}["']?(?!["'#])""", re.IGNORECASE)
"""In a heading that leads to another page stands the name of a site or of a book."""
_LINKED_PICTURE = re.compile(
    r"<a\b[^<>]{0,500}>\s{0,99}(?:<img\b[^<>]{0,500}>\s{0,99}){0,3}</a\s{0,9}>", re.IGNORECASE
)
"""A link without words, such as a logo beside them."""
_MARKS = " \N{PILCROW SIGN}\N{SECTION SIGN}\N{LINK SYMBOL}#\uf0c1"
"""Signs of links to a heading, which generators of documentation put behind it."""
_UNSEEN = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"), ("<title", "</title"))


def page_heading(form: str, data: bytes) -> dict[str, str | list[str]]:
    """Return the properties with a page's one heading, and with what stands below it.

    There are none where a page has no heading or several.

    Args:
        form: the format's name; nothing is known of other formats than HTML.
        data: the whole file, in UTF-8.
    """
    if form != "HTML" or b"<h1" not in data[:_HEAD_BYTES].lower():
        return {}
    page = data[:_HEAD_BYTES].decode("utf-8", "replace")
    for opening, closing in _UNSEEN:
        page = _without(page, opening, closing)
    headings: list[str] = []
    below: list[str] = []
    for start in _START.finditer(page):
        end = _END.search(page, start.end(), start.end() + 10 * _LONGEST)
        if end is None:
            return {}
        inner = _LINKED_PICTURE.sub(" ", page[start.end() : end.start()])
        if _LINK_AWAY.search(inner):
            continue
        plain = _TAG.sub("", _BREAK.sub(" ", inner))
        words = document_line(html.unescape(plain)).rstrip(_MARKS)
        if words:
            headings.append(words)
            below = _lines_in(page[end.end() : end.end() + _MOST_BELOW])[:_LINES_BELOW]
        if len(headings) > 1:
            return {}
    if not headings or len(headings[0]) > _LONGEST:
        return {}
    return {PAGE_HEADING: headings[0], **({BELOW_HEADING: below} if below else {})}


def _lines_in(page: str) -> list[str]:
    """Return the short lines that a part of a page begins with, without what is cut off."""
    lines = (_TAG.sub(" ", line) for line in _LINE_END.split(page)[:-1])
    words = filter(None, (document_line(html.unescape(line)) for line in lines))
    return [*takewhile(lambda line: len(line) <= _LONGEST_BELOW, words)]


def _without(page: str, opening: str, closing: str) -> str:
    """Return a page without what stands between two marks; what is never closed goes to the end."""
    lower, kept, place = page.lower(), [], 0
    if len(lower) != len(page):  # a letter that is two in small print would shift the places
        lower = page
    while (start := lower.find(opening, place)) >= 0:
        kept.append(page[place:start])
        end = lower.find(closing, start + len(opening))
        if end < 0:
            return "".join(kept)
        place = end + len(closing)
    return "".join([*kept, page[place:]])
