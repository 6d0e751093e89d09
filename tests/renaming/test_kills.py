"""Runs killed at each call that changes the disk: apply, recovery and undo, and all three in a row.

A life is a library, and three deaths in it: one while files are renamed, one while that is mended,
one while it is taken back. Whatever the disk holds after each, no content may be lost or doubled,
and at the end every file must have its old name again. A life that fails can be lived again: it
follows from its seed.
"""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from contextlib import suppress
from functools import partial
from itertools import count, product, takewhile
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytest

from fence import fenced
from forks import exit_code, fork
from jobs import job_to_rename
from renai.renaming import no_replace
from renai.renaming.execute import execute
from renai.renaming.recovery import recover
from renai.renaming.undo import undo
from surroundings import unharmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from renai.file_job import FileJob

CHANGING = ("write", "fsync", "ftruncate", "link", "unlink", "mkdir", "rmdir")
"""The calls of `os` that change the disk; opening a file that is made, and renaming, go besides."""

RENAMES = (
    *(("a", "b", "."), ("b", "c", "."), ("c", "a", ".")),  # a circle
    *(("d", "e", "."), ("e", "f", "Science/New")),  # a chain, and folders that are made
    *(("g", "wanted", "."), ("h", "wanted", "."), ("i", "taken", ".")),
    *(("j", "J", "."), ("k", "linked", "."), ("l", "other link", ".")),
)
"""Old name, new name and its folder."""

FOREIGN = {"taken.pdf": "document of another", "taken (2).jpg": "cover of another"}


class Death(NamedTuple):
    """When a process dies.

    Attributes:
        call: at which of its calls that change the disk.
        how: before it, after it, or in the midst of what it writes.
    """

    call: int
    how: Literal["before", "after", "torn"]


def fill(books: Path) -> None:
    books.mkdir(parents=True)
    for old, _, _ in RENAMES:
        (books / f"{old}.pdf").write_text(f"document {old}")
        (books / f"{old}.jpg").write_text(f"cover {old}")
    (books / "l.jpg").unlink()  # two names of one file
    (books / "l.jpg").hardlink_to(books / "k.jpg")
    for name, text in FOREIGN.items():
        (books / name).write_text(text)


def plan(books: Path) -> list[FileJob]:
    return [
        job_to_rename(
            books / f"{old}.pdf",
            books / folder / f"{new}.pdf",
            (books / f"{old}.jpg", books / folder / f"{new}.jpg"),
        )
        for old, new, folder in RENAMES
    ]


def files(books: Path) -> dict[int, str]:
    """Return the contents of all files by inode, for in the midst of a rename one has two names."""
    found = (path for path in books.rglob("*") if path.is_file())
    return {path.stat().st_ino: path.read_text() for path in found}


def names(books: Path) -> dict[str, str]:
    found = (path for path in books.rglob("*") if path.is_file())
    return {str(path.relative_to(books)): path.read_text() for path in found}


