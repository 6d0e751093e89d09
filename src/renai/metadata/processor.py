"""`BookProcessor` and `VisualProcessor`: describe documents and images, from Python."""

from __future__ import annotations

import threading
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from renai.cache.cache import peek
from renai.closing import AsyncClosing
from renai.configuration import load_settings
from renai.documents.fingerprint import identify
from renai.documents.formats import is_image
from renai.documents.mutool import find_mutool, what_lacks
from renai.errors import ConfigurationError, StoreError
from renai.file_job import FileJob
from renai.locations import corrections_folder
from renai.metadata.caches import Caches
from renai.metadata.corrections import Corrections
from renai.metadata.extraction import Extractor
from renai.metadata.metadata_codec import MetadataCodec
from renai.metadata.model_call import ModelCalls
from renai.metadata.recall import Describer
from renai.metadata.request import make_request
from renai.missing import refuse_without
from renai.turns import Turns
from renai.usage.call_log import CallLog
from renai.usage.cost import Cost

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from renai.metadata.preview import Preview
    from renai.metadata.quotation import Quotation
    from renai.metadata.request import Request
    from renai.providers.base import Provider
    from renai.providers.budget import Budget
    from renai.providers.schema import Metadata
    from renai.settings import Settings

# Who has the core alone is told so at once, and not by the first document that cannot be read.
refuse_without("pypdfium2")


class BookProcessor(AsyncClosing):
    """Finds out what documents are about, and asks a model about each content once.

    A processor belongs to the event loop it is first used in. Close it, or use it with
    `async with`.

    Args:
        provider: the name of the provider: `offline`, `openai`, `deepinfra`, `openrouter`, `custom`
            or one that a package adds; by default the one in the settings.
        model: the name of the model, as the provider spells it; by default the settings' or the
            provider's own.
        settings: all other settings; by default from the environment and `config.toml`.
        budget: the cap on what all calls together may cost; None for no limit.
        quotation: takes the questions in place of the provider, so that `describe` raises
            `NotAskedError`; hits in the cache are then not counted as savings.

    Raises:
        ConfigurationError: a key is missing, or the cache cannot be written.
    """

    looks_at_images = False

    def __init__(
        self,
        provider: str | None = None,
        model: str | None = None,
        *,
        settings: Settings | None = None,
        budget: Budget | None = None,
        quotation: Quotation | Preview | None = None,
    ) -> None:
        self.settings = settings or load_settings()
        self._budget = budget
        self._opened: list[Provider] = []
        request = self._request(
            provider or self.settings.provider,
            model or (self.settings.model if provider is None else None),
        )
        # A thread cannot be cancelled, so its work must check this event to know when to stop.
        self.closing = threading.Event()
        self.caches = Caches(
            self.settings.cache_dir, self.settings.cache_url, keep_counts=quotation is None
        )
        log = CallLog(self.settings.cache_dir) if self.settings.eval_log else None
        self.corrections = Corrections(corrections_folder())
        self.describer = Describer(
            request,
            self.caches,
            Extractor(self.settings, self.caches),
            quotation or ModelCalls(self.caches.counters, log),
            Turns(self.settings.concurrency),
            refresh=self.settings.update_metadata,
        )
        if self.settings.mutool and find_mutool() is None:
            raise ConfigurationError("mutool is not on PATH: install mupdf-tools, or leave it out")

    @property
    def provider(self) -> Provider:
        """The provider that is asked."""
        return self.describer.request.provider

    @property
    def waiting(self) -> str:
        """What takes long at this moment, in words; empty if nothing does."""
        # Providers of other packages need not say what they wait for.
        return getattr(self.provider, "waiting", "") or self.describer.extractor.waiting

    def update_provider_model(self, provider: str, model: str | None = None) -> None:
        """Ask another provider or model from now on; the answers of the earlier one stay cached."""
        self.describer = self.describer._replace(request=self._request(provider, model))

    async def process(self, path: str | os.PathLike[str]) -> Metadata:
        """Return what a document is about: a person's correction, else from the cache if possible.

        Raises:
            DocumentError: the file cannot be read, or has no text.
            ProviderError: the provider failed for good; nothing is cached.
        """
        import asyncio

        from renai.metadata.pipeline import describe

        job = await asyncio.to_thread(self._identify, Path(path))
        corrected = await asyncio.to_thread(self.corrections.recall, [job.file_hash])
        if metadata := corrected.get(job.file_hash):
            return metadata
        await describe(job, self.describer)
        assert job.metadata is not None
        return job.metadata

    async def recognise_again(self, job: FileJob) -> None:
        """Read a file again for what OCR sees on its pages; no provider is asked about it.

        This is for files whose metadata is known, which `describe` would not read again.

        Raises:
            DocumentError: the file cannot be read.
        """
        await self.describer.request.mode_of(job).extract(job, self.describer.extractor)

    def what_lacks(self, job: FileJob) -> str:
        """Return what must be set up before a file can be read; empty if nothing must."""
        if self.looks_at_images and is_image(job.suffix):
            return ""
        steps = self.describer.request.text_mode.steps(job)
        convertible = all(step.reader.mutool is not None for step in steps)
        return what_lacks(job.path) if convertible and find_mutool() is None else ""

    def costs(self, jobs: Sequence[FileJob]) -> list[Cost | None]:
        """Return what the cached answers for files cost when they were made; None where unknown.

        This blocks. It does not count as a look-up, since nothing is saved by knowing the cost.
        """
        names = [self.describer.request.metadata_key(job).name for job in jobs]
        try:
            known = {
                name: Cost.from_json(entry.notes.get("cost"))
                for name, entry in peek(self.caches.store, MetadataCodec(), names)
            }
        except StoreError:  # the cache has already logged this
            known = {}
        return [known.get(name) for name in names]

    async def aclose(self) -> None:
        """Stop the workers, and close connections and stores."""
        from renai.cache.reservation import all_recorded

        self.closing.set()
        async with AsyncExitStack() as stack:
            stack.callback(self._close_files)
            stack.push_async_callback(all_recorded)
            for provider in self._opened:
                stack.push_async_callback(provider.aclose)
            stack.push_async_callback(self.describer.extractor.aclose)

    def close_without_loop(self) -> bool:
        """Close a processor that no event loop was used with, and return whether that was possible.

        It is not where only an event loop can close what a provider holds; `aclose` is left then.
        """
        if not all(getattr(provider, "holds_nothing", False) for provider in self._opened):
            return False
        self.closing.set()
        self._close_files()
        return True

    def _close_files(self) -> None:
        with ExitStack() as stack:
            stack.callback(self.caches.close)
            stack.callback(self.describer.calls.close)

    def _request(self, provider: str, model: str | None) -> Request:
        request = make_request(
            self.settings, provider, model, sees=self.looks_at_images, budget=self._budget
        )
        self._opened.append(request.provider)
        return request

    def _identify(self, path: Path) -> FileJob:
        path = path.absolute()
        ((digest, stat),) = identify([path], self.caches.memo, self.closing.is_set)
        return FileJob(str(path), path.parent, "document", stat, digest)


class VisualProcessor(BookProcessor):
    """Finds out what images and documents are about; takes the arguments of `BookProcessor`.

    Images are looked at. So are PDFs without usable text where the settings' `fallback_mode` is
    `vision`: at most `vision_max_pages` of their pages. The provider `offline` cannot look: it
    reads what an image says of itself and, with OCR, the text in it.
    """

    looks_at_images = True
