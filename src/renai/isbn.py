"""ISBNs: told from other numbers by their check digit, written as 13 digits, found in text.

An ISBN-10 is weighted 10 to 1 and summed modulo 11, where X stands for ten; an ISBN-13 is weighted
1 and 3 in turn and summed modulo 10 (ISBN Users' Manual, 7th edition, section 5). One spelling for
both lets two editions of a file compare equal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATOR = "[-\u2010-\u2015\u00ad\u2212 \u00a0]?"
_BARE_13 = rf"97[89](?:{_SEPARATOR}\d){{10}}"
_ANY = rf"(?:{_BARE_13}|\d(?:{_SEPARATOR}\d){{8}}{_SEPARATOR}[\dXx])"
_FOUND = re.compile(
    # Ten digits alone are as likely a telephone number: those need the label.
    rf"\be?-?ISBN(?:[-\u2010 ]?1[03]\b)?[^\d\n]{{0,12}}({_ANY})(?!\d)|(?<!\d)({_BARE_13})(?!\d)",
    re.IGNORECASE,
)
_NOT_A_DIGIT = re.compile("[^0-9X]")
_MUSIC = "9790"


def is_isbn10(digits: str) -> bool:
    """Whether ten characters, digits and a last X, carry the right check digit."""
    if not re.fullmatch("[0-9]{9}[0-9X]", digits):
        return False
    values = [10 if character == "X" else int(character) for character in digits]
    return (
        sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11
        == 0
    )


def is_isbn13(digits: str) -> bool:
    """Whether thirteen digits are a book's number: the right prefix and the right check digit."""
    if not re.fullmatch("97[89][0-9]{10}", digits) or digits.startswith(_MUSIC):
        return False
    return _check_digit(digits[:12]) == digits[12]


def to_isbn13(text: str) -> str | None:
    """Write an ISBN of either length, however it is hyphenated and labelled, as 13 digits.

    Returns:
        None if it is not an ISBN or its check digit is wrong.
    """
    bare = re.sub(
        r"^\s*(?:urn:)?(?:isbn)?(?:[-\s]?1[03](?=[:\s]))?[:\s]*", "", text, flags=re.IGNORECASE
    )
    digits = _NOT_A_DIGIT.sub("", bare.upper())
    if is_isbn13(digits):
        return digits
    if is_isbn10(digits):
        return f"978{digits[:9]}{_check_digit('978' + digits[:9])}"
    return None


def find_isbns(text: str) -> Iterator[tuple[str, str]]:
    """Find the ISBNs of a text.

    Yields:
        The 13 digits and the words they were read from, in the order of the text.
    """
    for match in _FOUND.finditer(text):
        isbn = to_isbn13(match[1] or match[2])
        if isbn is not None:
            yield isbn, match[0]


def _check_digit(first_twelve: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first_twelve))
    return str(-total % 10)
