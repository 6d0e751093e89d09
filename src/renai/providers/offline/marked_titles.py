"""The title that a writer marked as one: by a style, by its place on a title slide or in a page.

It says more than type sizes do. What casts doubt on it is what a template or a form brings along,
and words that name no work: people, a company, an event, what a test of a program is called.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.providers.cleaning import clean_line
from renai.providers.offline import certainty
from renai.providers.offline.candidate import Candidate, best
from renai.providers.offline.groups import is_group
from renai.providers.offline.left_by_software import (
    TITLES_LEFT_BY_SOFTWARE,
    TITLES_OF_NO_WORK,
    is_dummy_text,
)
from renai.providers.offline.names import is_surely_name
from renai.providers.offline.not_titles import is_no_title
from renai.providers.offline.stand_ins import is_stand_in
from renai.providers.offline.vague_titles import is_vague
from renai.text_cleaning import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.extraction import Extraction

_MARKED = "marked_titles"
"""The property that `documents/readers/office_titles.py` describes."""
_LARGE_HEADING = "large_heading"
"""The property that `documents/readers/office_print.py` describes."""
PAGE_HEADING = "page_heading"
BELOW_HEADING = "below_heading"
"""The properties that `documents/readers/page_heading.py` describes."""

_MOST_TITLE = 200
_MOST_LINES = 4
"""Paragraphs of one title; more are headings."""
_HEAD = 4000
_LEAST_TEXT = 600
"""Characters."""
_LEAST_BELOW_STYLE = 200
"""Characters; with less it tries out a program, which calls it by what its first slide says."""
_OF_A_TEMPLATE = re.compile(
    r"\{\{|\{%|\{[a-z]\w*[.\[]|\$\{|<<\w|\[%|\bfor=\S\w+ in \w|^/(?:for|if)$|\blorem ipsum\b"
    r"|<(?:if test|for each)=|<[a-z]\w*\.[a-z]+_\w+>"
    r"|\b[a-z]\w*\.(?:get|format)[A-Z]\w*\("
    r"|^(?:title|heading|header) (?:one|two|three|[1-9])$",
    re.IGNORECASE | re.MULTILINE,
)
"""What a program would fill in, or a designer puts where text and headings belong."""
_EVENT = re.compile(
    r"\b(?:conference|congress|symposium|workshop|seminar|summit|meeting|meetup|webinar|hackathon"
    r"|konferenz|kongress|tagung|treffen|conf\u00e9rence|congr\u00e8s|colloque|conferencia|congreso"
    r"|convegno|confer\u00eancia)\b.*\d{4}|\d{4}.*\b(?:conference|congress|symposium|workshop"
    r"|seminar|summit|meeting|konferenz|kongress|tagung|conf\u00e9rence)\b",
    re.IGNORECASE,
)
_OF_A_TEST = re.compile(r"\b(?:tests?|testing|samples?|examples?|demo)\b|\u30c6\u30b9\u30c8", re.I)
_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def is_of_a_template(text: str) -> bool:
    """Return whether a program fills in what is missing in a text, as in a template or form."""
    return _OF_A_TEMPLATE.search(text[:_HEAD]) is not None


def marked_title(extraction: Extraction) -> Candidate[str] | None:
    """Return the title that stands out as one; None where nothing that can be a title does."""
    if heading := extraction.properties.get(PAGE_HEADING):
        return _heading_of_page(clean_line(heading), extraction)
    candidates = (_styled_title(extraction), _large_heading(extraction))
    return best(filter(None, candidates))


def _large_heading(extraction: Extraction) -> Candidate[str] | None:
    """Return the largest print of an office document, which stands before all else.

    What tries out a program is set so, too, and has hardly any text.
    """
    said = extraction.properties.get(_LARGE_HEADING, ())
    title = clean_line(" ".join([said] if isinstance(said, str) else said))
    if title is None or not _can_be_title(title) or len(extraction.text) < _LEAST_TEXT:
        return None
    is_one_line = isinstance(said, str) or len(said) == 1
    is_doubtful = not is_one_line or _is_doubtful(title, extraction.text[:_HEAD])
    sure = certainty.MARKED_DOUBTFULLY if is_doubtful else certainty.LARGEST_PRINT
    return Candidate(title, sure, title)


def _styled_title(extraction: Extraction) -> Candidate[str] | None:
    said = extraction.properties.get(_MARKED, ())
    paragraphs = list(dict.fromkeys([said] if isinstance(said, str) else said))
    title = clean_line(" ".join(paragraphs))
    if title is None or not _can_be_title(title) or len(paragraphs) > _MOST_LINES:
        return None
    if len(paragraphs) > 1 and not _stand_together(paragraphs, extraction.text):
        return None
    is_said = words_of(str(extraction.properties.get("title", ""))) == words_of(title)
    is_doubtful = (
        len(paragraphs) > 1
        or (is_said and len(extraction.text.strip()) < _LEAST_BELOW_STYLE)
        or _is_doubtful(title, extraction.text[:_HEAD])
    )
    return Candidate(title, certainty.MARKED_DOUBTFULLY if is_doubtful else certainty.MARKED, title)


def _heading_of_page(heading: str | None, extraction: Extraction) -> Candidate[str] | None:
    """Return the one heading that a web page has, which is doubtful where it may be the site's.

    Sites put their name first or last into what they call a page. Parts of pages, and pages that
    try out a program, have no title of their own beside the heading.
    """
    if heading is None or not _can_be_title(heading):
        return None
    said = words_of(str(extraction.properties.get("title", "")))
    words = words_of(heading)
    may_be_site = words != said and said.endswith(words)
    is_doubtful = may_be_site or not said or _is_doubtful(heading, extraction.text[:_HEAD])
    sure = certainty.MARKED_DOUBTFULLY if is_doubtful else certainty.MARKED
    return Candidate(heading, sure, heading)


def _can_be_title(title: str) -> bool:
    if len(title) > _MOST_TITLE or sum(map(str.isalpha, title)) < max(2, len(title) / 2):
        return False
    if is_no_title(title) or is_stand_in(title) or is_dummy_text(title):
        return False
    return not (TITLES_OF_NO_WORK.search(title) or TITLES_LEFT_BY_SOFTWARE.search(title))


def _is_doubtful(title: str, head: str) -> bool:
    is_one_word = " " not in title and not _ASIAN.search(title)
    of_no_work = is_vague(title) or is_surely_name(title) or is_group(title)
    signs = (_EVENT.search(title), _OF_A_TEST.search(title), is_of_a_template(head))
    return is_one_word or of_no_work or any(signs) or title.endswith((":", ",", ";"))


def _stand_together(paragraphs: Sequence[str], text: str) -> bool:
    """Return whether paragraphs follow each other: then they are one title over several lines."""
    return " ".join(map(words_of, paragraphs)) in words_of(text[:_HEAD])
