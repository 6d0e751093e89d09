"""Bring an embedded title into the form a person wrote: without markup, tools' marks and versions.

Word processors put their name before a title, sites theirs behind it, generators of documentation
a version and a date. Some of these marks are known by themselves; of the rest, what the document
itself shows as a heading decides.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from renai.providers.cleaning import clean_line
from renai.text_cleaning import single_spaced, words_of

if TYPE_CHECKING:
    from collections.abc import Collection

_BLOCK = re.compile(
    r"</?(?:br|center|dd|div|dl|dt|h[1-6]|hr|li|ol|p|section|table|td|title|tr|ul)\b"
    r"[^<>]{0,200}/?>",
    re.IGNORECASE,
)
"""What begins a line of its own, so that no words are joined where it stood."""
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|del|em|font|i|ins|kbd|mark|q|s|samp|small"
    r"|span|strong|sub|sup|tt|u|var|wbr|(?:mml|m|xhtml):\w+)\b[^<>]{0,200}/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,31}\d{0,2});", re.IGNORECASE)
_TWICE_ESCAPED = 3
"""Times that entities are decoded at most."""
_TEX = re.compile(r"\\(?:textit|textbf|emph|texttt|textsc|textrm)\{([^{}]*)\}")
_PRODUCER = re.compile(
    r"^(?:microsoft (?:office )?(?:word|powerpoint|excel|publisher|visio)|(?:open|libre)office"
    r"(?:\.org)?(?: writer| impress)?|writer|powerpoint|word|sisu:?)\s+-\s+",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|pdf|rtf|odt|indd|qxd|tex|dvi|ps|x?html?|txt|epub|mobi|azw3)$", re.I
)
_LONG_VERSION = re.compile(r"\s+v\d+(?:\.\d+)+[\w.~+-]*(?:,.*)?$", re.IGNORECASE)
_NAMED_VERSION = re.compile(
    r"\s+[(\[\u2013\u2014-]+\s*(?:version|release|rev(?:ision)?\.?|v\.?)\s?\d[\w.]*[)\]]?"
    r"(?:,?\s(?:19|20)\d\d[\d./-]*)?$",
    re.IGNORECASE,
)
_REVISION = re.compile(
    r"\s+[(\[\u2013\u2014-]+\s*(?:minor |major |last )?"
    r"(?:rev\.|revision|revised|updated?|draft|edition)(?!\w).*\b(?:19|20)\d\d\b.*$",
    re.IGNORECASE,
)
"""What is said behind a title of the day on which the text was changed."""
_DAY = re.compile(
    r"(?:\s+[(\[\u2013\u2014-]+\s*|\s+\[[A-Z]{2}\]\s+)"
    r"(?:(?:19|20)\d\d([./-])\d\d?\1\d\d?|\d\d?([./])\d\d?\2(?:19|20)\d\d)[)\]]?$"
    r"|(?<=\))\s+\d\d?\s+[A-Z][a-z]{2,8}\.?\s+(?:19|20)\d\d$"  # "Lamps (Oil) 3 May 2015"
)
_OF_A_DAY = re.compile(
    r"\b(?:minutes|meeting|agenda|protokoll|sitzung|proc\S+-verbal|newsletter|log|diary|news|letter"
    r"|session|acta|verbale|notulen|statement|invoice|report|bulletin|events?)\b",
    re.IGNORECASE,
)
"""Works of which one is like the other but for the day."""
_OF_A_SHOP = re.compile(
    r"\s*[(\[](?:kindle\W?(?:edition|e-?book|ausgabe|editie|\u7248)?|(?:\u00e9dition|edici\u00f3n|edizione"
    r"|edi\u00e7\u00e3o) kindle|e-?book|epub|e-?book edition|german edition|english edition)[)\]]$",
    re.IGNORECASE,
)
"""What shops say behind a title of the kind of file that they sell."""
_DASH = re.compile(r"(?<=[\w.!?)])(?:\s+-{2,3}\s+|(?<=[^\W\d_]{2})-{2,3}(?=[^\W\d_]))(?=\S)")
_TOP = re.compile(r"^(?:top|index|contents)\s+\((.+)\)$", re.IGNORECASE)
_SITE = re.compile(
    r"\s+(?:[|/\u2014\u2013\u00b7\u00ab\u00bb\u2022]|::|--?)\s+|\s+\u2014(?=\S)|(?<=\w)-\s+"
)
_GENERATED = re.compile(
    r"\s+[\u2014\u2013|-]\s+\S.{0,60}\b(?:documentation|dokumentation|documentación|documentação"
    r"|documentazione|docs|manual|handbook|guide|wiki|blog)$"
    r"|\s+[\u2014\u2013|-]\s+.{0,60}(?:ドキュメント|文档|文件)$"
    r"|\s+[\u2014\u2013|-]\s+документация\b.{0,60}$"
    r"|\s+[\u2014\u2013|-]\s+documentation\b.{0,60}\d$",
    re.IGNORECASE,
)
_CHAPTER_OF_SITE = re.compile(
    r"^(?:chapter|kapitel|chapitre|cap[ií]tulo|capitolo|appendix|anhang|annexe|глава)\s+"
    r"(?:\d+|[ivxlc]+|[a-z])\b[.:]?\s+(\S.+)$",
    re.IGNORECASE,
)
"""A page of a book that has a page for each chapter."""
_SITE_FIRST = re.compile(r"\s+(?:::|[\u00bb\u203a])\s+")
"""What stands between a site's name and the title behind it."""
_WORDS_OF_TITLE = 4
_NAMED_BEFORE = re.compile(r"^(?:\S+\s){0,2}\S+:\s+(?=\S)")
"""A site, a program or a book before what one of its pages is called."""
_QUOTED = re.compile(r"""^(["'])([^"']{2,})\1$""")
_LOOSE_BRACKET = re.compile(r"(?<=[(\[])\s+|\s+(?=[)\]])")
_TWICE = re.compile(r"^(.{4,}?)\s*[:|\u2013\u2014-]\s+\1$", re.IGNORECASE)
_EDGES = re.compile(r"^\s*[|\u00b7]+\s*|\s*[|\u00b7]+\s*$")
_DASHES = re.compile(r":\s+[-\u2013\u2014]\s+")
_FRAGMENT = re.compile(r"\s*\u00b6$")


