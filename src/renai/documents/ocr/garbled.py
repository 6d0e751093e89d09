"""Notice text that nobody wrote: of a broken font map, of swapped bytes, or seen by OCR in a photo.

Each test measures something that holds in every text of its kind, and is far from what such text
has. Short texts are taken for what they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_FEWEST = 12
"""Letters, below which nothing is said of a text."""

_MOST_SWAPPED = 0.5  # of all letters; of a Chinese text one in 256 looks so
_SWAPPED_LOW_BYTES = {0x00, 0x03, 0x04}  # the blocks of Latin, Greek and Cyrillic

_FEWEST_LATIN = 80
"""Letters, below which nothing is said of vowels."""

_FEWEST_VOWELS = 0.18  # of Latin letters; languages have 0.33 to 0.5
_MOST_VOWELS = 0.75
_VOWELS = frozenset("aeiouyæœøıəɛɔ")

_ASCII = bytes(range(128))
_NO_LETTERS = bytes(code for code in _ASCII if not chr(code).isalpha())
_NO_VOWELS = bytes(code for code in _ASCII if chr(code).lower() not in _VOWELS)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

_FEWEST_NOT_NOISE = 2  # words of four letters and more
_FEWEST_WIDE = 4  # Chinese, Japanese and Korean characters
_LEAST_OF_WORDS = 0.4  # of all that can be seen

_FEWEST_WORDS = 8
_MOST_MIXED = 0.4  # of words, that have letters of two alphabets
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")  # formulas are made of shorter ones
_WORD = re.compile(r"[^\W\d_]{2,}")


class _Letters(NamedTuple):
    """How many letters a text has.

    Attributes:
        of_any_kind: in any script.
        latin: Latin ones in words of some length.
        vowels: among those.
    """

    of_any_kind: int
    latin: int
    vowels: int


def is_garbled(text: str) -> bool:
    """Return whether the letters of a text cannot be what its page shows."""
    return _is_garbled(text, _letters_of(text))


def _letters_of(text: str) -> _Letters:
    words = "".join(_LONG_WORD.findall(text))
    return _Letters(
        _count(text, str.isalpha, _NO_LETTERS),
        _count(words, lambda letter: _plain_latin(letter) != "", b""),
        _count(words, lambda letter: _plain_latin(letter) in _VOWELS, _NO_VOWELS),
    )


def _is_garbled(text: str, letters: _Letters) -> bool:
    if letters.of_any_kind < _FEWEST:
        return False
    if _has_foreign_letters(text) and (has_swapped_bytes(text) or _mixes_alphabets(text)):
        return True
    if letters.latin < max(_FEWEST_LATIN, letters.of_any_kind // 2):
        return False
    return not (_FEWEST_VOWELS * letters.latin <= letters.vowels <= _MOST_VOWELS * letters.latin)


def has_swapped_bytes(text: str) -> bool:
    """Return whether most letters of a text are Latin, Greek or Cyrillic ones turned round."""
    swapped = _count(text, _is_swapped, _ASCII)
    return swapped > _MOST_SWAPPED * _count(text, str.isalpha, _NO_LETTERS)


def _is_swapped(letter: str) -> bool:
    number = ord(letter)
    return letter.isalpha() and number > 0xFF and number & 0xFF in _SWAPPED_LOW_BYTES


def _has_foreign_letters(text: str) -> bool:
    """Return whether a text has other letters than those of ASCII, not only quotes and dashes."""
    return not text.isascii() and any(map(str.isalpha, set(_NOT_ASCII.findall(text))))


def _count(text: str, is_one: Callable[[str], bool], none_of: bytes) -> int:
    """Count the characters of a kind, those of ASCII at once and each of the others once.

    This is asked of every page, and to look at each character would take as long as half of what
    PDFium does.

    Args:
        text: where they are counted.
        is_one: tells whether a character is of the kind.
        none_of: the characters of ASCII that are not.
    """
    count = len(text.encode("ascii", "ignore").translate(None, none_of))
    if not text.isascii():
        others = Counter(_NOT_ASCII.findall(text))
        count += sum(times for character, times in others.items() if is_one(character))
    return count


def is_noise(text: str) -> bool:
    """Return whether what OCR saw in a picture is no text: a few letters, and hardly a word.

    In a photograph it takes edges for letters. A title page has two words at least, which take
    most of its room.
    """
    visible = sum(not character.isspace() for character in text)
    wide = sum(_is_wide(character) for character in text)
    words = [word for word in _LONG_WORD.findall(text) if _is_word(word)]
    letters = max(wide, sum(map(len, words)))
    enough = wide >= _FEWEST_WIDE or len(words) >= _FEWEST_NOT_NOISE
    return not enough or letters < _LEAST_OF_WORDS * visible


def _is_wide(character: str) -> bool:
    """Return whether a character is of a script that writes no spaces, and few letters a word."""
    return "\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3"


def _is_word(word: str) -> bool:
    """Return whether a word can be spoken, as far as its script is Latin."""
    latin = [plain for letter in word if (plain := _plain_latin(letter))]
    vowels = sum(letter in _VOWELS for letter in latin)
    return not latin or 0 < vowels < len(latin)


def garbled_pages(texts: Sequence[str]) -> set[int]:
    """Return the places of pages whose text is garbled: all, where that holds of them together.

    A font is a whole document's, and pages with little text show little of it.
    """
    pages = [_letters_of(text) for text in texts]
    together = _Letters(*(sum(page[kind] for page in pages) for kind in range(3)))
    if _is_garbled("\n".join(texts), together):
        return set(range(len(texts)))
    return {
        place
        for place, (text, letters) in enumerate(zip(texts, pages, strict=True))
        if _is_garbled(text, letters)
    }


def _mixes_alphabets(text: str) -> bool:
    words = _WORD.findall(text)
    if len(words) < _FEWEST_WORDS:
        return False
    mixed = sum(
        len({_alphabet(letter) for letter in word} - {""}) > 1
        for word in words
        if not word.isascii()  # its alphabet is Latin alone
    )
    return mixed > _MOST_MIXED * len(words)


@lru_cache(maxsize=4096)
def _alphabet(letter: str) -> str:
    """Return the alphabet of a letter; empty for scripts that others are mixed with."""
    name = unicodedata.name(letter, "").partition(" ")[0]
    return name if name in {"LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW", "ARMENIAN"} else ""


@lru_cache(maxsize=4096)
def _plain_latin(letter: str) -> str:
    """Return a Latin letter in lower case without its accents; empty for other scripts."""
    if letter.isascii():
        return letter.lower()
    if _alphabet(letter) != "LATIN":
        return ""
    return unicodedata.normalize("NFD", letter.lower())[0]
