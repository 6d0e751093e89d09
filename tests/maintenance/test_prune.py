"""Prune: what is old, whose it is, and what is too much."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from renai.maintenance.open_stores import LAYERS, Shelf
from renai.maintenance.prune import choose, drop
from renai.metadata.metadata_cache import metadata_name
from renai.stores.files import FileStore
from renai.stores.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Texts of 100 bytes that were made, and last used, so many days ago."""
    store = FileStore(tmp_path)
    for number, days in enumerate((100, 10, 1)):
        name = f"text/{number:064x}_basic.txt"
        store.put_many({name: b"x" * 100})
        then = time.time() - days * DAY
        os.utime(tmp_path / name, (then, then))
    return Shelf("here", store, tuple(LAYERS))


def chosen(shelf: Shelf, **what: object) -> list[int]:
    return sorted(int(entry.subject, 16) for entry in choose([shelf], tuple(LAYERS), **what))


def test_by_age(shelf: Shelf) -> None:
    assert chosen(shelf, older_than=90 * DAY) == [0]
    assert chosen(shelf, older_than=5 * DAY) == [0, 1]
    assert chosen(shelf, older_than=900 * DAY) == []


def test_to_a_size_the_least_recently_used_go_first(shelf: Shelf) -> None:
    assert chosen(shelf, max_size=300) == []
    assert chosen(shelf, max_size=299) == [0]
    assert chosen(shelf, max_size=100) == [0, 1]
    assert chosen(shelf, max_size=0) == [0, 1, 2]


def test_by_both_what_is_old_makes_room_first(shelf: Shelf) -> None:
    assert chosen(shelf, older_than=90 * DAY, max_size=200) == [0]
    assert chosen(shelf, older_than=90 * DAY, max_size=150) == [0, 1]


def test_only_what_was_chosen_goes(shelf: Shelf) -> None:
    assert drop([shelf], choose([shelf], ("text",), older_than=5 * DAY)) == 2
    assert [stat.name[-11] for stat in shelf.store.scan()] == ["2"]


def test_by_whom_and_where() -> None:
    shelves = [Shelf(place, MemoryStore(), tuple(LAYERS)) for place in ("here", "there")]
    for shelf in shelves:
        for model in ("first", "second"):
            shelf.store.put_many({metadata_name("a" * 64, "custom", model): b"{}"})
    going = choose([shelves[1]], ("metadata",), older_than=-1)
    assert drop(shelves, going) == 2
    assert [len(list(shelf.store.scan())) for shelf in shelves] == [2, 0]
