"""A Chat Completions endpoint on loopback that answers well, or misbehaves as it is told.

It speaks HTTP/1.1 over real sockets, so that clients are tested with their own HTTP stack. Tests
use it as a context manager, benchmarks run it as a program::

    with Endpoint(too_many_requests(retry_after="0.1"), chatter) as endpoint:
        ...                       # the first request gets 429, the second chatter, the rest answers
        endpoint.calls[0].body    # what was asked

    python tests/endpoint.py --port 0 --delay 0.1      # its URL is on the first line

Without a script every request is answered from the document in its prompt: the first line is the
title, a line "by X" the author, a number of four digits the year.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import gzip
import json
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Self

CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class Call:
    """One request to `/chat/completions`."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def form(self) -> str | None:
        """The type of response format that was asked for."""
        return self.body.get("response_format", {}).get("type")

    @property
    def prompt(self) -> str:
        """The text of all messages."""
        return "\n".join(part["text"] for part in self._parts if part["type"] == "text")

    @property
    def pictures(self) -> list[bytes]:
        """The pictures of all messages."""
        urls = [part["image_url"]["url"] for part in self._parts if part["type"] == "image_url"]
        return [base64.b64decode(url.partition(";base64,")[2]) for url in urls]

    @property
    def _parts(self) -> list[dict[str, Any]]:
        contents = [message["content"] for message in self.body["messages"]]
        lists = [[{"type": "text", "text": x}] if isinstance(x, str) else x for x in contents]
        return [part for parts in lists for part in parts]

    @property
    def document(self) -> str:
        """The text between the fences of the prompt."""
        fenced = re.search(r"<document (\w+)>\n(.*)\n</document \1>", self.prompt, re.DOTALL)
        return fenced[2] if fenced else self.prompt


@dataclass(frozen=True)
class Reply:
    """What goes over the wire, and how badly."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    """Bytes of the response after which the connection is cut."""
    hang: bool = False
    drip: float = 0.0
    """Seconds between two bytes."""
    wait: float = 0.0
    """Seconds before the first byte."""
    ready: Callable[[], bool] = lambda: True
    """Whether the first byte may be sent by now."""


Behaviour = Callable[[Call], Reply]


# Good answers


def metadata_of(call: Call) -> dict[str, Any]:
    """Read a document as the default answer does."""
    lines = [line.strip() for line in call.document.splitlines() if line.strip()]
    author = next((line[3:] for line in lines if line.lower().startswith("by ")), None)
    year = re.search(r"\b(1[5-9]|20)\d\d\b", call.document)
    if call.pictures:
        lines, author, year = [f"A Picture of {len(call.pictures[0])} Bytes"], None, None
    listed = re.search(r"exactly one of: ([^,.\n]+)", call.prompt)
    return {
        "title": lines[0][:200] if lines else None,
        "authors": [author] if author else [],
        "year": int(year[0]) if year else None,
        "category": listed[1] if listed else "Other",
        "confidence": 0.9,
        "evidence": {"title": lines[0][:100] if lines else None},
    }


def completion(call: Call, content: Any, *, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """Wrap a content as the protocol does."""
    tokens = len(call.prompt) // CHARACTERS_A_TOKEN, len(str(content)) // CHARACTERS_A_TOKEN
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": 0,
        "model": call.body["model"],
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        },
    }


def as_json(value: Any, **reply: Any) -> Reply:
    return Reply(body=json.dumps(value).encode(), **reply)


def answer(call: Call) -> Reply:
    """Answer well."""
    return as_json(completion(call, json.dumps(metadata_of(call))))


def says(content: Any, *, finish: str = "stop", **message: Any) -> Behaviour:
    """Answer with this content."""
    return lambda call: as_json(completion(call, content, finish=finish, **message))


def fields(**values: Any) -> Behaviour:
    """Answer well but for these fields."""
    return lambda call: says(json.dumps(metadata_of(call) | values))(call)


def priced(money: float, name: str = "cost", *, content: str | None = None) -> Behaviour:
    """Answer well, or with this content, and state what it cost."""

    def behave(call: Call) -> Reply:
        body = completion(call, content or json.dumps(metadata_of(call)))
        body["usage"][name] = money
        return as_json(body)

    return behave


# Misbehaviour in what is said


def chatter(call: Call) -> Reply:
    content = (
        f"Sure! Here is it {{as asked}}:\n```json\n{json.dumps(metadata_of(call))}\n```\nAny more?"
    )
    return says(content)(call)


def thinking(call: Call) -> Reply:
    draft = '{"title": "A first guess", "authors": []}'
    return says(f"<think>Perhaps {draft}? No.</think>\n{json.dumps(metadata_of(call))}")(call)


def truncated_json(call: Call) -> Reply:
    return says(json.dumps(metadata_of(call))[:-20], finish="length")(call)


def empty_choices(call: Call) -> Reply:
    return as_json(completion(call, "") | {"choices": []})


def huge_answer(call: Call) -> Reply:
    return fields(title="A" * 1_000_000)(call)


def invalid_utf8(call: Call) -> Reply:
    return Reply(body=answer(call).body.replace(b'"assistant"', b'"\xff\xfe"'))


def packed(call: Call) -> Reply:
    """Answer well, and compressed."""
    good = answer(call)
    return replace(good, body=gzip.compress(good.body), headers={"content-encoding": "gzip"})


broken_json = says('{"title": "a "quote" not escaped", "year": 1}')
no_content = says(None)
declined = says(None, refusal="I cannot help with that.")


# Misbehaviour of the endpoint


def fails(status: int, message: str = "failed", **error: Any) -> Behaviour:
    """Answer with an error status; `headers` are the response's, the rest stands in its error."""
    headers = error.pop("headers", {})
    return lambda call: as_json(
        {"error": {"message": message, **error}}, status=status, headers=headers
    )


