"""Export and import: any store into one file, and out of it into any other; and who lies in it."""

from __future__ import annotations

import gzip
import io
import json
import math
import struct
import subprocess
import tarfile
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from renai import EmbeddingCache, Recipe
from renai.codecs.binary import seal
from renai.codecs.entry import Entry
from renai.codecs.sparse import SparseVector
from renai.codecs.vector import VectorCodec
from renai.embeddings.known_recipes import known_recipes
from renai.embeddings.lineage import lineage_of
from renai.embeddings.marks import CHANGED, changes_in, trust
from renai.embeddings.sparse import SparseEmbeddingCache
from renai.errors import ArchiveError, StoreError, UsageError
from renai.keys.digest import digest_bytes
from renai.keys.recipe import Recipe as AnyRecipe
from renai.maintenance import archive as archives
from renai.maintenance.archive import ArchiveWriter, Kept, read_archive
from renai.maintenance.open_stores import LAYERS, OpenStore
from renai.maintenance.transfer import check_archive, export_archive, import_archive
from renai.metadata.metadata_cache import MetadataCache, metadata_key
from renai.metadata.text_cache import open_text_cache, text_key
from renai.stores.memory import MemoryStore
from renai.stores.registry import open_store
from renai.stores.upkeep import backdate, stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from renai.maintenance.transfer import Exported, Imported
    from renai.stores.base import Store

FILE = digest_bytes(b"a document")
STORES = ["file://{}/files", "sqlite:///{}/all.sqlite", "redis", "postgres"]
LONG_AGO = 1_600_000_000.25


