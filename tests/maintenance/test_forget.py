"""Forget: no byte of a document's text stays in any store, nor in what databases keep unseen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.codecs.entry import Entry
from renai.configuration import load_settings
from renai.documents.fingerprint import FingerprintMemo
from renai.errors import StoreError
from renai.keys.digest import digest_bytes
from renai.keys.recipe import Recipe as AnyRecipe
from renai.locations import corrections_folder
from renai.maintenance.forget import forget, forget_documents
from renai.maintenance.open_stores import LAYERS, OpenStore
from renai.metadata.corrections import Corrections
from renai.metadata.metadata_cache import MetadataCache, metadata_key
from renai.metadata.text_cache import open_text_cache, text_key
from renai.providers.schema import Metadata
from renai.stores.files import FileStore
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from renai.stores.base import Store
    from servers import PostgresServer, RedisServer

    Ask = Callable[..., Awaitable[None]]

MARKER = "wq7Zr-k4Xv9"  # short and unlike anything, for Redis compresses what repeats
SECRET = digest_bytes(b"the secret document")
OTHER = digest_bytes(b"another document")
EMBEDDING = Recipe(model="m")


def found_in(folder: Path, marker: str = MARKER) -> list[str]:
    """The files that hold the marker anywhere in their bytes."""
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and marker.encode() in path.read_bytes()
    ]


def fill(store: Store, file_hash: str, marker: str = MARKER) -> None:
    """Texts, metadata of two models, earlier versions of both, quarantine, vectors."""
    name = text_key(file_hash, AnyRecipe("extract", 1, {})).name
    for limit in (1, 2):  # the second overwrites the first
        recipe = AnyRecipe("extract", 1, {"limit": limit})
        text = f"{marker} and {'more ' * limit * 20}"
        open_text_cache(store).record({text_key(file_hash, recipe): Entry.made_by(recipe, text)})
    for model in ("first", "second"):
        recipe = AnyRecipe("metadata", 1, {"provider": "custom", "model": model})
        entry = Entry.made_by(recipe, {"title": marker}, provider="custom", model=model)
        MetadataCache(store).record({metadata_key(file_hash, recipe): entry})
    store.put_many({f"quarantine/{name.replace('/', '_')}": marker.encode()})
    cache = EmbeddingCache(store, EMBEDDING)
    cache.trace([f"chunk of {file_hash}"], [file_hash])
    cache.put([f"chunk of {file_hash}"], np.ones((1, 8)))


def forget_in(store: Store) -> int:
    opened = OpenStore("here", store, tuple(LAYERS))
    forgotten = forget([opened], FingerprintMemo(None), [SECRET])
    assert forgotten.vectors == 1
    return forgotten.entries


def assert_only_the_other_is_left(store: Store) -> None:
    names = [stat.name for stat in store.scan()]
    assert not [name for name in names if SECRET in name]
    assert len([name for name in names if OTHER in name]) == 5
    cache = EmbeddingCache(store, EMBEDDING)
    assert cache.get([f"chunk of {SECRET}", f"chunk of {OTHER}"]).hits.tolist() == [False, True]


def test_from_files(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    fill(store, SECRET)
    fill(store, OTHER, "other")
    (tmp_path / "text" / ".renai-tmp-abandon1").write_text(MARKER)
    (tmp_path / "text" / ".renai-of_older").write_text(f"renai-text/1 {MARKER}")
    (tmp_path / "ocr_debug").mkdir()
    (tmp_path / "ocr_debug" / f"{SECRET}_page1.json").write_text(MARKER)
    assert found_in(tmp_path)
    assert forget_in(store) == 5
    assert found_in(tmp_path) == []
    assert found_in(tmp_path, "other")
    assert_only_the_other_is_left(store)


@pytest.mark.parametrize("max_bytes", [None, 1 << 20])
def test_from_the_pages_and_the_log_of_sqlite(tmp_path: Path, max_bytes: int | None) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/all.sqlite", max_bytes=max_bytes)) as store:
        fill(store, OTHER, "other")
        # As in most builds of SQLite; Debian's writes over what is dropped.
        store._file._connection.execute("PRAGMA secure_delete = OFF")  # type: ignore[attr-defined]
        fill(store, SECRET)
        assert found_in(tmp_path)
        forget_in(store)
        assert found_in(tmp_path) == []
        names = [stat.name for stat in store.scan()]
        assert not [name for name in names if SECRET in name]
        assert len(store.get_many(names)) == len(names) > 0
        assert {stat.size for stat in store.scan("text/")} == {
            len(data) for data in store.get_many([s.name for s in store.scan("text/")]).values()
        }


def test_sqlite_says_when_a_reader_keeps_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    monkeypatch.setattr("renai.stores.sqlite.file._LOCK_TIMEOUT", 0.1)
    with closing(open_store(f"sqlite:///{tmp_path}/all.sqlite")) as store:
        fill(store, SECRET)
        reader = sqlite3.connect(tmp_path / "all.sqlite", isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entries").fetchone()
        opened = OpenStore("here", store, tuple(LAYERS))
        with pytest.raises(StoreError, match="in use"):
            forget([opened], FingerprintMemo(None), [SECRET])
        reader.close()
        assert forget([opened], FingerprintMemo(None), [SECRET]).entries == 0
    assert found_in(tmp_path) == []


def test_from_the_dump_and_the_log_of_redis(redis_server: RedisServer) -> None:
    import redis

    redis_server.empty()
    client = redis.Redis.from_url(redis_server.url)
    with closing(open_store(redis_server.url)) as store:
        fill(store, SECRET)
        fill(store, OTHER, "other")
        client.save()
        dump, log = (redis_server.folder / name for name in ("dump.rdb", "appendonlydir"))
        assert MARKER.encode() in dump.read_bytes()
        assert found_in(log)
        assert forget_in(store) == 4
        assert found_in(redis_server.folder) == []
        client.save()
        assert found_in(redis_server.folder) == []
        assert_only_the_other_is_left(store)


def test_from_the_tables_of_postgresql(postgres_server: PostgresServer) -> None:
    import psycopg

    postgres_server.empty()
    with closing(open_store(postgres_server.url)) as store:
        fill(store, SECRET)
        fill(store, OTHER, "other")
        tables = postgres_server.folder / "data" / "base"
        with psycopg.connect(postgres_server.url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            assert found_in(tables)
            opened = OpenStore("here", store, tuple(LAYERS))
            forgotten = forget([opened], FingerprintMemo(None), [SECRET])
            assert "write-ahead log" in forgotten.remains[0]
            connection.execute("CHECKPOINT")
        assert found_in(tables) == []
        assert_only_the_other_is_left(store)


async def test_from_all_that_a_run_leaves(tmp_path: Path, ask: Ask, home: Path) -> None:
    paths = [tmp_path / name for name in ("a.txt", "a copy.txt", "b.txt")]
    for path in paths:
        path.write_text(
            f"{'Other words' if path.name == 'b.txt' else f'{MARKER} at Sea'}\nby Ada Quill\n1999"
        )
        os.utime(path, (time.time() - 60,) * 2)
    await ask("custom", "first", *paths)
    await ask("offline", "heuristics-1", *paths)
    cache = home / "RENAI_CACHE_DIR"
    file_hash = digest_bytes(paths[0].read_bytes())
    assert len(found_in(cache)) == 3
    forgotten = forget_documents(load_settings(), [file_hash])
    assert (forgotten.entries, forgotten.fingerprints) == (3, 2)
    assert found_in(cache) == []
    raw = bytes.fromhex(file_hash)
    assert not [p for p in cache.rglob("*") if p.is_file() and raw in p.read_bytes()]
    assert len(found_in(cache, "Other words")) == 3


def test_from_corrections_which_hold_words_of_the_document(home: Path) -> None:
    corrections = Corrections(corrections_folder())
    said = Metadata(title="T", evidence={"title": MARKER})
    for file_hash in (SECRET, OTHER):
        corrections.record(file_hash, said, "a.pdf")
    assert len(found_in(home)) == 2
    assert forget_documents(load_settings(), [SECRET]).corrections == [SECRET]
    assert list(corrections.recall([SECRET, OTHER])) == [OTHER]
    assert len(found_in(home)) == 1


def test_a_vector_of_two_files_goes_with_the_first(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    cache = EmbeddingCache(store, EMBEDDING)
    for source in (SECRET, OTHER):
        cache.trace(["the same words"], [source])
        cache.embed(["the same words"], lambda texts: np.ones((len(texts), 4)))
    forget_in(store)
    assert not cache.get(["the same words"]).hits.any()


KILLED = """
import os, sys
from pathlib import Path
from renai.documents.fingerprint import FingerprintMemo
from renai.maintenance.forget import forget, forget_documents
from renai.maintenance.open_stores import LAYERS, OpenStore
from renai.stores.files import FileStore

