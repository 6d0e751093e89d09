"""The way of one file from its digest to its metadata, through both layers of the cache."""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from renai.cache.cache import peek
from renai.codecs.entry import Entry
from renai.documents.ocr.engine import installed_engine
from renai.documents.ocr.pages import is_readable
from renai.documents.soundness import READING
from renai.errors import DocumentError, StoreError
from renai.metadata.metadata_cache import Asked, still_answers
from renai.metadata.metadata_codec import MetadataCodec
from renai.metadata.modes import PagesMode
from renai.metadata.recall import log_hit
from renai.metadata.unreadable import Unreadable
from renai.providers.schema import Metadata
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from renai.extraction import Extraction
    from renai.file_job import FileJob
    from renai.keys.recipe import Key, Recipe
    from renai.metadata.metadata_cache import Fields
    from renai.metadata.modes import Mode
    from renai.metadata.recall import Describer
    from renai.metadata.request import Request
    from renai.providers.base import Answer

_log = logging.getLogger("renai")

_KNOWN_BY_FILES = ("date", "camera", "place")
"""The fields that an image file states itself and that no model is asked for."""


async def describe(
    job: FileJob,
    by: Describer,
    *,
    refresh: bool | None = None,
    around_call: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> None:
    """Find out what a file is, from the cache if possible, and note it in the job.

    Args:
        job: a file that has been digested.
        by: everything that is needed to describe it.
        refresh: whether to take nothing from the cache; by default as the describer says.
        around_call: entered when the turn of a call comes, and left with what came of it, before
            another call can begin. It may raise `NotAskedError`.

    Raises:
        DocumentError: the file cannot be read, or has no text.
        ProviderError: the provider failed for good; nothing is cached.
        NotAskedError: only a quote is wanted, the call may cost more than the budget has left, or
            the run was at its end when the file's turn came.
    """
    request, provider = by.request, by.request.provider
    mode = request.mode_of(job)
    key = mode.key(job)
    refresh = by.refresh if refresh is None else refresh
    async with by.caches.metadata.reserve(key, refresh=refresh) as slot:
        if slot.miss:
            if slot.miss.reason == "missing":
                await asyncio.to_thread(_log_invalidated, job, mode, by)
            if mode.media == "img" and provider.sees:
                _log.info("Processing image %s with vision model", printable(job.name))
            entry = None
            if isinstance(mode, PagesMode):
                entry = await _answered_in_text_mode(job, mode, by)
            if entry is None:
                recipe, extraction = await _extract(job, mode, by, refresh=refresh)
                job.read = True
                source = provider.source(extraction)
                stale = slot.miss.stale
                if stale and still_answers(stale, recipe, source):
                    notes = {**stale.notes, "reading": READING}
                    entry = Entry.made_by(recipe, stale.value, **notes)
                else:
                    if provider.paid and not (extraction.text.strip() or extraction.pictures):
                        why = Unreadable(_why_no_text(request), lacks_text=True)
                        await asyncio.to_thread(_remember, why, job, mode, by)
                        raise DocumentError(job.path, why.reason, lasting=True)
                    answer = await _ask(job, by, extraction, recipe, around_call)
                    job.asked = answer.cost.calls > 0
                    entry = Entry.made_by(
                        recipe,
                        answer.metadata.with_values(**_known_by_file(extraction)).fields(),
                        provider=provider.name,
                        model=provider.model,
                        source=source,
                        reading=READING,
                        cost=asdict(answer.cost),
                    )
            await slot.record(entry)
    if slot.origin == "computed":
        if slot.stored:  # else it waits for a store that fails; the end of the run says so
            _log_cached(job, mode, request, key)
    else:
        log_hit(job, mode, request)
    job.metadata = Metadata.from_stored(slot.entry.value)


async def _ask(
    job: FileJob,
    by: Describer,
    extraction: Extraction,
    recipe: Recipe,
    around_call: Callable[[], AbstractContextManager[None]],
) -> Answer:
    """Ask the provider when the file's turn comes."""
    async with by.turns:
        with around_call():
            return await by.calls.ask(by.request.provider, extraction, job.file_hash, recipe)


async def _extract(
    job: FileJob, mode: Mode, by: Describer, *, refresh: bool
) -> tuple[Recipe, Extraction]:
    """Read a file, unless it is known that it cannot be read.

    Raises:
        DocumentError: it cannot be read. If that is the fault of its bytes, it is remembered.
    """
    known = await asyncio.to_thread(_recall, job, mode, by)
    if known and known.rules_out(by.request.provider) and not refresh:
        raise DocumentError(job.path, known.reason, lasting=True)
    try:
        read = await mode.extract(job, by.extractor)
    except DocumentError as error:
        if error.lasting:
            await asyncio.to_thread(_remember, Unreadable(error.reason), job, mode, by)
        raise
    if known and refresh:
        await asyncio.to_thread(by.caches.unreadable.forget, mode.unreadable_key(job))
    return read


def _recall(job: FileJob, mode: Mode, by: Describer) -> Unreadable | None:
    key = mode.unreadable_key(job)
    return by.caches.unreadable.recall([key]).get(key)


def _remember(why: Unreadable, job: FileJob, mode: Mode, by: Describer) -> None:
    by.caches.unreadable.remember(mode.unreadable_key(job), why)


async def _answered_in_text_mode(
    job: FileJob, mode: PagesMode, by: Describer
) -> Entry[Fields] | None:
    """Return the answer of text mode, where vision mode would ask the very same; else None."""
    plain = mode.text.key(job)
    try:
        peeked = peek(by.caches.store, MetadataCodec(), [plain.name])
        entry = (await asyncio.to_thread(dict, peeked)).get(plain.name)
    except StoreError:
        return None
    if entry is None or by.caches.metadata.judge(plain, entry):
        return None
    recipe, extraction = await mode.extract_text(job, by.extractor)
    is_same = entry.notes.get("source") == by.request.provider.source(extraction)
    if not is_same or not is_readable(extraction.text):
        return None
    return Entry.made_by(recipe, entry.value, **entry.notes)


def _known_by_file(extraction: Extraction) -> dict[str, Any]:
    properties = extraction.properties
    return {name: properties[name] for name in _KNOWN_BY_FILES if name in properties}


def _why_no_text(request: Request) -> str:
    if request.ocr is None and installed_engine() is None:
        return "has no text that can be read; to have its pages read: pip install 'renai[ocr]'"
    if request.ocr is None:
        return "has no text that can be read; to have its pages read: --fallback-mode ocr"
    return "has no text that can be read, also none in the pictures of its pages"


# The log lines at level INFO below are part of the interface: scripts read them.


def _log_cached(job: FileJob, mode: Mode, request: Request, key: Key) -> None:
    name, provider = printable(job.name), request.provider
    entry = key.name.rpartition("/")[2]
    if mode.media == "img":
        _log.info("Cached vision metadata for %s (%s)", name, entry)
    elif isinstance(mode, PagesMode):
        _log.info("Cached VISION metadata for %s (%s)", name, entry)
    else:
        _log.info(
            "Cached metadata for %s (provider: %s, model: %s)", name, provider.name, provider.model
        )
        _log.debug("Cached standard metadata for %s (%s)", name, entry)


def _log_invalidated(job: FileJob, mode: Mode, by: Describer) -> None:
    provider = by.request.provider
    now = Asked(provider.name, provider.model)
    before = by.caches.predecessors[mode.media].of(job.file_hash, now)
    if before is not None:
        was, is_now = (
            (before.model, now.model)
            if before.provider == now.provider
            else (before.provider, now.provider)
        )
        name = printable(job.name)
        _log.info("Cache invalidated for %s (was %s, now %s)", name, was, is_now)