@pytest.fixture
def open_one(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[object]:
    """Opens an empty store by what stands in `STORES`."""
    opened = []

    def open_one(kind: str) -> Store:
        if "://" not in kind:
            server = request.getfixturevalue(f"{kind}_server")
            server.empty()
            kind = server.url
        opened.append(open_store(kind.format(tmp_path)))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.tar.gz"


def fill(store: Store) -> None:
    recipe = AnyRecipe("extract", 1, {})
    open_text_cache(store).record({text_key(FILE, recipe): Entry.made_by(recipe, "words")})
    recipe = AnyRecipe("metadata", 1, {"provider": "custom", "model": "m"})
    entry = Entry.made_by(recipe, {"title": "T"}, provider="custom", model="m")
    MetadataCache(store).record({metadata_key(FILE, recipe): entry})
    cache = EmbeddingCache(store, Recipe(model="m"))
    cache.trace(["a"], [FILE])
    cache.put(["a", "b"], np.ones((2, 8)))
    EmbeddingCache(store, Recipe(model="short"), ttl=36_000).put(["a"], np.ones((1, 4)))
    SparseEmbeddingCache(store, Recipe(model="m")).put(["a"], [SparseVector.of([7], [0.5])])
    backdate(store, dict.fromkeys(all_of(store), LONG_AGO))


def all_of(store: Store) -> dict[str, bytes]:
    return {name: data for batch in stream(store) for name, data in batch.items()}


def exported(store: Store, path: Path) -> Exported:
    return export_archive(path, [OpenStore("here", store, tuple(LAYERS))], tuple(LAYERS), int)


def imported(path: Path, store: Store) -> Imported:
    with path.open("rb") as archive:
        check_archive(archive, int)
        archive.seek(0)
        return import_archive(archive, [OpenStore("there", store, tuple(LAYERS))], int)


@pytest.mark.parametrize("into", STORES)
@pytest.mark.parametrize("out_of", STORES)
def test_from_any_store_into_any_other(open_one, path: Path, out_of: str, into: str) -> None:
    source = open_one(out_of)
    fill(source)
    before = all_of(source)
    written = exported(source, path)
    assert written.manifest.entries == {
        "text": 1,
        "metadata": 1,
        "recipe": 3,
        "lineage": 1,
        "embedding": 4,
    }
    if out_of == into:
        source.delete_many(list(before))
        assert all_of(source) == {}
    target = source if out_of == into else open_one(into)
    assert imported(path, target).outcomes == {"added": 10}
    assert all_of(target) == before
    assert {stat.stored_at for stat in target.scan()} == {LONG_AGO}
    _, vectors = lineage_of(target, FILE)
    assert len(vectors) == 1
    assert sorted(recipe.model for recipe in known_recipes(target).values()) == ["m", "m", "short"]
    assert imported(path, target).outcomes == {"same": 10}


def test_what_remains_of_a_time_to_live_is_kept(open_one, redis_server, path: Path, clock) -> None:
    import redis

    source = MemoryStore()
    fill(source)
    EmbeddingCache(source, Recipe(model="over"), ttl=60).put(["a"], np.ones((1, 4)))
    exported(source, path)
    clock.advance(61)
    again = path.with_name("again.tar.gz")
    assert exported(source, again).manifest.entries["embedding"] == 4, "the expired one is left out"
    target = open_one("redis")
    assert imported(path, target).outcomes == {"added": 11, "expired": 1}
    with redis.Redis.from_url(redis_server.url) as client:
        left = sorted(client.ttl(key) for key in client.scan_iter())
    assert left[:-1] == [-1] * 10
    assert 18_000 < left[-1] <= 36_000
    short = EmbeddingCache(target, Recipe(model="short"), ttl=36_000)
    assert short.get(["a"]).hits.all()


def test_the_later_one_wins_and_a_damaged_one_never_does(path: Path) -> None:
    source, target = MemoryStore(), MemoryStore()
    fill(source)
    exported(source, path)
    names = {name.partition("/")[0]: name for name in all_of(source)}
    target.put_many(all_of(source))
    recipe = AnyRecipe("extract", 2, {})
    open_text_cache(target).record({text_key(FILE, recipe): Entry.made_by(recipe, "newer")})
    recipe = AnyRecipe("metadata", 2, {"provider": "custom", "model": "m"})
    older = Entry.made_by(recipe, {"title": "Old"}, provider="custom", model="m")
    MetadataCache(target).record({metadata_key(FILE, recipe): older})
    backdate(target, {names["metadata"]: LONG_AGO - 1})
    target.put_many({names["lineage"]: b"damaged"})
    before = all_of(target)
    assert imported(path, target).outcomes == {"older": 1, "replaced": 2, "same": 7}
    after, whole = all_of(target), all_of(source)
    assert after[names["text"]] == before[names["text"]]
    assert after[names["metadata"]] == whole[names["metadata"]]
    assert after[names["lineage"]] == whole[names["lineage"]]
    assert imported(path, target).outcomes == {"older": 1, "same": 9}


@pytest.mark.parametrize("into", STORES)
def test_an_expiry_that_is_no_moment_stops_no_import(open_one, path: Path, into: str) -> None:
    """NaN has passed, and what no calendar reaches is never; neither lasts for ever by mistake."""
    source, (nan, late) = MemoryStore(), (f"embedding/{digit * 64}" for digit in "ab")
    frame = VectorCodec("float32").pack([nan], np.ones((1, 4), np.float32)).frames[0]
    for name, moment in ((nan, math.nan), (late, 1e300)):
        body = frame[:12] + struct.pack("<d", moment) + frame[20:-4]
        source.put_many({name: seal(name, body)})
    with path.open("wb") as stream_:
        writer = ArchiveWriter(stream_)
        for name, data in all_of(source).items():
            writer.add(Kept(name, data, LONG_AGO))
        writer.close()
    target = open_one(into)
    assert imported(path, target).outcomes == {"expired": 1, "added": 1}
    assert list(all_of(target)) == [late]


def test_tar_opens_it_as_a_cache_folder(path: Path, tmp_path: Path) -> None:
    source = MemoryStore()
    fill(source)
    exported(source, path)
    assert path.stat().st_mode & 0o777 == 0o600
    (tmp_path / "open").mkdir()
    subprocess.run(["tar", "xzf", path, "-C", tmp_path / "open"], check=True)
    manifest = json.loads((tmp_path / "open" / "manifest.json").read_text())
    assert manifest["entries"]["embedding"] == 4
    with closing(open_store(f"file://{tmp_path}/open")) as opened:
        held = all_of(opened)
    assert {name: held[name] for name in all_of(source)} == all_of(source)


def test_damaged_entries_are_left_out_and_named(path: Path) -> None:
    source = MemoryStore()
    fill(source)
    bad = f"text/{'0' * 64}_basic.txt"
    source.put_many({bad: b"no entry", "text/notes.txt": b"somebody else's"})
    written = exported(source, path)
    assert written.damaged == [bad]
    assert written.manifest.entries["text"] == 1


def test_nothing_is_written_over_and_nothing_is_left_of_a_failure(path: Path) -> None:
    class Failing(MemoryStore):
        def get_many(self, names):
            raise StoreError("it fails")

    failing = Failing()
    failing.put_many({f"text/{'0' * 64}_basic.txt": b"?"})
    with pytest.raises(StoreError):
        exported(failing, path)
    assert list(path.parent.iterdir()) == []
    path.write_bytes(b"a book")
    with pytest.raises(UsageError, match="exists"):
        exported(MemoryStore(), path)
    assert path.read_bytes() == b"a book"
    with pytest.raises(ArchiveError, match="Not a directory"):
        exported(MemoryStore(), path / "none" / "a.tar.gz")


# What others may hand us.


def refused(path: Path, match: str) -> None:
    target = MemoryStore()
    with pytest.raises(ArchiveError, match=match) as error:
        imported(path, target)
    assert str(path) in str(error.value)
    assert all_of(target) == {}


def test_cut_anywhere_it_is_refused_and_nothing_is_taken(path: Path) -> None:
    source = MemoryStore()
    fill(source)
    exported(source, path)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 97), *range(len(whole) - 60, len(whole))]:
        path.write_bytes(whole[:length])
        refused(path, "not a|ends early")


