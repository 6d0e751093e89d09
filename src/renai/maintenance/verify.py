"""Check every entry of a cache as a look-up would.

There are many vectors, so they are checked in batches, in the order in which they lie on the disk,
and those of a large SQLite file by all processors.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from renai.cache.cache import MOST_BYTES, UNREADABLE
from renai.cache.quarantine import set_aside, set_aside_unread
from renai.codecs.json import JsonCodec
from renai.embeddings.known_recipes import RECIPES, read_recipe
from renai.embeddings.lineage import LINEAGE, read_lineage
from renai.embeddings.marks import CHANGED, read_change
from renai.maintenance.archive import LARGEST_ENTRY
from renai.maintenance.open_stores import LAYERS
from renai.metadata.entry_names import is_ours
from renai.metadata.metadata_codec import MetadataCodec
from renai.metadata.text_cache import TextEntryCodec
from renai.metadata.unreadable import UNREADABLE_FILES, UnreadableCodec
from renai.processes import processors, share_out
from renai.stores.abilities import SizedStore, get_up_to
from renai.stores.upkeep import batched_by_size, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from renai.codecs.vector import Dtype
    from renai.maintenance.open_stores import OpenStore
    from renai.stores.base import Store

    _Finder = Callable[[Mapping[str, bytes]], list[str]]

_SPARSE = b"rns"
_DTYPES: dict[bytes, Dtype] = {b"f4\0\0": "float32", b"f2\0\0": "float16", b"i1\0\0": "int8"}
_SAMPLE = 50
"""One of so many entries is also looked up: an entry that is read may still not be found."""
_LARGE = 128 << 20
"""Bytes from which on a file is worth starting several processes."""
_WHAT = 12  # bytes of a dense vector's frame that say its type and dimension


@dataclass(slots=True)
class Checked:
    """What became of the entries of one layer in one store.

    Attributes:
        layer: `text`, `unreadable`, `metadata`, `embedding`, `lineage`, `recipe` or `chat`.
        place: of the store.
        entries: how many were checked.
        size: their size in bytes.
        bad: names of entries that are damaged, or that belong under another name.
        dropped: names of the bad ones that were moved to the quarantine.
    """

    layer: str
    place: str
    entries: int
    size: int
    bad: list[str]
    dropped: list[str]


def verify(
    stores: Sequence[OpenStore], layers: Sequence[str], *, repair: bool = False
) -> Iterator[Checked]:
    """Check entries, layer by layer.

    Args:
        stores: where the entries are.
        layers: the layers that are checked.
        repair: whether to move bad entries to the quarantine, as a look-up would.

    Raises:
        StoreError: a store fails.
    """
    for opened in stores:
        for prefix in opened.prefixes(layers):
            checked = _verified(opened, prefix, repair=repair)
            if checked.entries or prefix != LAYERS["chat"]:  # most caches have no gateway
                yield checked
            if prefix == LAYERS["text"]:
                unreadable = _verified(opened, UNREADABLE_FILES, repair=repair)
                if unreadable.entries:  # most caches have none
                    yield unreadable
            if prefix == LAYERS["embedding"]:
                yield _verified(opened, LINEAGE, repair=repair)
                yield _verified(opened, RECIPES, repair=repair)


def find_bad(prefix: str, items: Mapping[str, bytes]) -> list[str]:
    """Return the names of those entries of one layer that a look-up would refuse."""
    return _FINDERS[prefix](items)


def _verified(opened: OpenStore, prefix: str, *, repair: bool) -> Checked:
    checked = Checked(prefix[:-1], opened.place, 0, 0, [], [])
    for entries, size, bad in _found(opened.store, prefix):
        checked.entries += entries
        checked.size += size
        checked.bad += bad
        if bad and repair:
            checked.dropped += _repaired(opened.store, prefix, bad)
    return checked


class _Found(NamedTuple):
    entries: int
    size: int
    bad: list[str]


def _found(store: Store, prefix: str) -> Iterable[_Found]:
    """Check the entries of one layer, by parts; those of a large file in several processes."""
    from renai.stores.sqlite import SqliteStore

    if prefix != LAYERS["embedding"] or not isinstance(store, SqliteStore):
        return _check_sizes_first(store, prefix)
    shares = store.shares(processors()) if store.path.stat().st_size > _LARGE else []
    if len(shares) < 2:
        return (_check(store, batch, prefix) for batch in stream(store, prefix))
    return share_out(partial(_check_share, store.path, prefix), shares)


def _check_sizes_first(store: Store, prefix: str) -> Iterator[_Found]:
    """Check entries that may be anybody's; one that is too large to be an entry is not read."""
    if not isinstance(store, SizedStore):
        yield from (_check(store, batch, prefix) for batch in stream(store, prefix))
        return
    most = _most_bytes_of(prefix)
    for batch in batched_by_size(store.scan(prefix)):
        large = [stat for stat in batch if stat.size > most and is_ours(stat.name)]
        names = [stat.name for stat in batch if stat.size <= most]
        entries, size, bad = _check(store, store.get_up_to(names, most), prefix)
        yield _Found(
            entries + len(large),
            size + sum(stat.size for stat in large),
            bad + [stat.name for stat in large],
        )


