"""`renai cache stats`, compared with what the endpoint itself counted."""

import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from endpoint import Endpoint, priced
from program import Program
from renai.usage.counters import SHADOW, Counts, TotalCost, UsageKey
from renai.usage.database import USAGE_FILE, UsageDatabase

PRICE = 0.25
GATEWAY_PAGE = Path(__file__).parents[3] / "docs/gateway.md"
SAMPLE_LIBRARY = Path(__file__).parents[3] / "examples/sample_library.py"


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


def test_the_first_session_of_the_readme_with_a_model(renai: Program, endpoint: Endpoint) -> None:
    library = renai.home / "library"
    subprocess.run([sys.executable, SAMPLE_LIBRARY, library], check=True)
    first, second = (renai(library, "--provider", "custom", "--yes", "--json") for _ in range(2))
    assert (first.calls, second.calls) == (len(endpoint.calls), 0)
    named = [file for file in second.json["files"] if file["metadata"]]
    contents = {file["file_hash"] for file in named}
    assert len(named) == len(contents) + 1, "one book is there twice"

    account = metadata(renai("cache", "stats", "--json").json)
    spent, saved = account["spent"], account["saved"]
    assert spent["calls"] == len(endpoint.calls) == len(contents)
    assert spent["money"] == PRICE * len(endpoint.calls)
    assert spent["prompt_tokens"] == sum(len(call.prompt) // 4 for call in endpoint.calls)
    # The second run saved a call for each book, and the first one that for the second copy.
    assert account["hits"] == saved["calls"] == len(named) + 1
    assert saved["money"] == PRICE * saved["calls"]

    shown = renai("cache", "stats").out
    assert f"Spent: {len(contents)} model calls" in shown
    assert f"Saved: {len(named) + 1} model calls" in shown
    assert f"${PRICE * len(contents):.2f}" in shown
    assert f"${PRICE * (len(named) + 1):.2f}" in shown


def test_emptying_the_cache_leaves_the_usage_database(renai: Program, books: Path) -> None:
    renai(books, "--yes")
    before = renai("cache", "stats", "--json").json
    assert before["total"]["misses"] == 6  # texts and metadata of three books
    assert renai("cache", "--yes").code == 0
    assert renai("cache", "stats", "--json").json == before


def test_names_of_models_are_whole_on_a_narrow_terminal(renai: Program, books: Path) -> None:
    renai(books, "--dry-run")
    terminal = renai.on_terminal("cache", "stats", columns=80)
    terminal.expect(r"metadata +offline +heuristics-1 ")
    terminal.expect(pexpect.EOF)


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


# What does not come as a number beside the answer


def test_an_answer_of_no_use_and_its_mending_are_paid_and_counted(
    renai: Program, books: Path
) -> None:
    bad = priced(PRICE, content="I would rather not.")
    with Endpoint(always=bad) as endpoint:
        run = renai(books, "--provider", "custom", "--yes", CUSTOM_API_BASE_URL=endpoint.url)
        assert run.code == 1
        assert len(endpoint.calls) == 6
    account = metadata(renai("cache", "stats", "--json").json)
    assert account["spent"]["calls"] == 6
    assert account["spent"]["money"] == 6 * PRICE
    assert account["misses"] == 3
    assert account["saved"]["calls"] == 0


def test_a_price_in_the_config_makes_money_of_tokens(renai: Program, books: Path) -> None:
    renai.configure('[prices.custom]\n"first-model" = {input = 2.0, output = 8.0}')
    with Endpoint() as endpoint:
        for _ in range(2):
            run = renai(books, "--provider", "custom", "--yes", CUSTOM_API_BASE_URL=endpoint.url)
            assert run.code == 0
    account = metadata(renai("cache", "stats", "--json").json)
    spent, saved = account["spent"], account["saved"]
    tokens = spent["prompt_tokens"], spent["completion_tokens"]
    assert spent["money"] == pytest.approx((2 * tokens[0] + 8 * tokens[1]) / 1e6)
    assert saved["money"] == pytest.approx(spent["money"])
    assert spent["unpriced"] == 0


def test_what_nobody_knows_the_price_of_is_not_free(renai: Program, books: Path) -> None:
    with Endpoint() as endpoint:
        renai(books, "--provider", "custom", "--yes", CUSTOM_API_BASE_URL=endpoint.url)
    assert metadata(renai("cache", "stats", "--json").json)["spent"]["unpriced"] == 3
    assert "$?" in renai("cache", "stats").out


def test_what_the_gateway_watched_is_said_as_on_its_page(renai: Program) -> None:
    saved = TotalCost(
        calls=1204, prompt_tokens=5_100_000, completion_tokens=0, seconds=660.0, money=0.102
    )
    watched = Counts(saved=saved)
    watched.events.update(hit=43_871, missing=4_339)
    usage = UsageDatabase(renai.cache / USAGE_FILE)
    usage.add({UsageKey(SHADOW, "gateway", "m"): watched})
    usage.flush()
    (line,) = renai("cache", "stats").out.splitlines()
    assert f"{line}\n" in GATEWAY_PAGE.read_text(encoding="utf-8")
    stats = renai("cache", "stats", "--json").json
    assert (stats["shadow"]["hits"], stats["total"]["hits"]) == (43_871, 0)
