"""Every kind of endpoint that people use, as a double on loopback."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import endpoint as wire
from endpoint_profiles import PROFILES, Profile, double, reply
from renai.errors import ConfigurationError, RefusedKeyError
from renai.extraction import Extraction
from renai.providers.openai.backoff import Backoff
from renai.providers.openai.client import Endpoint
from renai.providers.openai.provider import OpenAIProvider
from renai.providers.openai.retrying_client import RetryingClient

FILES = (80, pytest.param(200, marks=pytest.mark.long))
MOST_CALLS = 1.05


def all_of(choose: Any = bool) -> Any:
    chosen = {name: profile for name, profile in PROFILES.items() if choose(profile)}
    return pytest.mark.parametrize("profile", chosen.values(), ids=chosen)


def provider_at(url: str) -> OpenAIProvider:
    backoff = Backoff(first=0.001, most=0.005)
    return OpenAIProvider(
        Endpoint("custom", url, "sk-1", "KEY"), "m", categories=("Fiction",), backoff=backoff
    )


async def asked(server: wire.Endpoint, files: int, url: str = "") -> list[Any]:
    provider = provider_at(url or server.url)
    books = [Extraction(f"Book {number}\nby Ada Quill\n1999") for number in range(files)]
    try:
        return await asyncio.gather(*map(provider.ask, books), return_exceptions=True)
    finally:
        await provider.aclose()


@all_of(lambda profile: True)
@pytest.mark.parametrize("files", FILES)
async def test_every_honest_answer_is_taken_for_little_more_than_one_call(
    profile: Profile, files: int
) -> None:
    with wire.Endpoint(always=double(profile)) as server:
        answers = await asked(server, files)
    assert [answer.metadata.title for answer in answers] == [f"Book {n}" for n in range(files)]
    assert len(server.calls) <= MOST_CALLS * files


@all_of(lambda profile: profile.bad_key)
async def test_a_refused_key_takes_one_call(profile: Profile) -> None:
    with wire.Endpoint(always=lambda _: reply(profile.bad_key)) as server:
        results = await asked(server, 10)
    assert {type(result) for result in results} == {RefusedKeyError}
    assert len(server.calls) == 1


@all_of(lambda profile: profile.busy)
async def test_the_wait_that_is_asked_for_is_kept(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal, seconds = profile.busy
    waits: list[float] = []
    wait_after = RetryingClient._wait_after

    def noted(self: RetryingClient, failure: Any, attempt: int) -> float | None:
        waits.append(wait_after(self, failure, attempt) or -1)
        self._pause._until = 0.0
        return 0.0

    monkeypatch.setattr(RetryingClient, "_wait_after", noted)
    with wire.Endpoint(lambda _: reply(refusal), always=double(profile)) as server:
        (answer,) = await asked(server, 1)
    assert answer.metadata.title == "Book 0"
    assert seconds <= waits[0] <= seconds + 0.01


@all_of(lambda profile: profile.loading)
async def test_a_model_that_loads_is_waited_for(profile: Profile) -> None:
    loading = [lambda _: reply(profile.loading)] * 9
    with wire.Endpoint(*loading, always=double(profile)) as server:
        (answer,) = await asked(server, 1)
    assert answer.metadata.title == "Book 0"


@all_of(lambda profile: True)
async def test_a_base_url_that_is_not_one_takes_one_call(profile: Profile) -> None:
    with wire.Endpoint(always=lambda _: reply(profile.nowhere)) as server:
        results = await asked(server, 10)
    assert {type(result) for result in results} == {ConfigurationError}
    assert len(server.calls) == 1
