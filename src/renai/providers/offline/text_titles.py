"""The title of a text without type sizes: a labelled line, a marked heading, a line of its own.

Much plain text has no title: prose that begins in its middle, lists of words, tables, programs,
settings. So a line has to look like a title, and so must its surroundings.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from renai.providers.offline import certainty
from renai.providers.offline.candidate import Candidate
from renai.providers.offline.left_by_software import (
    TITLES_LEFT_BY_SOFTWARE,
    TITLES_OF_NO_WORK,
    is_dummy_text,
)
from renai.providers.offline.names import group_in, is_surely_name, names_in
from renai.providers.offline.not_titles import is_no_title
from renai.providers.offline.stand_ins import is_address, is_fragment, is_stand_in
from renai.providers.offline.standards import title_of_standard
from renai.providers.offline.title_forms import without_markup, without_revision
from renai.text_cleaning import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FIRST_LINES = 60
_FIRST_HEADINGS = 30
_LONGEST = 120
_FEWEST_OF_LIST = 5
_SHORTEST_TEXT = 200
"""Characters; what is shorter is a note or a program's test more often than a work."""
_LEAST_PROSE = 700
"""Characters of a text that a line of its own may head."""
_LINE_OF_PROSE = 50
"""Characters; those of Chinese, Japanese and Korean count twice, as they fill a line."""
_FEWEST_OF_PROSE = 5
_OF_CONTENTS = re.compile(r"^(?:\d{1,2}\.)+\s+[^\W\d_].*[^\W_]$")
"""A chapter in the table of contents, with its number."""
_TIMES_OF_THEME = 2
_OF_A_PRODUCT = re.compile(r"[a-z][A-Z]|[^\W\d_]{2}\d")
_LABEL = re.compile(r"^(?:title|titel|titre|t[ií]tulo)\s*:\s+(.+)$", re.IGNORECASE)
_GUTENBERG = re.compile(
    r"^(?:the )?project gutenberg(?:'s)? e-?(?:book|text)(?: of)?,? (.+?)(?:, by .+)?$", re.I
)
_COPYRIGHT = re.compile(r"^(?:copyright\b|\u00a9|\(c\))", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,2}\s+(.+?)\s*#*$")
_UNDERLINE = re.compile(r"^(?:={3,}|-{3,}|\*{3,}|~{3,}|#{3,})$")
_RULE = re.compile(r"^[\W_]{3,}$")
_DIRECTIVE = re.compile(
    r"^(?:\W*vim?:|\.\.(?:\s|$)|:\w[\w -]*:|"
    r"<!--|---$|\[!\[|!\[|</?\w|%%?!|@\w+\b|\\\w+)|^\W*-\*-.*-\*-"
)
_MARKS_OF_HEADING = re.compile(r"^=+ (.+?) =+$|\s*\{#[\w:-]+\}$")
_REFERENCE = re.compile(r"(?<=[^\W_])_(?=\s)")
"""What makes a link of a word in reStructuredText."""
_MARKUP = re.compile(r"(\*\*|__|``?|\*)(?=\S)(.+?)(?<=\S)\1")
_PICTURE = re.compile(r"!\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_COMMENT = re.compile(r"^(?:%+|;+|//+|/\*+|\*+|!+|#+|--+|rem )\s*", re.IGNORECASE)
_CODE = re.compile(r"[{}=<>;$|\\]|::|\w\(|^\W|^[\w-]+:(?:\s|$)|\.{3,}|\s{3,}|\t|\w,\w|^\d")
_KEY_AND_VALUE = re.compile(r"^[\w-]+\s*[:=]\s*\S")
_TERM = re.compile(r"^\S+\s+[-\u2013\u2014]\s+\S")
"""A word with what it means, in a list of such words."""
_REMARK = re.compile(r"^#+(?:\s|$)")
_DATA = re.compile(
    r"^[|%&@{}\\^~]|^[a-z_]\w*\((?:\s|$)|^[^\s,;=]+(?:\t|[;=]\S|,\S*,|\s+[-\d.]+\s+[-\d.]+$)"
)
_GOES_ON = re.compile(
    r"(?:,|\b(?:the|a|an|of|and|or|to|in|for|on|with|by|is|are|was|that|this|which|from|der|die|das"
    r"|und|oder|von|zu|mit|le|la|les|de|des|du|et|ou|el|los|y|il|e|di))$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|can|may|must|should|contains?|describes?|documents?"
    r"|includes?|provides?|contributed|consists?|ist|sind|wird|werden|enthält|est|sont|es|son)\b"
    r".*\s\S+\s\S+",
)
_RELEASE = re.compile(r"^(.*?\S)\s+(?:v(?:ersion)?\s?)?\d+(?:[.-]\d+)+\w*(?:\s*[(\[].*)?$", re.I)
_FILE_NAME = re.compile(r"^(?:file(?:name)?:\s*)?\S+\.(?:md|rst|txt)$", re.IGNORECASE)
_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FOR_MACHINES = re.compile(
    r"^(?:user-agent|disallow|allow|crawl-delay|sitemap|ownerdomain|managerdomain)\s*[:=]"
    r"|^[\w.-]{1,100}\.\w{2,},\s*[^\s,]+,\s*(?:direct|reseller)\b",
    re.IGNORECASE,
)
_MAN_PAGE = re.compile(r"^\S+\(\d\w?\)(\s|$)")
_PEOPLE = re.compile(r"^(?:by|von|par|por|di|author|autor|auteur|written by)\b", re.IGNORECASE)


def in_text(lines: Sequence[str]) -> Iterator[Candidate[str]]:
    """Propose titles from the first lines of a text without sizes."""
    head = [line for line in lines[:_FIRST_LINES] if line]
    if _is_for_machines(head):
        return
    labelled = [(line, found[1]) for line in head if (found := _LABEL.match(line))]
    if len(labelled) == 1:  # several are a list of works
        line, title = labelled[0]
        if not (TITLES_OF_NO_WORK.search(title) or is_stand_in(title)):
            yield Candidate(title, certainty.LABELLED, line)
    for line in head:
        if gutenberg := _GUTENBERG.match(line):
            yield Candidate(gutenberg[1], certainty.BANNER, line)
    title = title_of_standard(lines)
    if _can_be_title(title):
        yield Candidate(title, certainty.BANNER, title)
        return
    yield from _headings(lines)
    yield from _first_line(lines)


def _is_for_machines(head: Sequence[str]) -> bool:
    """Return whether this is what a site tells programs: its `robots.txt`, or its `ads.txt`."""
    said = [line for line in head if not line.startswith("#")]
    return bool(said) and 2 * sum(map(bool, map(_FOR_MACHINES.match, said))) >= len(said)


def _is_unsaid_fragment(title: str, lines: Sequence[str]) -> bool:
    """Return whether a heading is a few letters that the text says nothing of."""
    return is_fragment(title) and not any(title in words_of(line).split() for line in lines)


def _headings(lines: Sequence[str]) -> Iterator[Candidate[str]]:
    """Propose the first heading that is marked as one: "# Title", or a line that is underlined.

    Lines that begin with the same mark and follow each other are comments of a program, of data or
    of settings.
    """
    before = 0
    head = [line for line in lines[:_FIRST_LINES] if line]
    remarks = set(_remarks(lines[:_FIRST_LINES]))
    for place, line in enumerate(head[:_FIRST_HEADINGS]):
        if _DIRECTIVE.match(line) or _RULE.match(line):
            continue
        if line in remarks:
            return
        heading = _HEADING.match(line)
        following = head[place + 1] if place + 1 < len(head) else ""
        underlined = _UNDERLINE.match(following) and len(following) >= len(line) // 2
        if heading or underlined:
            title = _plain(heading[1] if heading else line)
            if (
                _can_be_title(title)
                and not _is_release(title, head[place + 1 :])
                and not (underlined and _KEY_AND_VALUE.match(title))
                and (not _SENTENCE.search(title))
            ):
                sure = certainty.LATER_HEADING if before else certainty.MARKED_HEADING
                is_unclear = is_address(title) or _is_unsaid_fragment(title, head[place + 1 :])
                if is_unclear or (
                    not _is_telling(title, head[place + 1 :])
                    and _has_sisters(heading, following, head[place + 1 :])
                ):
                    sure = min(sure, certainty.ONE_OF_SEVERAL_HEADINGS)
                yield Candidate(title, sure, line)
            return
        before += 1


def _has_sisters(heading: re.Match[str] | None, underline: str, following: Sequence[str]) -> bool:
    """Return whether other headings are marked like one: then it is a section's."""
    if heading:
        mark = heading[0].split(" ", 1)[0]
        return any(line.startswith(f"{mark} ") for line in following)
    return any(line[:1] == underline[:1] and _UNDERLINE.match(line) for line in following[1:])


def _is_release(title: str, following: Sequence[str]) -> bool:
    """Return whether a heading is the latest release of a log, which lists others after it."""
    release = _RELEASE.match(title)
    if release is None:
        return False
    others = (_RELEASE.match(line.strip("#*= ")) for line in following)
    return any(other and other[1] == release[1] and other[0] != title for other in others)


def _remarks(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines that begin with "#" beside another such line, or above a line of data."""
    for line, following in itertools.pairwise(lines):
        if not _REMARK.match(line):
            continue
        level = len(line) - len(line.lstrip("#"))
        if (
            following.startswith("#")
            and (
                not following.strip("#").strip()
                or len(following) - len(following.lstrip("#")) == level
            )
        ) or (following and _DATA.match(following)):
            yield line


def _first_line(lines: Sequence[str]) -> Iterator[Candidate[str]]:
    """Propose the first line, unless prose, a list, a table or a program begins with it."""
    place = next((at for at, line in enumerate(lines) if line and not _RULE.match(line)), None)
    if place is None:
        return
    line, after = lines[place], lines[place + 1 : place + 12]
    following = next((one for one in after if one), "")
    below = after[0] if after else ""
    title = _plain(line)
    if not 3 <= len(title) <= _LONGEST or not _can_be_title(title) or _CODE.search(title):
        return
    if _COMMENT.match(line) and _COMMENT.match(following):
        return
    if _is_list([line, *after]) or _MAN_PAGE.match(line) or _is_prose(title, below):
        return
    if TITLES_LEFT_BY_SOFTWARE.search(title):  # "page1", "Heading 1"
        return
    people = names_in(following) or group_in(following)
    are_known = any(map(is_surely_name, people)) and _is_written_as_title(title)
    is_copyright = _COPYRIGHT.match(following) and _is_written_as_title(title)
    if is_copyright or (people and (_PEOPLE.match(following) or are_known)):
        score = certainty.BY_LINE_BELOW
    elif people or (not below and _is_written_as_title(title)):
        score = certainty.LINE_OF_ITS_OWN
    else:
        score = certainty.FIRST_LINE
    if score < certainty.BY_LINE_BELOW and sum(map(len, lines)) < _SHORTEST_TEXT:
        score = certainty.LINE_OF_LITTLE_TEXT
    if score < certainty.BY_LINE_BELOW and place == 0 and _heads_prose(title, following, lines[1:]):
        score = certainty.LINE_ABOVE_PROSE
    yield Candidate(title, score, line)


def _heads_prose(title: str, following: str, lines: Sequence[str]) -> bool:
    """Return whether a line heads a text with sentences that fill lines, or a list of chapters.

    Whoever a letter is from, the first of two lines in capitals, and a heading among others do not.
    """
    if is_surely_name(title) or (title.isupper() and following.isupper()):
        return False
    if _UNDERLINE.match(following) or not _is_telling(title, lines):
        return False
    head = [line for line in dict.fromkeys(lines) if line]
    widths = [len(line) + len(_ASIAN.findall(line)) for line in head]
    full = sum(width >= _LINE_OF_PROSE for width in widths[:_FIRST_HEADINGS])
    listed = sum(map(bool, map(_OF_CONTENTS.match, head[:_FIRST_LINES])))
    is_work = max(full, listed) >= _FEWEST_OF_PROSE or following == title  # a cover has it, too
    return sum(widths) >= _LEAST_PROSE and is_work


def _is_telling(title: str, lines: Sequence[str]) -> bool:
    """Return whether a title has several words, or one that the text is about."""
    return " " in title or bool(_ASIAN.search(title)) or _is_theme(title, lines)


def _is_theme(word: str, lines: Sequence[str]) -> bool:
    """Return whether a text uses a word again and again, always in capitals, as it does a name.

    A product such as "PDFKit" may be written otherwise in addresses and commands.
    """
    text = "\n".join(lines)
    again = re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
    if _OF_A_PRODUCT.search(word):
        return again.count(word) >= _TIMES_OF_THEME
    return word != word.lower() and len(again) >= _TIMES_OF_THEME and set(again) == {word}


def _is_prose(line: str, below: str) -> bool:
    """Return whether a line is a sentence, or a part of one that goes on below."""
    if _GOES_ON.search(line) or _SENTENCE.search(line) or line.endswith((*":;,", "\u3002")):
        return True
    if not below or _PEOPLE.match(below):
        return False
    return below[0].islower() or bool(_GOES_ON.search(below)) or line.endswith((".", "!", "?"))


def _plain(line: str) -> str:
    """Return a line without the marks of Markdown, reStructuredText and wikis."""
    text = _MARKS_OF_HEADING.sub(r"\1", without_markup(line))
    text = _REFERENCE.sub("", text)
    text = _PICTURE.sub("", text) if _PICTURE.sub("", text).strip() else _PICTURE.sub(r"\1", text)
    text = without_revision(_LINK.sub(r"\1", text))
    return _MARKUP.sub(r"\2", text).strip()


def _can_be_title(text: str) -> bool:
    if len(text) > _LONGEST or text.startswith((".", "!")) or _FILE_NAME.match(text):
        return False
    if is_no_title(text):
        return False
    if TITLES_OF_NO_WORK.search(text) or is_stand_in(text) or is_dummy_text(text):
        return False
    return sum(map(str.isalpha, text)) >= max(2, len(text) / 2)


def _is_list(lines: Sequence[str]) -> bool:
    """Return whether lines are a list of words, terms, or names and values, rather than prose."""
    first = lines[:_FEWEST_OF_LIST]
    if len(first) == _FEWEST_OF_LIST and all(0 < len(line.split()) <= 2 for line in first):
        return True
    filled = [line for line in lines if line]
    forms = ((_KEY_AND_VALUE, 2), (_TERM, 3))
    return any(len(filled) >= fewest and all(map(form.match, filled[:3])) for form, fewest in forms)


def _is_written_as_title(text: str) -> bool:
    words = text.split()
    capital = sum(word[0].isupper() or not word[0].isalpha() for word in words)
    return (
        len(words) <= 10
        and text[0].isupper()
        and not text.endswith(".")
        and (capital >= len(words) / 2 or len(words) <= 6)
    )
