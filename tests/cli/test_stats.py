"""`renai cache stats`, compared with what the endpoint itself counted."""

from pathlib import Path

import pytest

from endpoint import Endpoint, priced
from program import Program

PRICE = 0.25


@pytest.fixture
def endpoint():
    """States what each answer cost."""
    with Endpoint(always=priced(PRICE)) as endpoint:
        yield endpoint


def metadata(stats: dict) -> dict:
    (account,) = [each for each in stats["accounts"] if each["layer"] == "metadata"]
    return account


def test_the_second_run_saves_what_the_first_one_spent(
    renai: Program, books: Path, endpoint: Endpoint
) -> None:
    for _ in range(2):
        assert renai(books, "--provider", "custom", "--yes").code == 0
    stats = renai("cache", "stats", "--json").json
    account = metadata(stats)
    assert (account["provider"], account["model"]) == ("custom", "first-model")
    assert (account["hits"], account["misses"]) == (3, 3)
    spent, saved = account["spent"], account["saved"]
    assert spent["calls"] == saved["calls"] == len(endpoint.calls) == 3
    assert spent["money"] == saved["money"] == PRICE * len(endpoint.calls)
    prompts = sum(len(call.prompt) // 4 for call in endpoint.calls)
    assert spent["prompt_tokens"] == saved["prompt_tokens"] == prompts
    assert spent["seconds"] == pytest.approx(saved["seconds"])
    assert spent["bytes"] == saved["bytes"] == sum(map(len, renai.entries("metadata").values()))
    assert saved["unpriced"] == 0

    shown = renai("cache", "stats").out
    assert "Saved: 3 model calls" in shown
    assert "$0.75" in shown


def test_emptying_the_cache_leaves_the_ledger(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    before = renai("cache", "stats", "--json").json
    assert before["total"]["misses"] == 6  # texts and metadata of three books
    assert renai("cache", "--yes").code == 0
    assert renai("cache", "stats", "--json").json == before


def test_since_takes_days_and_dates(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    for since in ("1d", "0d", "2020-01-31"):
        assert renai("cache", "stats", "--since", since, "--json").json["total"]["misses"] == 6
    assert renai("cache", "stats", "--since", "2999-01-01", "--json").json["total"]["misses"] == 0
    wrong = renai("cache", "stats", "--since", "yesterday")
    assert wrong.code == 2
    assert "--since yesterday" in wrong.err


def test_before_the_first_run_nothing_was_looked_up(renai: Program) -> None:
    assert renai("cache", "stats").out == "Nothing was looked up yet.\n"
    assert not renai.cache.exists()


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_it_can_be_drawn(renai: Program, books: Path, tmp_path: Path, ending: str) -> None:
    renai(books, "--yes")
    picture = tmp_path / f"saved.{ending}"
    assert renai("cache", "stats", "--plot", picture).code == 0
    assert picture.stat().st_size > 5000
