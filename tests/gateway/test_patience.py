"""What is waited for comes, or its time is over."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

pytest.importorskip("starlette", reason="pip install 'renai[gateway]'")

from renai.gateway import patience as module
from renai.gateway.patience import Patience
from waiting import LIMIT

pytestmark = pytest.mark.ours


@pytest.fixture(autouse=True)
def _look_often(monkeypatch):
    monkeypatch.setattr(module, "_BETWEEN_LOOKS", 0.01)


async def never():
    await asyncio.Event().wait()


async def test_what_is_there_is_given_at_once():
    async def receive():
        return {"type": "http.request"}

    assert await Patience().within(LIMIT, receive) == {"type": "http.request"}


async def test_what_does_not_come_ends_each_wait_by_itself():
    patience = Patience()
    waiting = [asyncio.create_task(patience.within(0.01, never)) for _ in range(3)]
    others = asyncio.create_task(patience.within(LIMIT, never))
    for each in waiting:
        with pytest.raises(TimeoutError):
            await each
    assert not others.done()
    others.cancel()
    with pytest.raises(asyncio.CancelledError):
        await others
    with pytest.raises(TimeoutError):  # also later, when nobody had waited for a while
        await patience.within(0.01, never)


async def test_a_task_that_is_cancelled_for_another_reason_stays_cancelled():
    patience = Patience()

    async def receive():
        task.cancel()
        await never()

    task = asyncio.create_task(patience.within(0.01, receive))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_the_task_can_go_on_afterwards():
    with pytest.raises(TimeoutError):
        await Patience().within(0.01, never)
    async with asyncio.timeout(LIMIT):
        await asyncio.sleep(0)
    assert not asyncio.current_task().cancelling()


async def test_a_cancellation_that_is_swallowed_is_not_left_over():
    async def receive():
        try:
            await never()
        except asyncio.CancelledError:
            return {"type": "http.disconnect"}

    assert await Patience().within(0.01, receive) == {"type": "http.disconnect"}
    assert not asyncio.current_task().cancelling()


async def test_a_task_that_has_survived_a_cancellation_gets_the_end_of_its_time():
    async def survive():
        asyncio.current_task().cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await never()
        with pytest.raises(TimeoutError):
            await Patience().within(0.01, never)

    await asyncio.create_task(survive())
