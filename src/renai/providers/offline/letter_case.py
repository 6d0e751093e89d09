"""Names in capitals or small letters, written as other names are: "JANE DOE" is Jane Doe.

Where it is unsure how a name is written, it stays: Greek capitals have lost their accents, Turkish
ones tell two letters apart that others do not, and "DJ" may be no word.
"""

from __future__ import annotations

import re

from renai.providers.offline.given_names import is_given_name
from renai.providers.offline.names import PARTICLES, is_name, is_surely_name

_UNSURE = re.compile(r"[\u0370-\u03ff\u0130\u011e\u015e\u01c4-\u01cc]")
_SCOTTISH = re.compile(r"\bM[Aa]?c(?=[^\W\d_a-z]{3})")
_PARTS = re.compile(r"(['\u2019-])")
_NUMBER = re.compile(r"^(?:I{2,3}|IV|VI{0,3})\W*$")
_GENERATION = re.compile(r"^[JS]R\.?$")
_MC = re.compile(r"^Mc([^\W\d_])(?=\w{3})")
_LONG = 4
"""Letters of a word that is no abbreviation."""


def in_mixed_case(name: str) -> str:
    """Return a person's name in capitals with small letters; any other name as it is."""
    shouted = _SCOTTISH.sub(lambda found: found[0].upper(), name)
    if not shouted.isupper() or _UNSURE.search(name) or not is_name(name):
        return name
    words = shouted.split()
    whole = [word for word in words if "." not in word and len(word) > 1]
    is_sure = is_surely_name(name) or all(len(word) >= _LONG for word in whole)
    if not is_sure or len(words) < 2:
        return name
    last = len(words) - 1
    return " ".join(_word(word, is_last=place == last) for place, word in enumerate(words))


def with_capitals(name: str) -> str:
    """Return a person's name in small letters as others are written; any other name as it is."""
    is_person = name.islower() and is_surely_name(name) and is_name(name.title())
    return name.title() if is_person else name


def _word(word: str, *, is_last: bool) -> str:
    if _NUMBER.match(word):
        return word
    if _GENERATION.match(word):
        return word.capitalize()
    if word.casefold() in PARTICLES and not is_last:
        return word.lower()
    is_short = len(word) <= 2 and not (is_last or is_given_name(word))
    if "." in word.rstrip(".") or len(word.rstrip(".")) == 1 or is_short:
        return word
    parts = _PARTS.split(word)
    return _MC.sub(lambda found: f"Mc{found[1].upper()}", "".join(map(str.capitalize, parts)))
