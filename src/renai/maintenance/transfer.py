"""Carry entries from the stores of one cache into an archive, and from there into any others.

Of two different entries of one name, the one that was stored later is kept, but never a damaged
one. So it does not matter in which order archives are imported, nor how often.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter, defaultdict
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from renai.codecs.binary import NEVER, expiry_in
from renai.embeddings.known_recipes import RECIPES
from renai.embeddings.lineage import LINEAGE
from renai.embeddings.marks import CHANGED
from renai.errors import ArchiveError, NameTakenError, RenameError, UsageError
from renai.maintenance.archive import (
    LARGEST_ENTRY,
    ArchiveWriter,
    Kept,
    Manifest,
    is_entry,
    read_archive,
)
from renai.maintenance.open_stores import LAYERS
from renai.maintenance.verify import find_bad
from renai.renaming.no_replace import rename_no_replace
from renai.stores.durable import flush_folder, make_temporary
from renai.stores.upkeep import backdate, dates_of
from renai.stores.upkeep import stream as read_through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from renai.maintenance.open_stores import OpenStore
    from renai.stores.base import Store

    Advance = Callable[[int], None]
    """Is told now and then how many more entries are done."""

_log = logging.getLogger("renai")

_BESIDE_VECTORS = (CHANGED, RECIPES, LINEAGE)
_AT_ONCE = 256
_BYTES_AT_ONCE = 8 << 20
_SHARED_EXPIRY = 60.0  # seconds; what expires in one minute is written together


@dataclass
class Exported:
    """What came of an export.

    Attributes:
        manifest: what the archive holds.
        damaged: names of entries that were left out, because a look-up would refuse them.
    """

    manifest: Manifest
    damaged: list[str]


@dataclass
class Imported:
    """What became of an archive's entries.

    Attributes:
        manifest: what the archive holds.
        outcomes: how many were `added`; `same`, which were there already; `replaced`, where an
            older or damaged entry was there; `older`, where a later entry is there; `expired`;
            `damaged`.
        damaged: names of entries that a look-up would refuse; they were not imported.
    """

    manifest: Manifest
    outcomes: Counter[str] = field(default_factory=Counter)
    damaged: list[str] = field(default_factory=list)


def export_archive(
    path: Path, stores: Sequence[OpenStore], layers: Sequence[str], advance: Advance
) -> Exported:
    """Write the entries of some layers into a new file that only its owner may read.

    Raises:
        UsageError: there is a file of this name.
        ArchiveError: the file cannot be written; nothing of it is left.
        StoreError: a store fails; nothing of the file is left.
    """
    with _new_file(path) as stream:
        has_recipes = any(
            any(opened.store.scan(prefix))
            for prefix in (CHANGED, RECIPES)
            for opened in stores
            if LAYERS["embedding"] in opened.prefixes(layers)
        )
        damaged = list[str]()
        with ArchiveWriter(stream, has_recipes=has_recipes) as writer:
            for entries, bad in _held(stores, layers):
                for entry in entries:
                    writer.add(entry)
                damaged += bad
                advance(len(entries))
            return Exported(writer.close(), damaged)


def check_archive(stream: BinaryIO, advance: Advance) -> Manifest:
    """Read an archive from end to end, and return its manifest, before anything is imported.

    Raises:
        ArchiveError: it is damaged, or was made to do harm.
    """
    for item in read_archive(stream):
        if isinstance(item, Manifest):
            return item
        advance(1)
    raise ArchiveError(f"{stream.name}: it has no manifest")


def import_archive(stream: BinaryIO, stores: Sequence[OpenStore], advance: Advance) -> Imported:
    """Import an archive's texts and metadata into the first store, and vectors into the last.

    Args:
        stream: the archive, from its beginning; it has been checked.
        stores: where entries are imported to.
        advance: is told of progress.

    Raises:
        ArchiveError: the archive has changed since it was checked.
        StoreError: a store fails. What was imported stays; to import the rest, do it again.
    """
    imported = Imported(Manifest())
    for prefix, entries in _batches(stream, imported):
        of_vectors = prefix in (*_BESIDE_VECTORS, LAYERS["embedding"])
        _take_in(stores[-1 if of_vectors else 0].store, prefix, entries, imported)
        advance(len(entries))
    return imported


def _held(
    stores: Sequence[OpenStore], layers: Sequence[str]
) -> Iterator[tuple[list[Kept], list[str]]]:
    """Yield entries in batches, with the names of damaged ones; records go before their vectors."""
    now = time.time()
    for opened in stores:
        for layer_prefix in opened.prefixes(layers):
            of_vectors = layer_prefix == LAYERS["embedding"]
            for prefix in (*_BESIDE_VECTORS, layer_prefix) if of_vectors else (layer_prefix,):
                for batch in read_through(opened.store, prefix, LARGEST_ENTRY):
                    held = {name: data for name, data in batch.items() if _fits(name, data)}
                    bad = find_bad(prefix, held)
                    for name in bad:
                        del held[name]
                    dates = dates_of(opened.store, list(held))
                    alive = (pair for pair in held.items() if expiry_in(pair[1]) > now)
                    yield [Kept(name, data, dates.get(name, now)) for name, data in alive], bad


def _fits(name: str, data: bytes) -> bool:
    if len(data) > LARGEST_ENTRY:
        _log.warning("Entry %s is too large for an archive and is left out", name)
    return is_entry(name) and len(data) <= LARGEST_ENTRY


def _batches(stream: BinaryIO, imported: Imported) -> Iterator[tuple[str, list[Kept]]]:
    """Yield batches of one layer each, of different names, small enough to be held in memory."""
    batch: dict[str, Kept] = {}
    prefix, size = "", 0
    for item in read_archive(stream):
        if isinstance(item, Manifest):
            imported.manifest = item
            break
        folder = item.name.partition("/")[0] + "/"
        is_full = size > _BYTES_AT_ONCE or len(batch) == _AT_ONCE
        if batch and (is_full or folder != prefix or item.name in batch):
            yield prefix, list(batch.values())
            batch, size = {}, 0
        prefix, size = folder, size + len(item.data)
        batch[item.name] = item
    if batch:
        yield prefix, list(batch.values())


def _take_in(store: Store, prefix: str, entries: Sequence[Kept], imported: Imported) -> None:
    offered = {entry.name: entry.data for entry in entries}
    bad = set(find_bad(prefix, offered))
    held = store.get_many(list(offered))
    differing = [name for name, data in held.items() if data != offered[name]]
    void = set(find_bad(prefix, {name: held[name] for name in differing}))
    dates = dates_of(store, [name for name in differing if name not in void])
    now = time.time()
    taken = []
    for entry in entries:
        name, data, stored_at = entry
        if name in bad:
            outcome = "damaged"
            imported.damaged.append(name)
        elif expiry_in(data) <= now:
            outcome = "expired"
        elif held.get(name) == data:
            outcome = "same"
        elif name in held and dates.get(name, float("-inf")) >= stored_at:
            outcome = "older"
        else:
            outcome = "replaced" if name in held else "added"
            taken.append(entry)
        imported.outcomes[outcome] += 1
    _store(store, taken, now)


def _store(store: Store, entries: Iterable[Kept], now: float) -> None:
    alike: defaultdict[float | None, dict[str, Kept]] = defaultdict(dict)
    for entry in entries:
        expiry = expiry_in(entry.data)
        # A reader sees the exact expiry in the entry; the store's own only frees space.
        ttl = None if expiry == NEVER else _SHARED_EXPIRY * ceil((expiry - now) / _SHARED_EXPIRY)
        alike[ttl][entry.name] = entry
    for ttl, its in alike.items():
        store.put_many({name: entry.data for name, entry in its.items()}, ttl)
        # An entry that claims to come from the future would be kept for ever, as the latest.
        backdate(store, {name: min(entry.stored_at, now) for name, entry in its.items()})


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Write a private file, which is there, whole, if the block ends well, and else is not."""
    if os.path.lexists(path):
        raise UsageError(f"{path} exists; choose another name, or move it away")
    temporary = None
    try:
        handle, temporary = make_temporary(path.parent)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        rename_no_replace(Path(temporary), path)
        flush_folder(path.parent)
    except NameTakenError:
        raise UsageError(f"{path} exists by now; choose another name") from None
    except RenameError as error:
        raise ArchiveError(f"cannot write {path}: {error}") from error
    except OSError as error:
        raise ArchiveError(f"cannot write {path}: {error.strerror}") from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
