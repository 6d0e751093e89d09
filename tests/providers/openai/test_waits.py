"""How long a response asks to wait."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from renai.providers.openai.waits import retry_after, stated_wait

NOON = datetime(2030, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "3600"}, 3600),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Tue, 01 Jan 2030 12:00:30 GMT"}, 30),
        ({"retry-after": "Tue, 01 Jan 2030 11:00:00 GMT"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Mon, 99 Foo 2030 99:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_milliseconds_or_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, NOON) == seconds


@pytest.mark.parametrize(
    ("error", "words", "seconds"),
    [
        ({"details": [{"@type": "RetryInfo", "retryDelay": "39.6s"}]}, "", 39.6),
        ({"retry_after": 20}, "", 20),
        ({"retry_after_ms": "1500"}, "", 1.5),
        ({"metadata": {"retry_after_seconds": 7}}, "", 7),
        ({"estimated_time": 20.5}, "", 20.5),
        ({}, "Rate limit reached: try again in 40s.", 40),
        ({}, "Please retry in 39.6s.", 39.6),
        ({}, "Please try again in 7m12.5s. Visit us", 432.5),
        ({}, "Please try again in 1h2m3s", 3723),
        ({}, "Please try again in 850ms.", 0.85),
        ({}, "Retry after 20 seconds", 20),
        ({}, "Please wait 1 minute and 5 s", 60),
        ({}, "Your limit resets in 2 hours", 7200),
        ({}, "try again in 1 min 30 sec", 90),
        ({"retryDelay": "3s"}, "try again in 5s", 5),
        ({"retry_after": "soon"}, "Please try again later. Limit: 30000 tokens a minute", None),
        ({"retry_after": -1, "details": "x", "metadata": [1]}, "", None),
    ],
)
def test_a_wait_is_stated_in_fields_or_in_words(
    error: dict[str, Any], words: str, seconds: float | None
) -> None:
    stated = stated_wait({}, error, words)
    assert stated == (None if seconds is None else pytest.approx(seconds))


def test_the_longest_of_several_waits_counts() -> None:
    assert stated_wait({"retry-after": "1"}, {}, "try again in 40s") == 40
    assert stated_wait({"retry-after": "50"}, {}, "try again in 40s") == 50
