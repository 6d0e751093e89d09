"""A request: how files are described by one provider and one model, and the keys of the results.

Commands that look into the cache without asking anybody, such as `renai cache explain`, make keys
by the very recipes that a run makes them by.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from renai.documents.formats import is_image, viewer_for
from renai.documents.ocr.engine import Ocr, installed_engine, missing_languages, script_data
from renai.errors import ConfigurationError
from renai.metadata.modes import ImageMode, PagesMode, TextMode
from renai.providers.registry import find_service, make_provider
from renai.stores.durable import check_cache_folder
from renai.stores.files import FileStore

if TYPE_CHECKING:
    from renai.file_job import FileJob
    from renai.keys.recipe import Key
    from renai.metadata.modes import Mode
    from renai.providers.base import Provider
    from renai.providers.budget import Budget
    from renai.settings import Settings

_log = logging.getLogger("renai")


class Request:
    """One provider and model, and the modes in which files are described by it.

    A task keeps to the request it began with, even if the processor changes to another meanwhile.

    Args:
        provider: the provider that is asked.
        settings: everything else that shapes an answer.
        ocr: the OCR engine and languages for pages without usable text; None to leave them out.
        sees: whether images are looked at, and pages without usable text where the settings say
            so; else files are described by their text alone.
    """

    def __init__(
        self, provider: Provider, settings: Settings, ocr: Ocr | None = None, *, sees: bool = False
    ) -> None:
        self.provider = provider
        self.ocr = ocr
        self.text_mode = TextMode(provider, settings, ocr)
        self._pages_mode = PagesMode(self.text_mode, provider, settings)
        self._image_mode = ImageMode(provider, settings, ocr)
        self._looks_at_images = sees
        self._looks_at_pages = sees and settings.fallback_mode == "vision"

    def mode_of(self, job: FileJob) -> Mode:
        """Return the mode in which a file is described."""
        if self._looks_at_images and is_image(job.suffix):
            return self._image_mode
        if self._looks_at_pages and viewer_for(job.path) is not None:
            return self._pages_mode
        return self.text_mode

    def text_key(self, job: FileJob) -> Key:
        """Return the key of a document's text as the first step extracts it.

        Raises:
            DocumentError: no reader reads this format.
        """
        return self.text_mode.steps(job)[0].text

    def metadata_key(self, job: FileJob) -> Key:
        """Return the key of a file's metadata; raises as `text_key` does."""
        return self.mode_of(job).key(job)


def make_request(
    settings: Settings,
    provider: str,
    model: str | None,
    *,
    may_ask: bool = True,
    sees: bool = False,
    budget: Budget | None = None,
) -> Request:
    """Set up a request for a provider and a model.

    Args:
        settings: the person's settings.
        provider: the name of the provider.
        model: the name of the model, as the provider spells it; None for the default.
        may_ask: whether the provider may really be asked. A caller that only looks up earlier
            answers needs no key.
        sees: whether images are looked at, and pages where the settings say so.
        budget: the cap on what all calls together may cost; None for no limit.

    Raises:
        ConfigurationError: there is no such provider, or a setting is missing.
    """
    environment = dict(os.environ)
    if not may_ask:
        environment[find_service(provider).key_variable] = "unused"
    made = make_provider(
        provider,
        model,
        environment=environment,
        base_urls=settings.base_urls,
        categories=settings.categories,
        concurrency=settings.concurrency,
        prices=settings.prices,
        budget=budget,
        max_tokens=settings.max_tokens,
        model_loading_seconds=settings.model_loading_seconds,
        local_only=settings.local_only and may_ask,
        local_hosts=settings.local_hosts,
    )
    return Request(made, settings, chosen_ocr(settings), sees=sees)


def chosen_ocr(settings: Settings) -> Ocr | None:
    """Return the OCR engine and languages for pages without usable text; None if OCR is not used.

    If a setting cannot be followed, a warning is logged and the next best choice is made.

    Raises:
        ConfigurationError: what OCR recognises is to be kept, and there is no OCR; or the engine
            has data for none of the languages; or others may write the cache folder.
    """
    if settings.fallback_mode not in (None, "ocr"):
        if settings.ocr_debug:
            mode = settings.fallback_mode
            raise ConfigurationError(f"--ocr-debug has nothing to keep with --fallback-mode {mode}")
        return None
    engine = installed_engine(settings.ocr_engine)
    if engine is None:
        if settings.ocr_debug:
            raise ConfigurationError("--ocr-debug needs an OCR engine: pip install 'renai[ocr]'")
        if settings.fallback_mode == "ocr":
            _log.warning(
                "No OCR engine is installed, so pages without text are not read: "
                "pip install 'renai[ocr]'"
            )
        return None
    if settings.ocr_engine not in (None, engine):
        _log.warning("%s is not installed; %s is used instead", settings.ocr_engine, engine)
    check_cache_folder(settings.cache_dir)
    memo = FileStore(settings.cache_dir) if settings.cache_dir.is_dir() else None
    ocr = Ocr(engine, settings.ocr_languages, settings.ocr_debug, script_data(engine, memo))
    missing = missing_languages(ocr, memo)
    if not missing:
        return ocr
    lacking = f"{engine} has no data for {', '.join(missing)}: install it, or change ocr_languages"
    languages = tuple(name for name in ocr.languages if name not in missing)
    if not languages:
        raise ConfigurationError(f"{lacking}. Or read no scans: --fallback-mode none")
    # The recipe names only the other languages, so scans are read again once these are installed.
    _log.warning("%s. Scans are read as %s alone", lacking, ", ".join(languages))
    return ocr._replace(languages=languages)
