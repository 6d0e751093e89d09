"""Read a reply as one JSON object, also where the endpoint sent a stream that nobody asked for.

Some endpoints and gateways send server-sent events whatever the request says, or put `data:` and
`[DONE]` around a whole completion (html.spec.whatwg.org/multipage/server-sent-events.html). The
pieces of a message are put together here, so that the rest of the program knows one form only.
"""

from __future__ import annotations

import json
import re
from typing import Any

_DONE = re.compile(r"\s*(?:data:\s*)?\[DONE\]\s*$")
_EVENT_END = re.compile(r"\n\n+")

_PIECES = ("content", "reasoning_content", "reasoning", "thinking", "refusal")
"""The parts of a message that are sent in pieces."""


def read_reply(body: bytes) -> Any:
    """Return what a body says, as a JSON value; a stream as the completion that it amounts to.

    Raises:
        ValueError: the body is neither; as UnicodeDecodeError if it is not UTF-8.
    """
    text = body.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    whole = _DONE.sub("", text).strip()
    try:
        return json.loads(whole)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ValueError:
        events = [*_events(whole)]
        if not events:
            raise
        return _assembled(events)


def _events(text: str) -> list[dict[str, Any]]:
    """Return the objects in the `data:` lines of a stream; comments and other lines are ignored."""
    events: list[dict[str, Any]] = []
    for block in _EVENT_END.split(text):
        lines = [line.removeprefix("data:") for line in block.split("\n") if _is_data(line)]
        # The lines of one event belong together; some endpoints forget the empty line between two.
        whole = _parsed("\n".join(lines))
        values = map(_parsed, lines) if whole is None else [whole]
        events += [value for value in values if value is not None]
    return events


def _is_data(line: str) -> bool:
    return line.startswith(("data:", "{"))


def _parsed(data: str) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _assembled(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the completion, or the error, that the events of a stream amount to."""
    reply: dict[str, Any] = {}
    message: dict[str, Any] = {}
    choice: dict[str, Any] = {"message": message}
    for event in events:
        if event.get("error"):
            return event
        reply |= {name: value for name, value in event.items() if value is not None}
        choices = event.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(first, dict):
            continue
        choice |= {
            name: value
            for name, value in first.items()
            if value is not None and name not in {"message", "delta"}
        }
        if isinstance(whole := first.get("message"), dict):
            message |= {name: value for name, value in whole.items() if value}
        if isinstance(delta := first.get("delta"), dict):
            _append(message, delta)
    return reply | {"choices": [choice]} if "choices" in reply else reply


def _append(message: dict[str, Any], delta: dict[str, Any]) -> None:
    for name in _PIECES:
        piece = delta.get(name)
        if isinstance(piece, str):
            before = message.get(name)
            message[name] = (before if isinstance(before, str) else "") + piece
        elif isinstance(piece, list):
            before = message.get(name)
            message[name] = [*(before if isinstance(before, list) else []), *piece]
    calls = delta.get("tool_calls")
    for number, call in enumerate(calls if isinstance(calls, list) else []):
        if isinstance(call, dict):
            _append_call(message.setdefault("tool_calls", []), call, number)


def _append_call(calls: list[dict[str, Any]], piece: dict[str, Any], number: int) -> None:
    """Add a piece of a tool call to the call of its index."""
    index = piece.get("index")
    index = index if isinstance(index, int) else number
    while len(calls) <= index < 100:
        calls.append({"function": {"arguments": ""}})
    function = piece.get("function")
    if index < 100 and isinstance(function, dict):
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            calls[index]["function"]["arguments"] += arguments
        elif isinstance(arguments, dict):
            calls[index]["function"]["arguments"] = json.dumps(arguments)
