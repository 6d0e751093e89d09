"""The shapes in which honest endpoints answer: for each, what is taken, after one request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import endpoint as wire
from renai.errors import AnswerError
from renai.extraction import Extraction
from renai.providers.openai.backoff import Backoff
from renai.providers.openai.client import Endpoint
from renai.providers.openai.provider import OpenAIProvider

if TYPE_CHECKING:
    from renai.providers.base import Answer

ASKED = Extraction("Dune\nby Frank Herbert\n1965")
GOOD = json.dumps({"title": "Dune", "authors": ["Frank Herbert"], "year": 1965})
DRAFT = json.dumps({"title": "A draft", "authors": ["Nobody"], "year": 1900})
TOOL = {"type": "function", "id": "1", "function": {"name": "metadata", "arguments": GOOD}}
SSE = {"content-type": "text/event-stream"}

MESSAGES: dict[str, dict[str, Any]] = {
    "content": {"content": GOOD},
    "content in parts": {"content": [{"type": "text", "text": GOOD[:9]}, {"text": GOOD[9:]}]},
    "content in parts with thoughts": {
        "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]},
            {"type": "text", "text": GOOD},
        ]
    },
    "one part": {"content": {"type": "text", "text": GOOD}},
    "parts of strings": {"content": [GOOD[:9], GOOD[9:]]},
    "content as an object": {"content": json.loads(GOOD)},
    "content as a string of JSON": {"content": json.dumps(GOOD)},
    "fences": {"content": f"Here it is:\n```json\n{GOOD}\n```"},
    "tags": {"content": f"<think>{DRAFT}</think>{GOOD}"},
    "tags with nothing after them": {"content": f"<think>{DRAFT} or rather {GOOD}</think>"},
    "channels": {"content": f"<|channel|>analysis<|message|>{DRAFT}<|channel|>final{GOOD}"},
    "nested": {"content": f'{{"metadata": {GOOD}}}'},
    "nested in a schema": {"content": f'{{"type": "object", "properties": {GOOD}}}'},
    "broken and repaired": {"content": f"{GOOD[:-1]},}}"},
    "reasoning_content": {"content": None, "reasoning_content": GOOD},
    "reasoning": {"content": "", "reasoning": f"I look at it. {DRAFT}? No: {GOOD}"},
    "reasoning_details": {"reasoning_details": [{"type": "reasoning.text", "text": GOOD}]},
    "thinking": {"content": "\n", "thinking": GOOD},
    "thoughts beside the content": {"content": GOOD, "reasoning_content": DRAFT},
    "tool call": {"content": None, "tool_calls": [TOOL]},
    "tool call beside words": {"content": "I call the tool.", "tool_calls": [TOOL]},
    "tool call with an object": {
        "tool_calls": [{"function": {"name": "x", "arguments": json.loads(GOOD)}}]
    },
    "tool call beside thoughts": {"content": "", "reasoning": DRAFT, "tool_calls": [TOOL]},
    "function call": {"content": None, "function_call": {"name": "x", "arguments": GOOD}},
}
"""What a message says; each is taken as `GOOD`."""


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    event = {"object": "chat.completion.chunk", "choices": [choice], **more}
    return b"data: " + json.dumps(event).encode()


def pieces(name: str) -> list[bytes]:
    return [chunk({name: GOOD[at : at + 7]}) for at in range(0, len(GOOD), 7)]


def tool_pieces() -> list[bytes]:
    def call(arguments: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}

    return [chunk(call(GOOD[:9])), chunk(call(GOOD[9:]), "tool_calls")]


WHOLE = json.dumps({"choices": [{"message": {"content": GOOD}, "finish_reason": "stop"}]}).encode()
USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}'
DONE = b"data: [DONE]"

BODIES: dict[str, bytes] = {
    "chunks": b"\n\n".join([*pieces("content"), chunk({}, "stop"), USAGE, DONE, b""]),
    "chunks with CRLF": b"\r\n\r\n".join([*pieces("content"), DONE, b""]),
    "chunks without empty lines": b"\n".join([*pieces("content"), DONE]),
    "chunks with comments": b"\n\n".join([b": PROCESSING", *pieces("content"), b": PROCESSING"]),
    "chunks with event names": b"\n\n".join(
        b"event: message\n" + each for each in pieces("content")
    ),
    "chunks of reasoning": b"\n\n".join([*pieces("reasoning_content"), chunk({}, "stop"), DONE]),
    "chunks of a tool call": b"\n\n".join([*tool_pieces(), DONE]),
    "whole and DONE": WHOLE + DONE + b"\n\n",
    "whole and DONE on lines": b"data: " + WHOLE + b"\n\n" + DONE + b"\n\n",
    "one event": b"data:" + WHOLE + b"\n\n",
    "blank lines first": b"\n\n   \n" + WHOLE,
    "byte order mark": b"\xef\xbb\xbf" + WHOLE,
    "in a list": b"[" + WHOLE + b"]",
    "legacy text": json.dumps({"choices": [{"text": GOOD}]}).encode(),
    "Ollama's own": json.dumps({"message": {"content": GOOD}, "done": True}).encode(),
}
"""Whole bodies; each is taken as `GOOD`."""


async def asked(server: wire.Endpoint) -> Answer:
    provider = OpenAIProvider(
        Endpoint("custom", server.url),
        "m",
        categories=("Fiction",),
        backoff=Backoff(first=0.001, most=0.005),
    )
    try:
        return await provider.ask(ASKED)
    finally:
        await provider.aclose()


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
async def test_the_answer_is_taken_wherever_the_message_has_it(message: dict[str, Any]) -> None:
    content = {"content": None} | message
    with wire.Endpoint(wire.says(**content)) as server:
        answer = await asked(server)
    assert (answer.metadata.title, answer.metadata.authors) == ("Dune", ("Frank Herbert",))
    assert len(server.calls) == 1


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_the_answer_is_taken_from_any_body(body: bytes) -> None:
    with wire.Endpoint(lambda _: wire.Reply(body=body, headers=SSE)) as server:
        answer = await asked(server)
    assert (answer.metadata.title, answer.metadata.year) == ("Dune", 1965)
    assert len(server.calls) == 1


async def test_a_stream_tells_what_it_took() -> None:
    with wire.Endpoint(lambda _: wire.Reply(body=BODIES["chunks"], headers=SSE)) as server:
        assert (await asked(server)).cost.completion_tokens == 7


async def test_an_error_in_a_stream_is_one() -> None:
    error = b'data: {"error": {"code": 503, "message": "overloaded"}}'
    broken = b"\n\n".join([*pieces("content")[:2], error, DONE])
    with wire.Endpoint(lambda _: wire.Reply(body=broken, headers=SSE)) as server:
        assert (await asked(server)).metadata.title == "Dune"
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    "message",
    [
        {"content": "", "reasoning": f"Perhaps {DRAFT}"},
        {"content": f"<think>Perhaps {DRAFT}</think>"},
    ],
)
async def test_drafts_in_thoughts_that_were_cut_off_are_not_taken(message: dict[str, Any]) -> None:
    with wire.Endpoint(wire.says(**message, finish="length")) as server:
        assert (await asked(server)).metadata.title == "Dune"
    assert len(server.calls) == 2


async def test_a_broken_answer_is_never_replaced_by_its_evidence() -> None:
    broken = f'{{"title": "The "Dune"", "evidence": {DRAFT}}}'
    with wire.Endpoint(wire.says(broken)) as server:
        assert (await asked(server)).metadata.title == "Dune"
    with wire.Endpoint(always=wire.says(broken)) as server, pytest.raises(AnswerError):
        await asked(server)
