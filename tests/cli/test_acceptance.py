"""Twenty documents, run after run: what is paid, what is kept, and what is said of it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from books import make_books, make_scan

if TYPE_CHECKING:
    from pathlib import Path

    from endpoint import Endpoint
    from program import Finished, Program

COUNT = 20
PAID = ("--provider", "custom", "--yes")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    make_books(tmp_path / "library", COUNT)
    return tmp_path / "library"


class Runs:
    """Runs over one library, each with the calls that reached the endpoint."""

    def __init__(self, renai: Program, endpoint: Endpoint, library: Path) -> None:
        self._renai, self._endpoint, self._library = renai, endpoint, library

    def __call__(self, *options: str, **variables: str) -> tuple[Finished, int]:
        before = len(self._endpoint.calls)
        finished = self._renai(self._library, "--json", *PAID, *options, **variables)
        assert finished.code == 0, finished.err
        calls = len(self._endpoint.calls) - before
        assert finished.calls == calls
        return finished, calls


@pytest.fixture
def run(renai: Program, endpoint: Endpoint, library: Path) -> Runs:
    return Runs(renai, endpoint, library)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def names(library: Path) -> set[str]:
    return {path.name for path in library.iterdir()}


def renames(finished: Finished) -> int:
    return int(finished.json["summary"]["renamed"])


def test_everything_is_paid_once(run: Runs, renai: Program, library: Path) -> None:
    hashes = {sha256(path.read_bytes()).hexdigest() for path in library.iterdir()}
    model = digest("custom|first-model")

    first, calls = run()
    assert (calls, renames(first)) == (COUNT, COUNT)
    assert names(library) == {f"Ada Quill - Harbour Tales {n} (1999).pdf" for n in range(COUNT)}
    assert renai.entries("text").keys() == {f"{x}_enhanced.txt" for x in hashes}
    assert renai.entries("metadata").keys() == {f"doc_{x}_{model}.json" for x in hashes}

    again, calls = run()
    assert (calls, renames(again)) == (0, 0)

    _, calls = run("--model", "second-model")
    assert calls == COUNT
    assert len(renai.entries("text")) == COUNT
    assert len(renai.entries("metadata")) == 2 * COUNT

    _, calls = run("--model", "first-model")
    assert calls == 0

    _, calls = run("--update-metadata")
    assert calls == COUNT

    emptied = renai("cache", "--yes")
    assert emptied.code == 0
    assert renai.entries("text") == renai.entries("metadata") == {}
    _, calls = run()
    assert calls == COUNT


def test_what_is_logged_word_for_word(run: Runs, library: Path) -> None:
    mode = "[INFO] Using TEXT/OCR mode - extracting text"
    old = names(library)

    first, _ = run()
    assert sorted(first.logs) == sorted(
        [
            mode,
            *(
                f"[INFO] Cached metadata for {x} (provider: custom, model: first-model)"
                for x in old
            ),
        ]
    )

    new = names(library)
    again, _ = run()
    assert sorted(again.logs) == sorted(
        [
            mode,
            *(
                f"[INFO] Using cached metadata for {x} (provider: custom, model: first-model)"
                for x in new
            ),
        ]
    )

    other_model, _ = run("--model", "second-model")
    assert sorted(other_model.logs) == sorted(
        [
            mode,
            *(
                f"[INFO] Cached metadata for {x} (provider: custom, model: second-model)"
                for x in new
            ),
            *(f"[INFO] Cache invalidated for {x} (was first-model, now second-model)" for x in new),
        ]
    )

    other_provider, _ = run("--provider", "offline")
    invalidated = [line for line in other_provider.logs if "invalidated" in line]
    assert sorted(invalidated) == sorted(
        f"[INFO] Cache invalidated for {x} (was custom, now offline)" for x in new
    )


def test_a_model_of_the_same_provider_is_named_before_a_newer_provider(run: Runs) -> None:
    run()
    run("--provider", "offline")
    third, _ = run("--model", "third-model")
    invalidated = [line for line in third.logs if "invalidated" in line]
    assert len(invalidated) == COUNT
    assert all(line.endswith("(was first-model, now third-model)") for line in invalidated)


def test_verbose_names_the_entries(run: Runs, renai: Program) -> None:
    finished, _ = run("--verbose")
    entries = {line.rpartition("(")[2][:-1] for line in finished.logs if "standard" in line}
    assert entries == renai.entries("metadata").keys()
    assert all(
        line.startswith("[INFO] Cached standard metadata for scan")
        for line in finished.logs
        if "standard" in line
    )


def test_an_entry_says_what_scripts_read(run: Runs, renai: Program) -> None:
    run()
    for data in renai.entries("metadata").values():
        entry = json.loads(data)
        assert entry["title"].startswith("Harbour Tales ")
        assert (entry["author"], entry["authors"], entry["year"]) == (
            "Ada Quill",
            ["Ada Quill"],
            1999,
        )
        assert (entry["_provider"], entry["_model"]) == ("custom", "first-model")
        assert "category" in entry
        assert "_cached_at" not in entry
    for data in renai.entries("text").values():
        header, _, text = data.decode().partition("\n")
        assert header.startswith("renai-text/1 ")
        assert text.startswith("Harbour Tales ")


def test_moved_renamed_and_equal_files_hit(run: Runs, library: Path) -> None:
    run()
    (library / "deeper").mkdir()
    for number, path in enumerate(sorted(library.glob("*.pdf"))):
        copy = library / f"copy{number}.pdf"
        copy.write_bytes(path.read_bytes())
        path.rename(library / "deeper" / f"{number}.pdf")
    finished, calls = run()
    assert calls == 0
    assert finished.json["summary"]["hits"] == 2 * COUNT


def test_of_equal_files_one_is_asked_about(
    renai: Program, endpoint: Endpoint, tmp_path: Path
) -> None:
    (book,) = make_books(tmp_path / "twins", 1)
    for number in range(5):
        (tmp_path / "twins" / f"copy{number}.pdf").write_bytes(book.read_bytes())
    finished = renai(tmp_path / "twins", "--json", "--duplicates=all", *PAID)
    assert (finished.calls, len(endpoint.calls)) == (1, 1)
    assert renames(finished) == 6
    assert names(tmp_path / "twins") == {
        "Ada Quill - Harbour Tales 0 (1999).pdf",
        *(f"Ada Quill - Harbour Tales 0 (1999) ({number}).pdf" for number in range(2, 7)),
    }


def test_a_changed_file_is_asked_about_alone(run: Runs, library: Path) -> None:
    run()
    path = min(library.iterdir())
    path.write_bytes(path.read_bytes() + b"\n% one more line\n")
    _, calls = run()
    assert calls == 1


def test_another_text_limit_extracts_again_and_asks_about_no_unchanged_text(run: Runs) -> None:
    run()
    _, calls = run(RENAI_TEXT_LIMIT="9000")
    assert calls == 0
    _, calls = run(RENAI_TEXT_LIMIT="9")
    assert calls == COUNT


def test_other_categories_ask_again(run: Runs, renai: Program) -> None:
    run()
    renai.configure('categories = ["Tides", "Bridges"]')
    finished, calls = run()
    assert calls == COUNT
    assert {file["metadata"]["category"] for file in finished.json["files"]} == {"Tides"}


def test_a_scan_is_named_from_its_pages_and_a_second_run_costs_nothing(
    renai: Program, tmp_path: Path
) -> None:
    lines = ["The Salt Road", "by Ilse Marwood", "Copyright 1987 Lantern Quay Press"]
    scan = make_scan(tmp_path / "library" / "scan0001.pdf", lines)
    first = renai("--yes", scan.parent)
    (named,) = scan.parent.glob("*.pdf")
    assert "The Salt Road (1987)" in named.name, first.err
    second = renai("--yes", scan.parent)
    assert "1 hit, 0 misses" in second.out
    without = renai("--dry-run", "--fallback-mode", "none", scan.parent)
    assert "1 kept" in without.out
