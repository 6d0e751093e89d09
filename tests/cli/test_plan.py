"""The plan on a screen: every file with its folder, folded between words, with what changes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from books import make_books, pdf
from renai.cli.options import BY_CERTAINTY, BY_FOLDER
from renai.cli.plan import in_order, old_and_new, plan_lines
from renai.cli.show import base_of
from renai.file_job import Companion, Decision, FileJob
from renai.providers.schema import Metadata

if TYPE_CHECKING:
    from program import Program

FOLDER = Path("/home/ada/books")
NEW = "Ilse Marwood - The Patience of Tides (2014).pdf"
SGR = re.compile(r"\x1b\[[\d;]*m")

needs_less = pytest.mark.skipif(shutil.which("less") is None, reason="install less to run this")


def job(name: str, new: str, sure: float | None = 0.9, **decision: object) -> FileJob:
    path = FOLDER / name
    to = Decision("rename", new_path=FOLDER / new, **decision)  # type: ignore[arg-type]
    metadata = Metadata(title="Tides", confidence=sure)
    return FileJob(
        str(path), FOLDER, "document", Path(__file__).stat(), metadata=metadata, decision=to
    )


def lines(*jobs: FileJob, width: int) -> list[str]:
    return list(plan_lines(jobs, width, styled=False))


def marked(job: FileJob) -> tuple[str, str]:
    """Both names, with -what goes- and +what comes+."""
    signs = {"gone": "-", "new": "+", "dim": "", "": ""}
    shown = []
    for said in old_and_new(job, str(FOLDER)):
        text, before = "", ""
        for character, style in [*zip(said.text, said.styles, strict=True), ("", "")]:
            if style != before:
                text += signs[before] + signs[style]
            text, before = text + character, style
        shown.append(text)
    return shown[0], shown[1]


MANY = (job("scan 1.pdf", NEW), job("old disk/TIDES_final.pdf", f"old disk/{NEW}", 0.5))


def test_at_80_columns_a_file_takes_two_lines() -> None:
    assert lines(*MANY, width=80) == [
        " 90%  books/scan 1.pdf",
        f"      -> {NEW}",
        " 50%  books/old disk/TIDES_final.pdf",
        f"      -> {NEW}",
    ]


def test_at_40_columns_no_word_is_broken() -> None:
    assert lines(MANY[1], width=40) == [
        " 50%  old disk/TIDES_final.pdf",
        "      -> Ilse Marwood - The Patience of",
        "         Tides (2014).pdf",
    ]


def test_at_200_columns_names_stand_side_by_side() -> None:
    assert lines(*MANY, width=200) == [
        "Sure  File                              New name",
        f" 90%  books/scan 1.pdf               -> {NEW}",
        f" 50%  books/old disk/TIDES_final.pdf -> {NEW}",
    ]


@pytest.mark.parametrize("width", [20, 40, 80, 120, 200])
def test_every_line_fits_and_every_word_is_there(width: int) -> None:
    old = "shelf/" * 20 + "a very long name " * 12 + ".pdf"
    long = job(old, "shelf/" * 20 + "A Very Long Title " * 13 + ".pdf")
    shown = lines(long, job("x.pdf", "y.pdf"), width=width)
    assert all(len(line) <= width for line in shown)
    assert sum(line.count("Long") for line in shown) == 13
    assert sum(line.count("long") for line in shown) == 12
    assert sum(line.count("shelf/") for line in shown) == 20


def test_a_move_shows_both_folders() -> None:
    assert lines(job("inbox/x.pdf", "Fiction/Dune.pdf"), width=80) == [
        " 90%  inbox/x.pdf",
        "      -> Fiction/Dune.pdf",
    ]


def test_sidecars_and_reasons_are_told() -> None:
    cover = Companion(FOLDER / "x.jpg", FOLDER / "Dune (2).jpg")
    reason = "that name is taken"
    numbered = job("x.pdf", "Dune (2).pdf", companions=(cover,), reason=reason)
    assert lines(numbered, width=80)[2:] == [f"         ({reason})", "         with x.jpg"]
    assert lines(numbered, width=200)[2].strip() == f"({reason})"


def test_names_cannot_control_the_terminal() -> None:
    (shown, *_) = lines(job("a\x1b[2J\u202e/x\n.pdf", "a\x1b[2J\u202e/Dune.pdf"), width=80)
    assert shown == " 90%  a\\x1b[2J\\u202e/x\\n.pdf"


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("scan0042.pdf", NEW, ("scan0042.pdf", f"+{NEW[:-4]}+.pdf")),
        ("The Tides.pdf", "The Low Tides.pdf", ("The Tides.pdf", "The +Low+ Tides.pdf")),
        ("Low Tides v2.pdf", "Low Tides.pdf", ("Low Tides -v2-.pdf", "Low Tides.pdf")),
        ("dune.pdf", "Dune.pdf", ("dune.pdf", "+Dune+.pdf")),
        ("a_b.pdf", "A - b.pdf", ("-a-_b.pdf", "+A+ - b.pdf")),
        ("x.PDF", "Dune.pdf", ("x.PDF", "+Dune.pdf+")),
    ],
)
def test_what_changes_is_marked(old: str, new: str, shown: tuple[str, str]) -> None:
    before, after = marked(job(old, new))
    assert (before.removeprefix("/"), after) == shown


def test_the_least_certain_first_if_wanted() -> None:
    jobs = [job(f"{n}.pdf", f"N{n}.pdf", sure) for n, sure in enumerate((0.9, None, 0.1, 0.9))]
    assert in_order(jobs, BY_FOLDER) == jobs
    assert in_order(jobs, BY_CERTAINTY) == [jobs[1], jobs[2], jobs[0], jobs[3]]


@pytest.mark.parametrize(
    ("folders", "base"),
    [
        ([], ""),
        (["/a/b"], "/a"),
        (["/a/b", "/a/b/c"], "/a"),
        (["/a/b/c", "/a/b/d"], "/a/b"),
        (["/a", "/b"], "/"),
        (["/"], "/"),
    ],
)
def test_every_file_is_shown_with_a_folder(folders: list[str], base: str) -> None:
    assert base_of(map(Path, folders)) == base


def screen(terminal: pexpect.spawn[str]) -> str:
    """All that a run shows, without colours."""
    terminal.expect(pexpect.EOF)
    return SGR.sub("", terminal.before or "")


def many(renai: Program, count: int = 60) -> Path:
    make_books(renai.home / "books", count)
    return renai.home / "books"


def test_a_pipe_gets_every_row(renai: Program) -> None:
    books = many(renai)
    shown = renai(books, "--dry-run").out
    for n in range(60):
        assert f"{books}/scan{n}.pdf -> Ada Quill - Harbour Tales {n} (1999).pdf\n" in shown
    assert "more" not in shown


@needs_less
def test_a_long_plan_is_shown_by_the_pager_whole_and_the_question_follows(renai: Program) -> None:
    terminal = renai.on_terminal(many(renai))
    terminal.expect(r"The plan, line 1 to 39 of 120\. Space: on")
    assert "Rename" not in terminal.before
    terminal.send("G")
    terminal.expect(r"scan9\.pdf")
    terminal.send("q")
    terminal.expect(r"Rename 60 files\?")
    terminal.sendline("n")
    assert "60 to rename" in screen(terminal)


def test_the_persons_own_pager_is_used(renai: Program) -> None:
    renai.environment["PAGER"] = "sed 's/^/page: /'"
    shown = screen(renai.on_terminal(many(renai), "--dry-run"))
    assert shown.count("page: ") == 120


@pytest.mark.parametrize("pager", ["cat", "", "there-is-no-such-program"])
def test_without_a_pager_all_is_printed(renai: Program, pager: str) -> None:
    renai.environment["PAGER"] = pager
    shown = screen(renai.on_terminal(many(renai), "--dry-run"))
    assert shown.count("-> Ada Quill - Harbour Tales") == 60


def test_a_short_plan_needs_no_pager(renai: Program, books: Path) -> None:
    renai.environment["PAGER"] = "false"
    terminal = renai.on_terminal(books)
    terminal.expect(r"Rename 3 files\?")
    terminal.sendline("n")


def test_where_nothing_is_asked_a_long_plan_is_only_begun(renai: Program) -> None:
    renai.environment["PAGER"] = "false"
    shown = screen(renai.on_terminal(many(renai), "--yes"))
    assert shown.count("-> Ada Quill - Harbour Tales") == 20
    assert "… and 40 more; renai history RUN lists all" in shown
    assert "60 renamed" in shown


@needs_less
def test_ctrl_c_in_the_pager_ends_the_run(renai: Program) -> None:
    books = many(renai)
    terminal = renai.on_terminal(books)
    terminal.expect(r"Space: on")
    terminal.sendintr()
    terminal.expect("Interrupted")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130
    assert (books / "scan0.pdf").exists()


def test_it_is_sorted_by_certainty_if_wanted(renai: Program, books: Path) -> None:
    (books / "a.pdf").write_bytes(pdf("Low Water"))
    shown = screen(renai.on_terminal(books, "--dry-run", "--sort", "certainty"))
    sure = [int(found) for found in re.findall(r"(\d+)%  ", shown)]
    assert len(sure) == 4
    assert sure == sorted(sure)
    refused = renai(books, "--sort", "size")
    assert refused.code == 2
    assert "--sort size: choose folder or certainty" in refused.err


def test_colours_are_left_out_where_they_are_not_wanted(renai: Program, books: Path) -> None:
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        renai.environment.update(variables)
        terminal = renai.on_terminal(books, "--dry-run")
        terminal.expect(pexpect.EOF)
        assert ("\x1b[32m" in terminal.before) is coloured