def test_any_flipped_bit_is_refused_or_changes_nothing(path: Path) -> None:
    source = MemoryStore()
    fill(source)
    exported(source, path)
    whole, entries = path.read_bytes(), all_of(source)
    for place in range(0, len(whole), 41):
        flipped = bytearray(whole)
        flipped[place] ^= 0x10
        path.write_bytes(flipped)
        target = MemoryStore()
        try:
            imported(path, target)
        except ArchiveError:
            assert all_of(target) == {}
        else:  # of what gzip says of itself, not all matters
            assert all_of(target) == entries


def archive_of(path: Path, *members: tarfile.TarInfo | tuple[str, bytes], end: bool = True) -> None:
    """Write what `ArchiveWriter` would not."""
    with path.open("wb") as stream, ArchiveWriter(stream) as writer:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                writer._tar.addfile(member, io.BytesIO(bytes(member.size)))
            else:
                writer.add(Kept(*member, time.time()))
        if end:
            writer.close()


NAME = f"text/{'a' * 64}_basic.txt"


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        f"text/../../{'a' * 64}",
        f"/etc/{'a' * 64}",
        f"text/{'a' * 64}/inner",
        f"text\\{'a' * 64}",
        f"quarantine/{'a' * 64}",
        "text/notes.txt",
        f"text/.{'a' * 64}",
        f"embedding/{'a' * 64}\n",
        "fingerprints.sqlite",
        "text",
    ],
)
def test_names_that_are_none_are_refused(path: Path, name: str) -> None:
    archive_of(path, (name, b"x"))
    refused(path, "no entry of a cache")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_what_is_no_file_is_refused(path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo(NAME)
    member.type, member.linkname = kind, "/etc/passwd"
    archive_of(path, member)
    refused(path, "no entry of a cache")


def test_too_large_an_entry_is_refused_before_it_is_read(path: Path, monkeypatch) -> None:
    archive_of(path, (NAME, bytes(2000)))
    monkeypatch.setattr(archives, "LARGEST_ENTRY", 1999)
    refused(path, "larger than any entry")


def test_a_bomb_is_refused(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(archives, "_MOST_FROM_NOTHING", 1 << 20)
    archive_of(path, (NAME, bytes(8 << 20)))
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    assert path.stat().st_size < 1 << 14
    refused(path, "much more would come out")


def test_a_header_of_any_size_is_not_read(path: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 1 << 40
    with gzip.open(path, "wb") as stream:
        stream.write(header.tobuf() + bytes(1 << 20))
    refused(path, "not a whole archive")


def test_headers_within_headers_end(path: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type = tarfile.XHDTYPE
    with gzip.open(path, "wb") as stream:
        stream.write(header.tobuf() * 5000)
    refused(path, "not a whole archive")


@pytest.mark.parametrize("number", [3, 99], ids=["the next format", "a later one"])
def test_a_newer_format_says_so(path: Path, monkeypatch, number: int) -> None:
    monkeypatch.setattr(archives, "FORMAT", number)
    with path.open("wb") as stream:
        writer = ArchiveWriter(stream, has_recipes=True)
        writer.add(Kept(NAME, b"x", LONG_AGO))
        writer.close()
    monkeypatch.undo()
    refused(path, "newer renai")


def test_older_versions_read_what_holds_no_recipe_and_are_told_of_the_rest(path: Path) -> None:
    def number_in(path: Path) -> int:
        with tarfile.open(path) as tar:
            return int(json.load(tar.extractfile("archive.json"))["format"])

    source = MemoryStore()
    fill(source)
    exported(source, path)
    assert number_in(path) == 2
    again = path.with_name("texts.tar.gz")
    export_archive(again, [OpenStore("here", source, tuple(LAYERS))], ("text", "metadata"), int)
    assert number_in(again) == 1
    assert imported(again, MemoryStore()).outcomes == {"added": 2}
    source.delete_many([name for name in all_of(source) if name.startswith("recipe/")])
    without = path.with_name("without.tar.gz")
    exported(source, without)
    assert number_in(without) == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.7", b"\x1f\x8b", gzip.compress(b"no tar", mtime=0)],
    ids=["empty", "a PDF", "half a header", "no tar inside"],
)
def test_other_files_are_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    refused(path, "not a whole archive|ends early")


def test_an_archive_of_somebody_elses_is_refused(path: Path) -> None:
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("readme.txt"))
    refused(path, "no entry of a cache|not an archive")


def test_without_a_manifest_it_is_not_whole(path: Path) -> None:
    archive_of(path, (NAME, b"x"), end=False)
    with path.open("ab") as stream:
        stream.write(gzip.compress(bytes(1024)))
    refused(path, "ends early|not a whole")


def test_nothing_may_follow_the_manifest(path: Path) -> None:
    archive_of(path, (NAME, b"x"))
    with path.open("ab") as stream:
        stream.write(gzip.compress(bytes(512) + b"more"))
    refused(path, "follows its manifest")


def test_an_entry_of_an_unknown_format_is_not_taken(path: Path) -> None:
    source, target = MemoryStore(), MemoryStore()
    fill(source)
    (text,) = (data for name, data in all_of(source).items() if name.startswith("text/"))
    unknown = text.replace(b"renai-text/1", b"renai-text/9")
    archive_of(path, (NAME, unknown), (NAME, b""), (NAME, b""))
    result = imported(path, target)
    assert result.outcomes == {"damaged": 3}
    assert set(result.damaged) == {NAME}
    assert all_of(target) == {}


def test_a_date_in_the_future_or_none_at_all_buys_nothing(path: Path) -> None:
    source, target = MemoryStore(), MemoryStore()
    fill(source)
    backdate(source, dict.fromkeys(all_of(source), time.time() + 1e9))
    exported(source, path)
    imported(path, target)
    assert max(stat.stored_at for stat in target.scan()) <= time.time()
    backdate(source, dict.fromkeys(all_of(source), float("inf")))
    path.unlink()
    exported(source, path)
    target = MemoryStore()
    imported(path, target)
    assert {stat.stored_at for stat in target.scan()} == {0.0}


def test_it_is_read_and_written_an_entry_at_a_time(path: Path) -> None:
    import tracemalloc

    def peak(count: int) -> int:
        path.unlink(missing_ok=True)
        tracemalloc.start()
        with path.open("wb") as stream:
            writer = ArchiveWriter(stream)
            for index in range(count):
                writer.add(Kept(f"embedding/{index:064x}", bytes(400), 1.5))
            writer.close()
        with path.open("rb") as stream:
            assert sum(1 for _ in read_archive(stream)) == count + 1
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    # Whoever kept the entries, or only their headers, would need more than 700,000 bytes.
    assert peak(2000) < peak(200) + 300_000


def test_a_stopped_recipe_is_stopped_wherever_it_is_imported(path: Path) -> None:
    source, target = MemoryStore(), MemoryStore()
    with EmbeddingCache(source, Recipe(model="m"), ledger=False, canary=1.0) as cache:
        cache.embed(["a"], lambda texts: np.eye(4)[:1])
        cache.embed(["a"], lambda texts: np.eye(4)[1:2])
        source.put_many({f"{CHANGED}{'0' * 64}": b"damaged"})
    written = exported(source, path)
    assert written.manifest.entries == {"changed": 1, "recipe": 1, "embedding": 1}
    assert written.damaged == [f"{CHANGED}{'0' * 64}"]
    imported(path, target)
    assert changes_in(target) == [change for change in changes_in(source) if change.keys]
    with EmbeddingCache(target, Recipe(model="m"), ledger=False) as cache:
        assert not cache.get(["a"]).hits.any()
        trust(target, *changes_in(target))
    with EmbeddingCache(target, Recipe(model="m"), ledger=False) as cache:
        assert cache.get(["a"]).hits.all()
