"""What files are called on a screen."""

import sys
from pathlib import Path

import pytest

from renai.cli.show import labels, show_summary, show_trouble, summarise
from renai.file_job import AN_IMAGE, NOT_ASKED, NOT_READ, Decision, FileJob
from renai.renaming.plan import NAMED_SO, UNCERTAIN

FOLDER = Path("/b")


def job(name: str, decision: Decision = NOT_READ) -> FileJob:
    return FileJob(str(FOLDER / name), FOLDER, "document", Path(__file__).stat(), decision=decision)


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        (["/b/one.pdf", "/b/old/two.pdf"], ["one.pdf", "two.pdf"]),
        (["/b/one.pdf", "/b/old/one.pdf"], ["one.pdf", "old/one.pdf"]),
        (["/a/x/one.pdf", "/a/y/z/one.pdf", "/a/x/t.pdf"], ["x/one.pdf", "y/z/one.pdf", "x/t.pdf"]),
        (["/a/o\x1b\u202e.pdf", "/b/o\x1b\u202e.pdf"], [f"{x}/o\\x1b\\u202e.pdf" for x in "ab"]),
        ([], []),
    ],
)
def test_folders_are_shown_where_names_do_not_tell_files_apart(
    paths: list[str], shown: list[str]
) -> None:
    assert list(labels(map(Path, paths)).values()) == shown


def test_files_without_a_new_name_are_told_after_those_that_could_not_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_trouble(
        [
            job("scan.pdf", Decision("keep", "no title")),
            job("Dune.pdf", Decision("keep", NAMED_SO)),
            job("empty.pdf", Decision("skip", "is empty (0 bytes)")),
        ]
    )
    assert capsys.readouterr().out.splitlines() == [
        "Skipped empty.pdf: is empty (0 bytes)",
        "Kept scan.pdf: no title",
    ]


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output is a terminal from now on."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")


def test_many_files_are_told_by_their_reasons(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(monkeypatch)
    damaged = [job(f"{n}.pdf", Decision("skip", "is damaged or not a PDF")) for n in range(5)]
    unnamed = [job(f"{n}.txt", Decision("keep", "no title")) for n in range(6)]
    guessed = [job(f"{n}.epub", Decision("keep", UNCERTAIN)) for n in range(7)]
    others = [job(f"o{n}.pdf", Decision("fail", f"reason {n}")) for n in range(12)]
    twins = [
        job(f"t{n}.pdf", Decision("keep", f"a duplicate of /b/{n}", duplicate_of=FOLDER))
        for n in range(4)
    ]
    show_trouble([*unnamed, *guessed, *others, *damaged, *twins])
    assert capsys.readouterr().out.splitlines() == [
        "Skipped 5 files: is damaged or not a PDF (0.pdf, 1.pdf, 2.pdf, …)",
        *(f"Failed o{n}.pdf: reason {n}" for n in range(7)),
        "… and 15 files for 7 other reasons; --json lists all",
    ]


def test_a_pipe_gets_a_line_for_each_file(capsys: pytest.CaptureFixture[str]) -> None:
    show_trouble([job(f"{n}.pdf", Decision("skip", "is empty (0 bytes)")) for n in range(99)])
    assert capsys.readouterr().out.count("Skipped ") == 99


def test_a_terminal_shows_where_files_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(monkeypatch)
    first = job("x.pdf", Decision("rename", new_path=FOLDER / "Dune.pdf"))
    twin = Decision("keep", "a duplicate of /b/x.pdf", duplicate_of=first.path)
    show_trouble([first, job("old/y.pdf", twin), job("z.pdf", Decision("keep", "no title"))])
    assert capsys.readouterr().out.splitlines() == [
        "Kept b/old/y.pdf: a duplicate of b/x.pdf",
        "Kept b/z.pdf: no title",
    ]


def test_all_that_is_said_of_a_large_run_is_20_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_terminal(monkeypatch)
    jobs = [job(f"{n}.pdf", Decision("skip", f"reason {n}")) for n in range(10_000)]
    jobs += [job("p.jpg", Decision(*AN_IMAGE)), job("n.pdf", Decision(*NOT_ASKED))]
    jobs += [job("u.pdf", Decision("keep", UNCERTAIN))]
    summary = summarise(
        jobs,
        renamed=True,
        hits=1,
        misses=1,
        calls=1,
        seconds=1,
        not_read={"." + "x" * n: 1 for n in range(100)},
        unstored=(1, "full"),
    )
    show_trouble(jobs)
    show_summary(summary._replace(renamed=1, duplicates=1), jobs, "0001")
    assert 15 <= len(capsys.readouterr().out.splitlines()) <= 19, "one more may say why it ended"
