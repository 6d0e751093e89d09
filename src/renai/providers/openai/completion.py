"""The result of one request: a completion, or a failure and what can be done about it.

Endpoints fill in the protocol in many ways: an error under status 200, a content in parts, an
answer among the thoughts, no usage. So nothing in a reply is taken for granted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from renai.providers.openai.events import read_reply
from renai.providers.openai.failures import (
    Failure,
    Remedy,
    Slip,
    no_completion,
    parsed,
    read_failure,
)
from renai.providers.openai.thoughts import without_thoughts
from renai.usage.cost import Cost, is_plausible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeGuard

_MONEY = ("cost", "estimated_cost")
"""The names under which OpenRouter and DeepInfra state US dollars in `usage`."""

_COUNTS = ("prompt_tokens", "completion_tokens")

_CUT_OFF = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
"""The reasons to finish that mean: the answer reached the limit of tokens."""

_REFUSED = (
    *("content_filter", "safety", "refus", "recitation", "block", "prohibited", "sensitive"),
    *("spii", "guardrail", "moderation", "policy"),
)
"""What stands in the reasons to finish that mean: no answer is given to this."""

_INTERRUPTED = ("insufficient_system_resource", "network_error", "abort", "error")
"""The reasons to finish that mean: the endpoint broke off, and may do better next time."""

REFUSAL = "refusal"
"""Why there is no answer where the message has a refusal in place of a content."""

_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_details")


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered.

    Attributes:
        text: the content of the message; empty if there is none.
        cut_off: whether the answer ended because it reached the limit of tokens.
        declined: why the model or a filter refused to answer, in the endpoint's words; empty if
            neither did.
        metered: whether the endpoint said how many tokens the request took.
        cost: the cost of this request as the endpoint states it; its `seconds` are left out.
        seconds: the time until the completion arrived, in seconds.
        arguments: the arguments of tool calls, which some models make although they have no tools.
        reasoning: what the model thought aloud, where the endpoint keeps that apart.
        finish: why the answer ended, in the endpoint's words.
        thoughts: the number of tokens that went into thoughts, as the endpoint states it.
        refused_as_json: whether the endpoint itself refused what the model wrote.
    """

    text: str
    cut_off: bool
    declined: str
    metered: bool
    cost: Cost
    seconds: float = 0.0
    arguments: tuple[str, ...] = ()
    reasoning: str = ""
    finish: str = ""
    thoughts: int = 0
    refused_as_json: bool = False

    @property
    def spoken(self) -> str:
        """The content without thoughts."""
        return without_thoughts(self.text).strip()

    @property
    def is_empty(self) -> bool:
        """Whether there is no answer anywhere, not even a broken one."""
        return not (self.spoken or any(self.arguments))


def read_error(status: int, headers: Mapping[str, str], body: bytes) -> Completion | Failure:
    """Return what an answer with an error status says: a failure, or a model's broken answer."""
    return _outcome(read_failure(status, headers, parsed(body)))


def read_completion(body: bytes, headers: Mapping[str, str]) -> Completion | Failure:
    """Return what the body of an answer with status 200 says: a completion, or a failure."""
    try:
        reply = read_reply(body)
    except UnicodeDecodeError:
        reply = {"choices": []}  # a completion that was damaged on the way
    except ValueError:
        text = body.decode("utf-8", "replace")
        if '"choices"' not in text:
            return no_completion(text)
        reply = {"choices": []}
    said = _object(reply[0] if isinstance(reply, list) and reply else reply)
    choices = said.get("choices")
    choice = _object(choices[0] if isinstance(choices, list) and choices else None)
    message = _object(choice.get("message"))
    if "choices" not in said and isinstance(said.get("message"), dict):
        message = said["message"]  # Ollama's own form
        said = said | {"choices": [], "message": None}
    error = said.get("error") or choice.get("error")
    if error is True:
        error = said
    if error and not message.get("content"):
        return _read_error_in(reply, error, headers)
    if "choices" not in said:
        if any(said.get(name) for name in ("message", "detail", "msg")):
            return _read_error_in(reply, said, headers)
        return no_completion(body.decode("utf-8", "replace"))
    return _read_choice(choice, message, _object(said.get("usage")))


