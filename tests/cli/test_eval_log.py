"""The eval log of runs: a line for each request, whatever came of it, and no word of a document."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from endpoint import Endpoint, answer, cut_in_body, fails, priced
from renai.keys.digest import digest_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from program import Program

CUSTOM = ("--provider", "custom", "--concurrency", "1")


def logged(renai: Program) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (renai.cache / "eval.jsonl").open()]


def test_each_request_is_a_line(renai: Program, books: Path) -> None:
    digests = {digest_bytes(path.read_bytes()) for path in books.iterdir()}
    bad = priced(0.25, content="I would rather not.")
    with Endpoint(fails(429), bad, priced(0.5), cut_in_body, always=answer) as endpoint:
        run = renai(books, *CUSTOM, "--yes", CUSTOM_API_BASE_URL=endpoint.url)
        assert run.code == 0
    lines = logged(renai)
    assert [line["outcome"] for line in lines] == [
        "status 429",
        "unusable",
        "answered",
        "the connection failed",
        "answered",
        "answered",
    ]
    assert len(endpoint.calls) == len(lines)
    assert [line["money"] for line in lines] == [0.0, 0.25, 0.5, None, None, None]
    assert {line["file_hash"] for line in lines} == digests
    assert len({line["recipe"] for line in lines}) == 1
    for line in lines:
        assert (line["provider"], line["model"]) == ("custom", "first-model")
        assert line["kind"] == "text"
        assert line["seconds"] >= 0
        age = datetime.now(UTC) - datetime.fromisoformat(line["time"])
        assert timedelta(0) <= age < timedelta(minutes=5)
    stats = renai("cache", "stats", "--json").json["total"]["spent"]
    assert stats["calls"] == 5, "a refused one is none"
    assert stats["money"] == 0.75
    assert stats["unpriced"] == 3
    answered = [line for line in lines if line["outcome"] == "answered"]
    assert all(line["prompt_tokens"] and line["completion_tokens"] for line in answered)


def test_it_holds_no_word_and_no_name(renai: Program, books: Path) -> None:
    assert renai(books, *CUSTOM, "--yes").code == 0
    written = (renai.cache / "eval.jsonl").read_text()
    for word in ("Harbour", "Quill", "scan0", str(books), "1999"):
        assert word not in written


def test_hits_and_offline_are_no_calls(renai: Program, books: Path) -> None:
    assert renai(books, "--yes").code == 0
    assert not (renai.cache / "eval.jsonl").exists()
    for _ in range(2):
        assert renai(books, *CUSTOM, "--yes").code == 0
    assert len(logged(renai)) == 3


def test_it_can_be_switched_off(renai: Program, books: Path) -> None:
    renai.configure("eval_log = false")
    assert renai(books, *CUSTOM, "--yes").code == 0
    assert not (renai.cache / "eval.jsonl").exists()


def test_forgetting_a_document_drops_its_lines(renai: Program, books: Path) -> None:
    gone = books / "scan1.pdf"
    digest = digest_bytes(gone.read_bytes())
    assert renai(books, *CUSTOM, "--yes", "--dry-run").code == 0
    forgot = renai("cache", "forget", gone, "--yes")
    assert "1 line of the eval log" in forgot.out
    assert len(logged(renai)) == 2
    assert not [path for path in renai.cache.rglob("*") if digest in path.name]
    files = [path for path in renai.cache.rglob("*") if path.is_file()]
    assert not [path for path in files if digest.encode() in path.read_bytes()]
    assert renai("cache", "forget", gone, "--yes", "--json").json["calls"] == 0
