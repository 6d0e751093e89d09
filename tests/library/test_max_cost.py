"""Runs with a cap, against the count of an endpoint that bills as it likes."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from endpoint import Call, Endpoint, Reply, as_json, completion, fails, metadata_of
from renai.errors import ConfigurationError
from renai.file_job import NOT_ASKED, ScanResult
from renai.library.orchestrator import Orchestrator
from renai.metadata.processor import BookProcessor
from renai.providers.budget import Budget
from renai.providers.openai.backoff import Backoff
from renai.providers.openai.provider import MAX_TOKENS
from renai.settings import Price, Settings

if TYPE_CHECKING:
    from pathlib import Path

RUNS = [*range(10), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(10, 110))]
FILES = 20
MOST_BYTES = 12_000
"""Of a request: prompt, schema, the longest file, and an answer that is to be mended."""


class Cashier:
    """An endpoint's behaviour that bills each answer, good, bad or cut off on its way.

    Args:
        chance: how it behaves.
        price: by which it bills.
    """

    def __init__(self, chance: random.Random, price: Price) -> None:
        self.billed = 0.0
        self._chance = chance
        self._price = price
        self._states_it = chance.random() < 0.5
        self._discount = chance.choice([0.1, 1.0])
        self._latency = chance.choice([0.0, 0.02])

    def __call__(self, call: Call) -> Reply:
        chance = self._chance
        wait = chance.uniform(0, self._latency)
        if chance.random() < 0.1:
            return fails(429)(call)
        is_good = chance.random() < 0.8
        body = completion(call, json.dumps(metadata_of(call)) if is_good else "I would not know.")
        usage = body["usage"]
        usage["completion_tokens"] = chance.choice([1, 200, MAX_TOKENS])
        cost = self._price.of(usage["prompt_tokens"], usage["completion_tokens"])
        if self._states_it:
            usage["cost"] = cost = cost * self._discount
        self.billed += cost
        reply = as_json(body, wait=wait)
        return replace(reply, cut_at=150) if chance.random() < 0.05 else reply


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    for number in range(FILES):
        text = f"Harbour Tales {number}\nby Ada Quill\n1999\n" + "Ahoy! " * 50 * number
        (folder / f"{number}.txt").write_text(text)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared, so that only the first run reads the files: each run asks a model of its own."""
    return tmp_path_factory.mktemp("cache")


async def run(url: str, folder: Path, budget: Budget, settings: Settings) -> ScanResult:
    settings = replace(settings, base_urls={"custom": url})
    async with BookProcessor(settings=settings, budget=budget) as books:
        orchestrator = Orchestrator(books)
        await orchestrator.find([folder])
        await orchestrator.fill()
        return orchestrator.survey


@pytest.mark.parametrize("seed", RUNS)
async def test_the_cap_is_never_exceeded(
    seed: int, library: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "delay", lambda self, attempt: 0.001)
    chance = random.Random(seed)
    price, model = Price(chance.uniform(0, 50), chance.uniform(0, 200)), f"model-{seed}"
    dearest = price.of(MOST_BYTES, MAX_TOKENS)
    cap = chance.uniform(0, FILES / 2) * dearest
    settings = Settings(
        provider="custom",
        model=model,
        prices={"custom": {model: price}},
        concurrency=chance.choice([1, 4, 16]),
        cache_dir=cache,
    )
    answered, cashiers = 0, []
    with Endpoint(always=lambda call: cashiers[-1](call)) as endpoint:
        for _ in range(3):
            budget, cashier = Budget(cap), Cashier(chance, price)
            cashiers.append(cashier)
            survey = await run(endpoint.url, library, budget, settings)
            assert cashier.billed <= cap
            assert cashier.billed <= budget.spent * (1 + 1e-9)
            left = sum(job.problem == NOT_ASKED for job in survey.jobs)
            assert bool(left) == bool(survey.ended_early)
            assert not left or budget.spent > cap - dearest, "it ends no earlier than it must"
            assert survey.cached == answered, "the next run goes on from there"
            answered += survey.asked


async def test_without_a_price_nothing_is_asked(library: Path, tmp_path: Path) -> None:
    settings = Settings(provider="custom", model="m", cache_dir=tmp_path)
    with Endpoint() as endpoint:
        with pytest.raises(ConfigurationError, match=r'\[prices\.custom\] "m" = \{input = '):
            await run(endpoint.url, library, Budget(1.0), settings)
        assert not endpoint.calls


async def test_nor_of_an_endpoint_that_takes_no_limit_of_tokens(
    library: Path, tmp_path: Path
) -> None:
    def refuses_limits(call: Call) -> Reply:
        named = {"max_tokens", "max_completion_tokens"} & call.body.keys()
        return fails(400, f"unknown parameter {named.pop()}")(call) if named else Reply()

    prices = {"custom": {"m": Price(1, 1)}}
    settings = Settings(provider="custom", model="m", cache_dir=tmp_path, prices=prices)
    with Endpoint(always=refuses_limits) as endpoint:
        with pytest.raises(ConfigurationError, match="takes no limit of tokens"):
            await run(endpoint.url, library, Budget(1.0), settings)
        assert len(endpoint.calls) == 2
