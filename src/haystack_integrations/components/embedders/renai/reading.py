"""What an embedder reads of a document: that, and nothing else of it, is keyed.

A document's id is not: its formula is Haystack's affair, and it also digests what no embedder
reads.
"""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from haystack_integrations.components.embedders.renai.files import digest_files
from haystack_integrations.components.embedders.renai.key_functions import identity_of
from haystack_integrations.components.embedders.renai.sources import sources_of
from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from haystack import Document

    from renai.keys.canonical import Value


class Reading(Protocol):
    """A way to read documents.

    Attributes:
        described: what distinguishes it from other ways; stands in the recipe.
        note: what the embedder adds to the meta of every document.
    """

    @property
    def described(self) -> Value: ...  # noqa: D102 - an attribute

    @property
    def note(self) -> dict[str, Any]: ...  # noqa: D102 - an attribute

    def subjects(self, documents: Sequence[Document]) -> list[str]:
        """Say for each document what is embedded of it; equal subjects have equal vectors."""
        ...

    def sources(self, documents: Sequence[Document]) -> list[str | None]:
        """Say for each document the SHA-256 of its file; None where that is not known."""
        ...


def reading_of(
    embedder: object,
    parameters: Mapping[str, Any],
    key: Callable[[Document], str] | None,
) -> Reading:
    """Find out what an embedder reads.

    Args:
        embedder: for the error.
        parameters: its serialised parameters.
        key: what the user says it reads, which goes before anything else.

    Raises:
        UsageError: neither the parameters nor the user tell, or nothing tells the user's function
            from others.
    """
    if key is not None:
        return ReadingByKey(key, tuple(identity_of(key)))
    if "file_path_meta_field" in parameters:
        return ReadingOfFiles(parameters["file_path_meta_field"], parameters.get("root_path"))
    if "meta_fields_to_embed" in parameters:
        return ReadingOfTexts(tuple(parameters["meta_fields_to_embed"] or ()))
    raise UsageError(
        f"{type(embedder).__name__} does not say what it reads of a document (it has neither "
        "meta_fields_to_embed nor file_path_meta_field); give key=, a function from a document to "
        "a str in which all of that stands"
    )


@dataclass(frozen=True)
class ReadingOfTexts:
    """Content, and some fields of the meta."""

    meta_fields: tuple[str, ...]
    described: Value = "text"

    @property
    def note(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def subjects(self, documents: Sequence[Document]) -> list[str]:
        """The content as it is, or, where fields go with it, all of them told apart."""
        if not self.meta_fields:
            return [document.content or "" for document in documents]
        return [
            # Spelled in ASCII, two halves of a surrogate pair would look like the whole.
            json.dumps(
                [*map(_told_apart, self._values(document)), document.content or ""],
                ensure_ascii=False,
            )
            for document in documents
        ]

    def sources(self, documents: Sequence[Document]) -> list[str | None]:
        """As the meta says."""
        return sources_of(documents)

    def _values(self, document: Document) -> list[Any]:
        return [document.meta.get(field) for field in self.meta_fields]


@dataclass(frozen=True)
class ReadingOfFiles:
    """An image, or a page of a PDF."""

    path_field: str
    root: str | None
    described: Value = "file"

    @property
    def note(self) -> dict[str, Any]:
        """What Haystack's image embedders leave in the meta."""
        return {"embedding_source": {"type": "image", "file_path_meta_field": self.path_field}}

    def subjects(self, documents: Sequence[Document]) -> list[str]:
        """The file's digest, its type and the page.

        Raises:
            ValueError: a document names no file, or one outside `root_path`.
            DocumentError: a file cannot be read.
        """
        return [
            json.dumps(
                [
                    digest,
                    document.meta.get("mime_type") or mimetypes.guess_type(self._path(document))[0],
                    _told_apart(document.meta.get("page_number")),
                ]
            )
            for digest, document in zip(self._digests(documents), documents, strict=True)
        ]

    def sources(self, documents: Sequence[Document]) -> list[str | None]:
        """The file that is embedded."""
        return [*self._digests(documents)]

    def _digests(self, documents: Sequence[Document]) -> list[str]:
        paths = [self._path(document) for document in documents]
        different = list(dict.fromkeys(paths))
        digest_of = dict(zip(different, digest_files(different), strict=True))
        return [digest_of[path] for path in paths]

    def _path(self, document: Document) -> Path:
        named = document.meta.get(self.path_field)
        if named is None:
            raise ValueError(f"document {document.id} names no file in meta[{self.path_field!r}]")
        path = Path(self.root or "", named)
        if self.root and not path.resolve().is_relative_to(Path(self.root).resolve()):
            raise ValueError(f"document {document.id} names a file outside root_path")
        return path


@dataclass(frozen=True)
class ReadingByKey:
    """What the user's function says."""

    key: Callable[[Document], str]
    identity: tuple[Value, ...]

    @property
    def described(self) -> Value:
        """Which function it is."""
        return ["key", *self.identity]

    @property
    def note(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    def subjects(self, documents: Sequence[Document]) -> list[str]:
        """What the function returns.

        Raises:
            TypeError: it returns no `str`.
        """
        subjects = [self.key(document) for document in documents]
        for subject in subjects:
            if not isinstance(subject, str):
                raise TypeError(f"key returns a str, and returned a {type(subject).__name__}")
        return subjects

    def sources(self, documents: Sequence[Document]) -> list[str | None]:
        """As the meta says."""
        return sources_of(documents)


def _told_apart(value: Any) -> Any:
    """Embedders read `str(value)`, and some leave out what is false: 0, but not "0"."""
    return value if value is None else [type(value).__qualname__, str(value)]
