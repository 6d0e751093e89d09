"""How long an endpoint asks to wait: in a header, in a field of its error, or in words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS = {
    **dict.fromkeys(("retryDelay", "retry_after", "retryAfter", "retry_after_seconds"), 1.0),
    **dict.fromkeys(("estimated_time", "wait_seconds"), 1.0),
    **dict.fromkeys(("retry_after_ms", "retryAfterMs"), 0.001),
}
"""The names of fields with a wait, and how many seconds their numbers count."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_LENGTH = re.compile(
    r"(\d+(?:\.\d+)?)\s*"
    r"(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b(?![a-z])"
    r"|(\d+(?:\.\d+)?)(ms|[smhd])(?=\d)",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:try(?:ing)?(?: it)? again|retry(?:ing)?|wait(?:ing)?|resets?|available)\b"
    r"[^\d.]{0,40}?(\d[\d.\s a-z]{0,60})",
    re.IGNORECASE,
)


def stated_wait(headers: Mapping[str, str], error: Mapping[str, Any], words: str) -> float | None:
    """Return how many seconds an endpoint asks to wait; None if it does not say.

    If it says so in several places, the longest wait counts.

    Args:
        headers: the headers of the response.
        error: the error in its body.
        words: what the error says in words.
    """
    found = [retry_after(headers), *_in_fields(error), _in_words(words)]
    return max((wait for wait in found if wait is not None), default=None)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return how many seconds the headers of a response ask to wait; None if they do not say.

    The header `retry-after-ms` is used before `Retry-After`, which contains seconds or an HTTP date
    (RFC 9110, section 10.2.3).
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if isfinite(seconds):
            return max(0.0, seconds)
    try:
        date = parsedate_to_datetime(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())


def _in_fields(error: Mapping[str, Any]) -> list[float]:
    details = error.get("details")
    parts = [error, error.get("metadata"), *(details if isinstance(details, list) else [])]
    waits = []
    for part in parts:
        for name, unit in _FIELDS.items():
            value = part.get(name) if isinstance(part, dict) else None
            if isinstance(value, str):
                length = _length(value)
                value = value if length is None else length / unit
            try:
                seconds = float(value) * unit if value is not None else None
            except (TypeError, ValueError):
                continue
            if seconds is not None and isfinite(seconds) and seconds >= 0:
                waits.append(seconds)
    return waits


def _in_words(words: str) -> float | None:
    lengths = [_length(asked[1]) for asked in _ASKED.finditer(words[:4000])]
    return max((length for length in lengths if length is not None), default=None)


def _length(text: str) -> float | None:
    """Return the seconds in a text that begins with a length of time, such as `7m12.5s`."""
    seconds, end = 0.0, 0
    while part := _LENGTH.match(text, end):
        number, unit = (part[1], part[2]) if part[1] else (part[3], part[4])
        unit = unit.casefold()
        seconds += float(number) * _UNITS["ms" if unit.startswith(("ms", "mil")) else unit[0]]
        end = part.end()
        end += len(text[end:]) - len(text[end:].lstrip(" ,"))
    return seconds if end else None
