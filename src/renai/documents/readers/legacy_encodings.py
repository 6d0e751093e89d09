"""Weigh in which encoding of before Unicode some bytes are a text.

Bytes mean other letters in each encoding, and read wrongly they follow one another as in no
language. So each reading is weighed by the likelihood of its letters, each after the one before it,
in the languages that were written in that encoding: the logarithm of a probability, in nats. As all
readings are of the same bytes their likelihoods compare, and the lead of the best one says how sure
it is.

How often letters follow one another stands in `letter_pairs.json`, which
`benchmarks/letter_pairs.py` makes. The other numbers here are estimates of how rare a thing is in
real texts; only their sums matter.
"""

from __future__ import annotations

import codecs
import json
import math
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_WESTERN = (
    *("de", "fr", "es", "it", "pt", "sv", "da", "nb", "fi", "nl"),
    *("ca", "is", "ga", "sq", "eu", "af", "en"),
)
_CENTRAL = ("pl", "cs", "hu", "sk", "hr", "sl", "ro", "en")
_BALTIC = ("lt", "lv", "et", "en")
_TURKISH = ("tr", "en")
_CYRILLIC = ("ru", "uk", "bg", "be", "mk", "sr")
_EAST_ASIAN = ("ja", "ko", "zh", "zh-tw")

LATIN = "cp1252"


class Encoding(NamedTuple):
    """What is known of the texts in an encoding.

    `prior` says in nats how rare they are, against those in the commonest one; `least_fit` is what
    nearly all of them reach.
    """

    prior: float
    least_fit: float
    languages: tuple[str, ...]


# Letters among others than ASCII fit better than accented ones alone, or one of thousands.
_ACCENTS, _LETTERS, _CHARACTERS = -10.5, -5.2, -10.5
_ANY_ACCENTS, _ANYTHING = -13.0, -12.0

NARROW: dict[str, Encoding] = {
    LATIN: Encoding(0, _ANY_ACCENTS, _WESTERN),
    "cp850": Encoding(-4.5, _ACCENTS, _WESTERN),
    "mac_roman": Encoding(-4.5, _ACCENTS, _WESTERN),
    "cp1250": Encoding(-3, _ACCENTS, _CENTRAL),
    "iso8859_2": Encoding(-3, _ACCENTS, _CENTRAL),
    "cp852": Encoding(-4.5, _ACCENTS, _CENTRAL),
    "mac_latin2": Encoding(-8, _ACCENTS, _CENTRAL),
    "cp1254": Encoding(-4, _ACCENTS, _TURKISH),
    "cp857": Encoding(-7, _ACCENTS, _TURKISH),
    "mac_turkish": Encoding(-7, _ACCENTS, _TURKISH),
    "cp1257": Encoding(-4, _ACCENTS, _BALTIC),
    "iso8859_4": Encoding(-9, _ACCENTS, _BALTIC),
    "cp775": Encoding(-11, _ACCENTS, _BALTIC),
    "cp1251": Encoding(-2, _LETTERS, _CYRILLIC),
    "koi8_r": Encoding(-3, _LETTERS, ("ru", "bg")),
    "koi8_u": Encoding(-3, _LETTERS, ("uk", "ru", "be")),
    "cp866": Encoding(-3.5, _LETTERS, ("ru", "uk", "bg")),
    "cp1125": Encoding(-6, _LETTERS, ("uk", "be")),
    "iso8859_5": Encoding(-4, _LETTERS, _CYRILLIC),
    "mac_cyrillic": Encoding(-9, _LETTERS, _CYRILLIC),
    "kz1048": Encoding(-5, _LETTERS, ("kk",)),
    "ptcp154": Encoding(-5, _LETTERS, ("kk",)),
    "cp1253": Encoding(-2, _LETTERS, ("el",)),
    "iso8859_7": Encoding(-2.5, _LETTERS, ("el",)),
    "cp737": Encoding(-4, _LETTERS, ("el",)),
    "mac_greek": Encoding(-7, _LETTERS, ("el",)),
    "cp1255": Encoding(-2.5, _LETTERS, ("he",)),
    "cp862": Encoding(-4, _LETTERS, ("he",)),
    "cp1256": Encoding(-2.5, _LETTERS, ("ar", "fa")),
    "iso8859_6": Encoding(-3, _LETTERS, ("ar",)),
    "gb18030": Encoding(-2, _CHARACTERS, ("zh",)),
    "big5hkscs": Encoding(-2.5, _CHARACTERS, ("zh-tw",)),
    "cp932": Encoding(-2, _CHARACTERS, ("ja",)),
    "euc_jp": Encoding(-3, _CHARACTERS, ("ja",)),
    "cp949": Encoding(-2, _CHARACTERS, ("ko",)),
}
_ANY_SCRIPT = (*_EAST_ASIAN, *_CYRILLIC, "el", "he", "ar", "fa", "en")
WIDE: dict[str, Encoding] = {
    "utf_16_le": Encoding(0, _ANYTHING, _ANY_SCRIPT),
    "utf_16_be": Encoding(-1, _ANYTHING, _ANY_SCRIPT),
}

