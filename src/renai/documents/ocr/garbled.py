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

_SPACED = bytes(code if code < 128 and chr(code).isalpha() else ord(" ") for code in range(256))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

_FEWEST_NOT_NOISE = 2  # words of four letters and more
_FEWEST_WIDE = 4  # Chinese, Japanese and Korean characters
_LEAST_OF_WORDS = 0.4  # of all that can be seen

_FEWEST_WORDS = 8
_MOST_MIXED = 0.4  # of words, that have letters of two alphabets
_LONG = 4  # letters; formulas are made of shorter words
_LONG_WORD = re.compile(rf"[^\W\d_]{{{_LONG},}}")
_WORD = re.compile(r"[^\W\d_]{2,}")


class Characters:
    """The characters of a text, to be counted: those of ASCII at once, each of the others once.

    Every page is asked for several kinds of them, and to look at each one would take as long as
    half of what PDFium does.

    Args:
        text: whose they are.

    Attributes:
        others: how often each stands there that is not of ASCII.
    """

    def __init__(self, text: str) -> None:
        self._of_ascii = text.encode("ascii", "ignore")
        self.others = Counter(() if text.isascii() else _NOT_ASCII.findall(text))

    def count(self, is_one: Callable[[str], bool]) -> int:
        """Return how many are of a kind."""
        of_ascii = len(self._of_ascii.translate(None, _ascii_but(is_one)))
        return of_ascii + sum(times for other, times in self.others.items() if is_one(other))


@lru_cache
def _ascii_but(is_one: Callable[[str], bool]) -> bytes:
    return bytes(code for code in range(128) if not is_one(chr(code)))


class _Letters(NamedTuple):
    """How many letters a text has.

    Attributes:
        of_any_kind: in any script.
        foreign: those that are not of ASCII.
        swapped: those that are Latin, Greek or Cyrillic ones with their bytes turned round.
        latin: Latin ones in words of some length.
        vowels: among those.
    """

    of_any_kind: int
    foreign: int
    swapped: int
    latin: int
    vowels: int


def is_garbled(text: str) -> bool:
    """Return whether the letters of a text cannot be what its page shows."""
    return _is_garbled(text, _letters_of(text))


def _letters_of(text: str) -> _Letters:
    characters = Characters(text)
    are_of_ascii = not any(map(str.isalnum, characters.others))  # but quotes, dashes, and so on
    words = Characters(
        "".join(_long_words_of_ascii(text) if are_of_ascii else _LONG_WORD.findall(text))
    )
    return _Letters(
        of_any_kind=characters.count(str.isalpha),
        foreign=characters.count(_is_foreign),
        swapped=characters.count(_is_swapped),
        latin=words.count(_is_latin),
        vowels=words.count(_is_vowel),
    )


def _is_garbled(text: str, letters: _Letters) -> bool:
    if letters.of_any_kind < _FEWEST:
        return False
    if letters.foreign and (_are_swapped(letters) or _mixes_alphabets(text)):
        return True
    if letters.latin < max(_FEWEST_LATIN, letters.of_any_kind // 2):
        return False
    return not (_FEWEST_VOWELS * letters.latin <= letters.vowels <= _MOST_VOWELS * letters.latin)


def has_swapped_bytes(text: str) -> bool:
    """Return whether most letters of a text are Latin, Greek or Cyrillic ones turned round."""
    return _are_swapped(_letters_of(text))


def _are_swapped(letters: _Letters) -> bool:
    return letters.swapped > _MOST_SWAPPED * letters.of_any_kind


def _is_foreign(letter: str) -> bool:
    return letter.isalpha() and not letter.isascii()


def _is_swapped(letter: str) -> bool:
    number = ord(letter)
    return letter.isalpha() and number > 0xFF and number & 0xFF in _SWAPPED_LOW_BYTES


def _is_latin(letter: str) -> bool:
    return letter.isalpha() and _plain_latin(letter) != ""


def _is_vowel(letter: str) -> bool:
    return _plain_latin(letter) in _VOWELS


def _long_words_of_ascii(text: str) -> list[str]:
    """Return the longer words of a text whose letters are of ASCII; an expression takes longer."""
    words = text.encode("ascii", "replace").translate(_SPACED).decode("ascii").split()
    return [word for word in words if len(word) >= _LONG]


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
    together = _Letters(
        *(sum(page[kind] for page in pages) for kind in range(len(_Letters._fields)))
    )
    if _is_garbled("\n".join(texts), together):
        return set(range(len(texts)))
    return {
        place
        for place, (text, letters) in enumerate(zip(texts, pages, strict=True))
        if _is_garbled(text, letters)
    }


def _mixes_alphabets(text: str) -> bool:
    # The alphabet of a word of ASCII is Latin alone.
    parts = [part for part in text.split() if not part.isascii()]
    mixed = sum(
        len({_alphabet(letter) for letter in word} - {""}) > 1
        for word in _WORD.findall(" ".join(parts))
    )
    if not mixed:
        return False
    words = len(_WORD.findall(text))
    return words >= _FEWEST_WORDS and mixed > _MOST_MIXED * words


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
