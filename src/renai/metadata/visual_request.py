"""What images, and pages of documents that are looked at, are called in the metadata layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.documents.formats import is_image, viewer_for
from renai.documents.readers.pictures import described
from renai.errors import DocumentError
from renai.keys.recipe import Recipe
from renai.metadata.metadata_cache import metadata_key, metadata_recipe
from renai.metadata.request import Inquiry
from renai.metadata.text_cache import text_recipe
from renai.providers.openai.prompt import vision_prompt_digest

if TYPE_CHECKING:
    from renai.documents.formats import Reader
    from renai.keys.canonical import Value
    from renai.keys.recipe import Key
    from renai.metadata.request import Document, Way
    from renai.settings import Settings


class VisualInquiry(Inquiry):
    """An inquiry that also names what is looked at.

    Args:
        inquiry: the same without looking.
        settings: by which documents are read, and looked at.
    """

    def __init__(self, inquiry: Inquiry, settings: Settings) -> None:
        super().__init__(
            inquiry.provider,
            settings.text_limit,
            inquiry.ocr,
            mutool=settings.mutool is not False,
        )
        self.most_pages = settings.vision_max_pages
        self._samples_pdfs = settings.fallback_mode == "vision"
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
