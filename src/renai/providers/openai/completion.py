"""The result of one request: a completion, or a failure and what can be done about it.

Endpoints fill in the protocol in many ways: an error under status 200, a content in parts, no
usage. So nothing in a reply is taken for granted. A failure is a value and not an exception, since
an exception would carry the request, and with it the key, in its chain.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, Any

from renai.providers.cleaning import clean_line
from renai.usage.cost import Cost, is_plausible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeGuard

_MONEY = ("cost", "estimated_cost")
"""The names under which OpenRouter and DeepInfra state US dollars in `usage`."""

_COUNTS = ("prompt_tokens", "completion_tokens")

_WORDS = ("param", "message", "detail")

_NO_CREDIT = frozenset({"insufficient_quota", "insufficient_credits", "billing_hard_limit_reached"})
_NOT_ABOUT_FORM = frozenset({"model_not_found", "context_length_exceeded", "content_filter"})


class Remedy(Enum):
    """What can be done about a failure."""

    CALL_AGAIN = "call again, after a while"
    ASK_OTHERWISE = "ask in a simpler form"
    CHANGE_KEY = "use another key"
    ADD_CREDIT = "add credit to the account"
    NONE = "nothing"


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that brought no completion.

    Attributes:
        what: what happened, in our words.
        remedy: what can be done about it.
        words: what the endpoint said; this may contain anything, even the key and the document.
        wait: the seconds that the endpoint asked to wait; None if it did not ask.
        maybe_billed: whether a model may have answered all the same, at a price.
        seconds: the time until the request failed, in seconds.
    """

    what: str
    remedy: Remedy
    words: str = ""
    wait: float | None = None
    maybe_billed: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered.

    Attributes:
        text: the answer; empty if the endpoint's reply contained none.
        cut_off: whether the answer ended because it reached the limit of tokens.
        declined: whether the model or a filter refused to answer.
        metered: whether the endpoint said how many tokens the request took.
        cost: the cost of this request as the endpoint states it; its `seconds` are left out.
        seconds: the time until the completion arrived, in seconds.
    """

    text: str
    cut_off: bool
    declined: bool
    metered: bool
    cost: Cost
    seconds: float = 0.0


def read_failure(status: int, headers: Mapping[str, str], error: object) -> Failure:
    """Return the failure that an answer with an error status stands for.

    Args:
        status: the HTTP status, or the code that an error under status 200 gives.
        headers: the headers of the response.
        error: the error object in the body, if there is one.
    """
    said = error if isinstance(error, dict) else {"message": error}
    codes = {str(said.get("code")), str(said.get("type"))}
    words = " ".join(str(said[name]) for name in _WORDS if said.get(name))
    return Failure(f"status {status}", _remedy(status, codes, said), words, retry_after(headers))


def read_completion(body: bytes, headers: Mapping[str, str]) -> Completion | Failure:
    """Return what the body of an answer with status 200 says: a completion, or a failure."""
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        reply = None
    reply = _object(reply)
    choices = reply.get("choices")
    choice = _object(choices[0] if isinstance(choices, list) and choices else None)
    error = _object(reply.get("error") or choice.get("error"))
    if error and not _object(choice.get("message")).get("content"):
        status = error.get("code")
        failure = read_failure(status if isinstance(status, int) else 500, headers, error)
        return replace(failure, maybe_billed=True)
    message = _object(choice.get("message"))
    usage = _object(reply.get("usage"))
    return Completion(
        text=_text(message.get("content")),
        cut_off=choice.get("finish_reason") == "length",
        declined=bool(message.get("refusal")) or choice.get("finish_reason") == "content_filter",
        metered=all(_is_count(usage.get(name)) for name in _COUNTS),
        cost=_cost(usage),
    )


def _remedy(status: int, codes: set[str], said: dict[str, Any]) -> Remedy:
    if codes & _NO_CREDIT or status == 402:
        return Remedy.ADD_CREDIT
    if status == 403 and "reasons" in _object(said.get("metadata")):
        return Remedy.NONE  # OpenRouter's moderation refuses one document; the key is valid.
    if status in {401, 403}:
        return Remedy.CHANGE_KEY
    if status in {408, 409, 425, 429} or status >= 500:
        return Remedy.CALL_AGAIN
    if status in {400, 404, 422} and not codes & _NOT_ABOUT_FORM:
        return Remedy.ASK_OTHERWISE
    return Remedy.NONE


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(content: object) -> str:
    if isinstance(content, list):
        content = "".join(str(_object(part).get("text") or "") for part in content)
    # A lone surrogate could not be sent back to the model or stored.
    return content.encode("utf-8", "replace").decode() if isinstance(content, str) else ""


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and is_plausible(value)


def _cost(usage: dict[str, Any]) -> Cost:
    stated = (usage[name] for name in _MONEY if is_plausible(usage.get(name)))
    counts = (usage.get(name) for name in _COUNTS)
    prompt_tokens, completion_tokens = (count if _is_count(count) else 0 for count in counts)
    return Cost(
        calls=1,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        money=next(map(float, stated), None),
    )


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return how many seconds a response asks to wait; None if it does not say.

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


def words_to_show(words: str, *, secret: str | None, document: str) -> str:
    """Return what an error message may repeat of an endpoint's words.

    The key is blotted out; if the words quote the document, nothing is returned.
    """
    line = clean_line(words.replace(secret, "***") if secret else words, 200) or ""
    quotes = any(line[start : start + 24] in document for start in range(len(line) - 23))
    return "" if quotes else line
