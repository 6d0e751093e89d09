"""Open all that belongs to one cache folder together: both layers, the memo, the usage counters."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from renai.cache.quarantine import QUARANTINE
from renai.closing import Closing
from renai.documents.fingerprint import open_memo
from renai.errors import ConfigurationError
from renai.metadata.entry_names import OCR_DEBUG, is_ours
from renai.metadata.metadata_cache import MetadataCache, Predecessors
from renai.metadata.text_cache import open_text_cache
from renai.metadata.unreadable import UNREADABLE_FILES, UnreadableFiles
from renai.stores.base import without_password
from renai.stores.durable import check_cache_folder, make_cache_folder, make_temporary
from renai.stores.files import FileStore
from renai.stores.registry import open_store
from renai.usage.counters import UsageCounters
from renai.usage.database import open_counters

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from renai.extraction import Trace
    from renai.metadata.metadata_cache import MediaMode
    from renai.stores.base import Stat, Store

EMPTIED = ("text/", "metadata/", UNREADABLE_FILES, OCR_DEBUG, QUARANTINE)
"""The prefixes of the names of all that `renai cache` removes. Vectors are not among them."""


class Caches(Closing):
    """The text and metadata layers, the memory of unreadable files, and the fingerprint memo.

    Args:
        folder: the cache folder; made if it is missing.
        url: the URL of a shared store for the layers, used instead of the folder. The memo stays in
            the folder, since it is about the files of this machine.
        keep_counts: whether the usage of metadata is counted in the usage database.

    Attributes:
        counters: the usage counters of the metadata layer, which is the one that costs money.
        predecessors: which others have been asked before, about documents (`doc`) and images
            (`img`).

    Raises:
        ConfigurationError: the folder cannot be written, or others may write it.
        StoreError: the shared store cannot be opened.
    """

    def __init__(self, folder: Path, url: str | None = None, *, keep_counts: bool = True) -> None:
        check_cache_folder(folder)
        _check_writable(folder)
        self.folder = folder
        self._url = url
        self._files = FileStore(folder)
        self.store: Store = open_store(url) if url else self._files
        self.counters = open_counters(folder) if keep_counts else UsageCounters()
        self.text = open_text_cache(self.store, open_counters(folder))
        self.metadata = MetadataCache(self.store, self.counters)
        self.unreadable = UnreadableFiles(self.store)
        self.memo = open_memo(folder, folder / QUARANTINE)
        self.predecessors: dict[MediaMode, Predecessors] = {
            media: Predecessors(self.store, media) for media in ("doc", "img")
        }

    @property
    def place(self) -> str:
        """The folder or the URL of the layers, for a person to read; without any password."""
        return without_password(self._url) if self._url else str(self.folder)

    def keep_traces(self, file_hash: str, traces: Iterable[Trace]) -> Path:
        """Write what OCR recognised on a document's pages to files that a person can look at.

        They go into the cache folder even where the layers are in a shared store.

        Args:
            file_hash: the SHA-256 of the document's bytes, 64 hex digits.
            traces: what OCR recognised, page by page.

        Returns:
            The folder with the pictures, and with a JSON file for each of them.

        Raises:
            StoreError: the files cannot be written.
        """
        files = {}
        for trace in traces:
            name = f"{OCR_DEBUG}{file_hash}_page{trace.page}"
            files[f"{name}.jpg"] = trace.picture
            record = json.dumps(trace.record, ensure_ascii=False, indent=1)
            files[f"{name}.json"] = record.encode()
        self._files.put_many(files)
        return self.folder / OCR_DEBUG

    def entries(self) -> list[Stat]:
        """Return all entries that `renai cache` can remove."""
        found = [stat for prefix in EMPTIED for stat in self.store.scan(prefix)]
        if self._url:
            found += self._files.scan(OCR_DEBUG)
        return [stat for stat in found if is_ours(stat.name)]

    def drop(self, entries: Iterable[Stat]) -> None:
        """Remove entries."""
        names = [entry.name for entry in entries]
        self.store.delete_many(names)
        if self._url:
            self._files.delete_many([name for name in names if name.startswith(OCR_DEBUG)])

    def close(self) -> None:
        """Store what waits, close the stores, and write the remaining counts to their database.

        A warning says what could not be stored and is lost.
        """
        self.text.give_up_waiting()
        self.metadata.give_up_waiting()
        self.unreadable.give_up_waiting()
        self.text.counters.flush()  # the metadata's counts, if kept, go to disk with these
        self.memo.close()
        self.store.close()


def _check_writable(folder: Path) -> None:
    try:
        make_cache_folder(folder)
        handle, probe = make_temporary(folder)
        os.close(handle)
        os.unlink(probe)  # noqa: PTH108 - a string, as it was made
    except OSError as error:
        raise ConfigurationError(
            f"the cache {folder} cannot be written ({error.strerror}); "
            "choose another with --cache-dir or RENAI_CACHE_DIR"
        ) from error
