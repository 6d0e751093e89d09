"""Readings: documents are read by worker processes, each way of reading once for each content."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

from renai.codecs.entry import Entry
from renai.documents.fingerprint import signature
from renai.documents.readers.mutool import MutoolReader
from renai.documents.sandbox.pool import WorkerPool
from renai.errors import DamagedDocumentError, DocumentError, StoreError
from renai.extraction import Extraction
from renai.text_cleaning import printable
from renai.usage.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from renai.cache.flow import Miss
    from renai.documents.ocr.engine import Ocr
    from renai.keys.recipe import Key
    from renai.metadata.caches import Caches
    from renai.metadata.request import Document, Way
    from renai.settings import Settings

_log = logging.getLogger("renai")


class Readings:
    """Reads documents, with their texts from the cache where it has them.

    Args:
        settings: how many workers there are, and what one document may take of them.
        caches: where texts are kept, and what OCR saw.
    """

    def __init__(self, settings: Settings, caches: Caches) -> None:
        self._settings = settings
        self._caches = caches
        self._workers = WorkerPool(
            settings.workers,
            time_limit=settings.document_seconds,
            memory_limit=settings.document_memory,
        )
        self._mutool = MutoolReader(
            self._workers,
            settings.workers,
            time_limit=settings.document_seconds,
            memory_limit=settings.document_memory,
        )

    async def read(
        self, document: Document, ways: Sequence[Way], ocr: Ocr | None
    ) -> tuple[Way, Extraction]:
        """Read a document the first way that does not find it damaged.

        Args:
            document: a file whose contents are known by their digest.
            ways: to read it, in the order they are tried; at least one.
            ocr: for pages without usable text.

        Raises:
            DocumentError: it cannot be read.
        """
        refused: DocumentError | None = None
        for way in ways:
            try:
                return way, await self._read_by(way, ocr, document)
            except DamagedDocumentError as error:
                refused = refused or error
            except DocumentError as error:
                raise refused or error from None
        assert refused is not None
        raise refused

    async def view(self, document: Document, most_pages: int, ocr: Ocr | None) -> Extraction:
        """Make pictures of an image, or of at most so many pages of a PDF; they are not kept.

        Raises:
            DocumentError: it cannot be read.
        """
        limit = self._settings.text_limit
        viewed = await self._workers.view(
            document.path, most_pages=most_pages, text_limit=limit, ocr=ocr
        )
        await asyncio.to_thread(_check_unchanged, document)
        await self._keep_traces(document, viewed)
        return viewed

    async def aclose(self) -> None:
        """End the workers."""
        await self._workers.aclose()

    async def _read_by(self, way: Way, ocr: Ocr | None, document: Document) -> Extraction:
        key, limit = way.text, self._settings.text_limit

        async def parse(path: Path) -> Extraction:
            return await self._workers.read(path, reader=way.reader, text_limit=limit, ocr=ocr)

        async def extract(misses: Mapping[Key, Miss[Entry[str]]]) -> list[Entry[str]]:
            if way.reader.mutool is None:
                reading = await parse(document.path)
            else:
                reading = await self._mutool.read(document.path, parse, text_limit=limit)
            await asyncio.to_thread(_check_unchanged, document)
            await self._keep_traces(document, reading)
            cost = asdict(Cost(seconds=reading.seconds, money=0.0))
            return [
                Entry.made_by(key.recipe, reading.text, facts=reading.facts(), cost=cost)
                for key in misses
            ]

        # A text from the cache shows nothing of the pages it was read from.
        refresh = self._settings.update_metadata or (
            self._settings.ocr_debug and way.reader.has_pages
        )
        outcomes = await self._caches.text.aget_or_compute([key], extract, refresh=refresh)
        entry = outcomes[key].entry
        return Extraction.from_facts(entry.value, entry.notes["facts"])

    async def _keep_traces(self, document: Document, reading: Extraction) -> None:
        """Keep what OCR saw, if that is wanted; it is worth no failure."""
        if not reading.traces:
            return
        name, traces = printable(document.path.name), reading.traces
        try:
            folder = await asyncio.to_thread(self._caches.keep_traces, document.file_hash, traces)
        except StoreError as error:
            _log.warning("What OCR saw of %s is not kept: %s", name, error)
            return
        pages = ", ".join(str(trace.page) for trace in traces)
        _log.info("Kept what OCR saw of %s (page %s) in %s", name, pages, folder)


def _check_unchanged(document: Document) -> None:
    """What was read must be what was digested, or it would be kept under a wrong name."""
    try:
        unchanged = signature(document.path.stat()) == signature(document.stat)
    except OSError:
        unchanged = False
    if not unchanged:
        raise DocumentError(document.path, "changed while it was read; run renai again")
