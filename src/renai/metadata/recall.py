"""What the cache holds of files, for many at once; nothing is opened, and nobody is asked.

A run over a cached library comes no further than this. What it takes to read a file, and to ask
about it, stands in `renai.metadata.pipeline`, which is imported with the first file that needs it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from renai.providers.schema import Metadata
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.file_job import FileJob
    from renai.metadata.caches import Caches
    from renai.metadata.extraction import Extractor
    from renai.metadata.model_call import ModelCalls
    from renai.metadata.modes import Mode
    from renai.metadata.preview import Preview
    from renai.metadata.quotation import Quotation
    from renai.metadata.request import Request
    from renai.turns import Turns

_log = logging.getLogger("renai")


class Describer(NamedTuple):
    """Everything that is needed to describe files.

    Attributes:
        request: the provider and model to ask, and the modes.
        caches: the caches of texts and metadata.
        extractor: reads files.
        calls: asks the provider, or only counts the questions for a quote.
        turns: lets so many files at once have the provider asked.
        refresh: whether to take nothing from the cache.
    """

    request: Request
    caches: Caches
    extractor: Extractor
    calls: ModelCalls | Quotation | Preview
    turns: Turns
    refresh: bool


def look_up(jobs: Sequence[FileJob], by: Describer) -> None:
    """Take from the cache what it holds of files; no file is opened and no provider is asked.

    A file of which it is known that it cannot be read has its problem from then on.

    This blocks; a run over many files makes it one step in a thread of its own.
    """
    if by.refresh:
        return
    modes = [by.request.mode_of(job) for job in jobs]
    keys = [mode.key(job) for mode, job in zip(modes, jobs, strict=True)]
    hits = by.caches.metadata.look_up(keys).hits
    missing = []
    for job, mode, key in zip(jobs, modes, keys, strict=True):
        if entry := hits.get(key):
            job.metadata = Metadata.from_stored(entry.value)
            log_hit(job, mode, by.request)
        else:
            missing.append((job, mode.unreadable_key(job)))
    if missing:
        known = by.caches.unreadable.recall([key for _, key in missing])
        for job, its_key in missing:
            why = known.get(its_key)
            if why and why.rules_out(by.request.provider):
                job.problem = ("skip", why.reason)


def log_hit(job: FileJob, mode: Mode, request: Request) -> None:
    """Say that an answer came from the cache; scripts read these lines."""
    name, provider = printable(job.name), request.provider
    if mode.media == "img":
        _log.info("Using cached vision metadata for %s", name)
    else:
        _log.info(
            "Using cached metadata for %s (provider: %s, model: %s)",
            name,
            provider.name,
            provider.model,
        )