_UNKNOWN = -13.0
_UNKNOWN_ASCII = -9.0
_CUT_IN_TWO = -9.0
"""For each byte of a character whose end is missing."""
_ENGLISH_WORD = -1.2
_FOREIGN_WORD = -4.0
"""For each of its letters, in a text of another language."""

_MARKS = {
    -5.5: "“”„«»–—’‘",
    -7.0: "…°§•·©®€№¿¡º",
    -9.0: "\u00a0\u00ad×½¼¾²³µ±¹ª‹›£‚´™",
    -11.0: "†‡‰¶¢¤¦¬¯¨¸ˆ˜",
}
_EAST_ASIAN_MARKS = {
    -4.0: "。、，「」：（）・ー",
    -6.0: "\u3000！？；“”‘’『』《》【】…—～〜·〈〉〔〕％／＝－＋＜＞＊→←↑↓●○◆◇■□★☆※×",
}
# What stands at letters, and what costs there.
_BEFORE_LETTERS = frozenset("\"'([{-/<>.,*_=|`:;+~“„«»‘’–—\u00a0\u00ad·")
_OPENING = frozenset("“„‘«‹¿¡’\u00a0–—\u00ad£€№§»©·")
_CLOSING = frozenset("”“’»›…\u00a0°©®™º\u00ad²³·")
_NEVER_FIRST = frozenset("’”")
_MISPLACED_MARK = -4.0
_AFTER_ANOTHER_SIGN = -2.0
_REPEATED_MARK = -1.5
_CAPITAL = -1.5
_CAPITAL_AFTER_CAPITAL = -0.3
_CAPITAL_WITHIN_WORD = -6.0
_SCRIPTS_MEET = -3.0
_SCRIPT_BEGINS = -1.0


class Reading(NamedTuple):
    """Some bytes as a text of one encoding.

    `likelihood` is in nats, and `fit` is the part of what is not ASCII in it, a character.
    """

    text: str
    encoding: str
    likelihood: float
    fit: float


def readings(data: bytes, encodings: Mapping[str, Encoding]) -> list[Reading]:
    """Return the different texts that some bytes may be, the likeliest first.

    A last character that is cut in two is left out.
    """
    found: dict[str, Reading] = {}
    for name, encoding in encodings.items():
        decoder = codecs.getincrementaldecoder(name)()
        try:
            text = decoder.decode(data)
        except UnicodeDecodeError:
            continue
        if text.isascii():  # but for a character that is cut in two
            continue
        counted = _count(text)
        foreign = _foreign(encoding.languages)
        weighed = [_weigh(counted, _likelihoods(x), foreign) for x in encoding.languages]
        likelihood = max(whole for whole, _ in weighed)
        likelihood += encoding.prior + _CUT_IN_TWO * len(decoder.getstate()[0])
        if text not in found or likelihood > found[text].likelihood:
            # A page that is half English is of a language by what else it has.
            found[text] = Reading(text, name, likelihood, max(fit for _, fit in weighed))
    return sorted(found.values(), key=lambda reading: -reading.likelihood)


class _Counted(NamedTuple):
    ascii: dict[str, int]  # a letter after another one, or the first of its word
    others: dict[str, int]  # the same, and characters that are no letters of an alphabet
    characters: int  # that are not ASCII
    penalty: float  # nats


def _count(text: str) -> _Counted:
    ascii_: Counter[str] = Counter()
    others: Counter[str] = Counter()
    penalty, characters = 0.0, 0
    for (before, character), times in Counter(zip("\n" + text, text, strict=False)).items():
        penalty += times * _place(before, character)
        if not character.isascii():
            characters += times
        elif not character.isalpha():
            continue
        if _is_letter(character):
            after = _is_letter(before)
            pair = (before + character if after else character).lower()
            pair = pair.replace("i\N{COMBINING DOT ABOVE}", "i")  # what Turkish's İ becomes
            (ascii_ if pair.isascii() else others)[pair] += times
        elif character == before and not character.isalnum():  # as in the rules of a table
            penalty += times * _REPEATED_MARK
        else:
            others[character] += times
    return _Counted(ascii_, others, characters, penalty)


