"""Modes: the ways to describe a file. By its text, by pictures of its pages, or as an image.

A mode makes the key of the metadata and reads what is shown to a provider; everything else on the
way from a file to its metadata is the same for all modes, and stands in `renai.metadata.pipeline`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from renai.documents.formats import find_format, readers_for, viewer_for
from renai.documents.readers.pictures import described
from renai.errors import DocumentError
from renai.keys.recipe import Recipe
from renai.metadata.extraction import Step
from renai.metadata.metadata_cache import metadata_key, metadata_recipe
from renai.metadata.text_cache import text_key, text_recipe
from renai.metadata.unreadable import Viewed, unreadable_key, unreadable_recipe

if TYPE_CHECKING:
    from renai.documents.formats import Reader
    from renai.documents.ocr.engine import Ocr
    from renai.extraction import Extraction
    from renai.file_job import FileJob
    from renai.keys.canonical import Value
    from renai.keys.recipe import Key
    from renai.metadata.extraction import Extractor
    from renai.metadata.metadata_cache import MediaMode
    from renai.providers.base import Provider
    from renai.settings import Settings


class Mode(Protocol):
    """One way to describe a file.

    Attributes:
        media: whether entries are named as those of documents (`doc`) or of images (`img`).
    """

    media: MediaMode

    def key(self, job: FileJob) -> Key:
        """Return the key of a file's metadata.

        Raises:
            DocumentError: no reader reads this format.
        """
        ...

    def unreadable_key(self, job: FileJob) -> Key:
        """Return the key of the reason why a file cannot be read; raises as `key` does.

        This may ask a program for its version, once.
        """
        ...

    async def extract(self, job: FileJob, extractor: Extractor) -> tuple[Recipe, Extraction]:
        """Read what is shown to the provider, and return it with the recipe of the metadata.

        Raises:
            DocumentError: the file cannot be read.
        """
        ...


class TextMode:
    """Describes a document by its text.

    Args:
        provider: the provider that is asked about the text.
        settings: the settings, which say how the text is extracted.
        ocr: the OCR engine and languages for pages without usable text; None to leave them out.
    """

    media: MediaMode = "doc"

    def __init__(self, provider: Provider, settings: Settings, ocr: Ocr | None) -> None:
        self._provider = provider
        self._ocr = ocr
        self._text_limit = settings.text_limit
        self._mutool = settings.mutool is not False
        self._recipes: dict[tuple[Reader, str], tuple[Recipe, Recipe]] = {}
        self._by_suffix: dict[str, list[Recipe]] = {}
        self._unreadable: dict[tuple[tuple[Reader, ...], str, Viewed | None], Recipe] = {}

    def steps(self, job: FileJob) -> list[Step]:
        """Return the ways to extract a document's text, in the order they are tried; at least one.

        Raises:
            DocumentError: no reader reads this format.
        """
        steps = []
        for reader in readers_for(job.path, mutool=self._mutool):
            text, metadata = self._recipes_for(reader)
            by_suffix = self._recipes_for(reader, _media_type(job))
            key = text_key(job.file_hash, text, by_suffix[0])
            steps.append(Step(reader, key, metadata, *by_suffix))
        return steps

    def recipes(self, job: FileJob) -> list[Recipe]:
        """Return the recipes of a document's metadata, two for each step that may read it.

        The first ones are for bytes that tell how they are read, the others for those of which only
        the suffix does.
        """
        suffix = job.suffix
        recipes = self._by_suffix.get(suffix)
        if recipes is None:
            readers = readers_for(job.path, mutool=self._mutool)
            recipes = self._by_suffix[suffix] = [
                self._recipes_for(reader, read_as)[1]
                for read_as in ("", _media_type(job))
                for reader in readers
            ]
        return recipes

    def key(self, job: FileJob) -> Key:
        """Return the key of a document's metadata, which is the same whichever step reads it."""
        return metadata_key(job.file_hash, *self.recipes(job))

    def unreadable_key(self, job: FileJob) -> Key:
        """Return the key of the reason why the document's text cannot be read."""
        return unreadable_key(job.file_hash, self.unreadable_recipe(job))

    def unreadable_recipe(self, job: FileJob, viewed: Viewed | None = None) -> Recipe:
        """Return the recipe of trying to read a document in all ways that there are.

        Args:
            job: the document.
            viewed: how pictures of its pages are made, if they are; None if not.
        """
        readers = readers_for(job.path, mutool=self._mutool)
        read_as = _media_type(job)  # for bytes of which only the suffix tells how they are read
        recipe = self._unreadable.get((readers, read_as, viewed))
        if recipe is None:
            texts = [self._recipes_for(reader, read_as)[0] for reader in readers]
            recipe = self._unreadable[readers, read_as, viewed] = unreadable_recipe(
                texts, readers, viewed
            )
        return recipe

    async def extract(self, job: FileJob, extractor: Extractor) -> tuple[Recipe, Extraction]:
        """Read the document's text, and return it with the recipe of the metadata."""
        step, extraction = await extractor.extract(job, self.steps(job), self._ocr)
        return step.metadata_by_suffix if extraction.read_as else step.metadata, extraction

    def _recipes_for(self, reader: Reader, read_as: str = "") -> tuple[Recipe, Recipe]:
        recipes = self._recipes.get((reader, read_as))
        if recipes is None:
            provider = self._provider
            text = text_recipe(
                reader.name,
                reader.revision,
                text_limit=self._text_limit,
                mutool=reader.mutool,
                ocr=self._ocr.described() if self._ocr and reader.has_pages else None,
                read_as=read_as,
            )
            metadata = metadata_recipe(
                provider.name, provider.model, provider.revision, provider.parameters(), text
            )
            recipes = self._recipes[reader, read_as] = text, metadata
        return recipes


