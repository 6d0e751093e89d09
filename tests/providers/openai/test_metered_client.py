"""What requests cost, also those that come to nothing, over real HTTP."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

import endpoint as wire
from renai.providers.budget import Budget
from renai.providers.openai.client import Endpoint
from renai.providers.openai.metered_client import MeteredClient
from renai.providers.openai.prompt import messages_for
from renai.settings import Price
from renai.usage.cost import Cost
from waiting import LIMIT, until_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from renai.providers.base import Attempt
    from renai.providers.openai.completion import Completion, Failure

DUNE = messages_for("Dune\nby Frank Herbert\n1965", ["Fiction"])
PRICES = {"custom": {"m": Price(10, 40)}}


@asynccontextmanager
async def client_of(url: str, **options: Any) -> AsyncIterator[MeteredClient]:
    settings = {"timeout": LIMIT, "prices": PRICES, "budget": None} | options
    client = MeteredClient(Endpoint("custom", url), "m", **settings)
    try:
        yield client
    finally:
        await client.aclose()


async def send(client: MeteredClient) -> tuple[Completion | Failure, list[Attempt]]:
    reported: list[Attempt] = []
    return await client.send(DUNE, {"max_tokens": 100}, 100, reported.append), reported


def without_usage(call: wire.Call) -> wire.Reply:
    return wire.as_json(wire.completion(call, "{}") | {"usage": None})


def stating(**usage: object) -> wire.Behaviour:
    def behave(call: wire.Call) -> wire.Reply:
        body = wire.completion(call, "{}")
        body["usage"] |= usage
        return wire.as_json(body)

    return behave


@pytest.mark.parametrize(
    ("behaviour", "money"),
    [
        (wire.priced(0.125), 0.125),
        (wire.priced(0), 0.0),
        (wire.answer, "by its tokens"),
        (stating(cost=-1.0), "by its tokens"),
        (stating(cost=1e308), "by its tokens"),
        (stating(cost=10**400), "by its tokens"),
        (stating(cost=True), "by its tokens"),
        (stating(prompt_tokens=-5), None),
        (stating(completion_tokens=10**30), None),
        (without_usage, None),
    ],
)
async def test_a_completion_costs_what_is_stated_else_its_tokens_else_nobody_knows(
    behaviour: wire.Behaviour, money: float | str | None
) -> None:
    with wire.Endpoint(behaviour) as server:
        async with client_of(server.url) as client:
            completion, reported = await send(client)
    cost = completion.cost
    if money == "by its tokens":
        money = (10 * cost.prompt_tokens + 40 * cost.completion_tokens) / 1e6
        assert money > 0
    assert cost.money == (money if money is None else pytest.approx(money))
    assert not reported, "what a completion is worth is for others to say"


@pytest.mark.parametrize(
    ("behaviour", "outcome", "cost"),
    [
        (wire.fails(429), "status 429", Cost(money=0.0)),
        (wire.fails(500), "status 500", Cost(money=0.0)),
        (wire.cut_in_body, "the connection failed", Cost(calls=1)),
        (wire.hang, "no answer within 2 seconds", Cost(calls=1)),
        (lambda call: wire.as_json({"error": {"code": 502}}), "status 502", Cost(calls=1)),
    ],
)
async def test_a_failure_costs_nothing_only_if_nobody_can_have_answered(
    behaviour: wire.Behaviour, outcome: str, cost: Cost
) -> None:
    budget = Budget(1.0)
    timeout = 2.0 if behaviour is wire.hang else LIMIT
    with wire.Endpoint(behaviour) as server:
        async with client_of(server.url, timeout=timeout, budget=budget) as client:
            _, (attempt,) = await send(client)
    assert (attempt.outcome, attempt.cost) == (outcome, cost)
    assert attempt.seconds > 0
    assert (budget.spent > 0) == bool(cost.calls), "what may have been billed counts in full"


async def test_a_request_that_never_left_is_no_call() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with client_of(url) as client:
        _, (attempt,) = await send(client)
    assert attempt.cost == Cost(money=0.0)


async def test_an_interrupted_request_may_have_been_billed() -> None:
    budget, reported = Budget(1.0), []
    with wire.Endpoint(always=wire.hang) as server:
        async with client_of(server.url, budget=budget) as client:
            task = asyncio.create_task(client.send(DUNE, {}, 100, reported.append))
            await until_async(lambda: server.calls)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    (attempt,) = reported
    assert (attempt.outcome, attempt.cost) == ("interrupted", Cost(calls=1))
    assert budget.spent > 0
    await asyncio.wait_for(budget.reserve(0.5), LIMIT)
