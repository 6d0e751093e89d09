"""Find authors on the page: after "by", after a label, or as a line of names below the title.

A wrong author is worse than none, so a line counts only if every part of it can be a name.
"""

from __future__ import annotations

import itertools
import re
from operator import attrgetter
from typing import TYPE_CHECKING

from renai.providers.offline.candidate import Candidate
from renai.providers.offline.given_names import folded
from renai.providers.offline.groups import is_group
from renai.providers.offline.names import (
    begins_with_article,
    group_in,
    is_name,
    is_surely_name,
    names_in,
)
from renai.providers.offline.not_titles import MONTH
from renai.providers.offline.standards import authors_of_standard
from renai.providers.offline.supervisors import without_supervisors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renai.extraction import Line
    from renai.providers.offline.typography import Block

LABELLED = 0.9
AFTER_BY = 0.8
BELOW_TITLE = 0.78
ABOVE_TITLE = 0.65

_text_of = attrgetter("text")
_FIRST_LINES = 60
_LINES_BELOW_TITLE = 6
_LINES_OF_HEAD = 25
_LINES_TO_ADDRESS = 6
_LONGEST_PLACE = 60
"""Characters."""
_NO_PLACE = re.compile(
    r"\b[a-z]{3,}|^\s*(?:Inc|Ltd|LLC|LLP|GmbH|AG|Co|Corp|Corporation|S\.?A|B\.?V|Pty)\b"
)
_SAME_SIZE = 0.3
"""Points."""
_MOST_DISTANCE = 8.0
"""In type sizes."""
_MAIL = re.compile(
    r"[<(\[]?\s*(?<![\w.+-])([\w.+-]{1,64})\s?(?:@|\(at\)|\bat\b)\s?[\w-]+(?:\.[\w-]+)+\s*[>)\]]?"
)
_AROUND_ADDRESS = " ,;:|\u2013\u2014-"
_SHORTEST_IN_ADDRESS = 3
_ROLES = frozenset(
    """
    admin bugs contact editor feedback help hello hotel info information kontakt mail office orders
    press sales service services support team webmaster
    """.split()  # noqa: SIM905 - words read better than a list of strings
)
"""Whom addresses belong to that are nobody's own."""
_LONGEST_LINE = 400
"""Characters; longer ones name nobody, and would take long to be looked through."""
_LABEL = re.compile(
    r"^:?(?:authors?|written by|autor(?:en|es)?|auteurs?|autore|verfasser)(?:\(\w+\))?"
    r"(?:\s*:|\s+by)?\s+(.+)$"
    r"|^(?:autori|autorzy|auteur|schrijver|författare|forfatter|kirjoittaja|szerző|yazar|автор|авторы"
    r"|συγγραφέας|作者|著者|筆者|저자|글쓴이)\s*[:\uff1a]\s*(.+)$",
    re.IGNORECASE,
)
_BY = re.compile(
    r"^(?:(?:(?:(?:the )?(?:manual|guide|documentation|document|tutorial|text) )?written|edited"
    r"|translated and edited|a novel)\s+)?by:?\s+(.+)$",
    re.IGNORECASE,
)
_ONLY_LABEL = re.compile(
    r"^(?:authors?|autor(?:en|es)?|auteurs?|autori|autore|verfasser|\u0430\u0432\u0442\u043e\u0440\u044b?|\u4f5c\u8005|\u8457\u8005)"
    r"(?:\s(?:of|der|des|de|del|della)\s[\w ]{3,30})?\s*[:\uff1a]?$",
    re.IGNORECASE,
)
"""A line that says of the lines below it whom they name."""
_BY_LINE = re.compile(
    r"^(?i:(?:(?:written|maintained|compiled) )?by|von|par|por|di|da|door|av|af|przez|\u043e\u0442)"
    r"\s+(?=[^\W\da-z])(.+)$"
    r"|^[\u6587\u4f5c]\s?[/\uff0f]\s?(.+)$|^(.+?)\s?[\u8457\u64b0]$"
)
"""What stands right below a title and says with a word that people follow."""
_BEHIND_NAMES = re.compile(
    r"\s+[-\u2013\u2014|\u00b7\u2022]\s+.*\b(?:19|20)\d\d\b.*$"
    r"|,?\s+\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d$"
    r"|\s+(?i:published|publi(?:shing|cation) date|date|datum|fecha|posted|(?:last )?updated?"
    r"|e-?mail|version|revision|created|modified|stand)\b.*$"
    r"|\s+(?:as|for|from|in|using|under|while|who)\s.*$"
)
"""A date, another label, or how the sentence goes on."""
_ONLY_BY = re.compile(
    r"^(?:(?:written|edited|submitted|presented|prepared) by|by|von|verfasst von|par|door|di|por"
    r"|verfasst von / submitted by):?$",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"^\W*(?:[^\W\d_][\w-]+,?\s)?(?:{MONTH}\b.{{0,12}}\d{{4}}|\d{{1,2}}\W{{0,2}}\s*{MONTH}\b"
    r"|(?:19|20)\d\d[-/.年]\s?\d|\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d)",
    re.IGNORECASE,
)
_NEAR = 2
"""Lines between a title, the names below it, and the date below these."""
_TELLING = 50
"""Different words in small letters from which on it says something that none is of a name."""
_PART_OF_ADDRESS = re.compile(r"\S*[@/\\_]\S*|\S+\.\S+")
_END_OF_HEAD = re.compile(
    r"^(?:abstract|summary|contents|introduction|keywords|zusammenfassung|inhalt|r\u00e9sum\u00e9|sommaire"
    r"|resumen|indice|table des mati\u00e8res|sommario)\b|^1\.?\s+[^\W\d_]|^I\.?\s+[^\W\d_]{3}",
    re.I,
)


