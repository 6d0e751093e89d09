"""Inquiry: what a document is called in both layers, for one provider, one model and settings.

Those who look into the cache without asking anybody, such as `renai cache explain`, name entries by
the very recipes that a run names them by.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from renai.documents.formats import readers_for
from renai.documents.ocr.engine import Ocr, installed_engine, missing_languages
from renai.errors import ConfigurationError
from renai.metadata.metadata_cache import metadata_key, metadata_recipe
from renai.metadata.text_cache import text_key, text_recipe
from renai.providers.registry import find_service, make_provider

if TYPE_CHECKING:
    from pathlib import Path

    from renai.documents.formats import Reader
    from renai.keys.recipe import Key, Recipe
    from renai.providers.base import Provider
    from renai.providers.budget import Budget
    from renai.settings import Settings

_log = logging.getLogger("renai")


@dataclass(frozen=True, slots=True)
class Document:
    """A file, and what it held when it was looked at.

    Attributes:
        path: absolute.
        file_hash: SHA-256 of its bytes, 64 hex digits.
        stat: of the file when it had these bytes.
    """

    path: Path
    file_hash: str
    stat: os.stat_result


class Way(NamedTuple):
    """One way to read a document, and what is made of it then.

    Attributes:
        reader: what reads it.
        text: its text.
        metadata: how that text leads to metadata.
    """

    reader: Reader
    text: Key
    metadata: Recipe


class Inquiry:
    """One provider and model, and the recipes of what it is asked.

    A task keeps to the inquiry it began with, also where the processor turns to another meanwhile.
    """

    def __init__(
        self,
        provider: Provider,
        text_limit: int,
        ocr: Ocr | None = None,
        *,
        mutool: bool = True,
    ) -> None:
        self.provider = provider
        self.ocr = ocr
        self._text_limit = text_limit
        self._mutool = mutool
        self._recipes: dict[Reader, tuple[Recipe, Recipe]] = {}

    def ways(self, document: Document) -> list[Way]:
        """The ways to read a document, in the order they are tried; at least one.

        Raises:
            DocumentError: nothing reads this format.
        """
        ways = []
        for reader in readers_for(document.path, mutool=self._mutool):
            text, metadata = self._recipes_for(reader)
            ways.append(Way(reader, text_key(document.file_hash, text), metadata))
        return ways

    def text_key(self, document: Document) -> Key:
        """Name the text of a document, read the first way; raises as `ways` does."""
        return self.ways(document)[0].text

    def metadata_key(self, document: Document) -> Key:
        """Name the metadata of a document, whichever way it is read; raises as `ways` does."""
        readers = readers_for(document.path, mutool=self._mutool)
        recipes = [self._recipes_for(reader)[1] for reader in readers]
        return metadata_key(document.file_hash, *recipes)

    def _recipes_for(self, reader: Reader) -> tuple[Recipe, Recipe]:
        recipes = self._recipes.get(reader)
        if recipes is None:
            provider = self.provider
            text = text_recipe(
                reader.name,
                reader.revision,
                text_limit=self._text_limit,
                mutool=reader.mutool,
                ocr=self.ocr.described() if self.ocr and reader.has_pages else None,
            )
            metadata = metadata_recipe(
                provider.name, provider.model, provider.revision, provider.parameters(), text
            )
            recipes = self._recipes[reader] = text, metadata
        return recipes


def inquire(
    settings: Settings,
    provider: str,
    model: str | None,
    *,
    may_ask: bool = True,
    budget: Budget | None = None,
) -> Inquiry:
    """Set up what a provider and model would be asked.

    Args:
        settings: of the person.
        provider: its name.
        model: one of its models; None for the default.
        may_ask: whether somebody may indeed be asked. Who only looks up what was asked before
            needs no key.
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
    return Inquiry(
        made, settings.text_limit, chosen_ocr(settings), mutool=settings.mutool is not False
    )


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
