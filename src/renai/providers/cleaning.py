"""Turn what an answer offers for a field into the field's value, or into nothing.

Answers come from models and from files, and neither can be trusted: numbers arrive as words, lists
as strings, a missing title as "Unknown", and a hostile title with a megabyte of text or with
characters that change the reading direction. Every function here takes any JSON value, never
raises, and returns nothing rather than a guess.
"""

from __future__ import annotations

import math
import re

from renai.providers.placeholders import PLACEHOLDERS
from renai.text_cleaning import metadata_line

LINE_LIMIT = 500
"""The most characters of a title, a name or any other line."""
QUOTE_LIMIT = 300
"""The most characters of a quotation given as evidence."""
AUTHORS_LIMIT = 50
"""The most authors of one document."""
LATEST_YEAR = 2999

_WHOLE_NAMES = ("name", "fullname", "author", "displayname")
_GIVEN_NAMES = ("firstname", "givenname", "given", "first", "forename")
_MIDDLE_NAMES = ("middlename", "middle", "middleinitial")
_FAMILY_NAMES = ("lastname", "familyname", "surname", "family", "last")
"""What models call the parts of a name, letters only."""

_AROUND_A_PLACEHOLDER = " .,:;!?-_*/\\'\"()[]{}<>\u2013\u2014\u2026"
_ROUND = re.compile(r"\.0*$")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_BEFORE_CHRIST = re.compile(r"\d\s*b\.?\s*c\b", re.IGNORECASE)


def clean_line(value: object, limit: int = LINE_LIMIT) -> str | None:
    """Return a text or a number as one line of visible characters; None for a placeholder."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:g}" if math.isfinite(value) and abs(value) < 1e6 else None
    if not isinstance(value, str):
        return None
    line = metadata_line(value[: 4 * limit])[:limit].strip()
    return None if _is_placeholder(line) else line


def clean_names(value: object) -> tuple[str, ...]:
    """Return the names in a list, in one string of names, or the name of one person as an object.

    A string is split at semicolons and line ends only: "Smith, John" is one person, and "Strunk
    and White" may be one name on the cover.
    """
    if isinstance(value, str):
        value = re.split(r"[;\n]", value[: AUTHORS_LIMIT * LINE_LIMIT])
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list | tuple):
        return ()
    names: dict[str, str] = {}
    for name in value[: 2 * AUTHORS_LIMIT]:
        line = clean_line(_name_of(name) if isinstance(name, dict) else name)
        if line is not None:
            names.setdefault(line.casefold(), line)
    return tuple(names.values())[:AUTHORS_LIMIT]


def _name_of(person: dict[object, object]) -> str | None:
    """Return the name that an object says of a person, whatever it calls the parts."""
    said = {re.sub(r"[^a-z]", "", str(key).lower()): value for key, value in person.items()}
    for key in _WHOLE_NAMES:
        if line := clean_line(said.get(key)):
            return line
    kinds = (_GIVEN_NAMES, _MIDDLE_NAMES, _FAMILY_NAMES)
    parts = (next(filter(None, (clean_line(said.get(key)) for key in kind)), "") for kind in kinds)
    return " ".join(filter(None, parts)) or None


def clean_year(value: object) -> int | None:
    """Return the year in a number, a date or a phrase ("c. 2019"); None if there are two years."""
    number = _number(value)
    if number is not None:
        return int(number) if number.is_integer() and 1 <= number <= LATEST_YEAR else None
    if not isinstance(value, str) or _BEFORE_CHRIST.search(value[:LINE_LIMIT]):
        return None
    years = {int(year) for year in _YEAR.findall(value[:LINE_LIMIT])}
    return (
        years.pop() if len(years) == 1 and max(years) <= LATEST_YEAR and min(years) >= 1 else None
    )


def clean_isbn(value: object) -> str | None:
    """Return an ISBN as 13 digits; None if it is not one or its check digit is wrong."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**13:
        value = str(value).zfill(10)
    if not isinstance(value, str) or len(value) > LINE_LIMIT:
        return None
    from renai.identifiers import to_isbn13  # whose expressions take long to compile

    return to_isbn13(value)


def clean_doi(value: object) -> str | None:
    """Return a DOI from its `10.` on; None if it is not one."""
    if not isinstance(value, str) or len(value) > LINE_LIMIT:
        return None
    from renai.identifiers import to_doi  # as above

    return to_doi(value)


def clean_index(value: object) -> float | None:
    """Return a volume's number within its series, 0 to a million; None if it is not one."""
    number = _number(value)
    return number if number is not None and 0 <= number <= 1e6 else None


def clean_confidence(value: object) -> float | None:
    """Return a confidence, clamped to the range 0 to 1; None if it is not a number."""
    number = _number(value)
    return None if number is None else min(1.0, max(0.0, number))


def clean_quotes(value: object, fields: frozenset[str]) -> dict[str, str]:
    """Return the quoted words that are given as evidence, by field; only for fields that exist."""
    if not isinstance(value, dict):
        return {}
    quotes = {field: clean_line(value.get(field), QUOTE_LIMIT) for field in sorted(fields)}
    return {field: quote for field, quote in quotes.items() if quote is not None}


def _is_placeholder(line: str) -> bool:
    folded = line.casefold()
    return folded in PLACEHOLDERS or folded.strip(_AROUND_A_PLACEHOLDER) in PLACEHOLDERS


def _number(value: object) -> float | None:
    if isinstance(value, str) and len(value) <= 32:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