def _place(before: str, character: str) -> float:
    """Return what it costs that a character stands where it does."""
    if before.isascii() and character.isascii():
        return 0.0
    east, west = _is_east_asian(character), _is_letter(character)
    if east or _is_east_asian(before):
        if east and _is_east_asian(before):
            return 0.0
        return _SCRIPTS_MEET if west or _is_letter(before) else _SCRIPT_BEGINS
    if not west:
        if _is_letter(before):
            fits = character.isascii() or character in _CLOSING
        else:
            fits = character not in _NEVER_FIRST or not before.isspace()
        return 0.0 if fits else _MISPLACED_MARK
    if _is_letter(before):
        if not character.isupper():
            return 0.0
        return _CAPITAL_WITHIN_WORD if before.islower() else _CAPITAL_AFTER_CAPITAL
    cost = _CAPITAL if character.isupper() and not character.isascii() else 0.0
    if not before.isascii():
        return cost + (0.0 if before in _OPENING or before.isspace() else _MISPLACED_MARK)
    return cost + (0.0 if before.isspace() or before in _BEFORE_LETTERS else _AFTER_ANOTHER_SIGN)


def _weigh(
    counted: _Counted, known: dict[str, float], foreign: dict[str, float]
) -> tuple[float, float]:
    """Return the likelihood of a text in a language with foreign words, and its fit."""
    of_ascii = sum(n * known.get(pair, _UNKNOWN_ASCII) for pair, n in counted.ascii.items())
    of_others = counted.penalty + sum(
        n * max(known.get(pair, _UNKNOWN), foreign.get(pair, _UNKNOWN))
        for pair, n in counted.others.items()
    )
    return of_ascii + of_others, of_others / max(1, counted.characters)


def _is_letter(character: str) -> bool:
    return character.isalpha() and not _is_east_asian(character)


def _is_east_asian(character: str) -> bool:
    return (
        "\u2e80" <= character <= "\ud7ff"
        or "\uf900" <= character <= "\ufaff"
        or "\uff00" <= character <= "\uffef"
        or character >= "\U00020000"
    )


@cache
def _data() -> dict[str, dict[str, dict[str, str]]]:
    path = Path(__file__).with_name("letter_pairs.json")
    data: dict[str, dict[str, dict[str, str]]] = json.loads(path.read_text("utf-8"))
    return data


@cache
def _likelihoods(language: str) -> dict[str, float]:
    """Return the likelihood of each letter after another, of each at a word's start, of marks."""
    data = _data()
    known = {mark: weight for weight, marks in _MARKS.items() for mark in marks}
    if language in _EAST_ASIAN:
        known |= {mark: weight for weight, marks in _EAST_ASIAN_MARKS.items() for mark in marks}
        common = data["common characters"][language]
        # By the rank of a character, as Zipf's law has it.
        known |= {c: -3 - 0.75 * math.log(rank) for rank, c in enumerate(common, 2)}
    else:
        known |= _pairs(data["letter pairs"][language])
    if language != "en":
        for pair, weight in _likelihoods("en").items():
            if pair.isascii():
                known[pair] = max(known.get(pair, _UNKNOWN), weight + _ENGLISH_WORD)
    return known


@cache
def _foreign(languages: tuple[str, ...]) -> dict[str, float]:
    """Return the likelihood of what is not ASCII in words of any of some languages."""
    foreign: dict[str, float] = {}
    for language in languages:
        for pair, weight in _likelihoods(language).items():
            if not pair.isascii():
                foreign[pair] = max(foreign.get(pair, _UNKNOWN), weight + _FOREIGN_WORD)
    return foreign


def _pairs(rows: dict[str, str]) -> dict[str, float]:
    """Read a table: a row for each letter, and first one for the beginnings of words.

    A character of a row stands for the likelihood of the letter at its place: `0` for 0, each
    further one in ASCII for 0.4 nats less.
    """
    letters = "".join(rows)
    return {
        before + letter: (ord("0") - ord(level)) / 2.5
        for before, row in rows.items()
        for letter, level in zip(letters, row, strict=True)
    }