def too_many_requests(**headers: str) -> Behaviour:
    """Answer 429 with headers, spelt as Python names (`retry_after="1"`)."""
    return fails(429, headers={name.replace("_", "-"): value for name, value in headers.items()})


def refuses_forms(*forms: str, name_it: bool = True) -> Behaviour:
    """Refuse these types of `response_format`, and answer everything else."""

    def behave(call: Call) -> Reply:
        if call.form in forms:
            return fails(400, "response_format is not supported" if name_it else "Bad Request")(
                call
            )
        return answer(call)

    return behave


def refuses_parameter(name: str) -> Behaviour:
    """Refuse a parameter by its name, and answer everything else."""

    def behave(call: Call) -> Reply:
        if name in call.body:
            return fails(400, f"Unsupported parameter: '{name}'", param=name)(call)
        return answer(call)

    return behave


def hang(call: Call) -> Reply:
    return Reply(hang=True)


def cut_before_body(call: Call) -> Reply:
    return replace(answer(call), cut_at=0)


def cut_in_body(call: Call) -> Reply:
    reply = answer(call)
    return replace(reply, cut_at=len(_head(reply)) + len(reply.body) // 2)


def drip(seconds: float) -> Behaviour:
    """Answer well, one byte at a time."""
    return lambda call: replace(answer(call), drip=seconds)


def held_until(condition: Callable[[], bool]) -> Behaviour:
    """Answer well, once a condition holds."""
    return lambda call: replace(answer(call), ready=condition)


# The server


class Endpoint:
    """The server, running in a thread of its own while the context is open.

    Args:
        script: one behaviour for each of the first requests.
        always: the behaviour after those.
        delay: seconds before every reply.
        port: 0 for any free one.
    """

    def __init__(
        self, *script: Behaviour, always: Behaviour = answer, delay: float = 0.0, port: int = 0
    ) -> None:
        self.calls: list[Call] = []
        self.most_at_once = 0
        self._script: Iterable[Behaviour] = iter(script)
        self._always = always
        self._delay = delay
        self._port = port
        self._at_once = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        self._server = started.result()
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def wait(self) -> None:
        """Serve until interrupted."""
        self._thread.join()

    async def _start(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=2**26)

    async def _stop(self) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort() if writer.transport.is_closing() else writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        pairs = (line.split(":", 1) for line in head[1:] if line)
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            reply = self._reply(method, path, headers, body)
            await asyncio.sleep(self._delay + reply.wait)
            while not reply.ready():  # noqa: ASYNC110 - it is for a test to say
                await asyncio.sleep(0.005)
            return await _send(writer, reply)
        finally:
            self._at_once -= 1

    def _reply(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if (method, path) == ("GET", "/calls"):
            return as_json({"calls": len(self.calls), "most_at_once": self.most_at_once})
        if (method, path.split("?")[0]) != ("POST", "/v1/chat/completions"):
            return as_json({"error": {"message": f"no route {path}"}}, status=404)
        call = Call(headers, json.loads(body))
        self.calls.append(call)
        return next(iter(self._script), self._always)(call)


def _head(reply: Reply) -> bytes:
    headers = {"content-type": "application/json", "content-length": str(len(reply.body))}
    lines = [
        f"HTTP/1.1 {reply.status} -",
        *(f"{k}: {v}" for k, v in (headers | reply.headers).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> bool:
    if reply.hang:
        await asyncio.sleep(3600)
    wire = (_head(reply) + reply.body)[: reply.cut_at]
    pieces = [wire[at : at + 1] for at in range(len(wire))] if reply.drip else [wire]
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(reply.drip)
    return reply.cut_at is None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before every reply")
    options = parser.parse_args()
    with Endpoint(port=options.port, delay=options.delay) as endpoint:
        print(endpoint.url, flush=True)  # noqa: T201 - a program
        with contextlib.suppress(KeyboardInterrupt):
            endpoint.wait()


if __name__ == "__main__":
    main()
