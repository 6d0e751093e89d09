"""Extract texts and make pictures in worker processes, each step once for each content.

Every run has an extractor, and one that finds everything in the cache does not use it. So what it
takes to read is imported with the first document, asyncio included.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from renai.codecs.entry import Entry
from renai.documents.fingerprint import signature
from renai.documents.mutool import find_mutool
from renai.documents.soundness import READING, is_doubtful
from renai.errors import DamagedDocumentError, DocumentError, StoreError
from renai.metadata.text_cache import extraction_in
from renai.text_cleaning import printable
from renai.usage.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from renai.documents.formats import Reader
    from renai.documents.ocr.engine import Ocr
    from renai.documents.readers.mutool import MutoolReader
    from renai.documents.sandbox.pool import WorkerPool
    from renai.extraction import Extraction
    from renai.file_job import FileJob
    from renai.keys.recipe import Key, Recipe
    from renai.metadata.caches import Caches
    from renai.settings import Settings

_log = logging.getLogger("renai")

_SLOW = 3.0
"""The seconds after which a person is told what a worker is reading."""


class Step(NamedTuple):
    """One way to extract a document's text, and the metadata recipe that goes with it.

    Attributes:
        reader: the reader of the document.
        text: the key of the text.
        metadata: the recipe of metadata that is made from this text.
        text_by_suffix: the recipe of the text where only the suffix tells how bytes are read.
        metadata_by_suffix: the recipe of metadata that is made from that text.
    """

    reader: Reader
    text: Key
    metadata: Recipe
    text_by_suffix: Recipe
    metadata_by_suffix: Recipe


class Extractor:
    """Reads documents in worker processes, unless their texts are in the cache.

    Args:
        settings: the settings, with the number of workers and the limits for one document.
        caches: the caches for the texts and for what OCR recognised.
    """

    def __init__(self, settings: Settings, caches: Caches) -> None:
        self._settings = settings
        self._caches = caches
        self._names_of_documents: dict[Path, str] = {}  # by the path of what is being read

    # Made on first use: a run that finds everything in the cache starts no worker.

    @cached_property
    def _workers(self) -> WorkerPool:
        from renai.documents.sandbox.pool import WorkerPool
        from renai.documents.sandbox.scratch import remove_abandoned

        remove_abandoned()  # copies of documents that a crash left behind
        return WorkerPool(
            self._settings.workers,
            time_limit=self._settings.document_seconds,
            memory_limit=self._settings.document_memory,
        )

    @cached_property
    def _mutool(self) -> MutoolReader:
        from renai.documents.readers.mutool import MutoolReader

        return MutoolReader(
            self._workers,
            self._settings.workers,
            time_limit=self._settings.document_seconds,
            memory_limit=self._settings.document_memory,
        )

    async def extract(
        self, job: FileJob, steps: Sequence[Step], ocr: Ocr | None
    ) -> tuple[Step, Extraction]:
        """Extract a document's text by the first step that does not find the document damaged.

        Args:
            job: a file that has been digested.
            steps: the steps in the order in which they are tried; at least one.
            ocr: the OCR engine and languages for pages without usable text; None to leave them out.

        Returns:
            The step that succeeded, and what it extracted.

        Raises:
            DocumentError: the document cannot be read. The fault is a lasting one if that is true
                of each step that was tried; one for which mutool is missing counts as not tried.
        """
        refused: DocumentError | None = None
        lasting = True
        for step in steps:
            try:
                return step, await self._extract_by(step, job, ocr)
            except DocumentError as error:
                is_untried = step.reader.mutool is not None and find_mutool() is None
                lasting = lasting and (error.lasting or (is_untried and refused is not None))
                refused = refused or error
                if not isinstance(error, DamagedDocumentError):
                    break
        assert refused is not None
        refused.lasting = lasting
        raise refused

    async def view(self, job: FileJob, most_pages: int, ocr: Ocr | None) -> Extraction:
        """Make pictures of an image or of a PDF's pages; they are not stored.

        Args:
            job: a file that has been digested.
            most_pages: the most pages of a PDF to make pictures of.
            ocr: the OCR engine and languages for text in an image; None to leave it out.

        Raises:
            DocumentError: the file cannot be read.
        """
        import asyncio

        limit = self._settings.text_limit
        viewed = await self._workers.view(
            job.path,
            most_pages=most_pages,
            text_limit=limit,
            ocr=ocr,
            file_hash=job.file_hash,
        )
        await asyncio.to_thread(_check_unchanged, job)
        await self._keep_traces(job, viewed)
        return viewed

    @property
    def waiting(self) -> str:
        """What takes long at this moment, in words; empty if nothing does."""
        if "_workers" not in self.__dict__:
            return ""
        readings = self._workers.readings()
        recognised = [reading for reading in readings if reading.pages_recognised]
        slow = recognised or [reading for reading in readings if reading.seconds >= _SLOW]
        if not slow:
            return ""
        path, seconds, pages = slow[0]
        name = self._names_of_documents.get(path, path.name)
        more = f" and {len(slow) - 1} more" if len(slow) > 1 else ""
        if pages:
            return f"OCR of {name}{more}, page {pages}, {seconds:.0f} s so far"
        return f"reading {name}{more}, {seconds:.0f} s so far"

    async def aclose(self) -> None:
        """Stop the worker processes."""
        if "_workers" in self.__dict__:
            await self._workers.aclose()

    async def _extract_by(self, step: Step, job: FileJob, ocr: Ocr | None) -> Extraction:
        # With a text from the cache, there is nothing to see of the pages it was read from.
        refresh = self._settings.update_metadata or (
            self._settings.ocr_debug and step.reader.has_pages
        )
        extraction, is_sound = await self._stored_or_read(step, job, ocr, refresh=refresh)
        if not is_sound:
            extraction, _ = await self._stored_or_read(step, job, ocr, refresh=True)
        return extraction

    async def _stored_or_read(
        self, step: Step, job: FileJob, ocr: Ocr | None, *, refresh: bool
    ) -> tuple[Extraction, bool]:
        """Return what is in the cache or is read now, and whether it is not to be doubted."""
        import asyncio

        async with self._caches.text.reserve(step.text, refresh=refresh) as slot:
            if slot.missing:
                extraction = await self._parse(step.reader, job, ocr)
                await asyncio.to_thread(_check_unchanged, job)
                await self._keep_traces(job, extraction)
                recipe = step.text_by_suffix if extraction.read_as else step.text.recipe
                entry = Entry.made_by(
                    recipe,
                    extraction.text,
                    facts=extraction.facts(),
                    reading=READING,
                    cost=asdict(Cost(seconds=extraction.seconds, money=0.0)),
                )
                await slot.record(entry)
        by_suffix = slot.entry.recipe_digest == step.text_by_suffix.digest
        read_as = str(step.text_by_suffix.parameters.get("read_as", "")) if by_suffix else ""
        found = replace(extraction_in(slot.entry), read_as=read_as)
        is_sound = slot.entry.notes.get("reading") == READING or not is_doubtful(
            step.reader.name, found.text, found.properties
        )
        return found, is_sound

    async def _parse(self, reader: Reader, job: FileJob, ocr: Ocr | None) -> Extraction:
        limit = self._settings.text_limit

        async def parse(path: Path, file_hash: str | None = None) -> Extraction:
            self._names_of_documents[path] = job.name
            try:
                return await self._workers.read(
                    path, reader=reader, text_limit=limit, ocr=ocr, file_hash=file_hash
                )
            finally:
                del self._names_of_documents[path]

        if reader.mutool is None:
            return await parse(job.path, job.file_hash)
        return await self._mutool.read(job.path, parse, text_limit=limit, file_hash=job.file_hash)

    async def _keep_traces(self, job: FileJob, reading: Extraction) -> None:
        """Store what OCR recognised, if that is wanted; a failure is only a warning."""
        if not reading.traces:
            return
        import asyncio

        name, traces = printable(job.name), reading.traces
        try:
            folder = await asyncio.to_thread(self._caches.keep_traces, job.file_hash, traces)
        except StoreError as error:
            _log.warning("What OCR saw of %s is not kept: %s", name, error)
            return
        pages = ", ".join(str(trace.page) for trace in traces)
        _log.info("Kept what OCR saw of %s (page %s) in %s", name, pages, folder)


def _check_unchanged(job: FileJob) -> None:
    """Raise if the file that was read is not the one that was digested any more.

    Else its text would be stored under the wrong name.
    """
    try:
        unchanged = signature(job.path.stat()) == signature(job.stat)
    except OSError:
        unchanged = False
    if not unchanged:
        raise DocumentError(job.path, "changed while it was read; run renai again")
