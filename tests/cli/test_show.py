"""What files are called on a screen."""

from pathlib import Path

import pytest

from renai.cli.progress import in_words
from renai.cli.show import labels, show_trouble
from renai.file_job import NOT_READ, Decision, FileJob, ScanResult
from renai.renaming.plan import NAMED_SO

FOLDER = Path("/b")


def job(name: str, decision: Decision = NOT_READ) -> FileJob:
    return FileJob(FOLDER / name, FOLDER, "document", Path(__file__).stat(), decision=decision)


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


def test_progress_counts_files_once_it_is_known_how_many_there_are() -> None:
    survey = ScanResult()
    assert in_words(survey) == "looking for files"
    survey.jobs.append(job("one.pdf"))
    assert in_words(survey) == "0/1 files · 0 cached, 0 asked, 0 failed"
    assert in_words(survey, "m is loading").endswith("0 failed · m is loading")