class Dying(FileStore):
    def delete_many(self, names):
        for name in names:
            if not life[0]:
                os.kill(os.getpid(), 9)
            life[0] -= 1
            super().delete_many([name])
        return len(names)

life = [int(sys.argv[2])]
opened = OpenStore("here", Dying(Path(sys.argv[1])), tuple(LAYERS))
forget([opened], FingerprintMemo(None), [sys.argv[3]])
"""


@pytest.mark.parametrize("steps", [0, 1, 3, 5])
def test_after_a_crash_it_is_run_again(tmp_path: Path, steps: int) -> None:
    store = FileStore(tmp_path)
    fill(store, SECRET)
    fill(store, OTHER, "other")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(steps), SECRET], check=False
    )
    assert killed.returncode == -9
    forget([OpenStore("here", store, tuple(LAYERS))], FingerprintMemo(None), [SECRET])
    assert found_in(tmp_path) == []
    assert_only_the_other_is_left(store)


def test_a_damaged_memo_is_no_hiding_place(home: Path) -> None:
    cache = home / "RENAI_CACHE_DIR"
    cache.mkdir()
    (cache / "fingerprints.sqlite").write_bytes(b"damaged " + bytes.fromhex(SECRET) * 100)
    forget_documents(load_settings(), [SECRET])
    raw = re.compile(re.escape(bytes.fromhex(SECRET)))
    assert not [p for p in cache.rglob("*") if p.is_file() and raw.search(p.read_bytes())]


def test_a_damaged_store_keeps_nothing_else_from_being_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "cache"
    store = FileStore(folder)
    fill(store, SECRET)
    fill(store, OTHER, "other")
    (folder / "vectors.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match=r"vectors\.sqlite"):
        forget_documents(load_settings(cache_dir=folder), [SECRET])
    assert found_in(folder) == []
    assert_only_the_other_is_left(store)
