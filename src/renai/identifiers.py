"""Recognise ISBNs and DOIs, write each of them in one standard form, and find them in text.

An ISBN-10 is weighted 10 to 1 and summed modulo 11, where X stands for ten; an ISBN-13 is weighted
1 and 3 in turn and summed modulo 10 (ISBN Users' Manual, 7th edition, section 5). It is written as
13 digits, so that two editions of a file compare equal.

A DOI is `10.`, the registrant's number, a slash, and any printable characters (ISO 26324). In text
it ends where the punctuation of the sentence begins; the pattern is the one that matches nearly all
registered DOIs (crossref.org/blog/dois-and-matching-regular-expressions). Upper and lower case mean
the same in a DOI, so it is written in lower case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SEPARATOR = "[-\u2010-\u2015\u00ad\u2212 \u00a0]?"
_PREFIXES = ("978", "979")
_BARE_13 = rf"97[89](?:{_SEPARATOR}\d){{10}}"
_ISBN = rf"(?:{_BARE_13}|\d(?:{_SEPARATOR}\d){{8}}{_SEPARATOR}[\dXx])"
_ISBN_IN_TEXT = re.compile(
    # Ten digits alone may as well be a telephone number: they need the label ISBN before them.
    rf"\be?-?ISBN(?:[-\u2010 ]?1[03]\b)?[^\d\n]{{0,12}}({_ISBN})(?!\d)|(?<!\d)({_BARE_13})(?!\d)",
    re.IGNORECASE,
)
_NOT_A_DIGIT = re.compile("[^0-9X]")
_MUSIC = "9790"
# Matches the whole identifier of an e-book only: a UUID holds enough digits for an ISBN, too.
_STATED_ISBN = re.compile(
    r"(?:urn:)?(?:isbn[:\s]*)?((?:97[89][- ]?)?(?:\d[- ]?){9}[\dX])", re.IGNORECASE
)

_DOI = r"10\.\d{4,9}/[-._;()/:a-z0-9<>\[\]+]{1,200}"
_WHOLE_DOI = re.compile(rf"\s*(?:doi\s*:?\s*|(?:https?://)?(?:dx\.)?doi\.org/)?({_DOI})\s*", re.I)
_DOI_IN_TEXT = re.compile(rf"(?:\bdoi\s*[:=]?\s*|doi\.org/|(?<![\w./])){_DOI}", re.IGNORECASE)
_CLOSING = {")": "(", "]": "[", ">": "<"}
_END_OF_SENTENCE = ".,;:"


def is_isbn10(digits: str) -> bool:
    """Return whether ten characters, digits and possibly a last X, have the right check digit."""
    if not re.fullmatch("[0-9]{9}[0-9X]", digits):
        return False
    values = [10 if character == "X" else int(character) for character in digits]
    return (
        sum(place * value for place, value in zip(range(10, 0, -1), values, strict=True)) % 11 == 0
    )


def is_isbn13(digits: str) -> bool:
    """Return whether thirteen digits are an ISBN-13: a book's prefix and the right check digit."""
    if not re.fullmatch("97[89][0-9]{10}", digits) or digits.startswith(_MUSIC):
        return False
    return _check_digit(digits[:12]) == digits[12]


def to_isbn13(text: str) -> str | None:
    """Return an ISBN of either length, however it is hyphenated and labelled, as 13 digits.

    Returns:
        The 13 digits; None if the text is not an ISBN or its check digit is wrong.
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
    """Yield the ISBNs of a text, in the order of the text.

    Yields:
        The 13 digits, and the words of the text from which they were read.
    """
    # Most texts have none, and to look for the expression takes many times as long as this.
    if not (any(prefix in text for prefix in _PREFIXES) or "sbn" in text.casefold()):
        return
    for match in _ISBN_IN_TEXT.finditer(text):
        isbn = to_isbn13(match[1] or match[2])
        if isbn is not None:
            yield isbn, match[0]


def first_stated_isbn(identifiers: Iterable[str]) -> str:
    """Return the first identifier that is an ISBN, as it is written; an empty text if none is.

    The check digit is not verified.
    """
    matches = map(_STATED_ISBN.fullmatch, identifiers)
    return next((match[1] for match in matches if match), "")


def to_doi(text: str) -> str | None:
    """Return a DOI, however it is labelled, in lower case from `10.` on; None if it is none."""
    match = _WHOLE_DOI.fullmatch(text)
    doi = _without_punctuation(match[1]).lower() if match else ""
    return None if doi.endswith("/") else doi or None


def find_dois(text: str) -> Iterator[tuple[str, str]]:
    """Yield the DOIs of a text, in the order of the text.

    Yields:
        The DOI, and the words of the text from which it was read.
    """
    if "10." not in text:
        return
    for match in _DOI_IN_TEXT.finditer(text):
        words = _without_punctuation(match[0])
        doi = words[words.index("10.") :].lower()
        if not doi.endswith("/"):
            yield doi, words


def _check_digit(first_twelve: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first_twelve))
    return str(-total % 10)


def _without_punctuation(doi: str) -> str:
    """Return a DOI without the punctuation behind it and closing brackets that it does not open."""
    while doi[-1] in _END_OF_SENTENCE or (
        doi[-1] in _CLOSING and doi.count(doi[-1]) > doi.count(_CLOSING[doi[-1]])
    ):
        doi = doi[:-1]
    return doi
