"""`renai eval metadata`: several candidates, a truth, what is asked, what is shown and drawn."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from books import make_books
from endpoint import Call, Endpoint, Reply, answer, declined, priced
from program import Program
from renai.keys.digest import get_file_hash
from renai.metadata.corrections import Corrections
from renai.providers.schema import Metadata

if TYPE_CHECKING:
    from pathlib import Path

EVAL = ("eval", "metadata")
BOTH = ("--candidate", "offline", "--candidate", "custom")
TRUTH = """\
path,title,authors,year
scan0.pdf,harbour tales 0,"Quill, Ada",1999
scan1.pdf,Something Else,Ada Quill,
scan2.pdf,Harbour Tales 2,Bo Other,2000
gone.pdf,Gone,,
"""


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "truth.csv"
    path.write_text(TRUTH)
    return path


def by_model(call: Call) -> Reply:
    """Only the second model's endpoint states a price."""
    return (priced(0.01) if call.body["model"] == "second" else answer)(call)


def test_candidates_are_judged_by_a_truth(
    renai: Program, endpoint: Endpoint, books: Path, truth: Path
) -> None:
    (books / "copy.pdf").write_bytes((books / "scan0.pdf").read_bytes())
    shown = renai(*EVAL, books, *BOTH, "--truth", truth, "--yes", "--json").json
    assert len(endpoint.calls) == 3
    assert (shown["documents"], shown["read"]) == (3, 3)
    assert shown["truth"] == {"known": 3, "unmatched": 1}
    offline, custom = shown["candidates"]
    assert (offline["provider"], custom["model"]) == ("offline", "first-model")
    for each in (offline, custom):
        assert (each["answered"], each["cached"]) == (3, 0)
        right = {field: (share["same"], share["of"]) for field, share in each["accuracy"].items()}
        assert right == {"title": (2, 3), "authors": (2, 3), "year": (1, 2), "category": (0, 0)}
    assert custom["calibration"]["expected_error"] == pytest.approx(0.9 - 1 / 3)
    assert custom["spent"]["calls"] == 3
    assert custom["spent"]["unpriced"] == 3
    assert (offline["spent"]["calls"], offline["spent"]["unpriced"]) == (0, 0)
    (pair,) = shown["agreement"]
    assert pair["between"] == ["offline:heuristics-1", "custom:first-model"]
    assert pair["title"] == {"same": 3, "of": 3, "share": 1.0}


def test_a_second_comparison_costs_nothing_and_says_the_same(
    renai: Program, endpoint: Endpoint, books: Path, truth: Path
) -> None:
    first = renai(*EVAL, books, *BOTH, "--truth", truth, "--yes", "--json").json
    second = renai(*EVAL, books, *BOTH, "--truth", truth, "--json").json
    assert len(endpoint.calls) == 3
    for shown in (first, second):
        assert {each.pop("cached") for each in shown["candidates"]} in ({0}, {3})
    assert first == second
    assert renai(books, "--provider", "custom").code == 0
    assert len(endpoint.calls) == 3, "what a comparison asked, a run need not"


def test_a_run_has_asked_before(renai: Program, endpoint: Endpoint, books: Path) -> None:
    renai(books, "--provider", "custom", "--yes", "--dry-run")
    assert renai(*EVAL, books, *BOTH, RENAI_UPDATE_METADATA="1").code == 0
    assert len(endpoint.calls) == 3


def test_two_models_of_one_provider_and_what_they_cost(tmp_path: Path) -> None:
    make_books(tmp_path / "books", 2)
    with Endpoint(always=by_model) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        candidates = ("--candidate", "custom:first:8b", "--candidate", "custom:second")
        shown = renai(*EVAL, tmp_path / "books", *candidates, "--yes")
    lines = [line.rstrip() for line in shown.out.splitlines() if line.startswith("custom:")]
    rows = {line.split()[0]: line for line in lines if " and " not in line}
    assert rows.keys() == {"custom:first:8b", "custom:second"}
    assert rows["custom:first:8b"].endswith("?"), "unknown is not zero"
    assert rows["custom:second"].endswith("$0.0200")
    assert re.search(r"custom:first:8b and custom:second +100% +100% +100% +100%", shown.out)
    assert "custom:second for 2 files, about" in shown.err
    assert "Cached metadata" not in shown.err


def test_it_can_be_read_on_a_narrow_terminal(renai: Program, books: Path, truth: Path) -> None:
    words = (*EVAL, books, "--candidate", "offline", "--truth", truth)
    terminal = renai.on_terminal(*words, columns=60)
    terminal.expect(pexpect.EOF)
    plain = re.sub(r"\x1b\[[\d;]*m", "", terminal.before)
    assert re.search(r"Answers +Cached +Median +95 % +Tokens +Cost", plain)
    assert re.search(r"Title +Authors +Year +Category +Cal\. error", plain)


def test_corrections_are_not_what_a_candidate_says(
    renai: Program, books: Path, truth: Path
) -> None:
    corrections = Corrections(renai.home / "state" / "renAI" / "corrections")
    said = Metadata(title="Mine", authors=("Me",))
    corrections.record(get_file_hash(books / "scan0.pdf"), said, "scan0.pdf")
    shown = renai(*EVAL, books, "--candidate", "offline", "--truth", truth, "--json").json
    assert shown["candidates"][0]["accuracy"]["title"] == {"same": 2, "of": 3, "share": 2 / 3}
    assert shown["agreement"] == []


