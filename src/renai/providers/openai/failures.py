"""Understand why an endpoint brought no completion, and what can be done about it.

Endpoints state the same reason with different statuses, in different places and words. So what a
refusal means is read from its text first, by the tables below, and from its status only then. A
failure is a value and not an exception, since an exception would carry the request, and with it the
key, in its chain.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from renai.providers.openai.waits import stated_wait
from renai.text_cleaning import metadata_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS = ("param", "message", "detail", "msg", "error", "error_description", "reason", "title")
_CODES = ("code", "type", "status", "reason")

_NO_CREDIT = frozenset({"insufficient_quota", "insufficient_credits", "billing_hard_limit_reached"})
_NOT_ABOUT_FORM = frozenset({"model_not_found", "context_length_exceeded", "content_filter"})
_SLIPS = frozenset({"json_validate_failed"})
_BAD_KEYS = frozenset({"invalid_api_key", "api_key_invalid", "unauthenticated"})

_SLIP = re.compile(r"failed to (?:generate|validate) json|generated json does not match", re.I)
_BAD_KEY = re.compile(
    r"api[ _-]?key[^.]{0,60}\b(?:not valid|invalid|incorrect|expired|missing|not found|required|"
    r"revoked|disabled|deleted|unknown|wrong|suspended)"
    r"|\b(?:invalid|incorrect|expired|missing|wrong|unknown|no valid|bad|valid|revoked)\b[^.]{0,40}"
    r"\b(?:api[ _-]?key|access token|auth(?:entication|orization)? (?:token|credentials?|header))"
    r"|\b(?:provide|no) (?:an |your )?api[ _-]?key\b"
    r"|\bauthentication (?:failed|error|fails)|no auth credentials|\bunauthorized\b",
    re.I,
)
_LOADING = re.compile(
    r"\bloading (?:the )?model\b|\bmodel\b.{0,80}\b(?:is|being|still|currently) load(?:ing|ed)\b"
    r"|\bmodel\b.{0,80}\b(?:(?:warming|starting) up|initiali[sz]ing|not (?:yet )?ready)\b"
    r"|\bmodel\b.{0,80}\bnot loaded yet\b|\bis (?:currently |still )?loading\b",
    re.I | re.S,
)
_LOADING_FAILED = re.compile(
    r"\b(?:failed|failure|error|unable|cannot|could not)\b(?:\W+\w+){0,2}\W+load", re.I
)
_NO_MODEL = re.compile(
    r"\bmodel\b.{0,120}\b(?:not found|not exist|not available|no longer|unknown|not supported)\b"
    r"|\b(?:no such|unknown|invalid|no) models?\b|model_not_found|\bno endpoints found\b",
    re.I | re.S,
)
_MAY_PASS = re.compile(
    r"overload|rate.?limit|too many|try again|temporar|time(?:d)?.?out|\bbusy\b|internal|upstream"
    r"|server.?error|unavailable|capacity|provider returned error",
    re.I,
)
_FORM = re.compile(
    r"response.?format|json_(?:schema|object)|json.?(?:mode|schema)|\bschema\b|structured.?output"
    r"|\bgrammar\b|guided|required for format|\bformat\b[^.]{0,40}\b(?:support|unavailable|allow)"
    r"|xgrammar|outlines|requested parameters",
    re.I,
)
_PARAMETERS = re.compile(
    r"max_(?:completion_)?tokens|max_new_tokens|\btemperature\b|system (?:role|message|prompt)"
    r"|developer instruction|roles must alternate",
    re.I,
)
_PASSING = frozenset({408, 409, 425, 429})
_ABOUT_THE_REQUEST = frozenset({400, 404, 405, 413, 415, 422})
_TAGS = re.compile(r"<(script|style|head)\b.*?</\1>|<[^>]*>", re.I | re.S)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.I | re.S)


class Remedy(Enum):
    """What can be done about a failure."""

    CALL_AGAIN = "call again, after a while"
    WAIT_FOR_MODEL = "wait until the model is loaded"
    ASK_OTHERWISE = "ask in a simpler form"
    CHANGE_KEY = "use another key"
    ADD_CREDIT = "add credit to the account"
    MEND_ADDRESS = "use another base URL"
    NONE = "nothing"


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that brought no completion.

    Attributes:
        what: what happened, in our words.
        remedy: what can be done about it.
        words: what the endpoint said; this may contain anything, even the key and the document.
        wait: the seconds that the endpoint asked to wait; None if it did not ask.
        named: whether the words name the part of the form that is refused; else it is a guess.
        maybe_billed: whether a model may have answered all the same, at a price.
        seconds: the time until the request failed, in seconds.
    """

    what: str
    remedy: Remedy
    words: str = ""
    wait: float | None = None
    named: bool = False
    maybe_billed: bool = False
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Slip:
    """A model's broken answer, which the endpoint noticed by itself.

    Attributes:
        generated: what the model had written, if the endpoint says so.
        seconds: the time until the endpoint said so, in seconds.
    """

    generated: str = ""
    seconds: float = 0.0


