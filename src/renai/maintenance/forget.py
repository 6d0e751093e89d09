"""Erase every trace of a document, by its content, so that copies and renamed files are included.

The order allows to repeat it after a crash: a record that leads to other traces, such as the one of
which vectors came from a file, is erased after them; and the stores' files are cleaned each time.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from renai.cache.cache import MOST_BYTES
from renai.cache.quarantine import QUARANTINE
from renai.documents.fingerprint import MEMO_FILE, FingerprintMemo
from renai.embeddings.lineage import lineage_of
from renai.errors import StoreError
from renai.locations import corrections_folder
from renai.maintenance.open_stores import LAYERS, OpenStore, open_stores
from renai.metadata.corrections import Corrections
from renai.metadata.entry_names import OCR_DEBUG, is_ours
from renai.metadata.metadata_cache import subject_in
from renai.metadata.unreadable import UNREADABLE_FILES
from renai.stores.abilities import get_up_to
from renai.stores.files import FileStore
from renai.stores.sqlite.expendable import ExpendableStore
from renai.stores.upkeep import scrub
from renai.usage.call_log import CallLog

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from renai.settings import Settings
    from renai.stores.base import Store

_NAMED_BY_FILE = ("text/", "metadata/", UNREADABLE_FILES, OCR_DEBUG, QUARANTINE)


@dataclass(slots=True)
class Forgotten:
    """What was erased.

    Attributes:
        entries: texts, metadata, reasons why a file cannot be read, copies in quarantine, pictures
            and output of OCR.
        vectors: of the documents' texts.
        fingerprints: files whose digest was remembered.
        calls: lines of the eval log.
        corrections: documents whose corrections by a person were erased, since they quote them.
        remains: sentences on what may still be kept where it cannot be reached from here.
    """

    entries: int = 0
    vectors: int = 0
    fingerprints: int = 0
    calls: int = 0
    corrections: list[str] = field(default_factory=list)
    remains: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Traces:
    """What `forget_documents` would find: entries, vectors, documents with corrections."""

    entries: int
    vectors: int
    corrections: int


def traces_of(
    settings: Settings, file_hashes: Collection[str], vectors_url: str | None = None
) -> Traces:
    """Count what would be erased, and erase nothing.

    Raises:
        StoreError: a store fails.
    """
    entries = vectors = 0
    with ExitStack() as stack:
        stores: dict[str, OpenStore] = {}
        for its_settings, its_vectors in _searched(settings, vectors_url):
            opened = stack.enter_context(open_stores(its_settings, its_vectors))
            stores |= {store.place: store for store in opened}
        for opened_store in stores.values():
            store = opened_store.store
            entries += len(_entries_of(store, file_hashes))
            for file_hash in file_hashes:
                vectors += len(get_up_to(store, lineage_of(store, file_hash)[1], MOST_BYTES))
    corrected = Corrections(corrections_folder()).recall(file_hashes)
    return Traces(entries, vectors, len(corrected))


def forget_documents(
    settings: Settings, file_hashes: Collection[str], vectors_url: str | None = None
) -> Forgotten:
    """Open all parts of a person's cache and `forget` in them; erase corrections as well.

    The cache folder is searched even if texts and metadata are in a shared store: it may hold some
    from before.

    Raises:
        StoreError: a part is damaged or fails; all that could be reached was erased before.
    """
    failed: StoreError | None = None
    with ExitStack() as stack:
        stores: dict[str, OpenStore] = {}
        for its_settings, its_vectors in _searched(settings, vectors_url):
            try:
                opened = stack.enter_context(open_stores(its_settings, its_vectors))
            except StoreError as error:  # one damaged file keeps nothing else from being erased
                failed = failed or error
            else:
                stores |= {store.place: store for store in opened}
        if failed:
            files = stack.enter_context(FileStore(settings.cache_dir))
            place = str(settings.cache_dir)
            stores.setdefault(place, OpenStore(place, files, tuple(LAYERS)))
        path = settings.cache_dir / MEMO_FILE
        aside = settings.cache_dir / QUARANTINE
        memo = FingerprintMemo(ExpendableStore(path, aside) if path.exists() else None)
        stack.callback(memo.close)
        calls = _forget_calls(settings.cache_dir, file_hashes)
        corrections = Corrections(corrections_folder()).forget(file_hashes)
        forgotten = forget(list(stores.values()), memo, file_hashes)
        forgotten.calls, forgotten.corrections = calls, corrections
        if failed:
            raise failed
        return forgotten


def forget(
    stores: Sequence[OpenStore], memo: FingerprintMemo, file_hashes: Collection[str]
) -> Forgotten:
    """Erase what is stored about documents.

    Args:
        stores: every store that may hold something.
        memo: the fingerprints of this machine's files.
        file_hashes: SHA-256 of the documents' bytes, 64 hex digits.

    Raises:
        StoreError: a store fails; all that the others hold was erased before. Run it again.
    """
    forgotten = Forgotten()
    failed: StoreError | None = None
    # First the memo: if it turns out to be damaged, it is set aside among what is cleaned next.
    try:
        forgotten.fingerprints = memo.forget(file_hashes)
    except StoreError as error:
        failed = error
    for opened in stores:
        try:
            forgotten.vectors += _forget_vectors(opened.store, file_hashes)
            forgotten.entries += _forget_entries(opened.store, file_hashes)
            if remains := scrub(opened.store):
                forgotten.remains.append(remains)
        except StoreError as error:
            failed = failed or error
    if failed:
        raise failed
    return forgotten


def _forget_vectors(store: Store, file_hashes: Collection[str]) -> int:
    count = 0
    for file_hash in file_hashes:
        records, vectors = lineage_of(store, file_hash)
        count += store.delete_many(vectors)
        store.delete_many([QUARANTINE + name.replace("/", "_") for name in vectors])
        store.delete_many(records)
    return count


def _forget_calls(folder: Path, file_hashes: Collection[str]) -> int:
    try:
        return CallLog(folder).forget(file_hashes)
    except OSError as error:
        raise StoreError(f"the eval log in {folder}: {error}") from error


def _searched(settings: Settings, vectors_url: str | None) -> list[tuple[Settings, str | None]]:
    if not (settings.cache_url or vectors_url):
        return [(settings, None)]
    return [(settings, vectors_url), (replace(settings, cache_url=None), None)]


def _entries_of(store: Store, file_hashes: Collection[str]) -> list[str]:
    return [
        stat.name
        for prefix in _NAMED_BY_FILE
        for stat in store.scan(prefix)
        if is_ours(stat.name) and subject_in(stat.name) in file_hashes
    ]


def _forget_entries(store: Store, file_hashes: Collection[str]) -> int:
    names = _entries_of(store, file_hashes)
    store.delete_many([QUARANTINE + MEMO_FILE])  # a damaged memo may hold any digest
    return store.delete_many(names)
