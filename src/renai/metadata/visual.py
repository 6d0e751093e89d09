"""VisualProcessor: a BookProcessor that also looks at images, and at pages without usable text.

What it looked at is kept under names of its own, so that turning from text to vision and back
finds what was answered before. Pictures are made when a model is asked, and are not kept.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.documents.formats import is_image
from renai.documents.ocr.pages import is_readable
from renai.errors import DamagedEntryError, StoreError
from renai.metadata.processor import BookProcessor
from renai.metadata.visual_request import VisualInquiry
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from renai.cache.flow import Miss
    from renai.extraction import Extraction
    from renai.keys.recipe import Key, Recipe
    from renai.metadata.metadata_cache import Fields, Predecessors
    from renai.metadata.model_call import Question
    from renai.metadata.request import Document, Inquiry
    from renai.providers.base import Answer, Provider

_log = logging.getLogger("renai")

_OF_PHOTOS = ("date", "camera", "place")
"""Fields that the file knows and no model is asked for."""


class VisualProcessor(BookProcessor):
    """Says what images and documents are about; takes what `BookProcessor` takes.

    Images are looked at. So are PDFs without usable text where the settings' `fallback_mode` is
    `vision`: at most `vision_max_pages` of their pages. `offline` does not look: it reads what an
    image says of itself, and with OCR the text in it.
    """

    reads_images = True

    def _inquire(self, provider: str, model: str | None) -> Inquiry:
        return VisualInquiry(super()._inquire(provider, model), self.settings)

    def what_lacks(self, document: Document) -> str:
        """What must be set up before a document can be read; nothing for an image."""
        return "" if is_image(document.path.suffix) else super().what_lacks(document)

    async def _answer(
        self, inquiry: Inquiry, document: Document, miss: Miss[Entry[Fields]]
    ) -> Entry[Fields]:
        assert isinstance(inquiry, VisualInquiry)
        if is_image(document.path.suffix):
            if inquiry.provider.sees:
                _log.info("Processing image %s with vision model", printable(document.path.name))
        elif inquiry.samples(document):
            known = await self._answered_as_text(inquiry, document)
            if known:
                return known
        return await super()._answer(inquiry, document, miss)

    async def _reading(self, inquiry: Inquiry, document: Document) -> tuple[Recipe, Extraction]:
        assert isinstance(inquiry, VisualInquiry)
        if is_image(document.path.suffix):
            return inquiry.image_recipe(document), await self._view(inquiry, document)
        recipe, reading = await super()._reading(inquiry, document)
        if inquiry.samples(document) and inquiry.provider.sees and not is_readable(reading.text):
            reading = await self._view(inquiry, document)
        return recipe, reading

    async def _view(self, inquiry: VisualInquiry, document: Document) -> Extraction:
        if inquiry.provider.sees:
            return await self._readings.view(document, inquiry.most_pages, None)
        viewed = await self._readings.view(document, inquiry.most_pages, inquiry.ocr)
        return replace(viewed, pictures=())

    async def _ask(self, question: Question) -> Answer:
        answer = await super()._ask(question)
        properties = question.reading.properties
        known = {name: properties[name] for name in _OF_PHOTOS if name in properties}
        return replace(answer, metadata=answer.metadata.model_copy(update=known))

    async def _answered_as_text(
        self, inquiry: VisualInquiry, document: Document
    ) -> Entry[Fields] | None:
        """The answer of text mode, where vision mode would ask the very same."""
        plain = inquiry.plain_key(document)
        try:
            held = await asyncio.to_thread(self.caches.store.get_many, [plain.name])
            entry = JsonCodec().decode(plain.name, held[plain.name])
        except (KeyError, StoreError, DamagedEntryError):
            return None
        if self.caches.metadata.judge(plain, entry):
            return None
        recipe, reading = await super()._reading(inquiry, document)
        is_same = entry.notes.get("source") == inquiry.provider.source(reading)
        if not is_same or not is_readable(reading.text):
            return None
        return Entry.made_by(recipe, entry.value, **entry.notes)

    def _predecessors(self, document: Document) -> Predecessors:
        return (
            self.caches.seen_before if is_image(document.path.suffix) else self.caches.predecessors
        )

    def _log_hit(self, document: Document, provider: Provider) -> None:
        if is_image(document.path.suffix):
            _log.info("Using cached vision metadata for %s", printable(document.path.name))
        else:
            super()._log_hit(document, provider)

    def _log_cached(self, document: Document, provider: Provider, key: Key) -> None:
        name, entry = printable(document.path.name), key.name.rpartition("/")[2]
        if is_image(document.path.suffix):
            _log.info("Cached vision metadata for %s (%s)", name, entry)
        elif entry.endswith("_vision.json"):
            _log.info("Cached VISION metadata for %s (%s)", name, entry)
        else:
            super()._log_cached(document, provider, key)
