"""Only so many tasks at once go on, and asyncio is imported with the first of them."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from renai.turns import Turns


@pytest.mark.parametrize("at_once", [1, 3])
async def test_so_many_tasks_go_on_at_once(at_once: int) -> None:
    turns, going, most = Turns(at_once), 0, 0

    async def work() -> None:
        nonlocal going, most
        async with turns:
            going += 1
            most = max(most, going)
            await asyncio.sleep(0)
            going -= 1

    await asyncio.gather(*(work() for _ in range(5)))
    assert most == at_once


async def test_a_turn_ends_with_an_error() -> None:
    turns = Turns(1)
    for _ in range(2):
        with pytest.raises(OSError, match="the disk is full"):
            async with turns:
                raise OSError("the disk is full")


def test_where_no_task_comes_asyncio_is_not_imported() -> None:
    program = (
        "import sys; from renai.turns import Turns; Turns(8); assert 'asyncio' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