def _media_type(job: FileJob) -> str:
    form = find_format(job.suffix)
    return form.media_type if form else ""


class PagesMode:
    """Describes a document by its text where that is readable, else by pictures of its pages.

    Args:
        text: the mode that describes the document by its text.
        provider: the provider that is asked; one that cannot see gets the text, readable or not.
        settings: the settings, which say how many pages are looked at.
    """

    media: MediaMode = "doc"

    def __init__(self, text: TextMode, provider: Provider, settings: Settings) -> None:
        self.text = text
        self._provider = provider
        self._most_pages = settings.vision_max_pages
        self._recipes: dict[str, Recipe] = {}  # by the digest of the text mode's recipe

    def key(self, job: FileJob) -> Key:
        """Return the key of the metadata of a document whose pages may be looked at."""
        recipes = [self._with_vision(plain) for plain in self.text.recipes(job)]
        return metadata_key(job.file_hash, *recipes, vision=True)

    def unreadable_key(self, job: FileJob) -> Key:
        """Return the key of the reason why neither text nor pages can be read."""
        viewer = viewer_for(job.path)
        viewed = Viewed(viewer, self._most_pages) if viewer and self._provider.sees else None
        recipe = self.text.unreadable_recipe(job, viewed)
        return unreadable_key(job.file_hash, recipe)

    async def extract(self, job: FileJob, extractor: Extractor) -> tuple[Recipe, Extraction]:
        """Read the text, or make pictures of pages where the text is not readable."""
        from renai.documents.ocr.pages import is_readable  # only needed where files are read

        recipe, extraction = await self.extract_text(job, extractor)
        if self._provider.sees and not is_readable(extraction.text):
            extraction = await extractor.view(job, self._most_pages, None)
        return recipe, extraction

    async def extract_text(self, job: FileJob, extractor: Extractor) -> tuple[Recipe, Extraction]:
        """Read the text only, and return it with the recipe of the metadata."""
        plain, extraction = await self.text.extract(job, extractor)
        return self._with_vision(plain), extraction

    def _with_vision(self, plain: Recipe) -> Recipe:
        recipe = self._recipes.get(plain.digest)
        if recipe is None:
            vision = vision_parameters(self._provider, self._most_pages)
            parameters = {**plain.parameters, "vision": vision}
            recipe = Recipe(plain.step, plain.revision, parameters)
            self._recipes[plain.digest] = recipe
        return recipe


class ImageMode:
    """Describes an image by looking at it.

    A provider that cannot see is shown what the file says of itself, and the text that OCR reads.

    Args:
        provider: the provider that is asked.
        settings: the settings, which say how much text is read, and how many pages are looked at.
        ocr: the OCR engine and languages for text in an image, for a provider that does not see;
            None to leave it out.
    """

    media: MediaMode = "img"

    def __init__(self, provider: Provider, settings: Settings, ocr: Ocr | None) -> None:
        self._provider = provider
        self._ocr = None if provider.sees else ocr
        self._text_limit = settings.text_limit
        self._most_pages = settings.vision_max_pages
        # By the viewer's name.
        self._texts: dict[str, Recipe] = {}
        self._recipes: dict[str, Recipe] = {}
        self._unreadable: dict[str, Recipe] = {}

    def key(self, job: FileJob) -> Key:
        """Return the key of an image's metadata."""
        return metadata_key(job.file_hash, self._recipe(job), mode="img")

    def unreadable_key(self, job: FileJob) -> Key:
        """Return the key of the reason why the image cannot be looked at."""
        viewer, text = self._viewed(job)
        recipe = self._unreadable.get(viewer.name)
        if recipe is None:
            recipe = self._unreadable[viewer.name] = unreadable_recipe([text], [viewer])
        return unreadable_key(job.file_hash, recipe)

    async def extract(self, job: FileJob, extractor: Extractor) -> tuple[Recipe, Extraction]:
        """Make a picture of the image, and read what the file says of itself."""
        viewed = await extractor.view(job, self._most_pages, self._ocr)
        return self._recipe(job), viewed if self._provider.sees else replace(viewed, pictures=())

    def _viewed(self, job: FileJob) -> tuple[Reader, Recipe]:
        """Return what looks at an image, and the recipe of the text in it."""
        viewer = viewer_for(job.path)
        if viewer is None:
            raise DocumentError(job.path, "cannot be looked at")
        text = self._texts.get(viewer.name)
        if text is None:
            text = self._texts[viewer.name] = text_recipe(
                viewer.name,
                viewer.revision,
                text_limit=self._text_limit,
                ocr=self._ocr.described() if self._ocr else None,
            )
        return viewer, text

    def _recipe(self, job: FileJob) -> Recipe:
        viewer, text = self._viewed(job)
        recipe = self._recipes.get(viewer.name)
        if recipe is None:
            provider = self._provider
            vision = vision_parameters(provider, self._most_pages)
            parameters = {**provider.parameters(), "vision": vision}
            recipe = self._recipes[viewer.name] = metadata_recipe(
                provider.name, provider.model, provider.revision, parameters, text
            )
        return recipe


def vision_parameters(provider: Provider, most_pages: int) -> dict[str, Value]:
    """Return what can change an answer about pictures; nothing if the provider does not see."""
    if not provider.sees:
        return {}
    from renai.providers.openai.prompt import vision_prompt_digest

    return {**described(most_pages), "prompt_digest": vision_prompt_digest()}