def after_a_label(lines: Sequence[str]) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose what stands after "Author:" or "by" in the first lines."""
    head = lines[:_FIRST_LINES]
    for line, following in zip(head, [*head, ""][1:], strict=True):
        for pattern, score in ((_LABEL, LABELLED), (_BY, AFTER_BY)):
            found = pattern.match(line)
            said = next(filter(None, found.groups()), "") if found else ""
            if names := _named(said):
                yield Candidate(names, score, line)
        if _ONLY_BY.match(line) and (names := names_in(following)):
            yield Candidate(names, AFTER_BY, f"{line} {following}")
    filled = [line for line in head if line][:_LINES_OF_HEAD]
    for place, line in enumerate(filled):
        if _ONLY_LABEL.match(line):
            rows = [*itertools.takewhile(bool, map(names_in, filled[place + 1 :]))]
            if names := tuple(dict.fromkeys(itertools.chain.from_iterable(rows))):
                yield Candidate(names, LABELLED, "; ".join(filled[place : place + 1 + len(rows)]))


def of_a_standard(lines: Sequence[str]) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose whom the columns of a standard of the Internet name."""
    if names := authors_of_standard(lines):
        yield Candidate(names, LABELLED, "; ".join(names))


def before_an_address(lines: Iterable[str]) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose the names in the first lines that stand before an address of theirs."""
    for line in itertools.islice(filter(None, lines), _LINES_BELOW_TITLE):
        names = _before_addresses(line[:_LONGEST_LINE])
        if names and _has_address_of(names, line[:_LONGEST_LINE]):
            yield Candidate(names, BELOW_TITLE, line)
            return


def below_the_title(lines: Iterable[str]) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose the first run of lines of plain text that hold nothing but names.

    Args:
        lines: those below the title, nearest first.
    """
    names: list[str] = []
    evidence: list[str] = []
    filled = without_supervisors(list(filter(None, lines)), str)
    for place, line in enumerate(filled):
        found = _names_at(filled, place)
        if not found and (names or place >= _LINES_BELOW_TITLE or _END_OF_HEAD.match(line)):
            break
        names += found
        evidence += [line] if found else []
    if names:
        yield Candidate(tuple(dict.fromkeys(names)), BELOW_TITLE, "; ".join(evidence))


def _names_at(lines: Sequence[str], place: int) -> tuple[str, ...]:
    """Return the names in a line of plain text below a title."""
    line, following, next_but_one = (*lines[place : place + 3], "", "")[:3]
    found = _of_a_by_line(line) if place < _NEAR else ()
    if not (found or _is_lone_item(line, lines)):
        found = sure_names(line, following) or _row_of_strangers(line, lines)
    if not found and place < _NEAR:
        found = _names_above_a_date(lines, place, lines)
    if not found and sure_names(following, next_but_one):
        found = _strangers(line, lines)
    return found