def without_markup(text: str) -> str:
    """Return a title without tags and with entities decoded, also those escaped twice."""
    for _ in range(_TWICE_ESCAPED):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    if "<" not in text and "\\" not in text:
        return text
    return single_spaced(_TEX.sub(r"\1", _TAG.sub("", _BLOCK.sub(" ", text))))


def without_revision(title: str) -> str:
    """Return a title without what says behind it when it was changed, or how it is sold."""
    short = _REVISION.sub("", _OF_A_SHOP.sub("", title))
    return short if _OF_A_DAY.search(short) else _DAY.sub("", short)


def typeset(title: str) -> str:
    """Return a title with a dash for two hyphens, without a revision and without quotes around it.

    Beside other hyphens that part a title, they are marks of a site or a program.
    """
    title = without_revision(_LOOSE_BRACKET.sub("", _QUOTED.sub(r"\2", title)))
    return title if " - " in title else _DASH.sub(" \u2013 ", title)


def is_left_by_producer(title: str) -> bool:
    """Return whether a program put its own name before the title: it may be a file's name."""
    return _PRODUCER.match(title) is not None


def written_title(
    said: object, headings: Collection[str], page_heading: str | None = None
) -> str | None:
    """Return an embedded title as a person wrote it; None if nothing is left of it.

    Args:
        said: the property.
        headings: the first lines of the document as `words_of` gives them; a title that stands
            among them as a whole is left alone, and a part of one that does is the title.
        page_heading: the one heading of a web page, which may stand behind the site's name.
    """
    title = clean_line(without_markup(said[:2000]) if isinstance(said, str) else said)
    if title is None:
        return None
    title = _EDGES.sub("", title)
    if _PRODUCER.match(title):
        title = _EXTENSION.sub("", _PRODUCER.sub("", title))
    title = without_revision(title)
    title = _TWICE.sub(r"\1", _FRAGMENT.sub("", _DASHES.sub(": ", title)))
    if top := _TOP.match(title):
        title = top[1]
    if page_heading and words_of(_NAMED_BEFORE.sub("", title)) == words_of(page_heading):
        title = _NAMED_BEFORE.sub("", title)
    words = words_of(title)
    if not any(heading == words or heading.startswith(f"{words} ") for heading in headings):
        title = _without_site(title, headings)
        title = _without_version(title)
    return clean_line(title)


def _without_site(title: str, headings: Collection[str]) -> str:
    behind = _SITE_FIRST.split(title)[-1]
    if behind != title and words_of(behind) in headings:
        return behind
    parts = [part for part in _SITE.split(title) if part]
    if len(parts) > 1:
        if chapter := _CHAPTER_OF_SITE.match(parts[-1]):
            return chapter[1]
        for place in range(len(parts) - 1, 0, -1):
            cut = _cut_before(title, parts, place)
            if words_of(cut) in headings:
                return cut
        last = parts[-1]
        if words_of(last) in headings and len(words_of(last)) > 3 and not _is_site(last, parts[0]):
            return last  # "Site | Title"
    if " | " in title and " " in parts[0]:
        return title[: title.index(" | ")]
    return _GENERATED.sub("", title) or title


def _is_site(last: str, first: str) -> bool:
    """Return whether the last part of a title is a site's name, as which it heads every page."""
    return len(first.split()) >= max(_WORDS_OF_TITLE, 2 * len(last.split()))


def _cut_before(title: str, parts: list[str], place: int) -> str:
    """Return the title up to the end of a part."""
    end = 0
    for part in parts[:place]:
        end = title.index(part, end) + len(part)
    return title[:end]


def _without_version(title: str) -> str:
    short = _NAMED_VERSION.sub("", _LONG_VERSION.sub("", title))
    return short if len(short) > 3 else title
