"""Request: how files are described by one provider and one model, and what that is called.

Those who look into the cache without asking anybody, such as `renai cache explain`, name entries by
the very recipes that a run names them by.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from renai.documents.formats import is_image, viewer_for
from renai.documents.ocr.engine import Ocr, installed_engine, missing_languages
from renai.errors import ConfigurationError
from renai.metadata.modes import ImageMode, PagesMode, TextMode
from renai.providers.registry import find_service, make_provider

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

    A task keeps to the request it began with, also where the processor turns to another meanwhile.

    Args:
        provider: is asked.
        settings: everything else that shapes an answer.
        ocr: reads pages without usable text; None where they are not read.
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
        """Say in which mode a file is described."""
        if self._looks_at_images and is_image(job.path.suffix):
            return self._image_mode
        if self._looks_at_pages and viewer_for(job.path) is not None:
            return self._pages_mode
        return self.text_mode

    def text_key(self, job: FileJob) -> Key:
        """Name the text of a document as the first step extracts it.

        Raises:
            DocumentError: nothing reads this format.
        """
        return self.text_mode.steps(job)[0].text

    def metadata_key(self, job: FileJob) -> Key:
        """Name the metadata of a file; raises as `text_key` does."""
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
    """Set up what a provider and model would be asked.

    Args:
        settings: of the person.
        provider: its name.
        model: one of its models; None for the default.
        may_ask: whether somebody may indeed be asked. Who only looks up what was asked before
            needs no key.
        sees: whether images are looked at, and pages where the settings say so.
        budget: what all calls together may cost; None for no limit.

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
    )
    return Request(made, settings, chosen_ocr(settings), sees=sees)


def chosen_ocr(settings: Settings) -> Ocr | None:
    """Say how pages without usable text are read; a wish that cannot be met is worth a warning.

    Raises:
        ConfigurationError: what OCR sees is wanted, and there is no OCR; or it has none of the
            languages.
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
    ocr = Ocr(engine, settings.ocr_languages, settings.ocr_debug)
    missing = missing_languages(ocr)
    if not missing:
        return ocr
    lacking = f"{engine} has no data for {', '.join(missing)}: install it, or change ocr_languages"
    languages = tuple(name for name in ocr.languages if name not in missing)
    if not languages:
        raise ConfigurationError(f"{lacking}. Or read no scans: --fallback-mode none")
    # What is read without them is named so, and is read again once they are there.
    _log.warning("%s. Scans are read as %s alone", lacking, ", ".join(languages))
    return ocr._replace(languages=languages)
