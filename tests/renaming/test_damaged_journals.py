"""A journal that was damaged is refused as a whole: no file gets a name it never had."""

from __future__ import annotations

import json
import os
import random
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from fence import OutsideError, fenced
from jobs import job_to_rename, without_checksums
from renai.errors import JournalError, RenaiError
from renai.renaming import no_replace
from renai.renaming.execute import execute
from renai.renaming.history import history
from renai.renaming.recovery import recover
from renai.renaming.undo import undo

PAIRS = (("one", "two"), ("two", "one"), ("three", "new/three"), ("four", "five"))


@pytest.fixture
def books(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    folder.mkdir()
    for old, _ in PAIRS:
        (folder / old).write_text(f"the content of {old}")
    return folder


def run(books: Path, state: Path) -> Path:
    """Rename the files; return the journal."""
    jobs = [job_to_rename(books / old, books / new) for old, new in PAIRS]
    return state / f"{execute(jobs, state)}.jsonl"


def contents(books: Path) -> dict[str, str]:
    return {
        str(path.relative_to(books)): path.read_text()
        for path in sorted(books.rglob("*"))
        if path.is_file()
    }


def damaged(data: bytes, random_: random.Random) -> bytes:
    """Return a journal with a flipped bit, a lost, doubled or moved line, or other bytes."""
    lines = data.splitlines(keepends=True)
    i, j = (random_.randrange(len(lines)) for _ in range(2))
    at = random_.randrange(len(data))
    match random_.randrange(6):
        case 0:
            return data[:at] + bytes([data[at] ^ 1 << random_.randrange(8)]) + data[at + 1 :]
        case 1:
            return b"".join(lines[:i] + lines[i + 1 :])
        case 2:
            return b"".join([*lines[:i], lines[j], *lines[i:]])
        case 3:
            lines[i], lines[j] = lines[j], lines[i]
            return b"".join(lines)
        case 4:
            return data[:at] + random_.randbytes(3) + data[at + 3 :]
        case _:
            return data[:at] + b"\0" * 16 + data[at + 16 :]


def test_the_fence_holds(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "a"
    inside.mkdir()
    outside.touch()
    with fenced(inside):
        with pytest.raises(OutsideError):
            no_replace.rename_no_replace(outside, inside / "a")
        with pytest.raises(OutsideError):
            outside.unlink()
        with pytest.raises(OutsideError):
            outside.with_name("folder").mkdir()
        (inside / "folder").mkdir()
    assert [path.name for path in inside.iterdir()] == ["folder"]
    assert outside.exists()


@pytest.mark.parametrize(
    ("seed", "times"),
    [*((seed, 20) for seed in range(5)), pytest.param(99, 1700, marks=pytest.mark.long)],
)
@pytest.mark.parametrize("crashed", [False, True], ids=["whole", "crashed"])
def test_a_damaged_journal_moves_nothing_to_names_of_its_own(
    books: Path, state: Path, crashed: bool, seed: int, times: int
) -> None:
    before = contents(books)
    path = run(books, state)
    after = contents(books)
    sound = path.read_bytes()
    if crashed:
        sound = sound[: sound.index(b'{"mark": 2')]
    known = {*before, *after}
    random_ = random.Random(seed)
    for _ in range(times):
        shutil.rmtree(state)
        state.mkdir()
        path.write_bytes(damaged(sound, random_))
        with fenced(books.parent), suppress(RenaiError):
            undo(state)
        found = contents(books)
        assert sorted(found.values()) == sorted(before.values())
        assert set(found) <= known
        assert all(listed.problem.isprintable() for listed in history(state))
        put_back(books, after)


def put_back(books: Path, names: dict[str, str]) -> None:
    """Give files the names that they have in `names`, by their content."""
    aside = books.with_name("aside")
    books.rename(aside)
    for name in names:
        (books / name).parent.mkdir(parents=True, exist_ok=True)
    where = {text: name for name, text in names.items()}
    for path in [path for path in aside.rglob("*") if path.is_file()]:
        path.rename(books / where[path.read_text()])
    shutil.rmtree(aside)


@pytest.mark.parametrize("times", [60, pytest.param(1700, marks=pytest.mark.long)])
def test_a_damaged_journal_of_before_checksums_loses_nothing(
    books: Path, state: Path, times: int
) -> None:
    before = contents(books)
    path = run(books, state)
    sound = without_checksums(path.read_bytes())
    random_ = random.Random(7)
    for _ in range(times):
        shutil.rmtree(state)
        state.mkdir()
        path.write_bytes(damaged(sound, random_))
        with suppress(RenaiError, OutsideError), fenced(books.parent):
            undo(state)
        found = [path.read_bytes() for path in books.parent.rglob("*") if path.is_file()]
        assert all(found.count(text.encode()) == 1 for text in before.values())
        history(state)


@pytest.mark.parametrize("number", range(1, 8))
def test_the_line_is_named(books: Path, state: Path, number: int) -> None:
    path = run(books, state)
    after = contents(books)
    lines = path.read_bytes().splitlines(keepends=True)
    line = lines[number - 1]
    lines[number - 1] = line[:5] + bytes([line[5] ^ 1]) + line[6:]
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match=f"0001.jsonl: line {number} is damaged"):
        undo(state)
    assert contents(books) == after
    assert [listed.state for listed in history(state)] == ["damaged"]


def test_a_name_that_was_changed_is_noticed_though_it_is_a_name(books: Path, state: Path) -> None:
    path = run(books, state)
    after = contents(books)
    path.write_bytes(path.read_bytes().replace(b"books/four", b"books/fouR"))
    with pytest.raises(JournalError, match="line 5 is damaged"):
        undo(state)
    assert contents(books) == after


def test_a_line_that_is_whole_but_does_not_end_was_damaged_and_not_torn(
    books: Path, state: Path
) -> None:
    path = run(books, state)
    data = path.read_bytes()
    plan = data[: data.index(b'{"mark": 0')]
    path.write_bytes(plan[:-1] + b"\x0b")
    assert recover(state) == []
    assert path.read_bytes() == plan[:-1] + b"\x0b"
    assert [listed.state for listed in history(state)] == ["damaged"]


def test_runs_of_before_checksums_are_undone_and_mended(books: Path, state: Path) -> None:
    before = contents(books)
    path = run(books, state)
    path.write_bytes(without_checksums(path.read_bytes()))
    assert all(file.done for file in undo(state).files)
    assert contents(books) == before
    path = run(books, state)
    data = without_checksums(path.read_bytes())
    path.write_bytes(data[: data.index(b'{"mark": 0')])
    assert [mended.finished for mended in recover(state)] == [4]
    assert path.read_bytes() == data  # the journal goes on in its own format
    undo(state)
    assert contents(books) == before


def test_paths_are_absolute_so_that_undo_works_from_anywhere(
    books: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(books)
    monkeypatch.chdir(books)
    path = run(Path(), state)
    moves = [move for line in path.open() for move in json.loads(line).get("moves", ())]
    assert {Path(name).parent for *names, _ in moves for name in names} >= {books}
    assert all(Path(name).is_absolute() for *names, _ in moves for name in names)
    monkeypatch.chdir("/")
    undo(state)
    assert contents(books) == before


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("b --cache-url redis://:s3cret@host:1/0", "b --cache-url redis://host:1/0"),
        ("--cache-url=redis://u:s3cret@host/0 b", "--cache-url=redis://host/0 b"),
        ("'postgresql://u:s3 c'\"'\"'ret@host/x?password=s3cret' b", "'postgresql://host/x' b"),
        ("postgresql://host/x?password=s3cret#s3cret b", "postgresql://host/x b"),
        ("redis://u:s3?cr@et@[::1 b", "redis://[::1 b"),
        ("'a book @ home' --yes", "'a book @ home' --yes"),
    ],
)
def test_passwords_are_neither_recorded_nor_shown(
    books: Path, state: Path, said: str, kept: str
) -> None:
    execute([job_to_rename(books / "one", books / "six")], state, words=said)
    path = state / "0001.jsonl"
    assert [listed.words for listed in history(state)] == [kept]
    assert b"s3" not in path.read_bytes()
    older = without_checksums(path.read_bytes())
    path.write_bytes(older.replace(json.dumps(kept).encode(), json.dumps(said).encode()))
    assert [listed.words for listed in history(state)] == [kept]
    undo(state)
    assert b"s3" not in (state / "0001u1.jsonl").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="no FIFOs")
@pytest.mark.parametrize("odd", ["fifo", "folder", "link", "dangling link"])
def test_what_is_no_file_among_journals_ends_in_one_line(
    books: Path, state: Path, odd: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = run(books, state)
    other = state / "0002.jsonl"
    match odd:
        case "fifo":
            os.mkfifo(other)
        case "folder":
            other.mkdir()
        case "link":
            other.symlink_to(path)
        case _:
            other.symlink_to("nowhere")
    assert recover(state) == []
    (line,) = caplog.messages
    assert "0002.jsonl" in line
    assert [listed.state for listed in history(state)] == ["done", "damaged"]
    assert undo(state, "1").files
    assert execute([job_to_rename(books / "one", books / "six")], state) == "0003"