def read_failure(
    status: int, headers: Mapping[str, str], body: object, *, in_reply: bool = False
) -> Failure | Slip:
    """Return the failure that an answer with an error stands for.

    Args:
        status: the HTTP status, or the code that an error under status 200 gives.
        headers: the headers of the response.
        body: the body: a JSON value, or a text that is none.
        in_reply: whether it is an error under status 200 that gives no code.
    """
    said = _error_in(body)
    codes = {str(value).casefold() for value in _values(said, _CODES)}
    words = _line(said)
    if codes & _SLIPS or _SLIP.search(words):
        generated = said.get("failed_generation")
        return Slip(generated if isinstance(generated, str) else "")
    remedy = _remedy(status, codes, words, said, in_reply=in_reply)
    return Failure(
        "an error under status 200" if in_reply else f"status {status}",
        remedy,
        words,
        stated_wait(headers, said, words),
        named=bool(_FORM.search(words) or _PARAMETERS.search(words)),
    )


def no_completion(text: str) -> Failure:
    """Return the failure that a reply with status 200 stands for which is no completion at all."""
    page = "<" in text and _TAGS.search(text) is not None
    what = "status 200 with a web page" if page else "status 200 without a completion"
    return Failure(what, Remedy.MEND_ADDRESS, _words_of_page(text), maybe_billed=True)


def parsed(body: bytes) -> object:
    """Return the JSON value of a body, or its text if it is none."""
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def words_to_show(words: str, *, secret: str | None, document: str) -> str:
    """Return what an error message may repeat of an endpoint's words.

    The key is blotted out; if the words quote the document, nothing is returned.
    """
    words = words.replace(secret, "***") if secret else words
    line = metadata_line(words[:4000])[:200].strip()
    quotes = any(line[start : start + 24] in document for start in range(len(line) - 23))
    return "" if quotes else line


def _remedy(  # noqa: C901 - one table, first match
    status: int, codes: set[str], words: str, said: dict[str, Any], *, in_reply: bool
) -> Remedy:
    about_request = in_reply or status in _ABOUT_THE_REQUEST
    if codes & _NO_CREDIT or status == 402:
        return Remedy.ADD_CREDIT
    if status == 403 and "reasons" in _object(said.get("metadata")):
        return Remedy.NONE  # OpenRouter's moderation refuses one document; the key is valid.
    bad_key = bool(codes & _BAD_KEYS) or _BAD_KEY.search(words) is not None
    if status in {401, 403} or (bad_key and status != 429):
        return Remedy.CHANGE_KEY
    if status not in _PASSING and _LOADING.search(words) and not _LOADING_FAILED.search(words):
        return Remedy.WAIT_FOR_MODEL
    if status in _PASSING:
        return Remedy.CALL_AGAIN
    if codes & _NOT_ABOUT_FORM:
        return Remedy.NONE
    if _FORM.search(words) or _PARAMETERS.search(words):
        return Remedy.ASK_OTHERWISE
    if about_request and _NO_MODEL.search(words):
        return Remedy.NONE
    if in_reply:
        passing = _MAY_PASS.search(" ".join([words, *codes]))
        return Remedy.CALL_AGAIN if passing else Remedy.MEND_ADDRESS
    if status in {404, 405}:
        return Remedy.MEND_ADDRESS
    if status >= 500:
        return Remedy.CALL_AGAIN
    return Remedy.ASK_OTHERWISE if status in {400, 422} else Remedy.NONE


def _error_in(body: object) -> dict[str, Any]:
    """Return the object that says what went wrong, from wherever a body has it."""
    if isinstance(body, list):
        body = next((each for each in body if isinstance(each, dict)), None)
    if isinstance(body, str):
        return {"message": _words_of_page(body)}
    said = _object(body)
    inner = said.get("error")
    if isinstance(inner, list):
        inner = inner[0] if inner else None
    if isinstance(inner, dict):
        return inner
    if isinstance(inner, str) and inner.lstrip().startswith("{"):
        return _error_in(parsed(inner.encode("utf-8", "replace"))) or said
    return said


def _values(said: dict[str, Any], names: tuple[str, ...]) -> list[object]:
    """Return what an error says under these names, also in its details."""
    details = said.get("details")
    parts = [said, *(details if isinstance(details, list) else [])]
    return [
        part[name] for part in parts if isinstance(part, dict) for name in names if name in part
    ]


def _line(said: dict[str, Any]) -> str:
    """Return everything that an error says in words, on one line."""
    words = [_spoken(value) for value in _values(said, _WORDS)]
    # OpenRouter repeats here what the provider behind it said.
    words.append(_spoken(_object(said.get("metadata")).get("raw")))
    return " ".join(" ".join(filter(None, words)).split())[:4000]


def _spoken(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict) and value:
        return json.dumps(value, ensure_ascii=False)
    return ""


def _words_of_page(text: str) -> str:
    """Return what a text or a web page says, on one line."""
    text = text[:100_000]
    title = _TITLE.search(text)
    words = html.unescape(_TAGS.sub(" ", text))
    return " ".join(f"{html.unescape(title[1]) if title else ''} {words}".split())[:500]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