def around_the_title(lines: Sequence[Line], title: Block) -> Iterator[Candidate[tuple[str, ...]]]:
    """Propose the names in the head of the title's page, which ends where an abstract begins.

    All authors of a work are set in one size, in a row, in columns or below each other, with their
    addresses between them.
    """
    page = [line for line in lines[title.after :] if line.page == title.page]
    head = without_supervisors(_head(page), _text_of)
    text = [line.text for line in lines]
    below = _names_of_one_size(head, text) or _above_a_date(head, text)
    if below:
        yield Candidate(below[0], BELOW_TITLE, below[1])
        return
    before = [line for line in lines[: title.first] if line.page == title.page]
    above = _names_of_one_size(without_supervisors(before, _text_of), text)
    if above:
        yield Candidate(above[0], ABOVE_TITLE, above[1])


def sure_names(line: str, following: str = "") -> tuple[str, ...]:
    """Return the names in a line if it surely names people.

    Where no word says so, capitals alone do not tell "Ann Ash" from "Legal Notice". What does is a
    given name or initials that are known as such, of half of them at least, or an address that is
    made of a name: in the line, or on the one below it.
    """
    line, following = line[:_LONGEST_LINE], following[:_LONGEST_LINE]
    names = names_in(line) or _before_addresses(line)
    if not names:
        return group_in(line)
    sure = sum(is_surely_name(name) or is_group(name) for name in names)
    is_addressed = _has_address_of(names, line) or _has_address_of(names, following)
    return names if 2 * sure >= max(2, len(names)) or is_addressed else ()


def _of_a_by_line(line: str) -> tuple[str, ...]:
    """Return the names in a line such as "von Ann Ash", each of which needs no other sign."""
    found = _BY_LINE.match(line[:_LONGEST_LINE])
    said = next(filter(None, found.groups()), "") if found else ""
    return _named(said)


def _named(said: str) -> tuple[str, ...]:
    """Return the names in what stands behind a label or "by", or the group with an article."""
    said = _BEHIND_NAMES.sub("", said.strip("\"'"))
    group = group_in(said) if begins_with_article(said) else ()
    return names_in(said) or group or _names_before_a_place(said)


def _names_before_a_place(said: str) -> tuple[str, ...]:
    """Return the people whom a text begins with, before a comma and where they live or work.

    Nobody is found before what no place is: how a sentence goes on, or what makes them a company.
    """
    for comma in [one.start() for one in re.finditer(",", said[:_LONGEST_LINE])][::-1]:
        names = names_in(said[:comma])
        if names and all(map(is_surely_name, names)):
            behind = said[comma + 1 :]
            return names if len(behind) < _LONGEST_PLACE and not _NO_PLACE.search(behind) else ()
    return ()


def _is_lone_item(line: str, every: Sequence[str]) -> bool:
    """Return whether a line alone begins as an item: it says whom a quotation is of."""
    return line.startswith("- ") and sum(one.startswith("- ") for one in every) == 1


def _has_address_of(names: Sequence[str], line: str) -> bool:
    """Return whether a line has an address whose first part is made of one of the names."""
    addresses = _MAIL.finditer(line)
    return any(_is_made_of(address[1], name) for address in addresses for name in names)


def _is_made_of(local_part: str, name: str) -> bool:
    if local_part.lower() in _ROLES:
        return False
    local = re.sub(r"[\W\d_]", "", folded(local_part))
    words = [re.sub(r"\W", "", folded(word)) for word in name.split()]
    initials = "".join(word[:1] for word in words)
    return local == initials or any(
        len(word) >= _SHORTEST_IN_ADDRESS and word in local for word in words
    )


def _before_addresses(line: str) -> tuple[str, ...]:
    """Return the names that stand before addresses, if the line begins with one."""
    first, *others = [part.strip(_AROUND_ADDRESS) for part in _MAIL.sub("\n", line).split("\n")]
    if not others or not names_in(first):
        return ()
    return tuple(name for part in (first, *others) for name in names_in(part))


