"""What one call of a component asks its embedder, and how the answers are found again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from haystack import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haystack_integrations.components.embedders.renai.reading import Reading


class DocumentRequest:
    """Documents, by what is read of them.

    Args:
        documents: what `run` was given.
        reading: what the embedder reads of them.
        field: of a document, that holds its embedding.

    Raises:
        TypeError: they are no list of documents.
    """

    def __init__(self, documents: list[Document], reading: Reading, field: str) -> None:
        self.documents = check_documents(documents)
        self.subjects = reading.subjects(documents)
        self.sources = reading.sources(documents)
        self.metas: list[dict[str, Any]] = []
        self._field = field
        self._document_of: dict[str, Document] = {}

    def ask(self, subjects: Sequence[str]) -> dict[str, Any]:
        """Give the embedder documents of its own, under ids that differ, and not yet embedded.

        Some embedders write into what they get, some tell documents apart by their ids, and some
        return a document as it came where embedding it failed.
        """
        if not self._document_of:
            self._document_of = dict(zip(self.subjects, self.documents, strict=True))
        return {
            "documents": [
                replace(
                    document,
                    id=_asked_as(position, document),
                    meta=dict(document.meta),
                    embedding=None,
                    sparse_embedding=None,
                )
                for position, document in enumerate(map(self._document_of.__getitem__, subjects))
            ]
        }

    def take(self, subjects: Sequence[str], answer: dict[str, Any]) -> list[Any]:
        """Find the answered documents by the ids they were asked under."""
        self.metas.append(answer.get("meta") or {})
        value_of = {each.id: getattr(each, self._field) for each in answer.get("documents", ())}
        return [
            value_of.get(_asked_as(position, self._document_of[subject]))
            for position, subject in enumerate(subjects)
        ]

    def name(self, subject: str) -> str:
        """Name the document by its id."""
        return f"document {self._document_of[subject].id}"


class TextRequest:
    """One text.

    Args:
        text: what `run` was given.
        field: of the embedder's answer, that holds the embedding.

    Raises:
        TypeError: it is no `str`.
    """

    def __init__(self, text: str, field: str) -> None:
        if not isinstance(text, str):
            raise TypeError(
                "CachedTextEmbedder takes a str; for Documents there is CachedDocumentEmbedder"
            )
        self.subjects = [text]
        self.sources: list[str | None] = [None]
        self.metas: list[dict[str, Any]] = []
        self._field = field

    def ask(self, subjects: Sequence[str]) -> dict[str, Any]:
        """Ask for the text."""
        return {"text": subjects[0]}

    def take(self, subjects: Sequence[str], answer: dict[str, Any]) -> list[Any]:
        """Take its vector."""
        self.metas.append(answer.get("meta") or {})
        return [answer.get(self._field)]

    def name(self, subject: str) -> str:
        """Name it without saying it."""
        return "the text"


def check_documents(documents: list[Document]) -> list[Document]:
    """Return the documents if that is what they are.

    Raises:
        TypeError: they are no list of documents.
    """
    if not isinstance(documents, list) or not all(isinstance(it, Document) for it in documents):
        raise TypeError(
            "CachedDocumentEmbedder takes a list of Documents; for a str there is "
            "CachedTextEmbedder"
        )
    return documents


def _asked_as(position: int, document: Document) -> str:
    return f"{document.id} ({position})"
