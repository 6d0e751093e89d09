"""A cap that calls in flight count against."""

import asyncio
import logging
import random

import pytest

from renai.errors import BudgetError, UsageError
from renai.providers.budget import Budget


async def test_a_call_that_might_exceed_the_cap_does_not_begin() -> None:
    budget = Budget(1.0)
    await budget.reserve(0.75)
    budget.settle(0.75, 0.5)
    with pytest.raises(BudgetError, match=r"\$0.500000 of at most \$1 is spent.*\$0.750000"):
        await budget.reserve(0.75)
    await budget.reserve(0.5)


async def test_it_waits_for_calls_in_flight_that_may_come_to_less() -> None:
    budget = Budget(1.0)
    await budget.reserve(0.75)
    waiting = asyncio.create_task(budget.reserve(0.5))
    await asyncio.sleep(0)
    assert not waiting.done()
    budget.settle(0.75, 0.1)
    await waiting


async def test_it_gives_up_when_those_in_flight_came_to_too_much() -> None:
    budget = Budget(1.0)
    await budget.reserve(0.75)
    waiting = asyncio.create_task(budget.reserve(0.5))
    await asyncio.sleep(0)
    budget.settle(0.75, 0.75)
    with pytest.raises(BudgetError):
        await waiting


async def test_a_price_that_was_too_low_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    budget = Budget(1.0)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            await budget.reserve(0.1)
            budget.settle(0.1, 0.2)
    assert len(caplog.records) == 1
    assert "right price" in caplog.text


async def test_many_calls_never_exceed_it() -> None:
    for seed in range(50):
        chance = random.Random(seed)
        budget, begun = Budget(chance.uniform(0, 2)), 0

        async def call(chance: random.Random, budget: Budget) -> int:
            most = chance.uniform(0, 0.3)
            try:
                await budget.reserve(most)
            except BudgetError:
                return 0
            await asyncio.sleep(chance.uniform(0, 0.001))
            budget.settle(most, chance.uniform(0, most))
            return 1

        begun = sum(await asyncio.gather(*(call(chance, budget) for _ in range(40))))
        assert budget.spent <= budget.cap
        assert begun == 40 or budget.spent + 0.3 > budget.cap


@pytest.mark.parametrize("cap", [-1.0, float("nan"), float("inf")])
def test_what_is_no_amount_is_refused(cap: float) -> None:
    with pytest.raises(UsageError, match="--max-cost"):
        Budget(cap)