def _head(lines: Sequence[Line]) -> list[Line]:
    head: list[Line] = []
    for line in lines[:_LINES_OF_HEAD]:
        if _END_OF_HEAD.match(line.text):
            break
        head.append(line)
    return head


def _names_of_one_size(
    lines: Sequence[Line], text: Sequence[str]
) -> tuple[tuple[str, ...], str] | None:
    """Return the names on lines of the first name's size, and those lines.

    Args:
        lines: in which they are looked for.
        text: all lines of the document.
    """
    rows: dict[int, tuple[str, ...]] = {}
    last: Line | None = None
    texts = [line.text for line in lines]
    for place, line in enumerate(lines):
        if _is_lone_item(line.text, texts):
            continue
        below = (one.text for one in lines[place + 1 : place + 1 + _LINES_TO_ADDRESS])
        found = sure_names(line.text, " ".join(below)) or _row_of_strangers(line.text, text)
        if found and (last is None or _beside(last, line)):
            last = line
            rows[place] = found
    for place in list(rows):
        rows |= _rows_beside(lines, place, text)
    names = [name for _, row in sorted(rows.items()) for name in row]
    if any(map(is_name, names)):  # whom they work for is no author beside them
        names = [name for name in names if not name.endswith(" Foundation")]
    said = "; ".join(lines[place].text for place in sorted(rows))
    return (tuple(dict.fromkeys(names)), said) if names else None


def _rows_beside(
    lines: Sequence[Line], place: int, text: Sequence[str]
) -> dict[int, tuple[str, ...]]:
    """Return the names, by their places, on the lines above and below one that surely has some."""
    rows: dict[int, tuple[str, ...]] = {}
    for step in (-1, 1):
        beside = place + step
        while 0 <= beside < len(lines) and _is_set_alike(lines[beside], lines[place]):
            names = _strangers(lines[beside].text, text)
            if any(map(str.isalpha, lines[beside].text)) and not names:
                break  # a comma alone may have been torn from its line
            rows |= {beside: names} if names else {}
            beside += step
    return rows


def _above_a_date(head: Sequence[Line], text: Sequence[str]) -> tuple[tuple[str, ...], str] | None:
    lines = [line.text for line in head]
    for place in range(min(_NEAR, len(lines))):
        if names := _names_above_a_date(lines, place, text):
            return names, lines[place]
    return None


def _names_above_a_date(lines: Sequence[str], place: int, text: Iterable[str]) -> tuple[str, ...]:
    """Return the names in a line above a date, of words that are no others in the text.

    Who stands between a title and its date wrote it. A subtitle in capitals may stand there, too,
    but its words come again without them.
    """
    after = lines[place + 1 : place + 1 + _NEAR]
    is_above = any(_DATE.match(line[:_LONGEST_LINE]) for line in after)
    return _strangers(lines[place], text, least=0) if is_above else ()


def _row_of_strangers(line: str, text: Iterable[str]) -> tuple[str, ...]:
    """Return the names in a line of several, of which one at least is surely a name."""
    names = names_in(line[:_LONGEST_LINE])
    is_row = len(names) > 1 and any(map(is_surely_name, names))
    return _strangers(line, text) if is_row else ()


def _strangers(line: str, text: Iterable[str], least: int = _TELLING) -> tuple[str, ...]:
    """Return the names in a line if the text has no word of theirs in small letters.

    Args:
        line: in which they are looked for.
        text: the lines of the document.
        least: different words in small letters that the text must have.
    """
    names = names_in(line[:_LONGEST_LINE])
    if not names:
        return ()
    others = {
        word
        for line in text
        for word in _PART_OF_ADDRESS.sub(" ", line[:_LONGEST_LINE]).split()
        if word.islower()
    }
    words = (word.strip(".,").casefold() for name in names for word in name.split())
    is_word = any(len(word) > 2 and word in others for word in words)
    return () if is_word or len(others) < least else names


def _beside(last: Line, line: Line) -> bool:
    """Return whether a name is set like the one before and near it, but for an address."""
    distance = (line.top - last.top) * line.page_height
    return _is_set_alike(last, line) and distance <= _MOST_DISTANCE * line.size


def _is_set_alike(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _SAME_SIZE
