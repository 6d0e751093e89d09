"""VisualProcessor: a BookProcessor that also looks at images, and at pages without usable text.

What it looked at is kept under names of its own, so that turning from text to vision and back
finds what was answered before. Pictures are made when a model is asked, and are not kept.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from renai.documents.formats import is_image, viewer_for
from renai.documents.pictures import described
from renai.documents.usable import is_readable
from renai.entries.entry import Entry
from renai.entries.json import JsonCodec
from renai.errors import DamagedEntryError, DocumentError, StoreError
from renai.keys.recipe import Recipe
from renai.layers.metadata import Fields, Predecessors, metadata_key, metadata_recipe
from renai.layers.text import text_recipe
from renai.library.inquiry import Inquiry
from renai.library.printable import printable
from renai.library.processor import BookProcessor, check_unchanged
from renai.providers.prompt import vision_prompt_digest

if TYPE_CHECKING:
    from renai.cache.flow import Miss
    from renai.documents.formats import Reader
    from renai.documents.reading import Reading
    from renai.keys.canonical import Value
    from renai.keys.key import Key
    from renai.library.asking import Question
    from renai.library.inquiry import Document, Way
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
        inquiry = super()._inquire(provider, model)
        return _VisualInquiry(
            inquiry,
            text_limit=self.settings.text_limit,
            mutool=self.settings.mutool is not False,
            most_pages=self.settings.vision_max_pages,
            samples_pdfs=self.settings.fallback_mode == "vision",
        )

    def what_lacks(self, document: Document) -> str:
        """What must be set up before a document can be read; nothing for an image."""
        return "" if is_image(document.path.suffix) else super().what_lacks(document)

    async def _answer(
        self, inquiry: Inquiry, document: Document, miss: Miss[Entry[Fields]]
    ) -> Entry[Fields]:
        assert isinstance(inquiry, _VisualInquiry)
        if is_image(document.path.suffix):
            if inquiry.provider.sees:
                _log.info("Processing image %s with vision model", printable(document.path.name))
        elif inquiry.samples(document):
            known = await self._answered_as_text(inquiry, document)
            if known:
                return known
        return await super()._answer(inquiry, document, miss)

    async def _reading(self, inquiry: Inquiry, document: Document) -> tuple[Recipe, Reading]:
        assert isinstance(inquiry, _VisualInquiry)
        if is_image(document.path.suffix):
            return inquiry.image_recipe(document), await self._view(inquiry, document)
        recipe, reading = await super()._reading(inquiry, document)
        if inquiry.samples(document) and inquiry.provider.sees and not is_readable(reading.text):
            reading = await self._view(inquiry, document)
        return recipe, reading

    async def _view(self, inquiry: _VisualInquiry, document: Document) -> Reading:
        viewed = await self._workers.view(
            document.path,
            most_pages=inquiry.most_pages,
            text_limit=self.settings.text_limit,
            ocr=None if inquiry.provider.sees else inquiry.ocr,
        )
        await asyncio.to_thread(check_unchanged, document)
        await self._keep_traces(document, viewed)
        return viewed if inquiry.provider.sees else replace(viewed, pictures=())

    async def _ask(self, question: Question) -> Answer:
        answer = await super()._ask(question)
        properties = question.reading.properties
        known = {name: properties[name] for name in _OF_PHOTOS if name in properties}
        return replace(answer, metadata=answer.metadata.model_copy(update=known))

    async def _answered_as_text(
        self, inquiry: _VisualInquiry, document: Document
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


class _VisualInquiry(Inquiry):
    """An inquiry that also names what is looked at.

    Args:
        inquiry: the same without looking.
        text_limit: characters of the text in an image that are kept.
        mutool: whether documents may be read through it.
        most_pages: of a PDF that are sampled.
        samples_pdfs: whether vision mode is on.
    """

    def __init__(
        self,
        inquiry: Inquiry,
        *,
        text_limit: int,
        mutool: bool,
        most_pages: int,
        samples_pdfs: bool,
    ) -> None:
        super().__init__(inquiry.provider, text_limit, inquiry.ocr, mutool=mutool)
        self.most_pages = most_pages
        self._samples_pdfs = samples_pdfs
        # By the name of what looks at an image, or the digest of how a document is read as text.
        self._recipes_of_looks: dict[str, Recipe] = {}

    def samples(self, document: Document) -> bool:
        """Whether pages of a document would be looked at, if its text cannot be used."""
        return (
            self._samples_pdfs
            and not is_image(document.path.suffix)
            and viewer_for(document.path) is not None
        )

    def plain_key(self, document: Document) -> Key:
        """Name the metadata of a document as text mode does."""
        return super().metadata_key(document)

    def ways(self, document: Document) -> list[Way]:
        """The ways to read a document as text, for the question that vision mode asks."""
        ways = super().ways(document)
        if not self.samples(document):
            return ways
        return [way._replace(metadata=self._with_vision(way.metadata)) for way in ways]

    def metadata_key(self, document: Document) -> Key:
        """Name the metadata of an image or a document; raises as `ways` does."""
        if is_image(document.path.suffix):
            return metadata_key(document.file_hash, self.image_recipe(document), mode="img")
        if not self.samples(document):
            return super().metadata_key(document)
        recipes = [way.metadata for way in self.ways(document)]
        return metadata_key(document.file_hash, *recipes, vision=True)

    def image_recipe(self, document: Document) -> Recipe:
        """Say how an image's metadata is obtained.

        Raises:
            DocumentError: nothing looks at this format.
        """
        viewer = viewer_for(document.path)
        if viewer is None:
            raise DocumentError(document.path, "cannot be looked at")
        recipe = self._recipes_of_looks.get(viewer.name)
        if recipe is None:
            provider = self.provider
            recipe = self._recipes_of_looks[viewer.name] = metadata_recipe(
                provider.name,
                provider.model,
                provider.revision,
                {**provider.parameters(), "vision": self._vision()},
                self._text_in(viewer),
            )
        return recipe

    def _with_vision(self, plain: Recipe) -> Recipe:
        recipe = self._recipes_of_looks.get(plain.digest)
        if recipe is None:
            parameters = {**plain.parameters, "vision": self._vision()}
            recipe = Recipe(plain.step, plain.revision, parameters)
            self._recipes_of_looks[plain.digest] = recipe
        return recipe

    def _text_in(self, viewer: Reader) -> Recipe:
        return text_recipe(
            viewer.name,
            viewer.revision,
            text_limit=self._text_limit,
            ocr=self.ocr.described() if self.ocr and not self.provider.sees else None,
        )

    def _vision(self) -> dict[str, Value]:
        if not self.provider.sees:
            return {}
        return {**described(self.most_pages), "prompt_digest": vision_prompt_digest()}
