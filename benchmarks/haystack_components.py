"""What CachedDocumentEmbedder costs where everything is a hit.

Beside it stands what nobody can do without: turning the array of vectors into lists and making a
new document for each.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from haystack import Document
from haystack.components.embedders import MockDocumentEmbedder

from embedding_material import Material
from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder
from measuring import RATES, Floor, Report, Rounds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BARE = "tolist + replace"


def reports(folder: Path, count: int, rounds: int) -> Iterator[Report]:
    """Measure."""
    material = Material(count)
    documents = [Document(content=text) for text in material.texts]
    with ExitStack() as stack:
        sqlite = stack.enter_context(closing(_adopted(material, f"sqlite:///{folder}/h.sqlite")))
        memory = stack.enter_context(closing(_adopted(material, "memory://")))
        marking = stack.enter_context(
            closing(
                CachedDocumentEmbedder(
                    MockDocumentEmbedder(), sqlite.cache_url, mark_documents=True
                )
            )
        )
        measured = Rounds(
            {
                _BARE: lambda: _bare(documents, material),
                "sqlite, run": lambda: sqlite.run(documents),
                "sqlite, run, marked": lambda: marking.run(documents),
                "sqlite, run_async": lambda: asyncio.run(sqlite.run_async(documents)),
                "memory, run": lambda: memory.run(documents),
            },
            rounds,
        )
    yield Report(
        f"Embedding {count:,} Haystack documents, all hits",
        RATES,
        measured.rate_rows(_BARE, count),
        [
            Floor(
                "all hits, CachedDocumentEmbedder / tolist + replace",
                0.95,
                measured.ratio(_BARE, "sqlite, run"),
                "{:.2f}",
            )
        ],
    )


def _adopted(material: Material, url: str) -> CachedDocumentEmbedder:
    """A component that has all vectors already."""
    component = CachedDocumentEmbedder(MockDocumentEmbedder(), url)
    component.adopt(
        [
            Document(content=text, embedding=row)
            for text, row in zip(material.texts, material.vectors.tolist(), strict=True)
        ]
    )
    return component


def _bare(documents: list[Document], material: Material) -> list[Document]:
    """Do what cannot be avoided."""
    rows = map(np.ndarray.tolist, material.vectors)  # faster than one list of lists
    return [replace(it, embedding=row) for it, row in zip(documents, rows, strict=True)]
