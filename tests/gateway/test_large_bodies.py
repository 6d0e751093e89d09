"""Large bodies are read beside the event loop."""

import asyncio
import threading

import pytest

from renai.gateway import app
from waiting import LIMIT


@pytest.mark.parametrize(("size", "is_beside"), [(app._READ_AT_ONCE, False), (1 << 20, True)])
async def test_a_large_body_is_read_by_another_thread(size, is_beside):
    def read(body):
        return threading.get_ident(), len(body)

    thread, read_bytes = await app._read(read, bytes(size))
    assert (thread != threading.get_ident()) is is_beside
    assert read_bytes == size


async def test_others_are_answered_while_a_large_body_is_read():
    go = threading.Event()
    reading = asyncio.ensure_future(app._read(lambda _: go.wait(LIMIT), bytes(1 << 20)))
    await asyncio.sleep(0)
    assert await app._read(len, b"small") == 5
    assert not reading.done()
    go.set()
    assert await reading
