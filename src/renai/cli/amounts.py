"""Read ages and sizes as a person writes them: 12h, 90d, 500MB, 2GB."""

from __future__ import annotations

import re

_SECONDS = {"h": 3600, "d": 86_400, "w": 7 * 86_400, "y": 365 * 86_400}
_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def seconds_in(text: str, option: str) -> float:
    """Return the seconds in an age, such as `12h`, `90d`, `8w` or `1y`.

    Raises:
        UsageError: it is none; the message names the option.
    """
    return _number(text, option, _SECONDS, "90d")


def bytes_in(text: str, option: str) -> int:
    """Return the bytes in a size, such as `500MB` or `2GB`.

    Raises:
        UsageError: it is none; the message names the option.
    """
    return int(_number(text, option, _BYTES, "2GB"))


def _number(text: str, option: str, units: dict[str, int], example: str) -> float:
    from renai.errors import UsageError

    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text.strip())
    by_name = {unit.lower(): factor for unit, factor in units.items()}
    if match is None or match[2].lower() not in by_name:
        known = ", ".join(filter(None, units))
        raise UsageError(f"{option} {text}: a number and one of {known}, such as {example}")
    return float(match[1]) * by_name[match[2].lower()]