def _most_bytes_of(prefix: str) -> int:
    return LARGEST_ENTRY if prefix in (LINEAGE, LAYERS["text"]) else MOST_BYTES


def _check_share(path: Path, prefix: str, share: tuple[int, int]) -> _Found:
    from renai.stores.sqlite import SqliteStore

    found = _Found(0, 0, [])
    with SqliteStore(path) as store:  # a process's own
        for batch in store.stream(prefix, share):
            entries, size, bad = _check(store, batch, prefix)
            found = _Found(found.entries + entries, found.size + size, found.bad + bad)
    return found


def _check(store: Store, batch: Mapping[str, bytes], prefix: str) -> _Found:
    store.get_many(list(batch)[::_SAMPLE])  # fails where an index is damaged
    if prefix != LAYERS["embedding"]:
        batch = {name: data for name, data in batch.items() if is_ours(name)}
    bad = [name for name in find_bad(prefix, batch) if is_ours(name)]
    return _Found(len(batch), sum(map(len, batch.values())), bad)


def _repaired(store: Store, prefix: str, names: list[str]) -> list[str]:
    """Set aside what is still bad; an entry may have been replaced since it was read."""
    held = get_up_to(store, names, _most_bytes_of(prefix))
    bad = find_bad(prefix, held)
    for name in bad:
        set_aside(store, name, held[name])
    large = [name for name in names if name not in held]  # or it is gone meanwhile
    return bad + [name for name in large if set_aside_unread(store, name)]


def _one_by_one(
    check: Callable[[str, bytes], object],
) -> Callable[[Mapping[str, bytes]], list[str]]:
    def find(items: Mapping[str, bytes]) -> list[str]:
        bad = []
        for name, data in items.items():
            try:
                check(name, data)
            except UNREADABLE:
                bad.append(name)
        return bad

    return find


def _find_bad_vectors(items: Mapping[str, bytes]) -> list[str]:
    """Check vectors: nearly all are of one type and dimension, and whole."""
    from renai.codecs.vector import VectorCodec

    names, frames = list(items), list(items.values())
    dtype = _DTYPES.get(frames[0][4:8]) if frames else None
    if dtype is None:
        return _find_bad_by_kind(items)
    intact = VectorCodec(dtype).unpack(names, frames).intact
    if intact.all():
        return []
    return _find_bad_by_kind({name: items[name] for name in compress(names, ~intact)})


def _find_bad_by_kind(items: Mapping[str, bytes]) -> list[str]:
    """Check dense vectors by type and dimension, all of each at once, and sparse ones."""
    from renai.codecs.sparse import SparseCodec
    from renai.codecs.vector import VectorCodec

    groups: defaultdict[tuple[bytes, int], list[str]] = defaultdict(list)
    for name, frame in items.items():
        groups[frame[:_WHAT], len(frame)].append(name)
    bad = []
    for (what, _), names in groups.items():
        frames = [items[name] for name in names]
        dtype = _DTYPES.get(what[4:8])
        if what.startswith(_SPARSE):
            bad += _one_by_one(SparseCodec().decode)(dict(zip(names, frames, strict=True)))
        elif dtype is None:
            bad += names
        else:
            intact = VectorCodec(dtype).unpack(names, frames).intact
            bad += compress(names, ~intact)
    return bad


_FINDERS: dict[str, _Finder] = {
    LAYERS["text"]: _one_by_one(TextEntryCodec().decode),
    LAYERS["metadata"]: _one_by_one(MetadataCodec().decode),
    UNREADABLE_FILES: _one_by_one(UnreadableCodec().decode),
    LAYERS["embedding"]: _find_bad_vectors,
    LAYERS["chat"]: _one_by_one(JsonCodec().decode),
    LINEAGE: _one_by_one(read_lineage),
    RECIPES: _one_by_one(read_recipe),
    CHANGED: _one_by_one(read_change),
}
