"""A damaged file costs what was in it, once: never an error, never a wrong answer."""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

import pytest

from renai.stores.sqlite.expendable import ExpendableStore
from renai.stores.testing import StoreContract

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = {f"name-{number}": bytes([number]) * 64 for number in range(200)}
FLIPS = 150
HEADER = 100
SCHEMA = range(15_600, 16_384)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A healthy file."""
    path = tmp_path / "memo.sqlite"
    with ExpendableStore(path, tmp_path / "aside") as store:
        store.put_many(ITEMS)
    return path


def use(path: Path) -> dict[str, bytes]:
    """What a run does: read, and write what was missing."""
    with ExpendableStore(path, path.parent / "aside") as store:
        held = store.get_many(list(ITEMS))
        store.put_many({name: data for name, data in ITEMS.items() if name not in held})
        list(store.scan())
        return held


class TestExpendableStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ExpendableStore:
        return ExpendableStore(tmp_path / "memo.sqlite", tmp_path / "aside")


@pytest.mark.parametrize("junk", [b"", b"no database", bytes(5000), b"SQLite format 3\0" * 300])
def test_junk_is_set_aside(path: Path, caplog: pytest.LogCaptureFixture, junk: bytes) -> None:
    path.write_bytes(junk)
    assert use(path) == {}
    assert use(path) == ITEMS
    if junk:  # nothing at all is a new database
        assert (path.parent / "aside" / path.name).read_bytes() == junk
        assert [(x.levelno, x.args[0]) for x in caplog.records] == [(logging.WARNING, path.name)]


def test_wherever_a_bit_flips_two_runs_mend_it(path: Path) -> None:
    healthy, chance = path.read_bytes(), random.Random(1)
    for turn in range(FLIPS):
        damaged = bytearray(healthy)
        where = (range(HEADER), SCHEMA, range(len(healthy)))[turn % 3]
        damaged[chance.choice(where)] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        for _ in range(3):
            held = use(path)
        assert held.keys() == ITEMS.keys()


def test_damage_found_while_it_is_open(path: Path) -> None:
    with ExpendableStore(path, path.parent / "aside") as store:
        assert store.get_many(["name-1"])
        store.close()  # it opens again with the next call
        path.write_bytes(b"\xff" * 50_000)
        assert store.get_many(["name-1"]) == {}
        store.put_many(ITEMS)
        assert store.get_many(list(ITEMS)) == ITEMS


def test_a_cut_file_begins_anew(path: Path) -> None:
    healthy = path.read_bytes()
    for size in range(0, len(healthy), 7000):
        path.write_bytes(healthy[:size])
        use(path)
        use(path)
        assert use(path) == ITEMS
