"""Entries damaged by chance: no command fails over them, and no file gets a wrong answer.

Texts and metadata, in files and in SQLite; what is done to them is in `damages.py`.
"""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from books import make_books
from damages import damaged
from program import Program
from renai.codecs.json import JsonCodec
from renai.codecs.text import TextCodec
from renai.metadata.entry_names import is_ours
from renai.stores.registry import open_store
from renai.stores.upkeep import stream
from surroundings import SECRET, unharmed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from endpoint import Endpoint

COMMANDS = (
    ("list",),
    ("stats",),
    ("verify",),
    ("explain", "{book}", "--fallback-mode", "none"),
    ("prune", "--older-than", "1000d", "--yes"),
    ("export", "{new}"),
)
DATES = (-1.0, 0.0, 1e18, 2.0**40, 253_402_300_800.0)
"""Seconds since the epoch that no clock shows, as far as files can have them."""

ODD = ("inf", "-inf", "nan", "'yesterday'", "x'ff'", "-1e300", "9e999", "null")
"""What an SQLite file may hold instead of a date."""

NAMES = (b"\xff\xfe.txt", b"\x1b[2J_basic.txt", b"new\nline.json", b"a" * 200, b"~", b"-rf")


@pytest.mark.parametrize("kind", ["files", "sqlite"])
@pytest.mark.parametrize(
    ("seed", "count", "rounds"), [(1, 4, 2), pytest.param(2, 25, 4, marks=pytest.mark.long)]
)
def test_no_damage_gives_a_wrong_answer_or_stops_a_command(
    tmp_path: Path, endpoint: Endpoint, kind: str, seed: int, count: int, rounds: int
) -> None:
    chance = random.Random(seed)
    home, library = tmp_path / "home", tmp_path / "shelf" / "library"
    home.mkdir()
    books = make_books(library, count)
    renai = Program(home, endpoint.url)
    url = f"file://{renai.cache}" if kind == "files" else f"sqlite:///{home}/all.sqlite"
    if kind == "sqlite":
        renai.environment["RENAI_CACHE_URL"] = url
    look = (library, "--dry-run", "--json", "--fallback-mode", "none")

    with unharmed(tmp_path, home, library):
        known = answers(renai(*look))
        for turn in range(rounds):
            sound = entries(url)
            assert len(sound) == 2 * count
            done = hurt(url, sound, chance)
            if kind == "files":
                hurt_files(renai.cache, chance, tmp_path / "shelf" / "secret.txt")
            else:
                hurt_rows(home / "all.sqlite", chance)
            for words in COMMANDS:
                given = {"book": str(chance.choice(books)), "new": str(home / f"{turn}.tar.gz")}
                shown = renai("cache", *(word.format(**given) for word in words))
                assert shown.code in (0, 1), (words, shown.err, done)
                assert_harmless(shown.out + shown.err)
            again = renai(*look)
            assert answers(again) == known, done
            assert_harmless(again.err)
            assert sorted(entries(url)) == sorted(sound)
            for name, data in entries(url).items():
                codec: Any = TextCodec() if name.startswith("text/") else JsonCodec()
                codec.decode(name, data)
            settled = renai(*look)
            assert answers(settled) == known
            assert settled.json["summary"]["misses"] == 0
            assert "Damaged cache entry" not in settled.err
        hurt(url, entries(url), chance)
        for book in books[:4]:
            assert renai("cache", "forget", book, "--yes").code == 0
        assert renai("cache", "--yes").code == 0


def answers(run: Any) -> dict[str, Any]:
    assert run.code == 0, run.err
    return {file["path"]: (file["metadata"], file["new_path"]) for file in run.json["files"]}


def entries(url: str) -> dict[str, bytes]:
    """Return the entries that have renai's names, of both layers."""
    with closing(open_store(url)) as store:
        found = {name: data for batch in stream(store) for name, data in batch.items()}
    ours = ("text/", "metadata/")
    return {name: data for name, data in found.items() if is_ours(name) and name.startswith(ours)}


def hurt(url: str, sound: Mapping[str, bytes], chance: random.Random) -> dict[str, str]:
    """Damage all entries; return what was done to each."""
    done = {name: damaged(name, data, sound, chance) for name, data in sound.items()}
    with closing(open_store(url)) as store:
        store.put_many({name: data for name, (_, data) in done.items()})
    return {name: how for name, (how, _) in done.items()}


def hurt_files(cache: Path, chance: random.Random, secret: Path) -> None:
    """Give files impossible dates, sizes and kinds, and put others beside them."""
    found = [path for layer in ("text", "metadata") for path in (cache / layer).glob("[!.]*")]
    # Without those of a turn before: to write to one that became a pipe would wait for a reader.
    files = [it for it in sorted(found) if it.is_file() and os.fsencode(it.name) not in NAMES]
    chance.shuffle(files)
    for path in files:
        with suppress(OverflowError):
            os.utime(path, (chance.choice(DATES), chance.choice(DATES)))
    sparse, fifo, link, *_ = files
    with sparse.open("ab") as stream_:
        stream_.truncate(1 << chance.choice([34, 40, 43]))  # no byte of it is on the disk
    for path in (fifo, link):
        path.unlink()
    os.mkfifo(fifo)
    link.symlink_to(secret)
    for name in NAMES:
        layer = os.fsencode(cache / chance.choice(["text", "metadata", "quarantine"]))
        Path(os.fsdecode(layer)).mkdir(exist_ok=True)
        Path(os.fsdecode(layer + b"/" + name)).write_text(SECRET)


def hurt_rows(path: Path, chance: random.Random) -> None:
    """Give rows dates, values and names of other types than they have."""
    with closing(sqlite3.connect(path)) as database, database:
        for (row,) in database.execute("SELECT rowid FROM entries").fetchall():
            odd = chance.choice(ODD)
            column = chance.choice(["stored_at", "expires_at"])
            try:
                database.execute(f"UPDATE entries SET {column} = {odd} WHERE rowid = ?", (row,))
            except sqlite3.Error:  # the table itself keeps that out
                continue


def assert_harmless(shown: str) -> None:
    assert SECRET not in shown
    assert all(char.isprintable() or char == "\n" for char in shown)
