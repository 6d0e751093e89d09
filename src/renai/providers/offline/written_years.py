"""Years as people and programs write them: ranges, of which the last year counts, and no dates.

"1998/99" and "Copyright 2010-12" are ranges. Where programs know no date they write the day from
which they count: Windows 1601, Unix 1970, spreadsheets the end of 1899, Mac OS 1904, .NET the year
1; calibre writes the year 101. A book may be of 1970, and then its data say the year by itself, or
another day.
"""

from __future__ import annotations

import re

_LONGEST = 60
"""Years from the first to the last."""
_MONTHS = 12

RANGE = (
    r"(?P<year>1[4-9]\d\d|20\d\d)(?:\s?(?P<mark>[\u2013\u2014/-])\s?"
    r"(?P<end>\d{4}|\d\d)(?![\d./-]))?"
)
"""A year, and the one after it up to which it goes on."""
_WHOLE = re.compile(rf"^\W*(?:copyright\W+)?(?:c\W+)?{RANGE}(?!\d)\W*$", re.IGNORECASE)

_UNDEFINED = re.compile(
    r"\s*(?:D:)?(?:0000|0001-?01-?01|0101-?01-?01|1600-?12-?31|1601-?01-?01|1899-?12-?3[01]"
    r"|1969-?12-?31(?=[T ]?(?:1[0-9]|2[0-3]))|1970-?01-?01|1904-?01-?01[T ]?00:?00:?00)"
)


def last_year(found: re.Match[str]) -> int:
    """Return the last year of a match with the groups of `RANGE`, or with that of the year only."""
    said = found.groupdict()
    first, end = int(said["year"]), said.get("end")
    if end is None:
        return first
    last = int(end) if len(end) > 2 else first - first % 100 + int(end)
    last += 100 * (last < first and len(end) == 2)
    return last if 0 <= last - first <= _LONGEST else first


def last_of_range(said: str) -> int | None:
    """Return the last year of a text that is a range of years and nothing else.

    "2003-04" is a month there, as dates are written.
    """
    found = _WHOLE.match(said)
    if found is None or found["end"] is None:
        return None
    is_month = found["mark"] == "-" and int(found["end"]) <= _MONTHS
    return None if is_month else last_year(found)


def is_undefined(said: str) -> bool:
    """Return whether a date says that none is known: "1601-01-01T00:00:00Z", "0101-01-01"."""
    return _UNDEFINED.match(said) is not None
