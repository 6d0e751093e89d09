"""What a run would cost, and a cap on it, as a person meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from endpoint import Endpoint, priced

if TYPE_CHECKING:
    from pathlib import Path

    from program import Program

PRICED = '[prices.custom]\n"first-model" = {input = 10.0, output = 40.0}'
CUSTOM = ("--provider", "custom")


def test_a_quote_reads_and_asks_nobody(renai: Program, books: Path, endpoint: Endpoint) -> None:
    renai.configure(PRICED)
    (books / "twin.pdf").write_bytes((books / "scan0.pdf").read_bytes())
    (books / "broken.pdf").write_bytes(b"%PDF nothing")
    before = {path.name for path in books.iterdir()}
    quote = renai(books, *CUSTOM, "--quote", "--json").json
    assert not endpoint.calls
    assert {path.name for path in books.iterdir()} == before
    assert quote["files"] == {"found": 5, "known": 0, "to_ask": 4, "skipped": 1}
    assert quote["calls"] == 3
    assert (quote["answer_tokens"], quote["measured"]) == (300, False)
    money = (10 * quote["prompt_tokens"] + 40 * quote["completion_tokens"]) / 1e6
    assert quote["money"] == pytest.approx(money, rel=0.01)
    assert len(renai.entries("text")) == 3

    assert renai(books, *CUSTOM, "--yes", "--dry-run").code == 0
    asked = sum(len(call.prompt) // 4 for call in endpoint.calls)
    assert quote["prompt_tokens"] == pytest.approx(asked, rel=0.1)


def test_a_quote_counts_as_nothing_saved_and_knows_how_long_answers_were(
    renai: Program, books: Path, endpoint: Endpoint
) -> None:
    renai.configure(PRICED)
    assert renai(books, *CUSTOM, "--yes").code == 0
    spent = renai("cache", "stats", "--json").json["total"]["spent"]
    known = renai(books, *CUSTOM, "--quote")
    assert (
        known.out
        == "3 files: 3 known, 0 to ask about, 0 skipped.\ncustom:first-model: no calls, $0.\n"
    )
    assert renai("cache", "stats", "--json").json["total"]["saved"]["calls"] == 0

    again = renai(books, *CUSTOM, "--quote", "--update-metadata", "--json").json
    assert again["calls"] == 3
    assert again["measured"]
    assert again["answer_tokens"] == round(spent["completion_tokens"] / 3)
    shown = renai(books, *CUSTOM, "--quote", "--update-metadata").out
    assert "3 calls, about " in shown
    assert "its average so far" in shown
    assert len(endpoint.calls) == 3


def test_a_quote_at_an_unknown_price_says_so(renai: Program, books: Path) -> None:
    assert "at an unknown price ($?)" in renai(books, *CUSTOM, "--quote").out
    assert renai(books, *CUSTOM, "--quote", "--json").json["money"] is None
    free = renai(books, "--quote")
    assert free.code == 0
    assert free.out.splitlines() == [
        "3 files: 0 known, 3 to ask about, 0 skipped.",
        "offline:heuristics-1: no calls, $0.",
    ]


def test_a_cap_ends_a_run_that_the_next_one_goes_on_with(renai: Program, books: Path) -> None:
    renai.configure(PRICED)
    with Endpoint(always=priced(0.2)) as endpoint:
        renai.environment["CUSTOM_API_BASE_URL"] = endpoint.url
        capped = renai(books, *CUSTOM, "--yes", "--max-cost", "0.25")
        assert capped.code == 1
        assert len(endpoint.calls) == 1
        assert "1 renamed" in capped.out
        assert "Not asked about: 2 files; run it again to go on." in capped.out
        assert "Skipped" not in capped.out
        assert "[ERROR] Ended early: $0.200000 of at most $0.25 is spent" in capped.err
        assert "3 of 3 files need custom:first-model" in capped.err
        assert ", for at most $0.25." in capped.err

        assert renai(books, *CUSTOM, "--yes", "--max-cost", "2").code == 0
        assert len(endpoint.calls) == 3


def test_a_cap_needs_a_price(renai: Program, books: Path, endpoint: Endpoint) -> None:
    refused = renai(books, *CUSTOM, "--yes", "--max-cost", "1")
    assert refused.code == 3
    assert "Nobody knows what custom:first-model costs" in refused.err
    assert '[prices.custom] "first-model" = {input = ' in refused.err
    assert not endpoint.calls
    assert renai(books, "--yes", "--max-cost", "0").code == 0, "offline costs nothing"


def test_a_cap_must_be_an_amount_and_a_quote_needs_none(renai: Program, books: Path) -> None:
    assert "--max-cost -1: give an amount" in renai(books, "--max-cost", "-1").err
    assert renai(books, "--quote", "--max-cost", "1").code == 2