def test_it_asks_before_it_spends(renai: Program, endpoint: Endpoint, books: Path) -> None:
    refused = renai(*EVAL, books, *BOTH)
    assert refused.code == 3
    assert "To be asked: custom:first-model for 3 files, about" in refused.err
    assert "--yes" in refused.err
    terminal = renai.on_terminal(*EVAL, books, *BOTH, columns=200)
    terminal.expect(r"Go on\?")
    terminal.sendline("n")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 4
    assert not endpoint.calls


def test_failed_calls_are_no_answers(tmp_path: Path, truth: Path) -> None:
    def one_fails(call: Call) -> Reply:
        return (declined if "Harbour Tales 1" in call.document else answer)(call)

    make_books(tmp_path / "books", 3)
    with Endpoint(always=one_fails) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        finished = renai(*EVAL, tmp_path / "books", *BOTH, "--truth", truth, "--yes", "--json")
    assert finished.code == 1
    assert "failed for 1 file, the first time so: custom:" in finished.err
    offline, custom = finished.json["candidates"]
    assert offline["answered"] == 3
    assert custom["answered"] == 2
    title = custom["accuracy"]["title"]
    assert (title["same"], title["of"]) == (2, 3)


@pytest.mark.parametrize(("ending", "judged"), [("png", True), ("svg", False), ("pdf", True)])
def test_it_is_drawn(
    renai: Program, books: Path, truth: Path, ending: str, *, judged: bool
) -> None:
    picture = renai.home / f"picture.{ending}"
    options = ("--truth", truth) if judged else ()
    assert renai(*EVAL, books, *BOTH, "--yes", *options, "--plot", picture).code == 0
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert picture.read_bytes().startswith(begins[ending])


def test_a_picture_that_cannot_be_drawn_is_said_before_anything_is_spent(
    renai: Program, endpoint: Endpoint, books: Path, tmp_path: Path
) -> None:
    wrong = renai(*EVAL, books, *BOTH, "--yes", "--plot", "picture.doc")
    assert (wrong.code, endpoint.calls) == (2, [])
    assert "must end in .png, .svg, .pdf" in wrong.err
    one = renai(*EVAL, books, "--candidate", "custom", "--yes", "--plot", "picture.png")
    assert (one.code, endpoint.calls) == (2, [])
    assert "--truth, or a second --candidate" in one.err
    (tmp_path / "broken" / "matplotlib").mkdir(parents=True)
    (tmp_path / "broken" / "matplotlib" / "__init__.py").write_text("raise ImportError")
    path = f"{tmp_path / 'broken'}:{':'.join(sys.path)}"
    without = renai(*EVAL, books, *BOTH, "--yes", "--plot", "picture.png", PYTHONPATH=path)
    assert (without.code, endpoint.calls) == (3, [])
    assert "pip install 'renai[plot]'" in without.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["books"], 2, "--candidate"),
        (["nowhere", "--candidate", "offline"], 2, "no such file or folder"),
        (["books", "--candidate", "openai:gpt-4o-mini"], 3, "OPENAI_API_KEY"),
        (["books", "--candidate", "offline", "--truth", "nowhere.csv"], 2, "nowhere.csv: cannot"),
    ],
)
def test_wrong_usage(
    renai: Program, books: Path, arguments: list[str], code: int, words: str
) -> None:
    finished = renai(*EVAL, *arguments)
    assert finished.code == code
    assert words in finished.err
    assert finished.out == ""


def test_one_file_and_no_files(renai: Program, books: Path, tmp_path: Path) -> None:
    truth = tmp_path / "one.csv"
    truth.write_text("path,year\nscan1.pdf,1999\n")
    one = renai(*EVAL, books / "scan1.pdf", "--candidate", "offline", "--truth", truth, "--json")
    assert one.json["candidates"][0]["accuracy"]["year"]["share"] == 1
    (tmp_path / "empty").mkdir()
    none = renai(*EVAL, tmp_path / "empty", "--candidate", "offline", "--truth", truth)
    assert none.code == 0
    assert "0 documents" in none.out


def test_a_cap_holds_for_all_candidates_together(tmp_path: Path) -> None:
    make_books(tmp_path / "books", 2)
    words = (*EVAL, tmp_path / "books", "--candidate", "custom:one", "--candidate", "custom:two")
    with Endpoint(always=priced(0.2)) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        refused = renai(*words, "--yes", "--max-cost", "1")
        assert (refused.code, len(endpoint.calls)) == (3, 0)
        assert "Nobody knows what custom:one costs" in refused.err

        price = "{input = 10.0, output = 40.0}"
        renai.configure(f'[prices.custom]\n"one" = {price}\n"two" = {price}')
        capped = renai(*words, "--yes", "--max-cost", "0.65")
        assert (capped.code, len(endpoint.calls)) == (1, 3)
        assert "[ERROR] custom:two ended early: $0.600000 of at most $0.65 is spent" in capped.err

        assert renai(*words, "--yes").code == 0
        assert len(endpoint.calls) == 4
