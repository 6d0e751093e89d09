"""Answers that no client should read, over real sockets: elsewhere, without end, or packed."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

import endpoint as wire
from renai.providers.openai.client import Client, Endpoint
from renai.providers.openai.completion import Completion
from renai.providers.openai.http import MOST_ANSWER_BYTES

if TYPE_CHECKING:
    from renai.providers.openai.failures import Failure

KEY = "sk-proj-0123456789abcdefSECRET"
MESSAGES = [{"role": "user", "content": "Dune\nby Frank Herbert"}]


async def send(server: wire.Endpoint, name: str = "custom") -> Completion | Failure:
    client = Client(Endpoint(name, server.url, KEY), timeout=20)
    try:
        return await client.send("m", MESSAGES, {})
    finally:
        await client.aclose()


def failed(outcome: Completion | Failure) -> str:
    assert not isinstance(outcome, Completion)
    return outcome.what


@pytest.mark.parametrize("name", ["custom", "openai"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int, name: str) -> None:
    with wire.Endpoint() as other:
        moved = {"location": f"{other.url}/chat/completions"}
        with wire.Endpoint(always=wire.fails(status, headers=moved)) as server:
            assert "none is followed" in failed(await send(server, name))
    assert len(server.calls) == 1
    assert other.calls == []


@pytest.mark.parametrize("status", [200, 500])
async def test_an_answer_without_end_is_not_read(status: int) -> None:
    body = b" " * (MOST_ANSWER_BYTES + 1)
    with wire.Endpoint(always=lambda _: wire.Reply(status, body)) as server:
        assert "more than 16 MiB" in failed(await send(server))


@pytest.mark.parametrize("status", [200, 401])
async def test_a_bomb_is_not_unpacked(status: int) -> None:
    bomb = gzip.compress(b" " * (MOST_ANSWER_BYTES + 1))
    assert len(bomb) < 100_000
    packed = {"content-encoding": "gzip"}
    with wire.Endpoint(always=lambda _: wire.Reply(status, bomb, packed)) as server:
        assert "more than 16 MiB" in failed(await send(server))


async def test_what_unpacks_to_nothing_is_not_read_for_ever() -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    empty = packer.flush(zlib.Z_FULL_FLUSH)
    blocks = empty + b"\0\0\0\xff\xff" * (MOST_ANSWER_BYTES // 5 + 1)
    packed = {"content-encoding": "gzip"}
    with wire.Endpoint(always=lambda _: wire.Reply(200, blocks, packed)) as server:
        assert "more than 16 MiB" in failed(await send(server))


DEEP = 100_000


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEP,
        b'{"choices":' * DEEP,
        *(
            b'{"choices": [{"message": {"content": %s}}]}' % (opens * depth + shuts * depth)
            for opens, shuts in ((b"[", b"]"), (b'[{"thinking":', b"}]"))
            for depth in (100, 200, 300, 450, 900)
        ),
        *(
            b'{"choices": [{"message": {"content": %s1%s}}]}' % (b'{"a":' * depth, b"}" * depth)
            for depth in (300, 600, 900, 950, 990)
        ),
        *(
            b'{"error": {"message": %s1%s}}' % (b'{"a":' * depth, b"}" * depth)
            for depth in (300, 600, 900, 950, 990)
        ),
    ],
)
async def test_an_answer_that_is_nested_deeply_is_a_failure_and_no_crash(
    status: int, body: bytes
) -> None:
    with wire.Endpoint(always=lambda _: wire.Reply(status, body)) as server:
        assert await send(server) is not None


@pytest.mark.parametrize("packing", ["br", "zstd", "gzip, gzip", "deflate"])
async def test_packings_that_were_not_asked_for_are_refused(packing: str) -> None:
    packed = {"content-encoding": packing}
    with wire.Endpoint(always=lambda _: wire.Reply(200, b"{}", packed)) as server:
        assert "not asked for" in failed(await send(server))
    assert server.calls[0].headers["accept-encoding"] == "gzip"


async def test_what_is_packed_badly_fails() -> None:
    packed = {"content-encoding": "gzip"}
    with wire.Endpoint(always=lambda _: wire.Reply(200, b"{}", packed)) as server:
        assert "cannot be unpacked" in failed(await send(server))


@pytest.mark.parametrize("name", ["custom", "openai"])
async def test_a_packed_answer_is_read(name: str) -> None:
    with wire.Endpoint(always=wire.packed) as server:
        outcome = await send(server, name)
    assert isinstance(outcome, Completion)
    assert "Frank Herbert" in outcome.text


async def test_an_endpoint_on_loopback_is_asked_without_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with wire.Endpoint() as proxy, wire.Endpoint() as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
            monkeypatch.setenv(name.lower(), proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert isinstance(await send(server), Completion)