def _read_error_in(
    reply: object, error: object, headers: Mapping[str, str]
) -> Completion | Failure:
    said = _object(error)
    codes = (said.get("code"), said.get("status"), said.get("status_code"), _code(reply))
    status = next((int(str(code)) for code in codes if _is_status(code)), None)
    body = {"error": error}
    outcome = _outcome(read_failure(status or 200, headers, body, in_reply=status is None))
    return replace(outcome, maybe_billed=True) if isinstance(outcome, Failure) else outcome


def _code(reply: object) -> object:
    return _object(reply).get("code")


def _is_status(code: object) -> bool:
    return (isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600) or (
        isinstance(code, str) and len(code) == 3 and code.isdecimal() and code[0] in "45"
    )


def _outcome(failure: Failure | Slip) -> Completion | Failure:
    """Return a slip of the model as the unusable answer that it is."""
    if isinstance(failure, Failure):
        return failure
    return Completion(
        text=_sound(failure.generated),
        cut_off=False,
        declined="",
        metered=False,
        cost=Cost(calls=1),
        refused_as_json=True,
    )


def _read_choice(
    choice: dict[str, Any], message: dict[str, Any], usage: dict[str, Any]
) -> Completion | Failure:
    finish = str(choice.get("finish_reason") or choice.get("native_finish_reason") or "")
    text, reasoning = _read_content(message.get("content") or choice.get("text"))
    if not text and finish.casefold() in _INTERRUPTED:
        return Failure(
            f"broken off by the endpoint ({finish})", Remedy.CALL_AGAIN, maybe_billed=True
        )
    stated = [_read_content(message.get(name))[0] for name in _REASONING]
    details = _object(usage.get("completion_tokens_details"))
    thoughts = details.get("reasoning_tokens")
    return Completion(
        text=text,
        cut_off=finish.casefold() in _CUT_OFF,
        declined=_why_declined(finish, message.get("refusal")),
        metered=all(_is_count(usage.get(name)) for name in _COUNTS),
        cost=_cost(usage),
        arguments=tuple(_arguments(message)),
        reasoning=next(filter(None, [*stated, reasoning]), ""),
        finish=finish,
        thoughts=thoughts if _is_count(thoughts) else 0,
    )


def _why_declined(finish: str, refusal: object) -> str:
    if any(reason in finish.casefold() for reason in _REFUSED):
        return finish
    return REFUSAL if refusal else ""


def _read_content(content: object) -> tuple[str, str]:
    """Return what a content (a text, parts or an object) says, and what it thinks aloud."""
    if isinstance(content, str):
        return _sound(content), ""
    if isinstance(content, dict) and not _is_part(content):
        return _sound(json.dumps(content, ensure_ascii=False)), ""
    said, thought = [], []
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            said.append(part)
        elif isinstance(part, dict):
            if isinstance(thinking := part.get("thinking"), str | list):
                thought.append(_read_content(thinking)[0])
            else:
                said.append(_text_of(part))
    return _sound("".join(said)), _sound("".join(thought))


def _is_part(content: dict[str, Any]) -> bool:
    return isinstance(content.get("type"), str) and bool(content.keys() & {"text", "thinking"})


def _text_of(part: dict[str, Any]) -> str:
    text = part.get("text")
    text = text.get("value") if isinstance(text, dict) else text
    if isinstance(text, str):
        return text
    value = part.get("json")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else ""


def _arguments(message: dict[str, Any]) -> list[str]:
    """Return the arguments of the tools, or of the function, that a message calls."""
    calls = message.get("tool_calls")
    functions = [
        _object(call).get("function") for call in (calls if isinstance(calls, list) else [])
    ]
    found = []
    for function in [*functions, message.get("function_call")]:
        arguments = _object(function).get("arguments")
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        if isinstance(arguments, str) and arguments.strip():
            found.append(_sound(arguments))
    return found


def _sound(text: str) -> str:
    """Return a text without lone surrogates: they could not be sent back to the model or stored."""
    return text.encode("utf-8", "replace").decode()


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


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