def patch(on_call: Callable[[Callable[..., Any], tuple[Any, ...]], Any], *, links: bool) -> None:
    """Have each call that changes the disk pass through a function, in this process for good.

    Args:
        on_call: is given the call and its arguments, and does it.
        links: whether the disk offers no other way to rename than a second link.
    """
    for name in CHANGING:
        real = getattr(os, name)
        through = lambda *arguments, real=real, **named: on_call(  # noqa: E731
            partial(real, **named), arguments
        )
        setattr(os, name, through)
    opens = os.open

    def opening(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        call = partial(opens, **named)
        arguments = (path, flags, *rest)
        return on_call(call, arguments) if flags & os.O_CREAT else call(*arguments)

    os.open = opening
    renames = no_replace._rename_exclusively()

    def renaming(source: Path, target: Path) -> None:
        if links:
            raise OSError(22, "not offered")
        on_call(renames, (source, target))

    no_replace._rename_exclusively = lambda: renaming  # type: ignore[assignment]


def do(job: Callable[[], object], folder: Path, death: Death, *, links: bool) -> bool:
    """Do a job in a process of its own, which may die; return whether it died.

    Whatever the journal says, the process cannot change anything outside of a folder.
    """
    calls = count()

    def on_call(call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if next(calls) != death.call:
            return call(*arguments)
        if death.how == "after":
            call(*arguments)
        elif death.how == "torn" and isinstance(arguments[-1], bytes):
            call(*arguments[:-1], arguments[-1][: len(arguments[-1]) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def work() -> bool:
        with fenced(folder):
            patch(on_call, links=links)
            with suppress(Exception):
                job()
        return True

    code = exit_code(fork(work))
    assert code in (0, -signal.SIGKILL)
    return code != 0


def lose_what_was_not_flushed(state: Path, chance: random.Random) -> None:
    """Cut marks off the end of journals, as a power failure may; a part of one may stay."""
    for path in state.glob("*.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        marks = len(list(takewhile(lambda line: line.startswith(b'{"mark"'), reversed(lines))))
        if marks and chance.random() < 0.5:
            lost = chance.randint(1, marks)
            torn = lines[-lost][: chance.randrange(len(lines[-lost]))]
            path.write_bytes(b"".join(lines[:-lost]) + torn)


def live(folder: Path, seed: int, first: Death, *, links: bool) -> int:
    """Live one life; return how many deaths there were in it."""
    chance = random.Random(seed)
    books, state = folder / "shelf" / "books", folder / "home" / "state"
    fill(books)
    before, held = names(books), files(books)
    deaths = 0

    def die(job: Callable[[], object], death: Death) -> bool:
        nonlocal deaths
        died = do(job, folder, death, links=links)
        deaths += died
        lose_what_was_not_flushed(state, chance)
        assert files(books) == held
        return died

    def any_death() -> Death:
        return Death(chance.randrange(40), chance.choice(["before", "after", "torn"]))

    with unharmed(folder, books, state):
        jobs = plan(books)
        die(lambda: execute(jobs, state), first)
        die(lambda: recover(state), any_death())
        with fenced(folder):
            recover(state)
        assert recover(state) == []
        assert Counter(names(books).values()) == Counter(before.values())
        assert not any(".renaming" in name for name in names(books))
        assert_groups_are_whole(books)
        while die(lambda: undo(state), any_death()):
            die(lambda: recover(state), any_death())
        with fenced(folder):
            while undo(state).files:
                pass
        assert names(books) == before
        assert not (books / "Science").exists()
    return deaths


def assert_groups_are_whole(books: Path) -> None:
    found = names(books)
    for name, text in found.items():
        if text.startswith("document ") and text not in FOREIGN.values():
            cover = found[name.removesuffix(".pdf") + ".jpg"]
            assert cover.removeprefix("cover ") in (text.removeprefix("document "), "k")


def calls_of(folder: Path, *, links: bool) -> int:
    """Return how many calls that change the disk a run makes."""
    books, state = folder / "books", folder / "state"
    fill(books)
    counted = folder / "counted"
    calls = count(1)

    def work() -> bool:
        last = 0

        def on_call(call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
            nonlocal last
            last = next(calls)
            return call(*arguments)

        jobs = plan(books)
        patch(on_call, links=links)
        execute(jobs, state)
        total = last
        counted.write_text(str(total))
        return True

    assert exit_code(fork(work)) == 0
    return int(counted.read_text())


def lives(folder: Path) -> Iterator[tuple[int, Death, bool]]:
    """Yield a life for each call of a run on each kind of disk, and each way to die at it."""
    seeds = count()
    for links in (False, True):
        place = folder / f"counting{links}"
        total = calls_of(place, links=links)
        for call, how in product(range(total), ("before", "after", "torn")):
            yield next(seeds), Death(call, how), links


@pytest.mark.parametrize(
    ("first", "share"),
    [(0, 100), *(pytest.param(first, 8, marks=pytest.mark.long) for first in range(8))],
)
def test_killed_at_each_call_that_changes_the_disk(tmp_path: Path, first: int, share: int) -> None:
    """One life of so many, from the first on; there are some hundred, with three deaths each."""
    deaths = 0
    for seed, death, links in lives(tmp_path):
        if seed % share == first:
            folder = tmp_path / str(seed)
            folder.mkdir()
            try:
                deaths += live(folder, seed, death, links=links)
            except BaseException as error:
                error.add_note(f"in life {seed}: {death}, {links=}")
                raise
    assert deaths >= 500 // share


def test_what_is_patched_is_what_a_run_calls(tmp_path: Path) -> None:
    """Else the lives above would be quiet ones."""
    ways = {death.call for _, death, links in lives(tmp_path) if not links}
    assert len(ways) > len(RENAMES) * 3
