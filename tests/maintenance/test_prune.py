"""Prune: what is old, whose it is, and what is too much."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from renai.maintenance.open_stores import LAYERS, OpenStore
from renai.maintenance.prune import choose, drop
from renai.metadata.metadata_cache import metadata_name
from renai.stores.files import FileStore
from renai.stores.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400.0


@pytest.fixture
def opened(tmp_path: Path) -> OpenStore:
    """Texts of 100 bytes that were made, and last used, so many days ago."""
    store = FileStore(tmp_path)
    for number, days in enumerate((100, 10, 1)):
        name = f"text/{number:064x}_basic.txt"
        store.put_many({name: b"x" * 100})
        then = time.time() - days * DAY
        os.utime(tmp_path / name, (then, then))
    return OpenStore("here", store, tuple(LAYERS))


def chosen(opened: OpenStore, **what: object) -> list[int]:
    return sorted(int(entry.subject, 16) for entry in choose([opened], tuple(LAYERS), **what))


def test_by_age(opened: OpenStore) -> None:
    assert chosen(opened, older_than=90 * DAY) == [0]
    assert chosen(opened, older_than=5 * DAY) == [0, 1]
    assert chosen(opened, older_than=900 * DAY) == []


def test_to_a_size_the_least_recently_used_go_first(opened: OpenStore) -> None:
    assert chosen(opened, max_size=300) == []
    assert chosen(opened, max_size=299) == [0]
    assert chosen(opened, max_size=100) == [0, 1]
    assert chosen(opened, max_size=0) == [0, 1, 2]


def test_by_both_what_is_old_makes_room_first(opened: OpenStore) -> None:
    assert chosen(opened, older_than=90 * DAY, max_size=200) == [0]
    assert chosen(opened, older_than=90 * DAY, max_size=150) == [0, 1]


def test_only_what_was_chosen_goes(opened: OpenStore) -> None:
    assert drop([opened], choose([opened], ("text",), older_than=5 * DAY)) == 2
    assert [stat.name[-11] for stat in opened.store.scan()] == ["2"]


def test_by_whom_and_where() -> None:
    stores = [OpenStore(place, MemoryStore(), tuple(LAYERS)) for place in ("here", "there")]
    for opened in stores:
        for model in ("first", "second"):
            opened.store.put_many({metadata_name("a" * 64, "custom", model): b"{}"})
    going = choose([stores[1]], ("metadata",), older_than=-1)
    assert drop(stores, going) == 2
    assert [len(list(opened.store.scan())) for opened in stores] == [2, 0]
