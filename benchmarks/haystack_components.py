"""What CachedDocumentEmbedder costs where everything is a hit.

    python benchmarks/haystack_components.py

20,000 texts of 500 characters, 384 dimensions. Beside it stands what nobody can do without: turning
the array of vectors into lists and making a new document for each. Rounds are interleaved; the
medians of five are printed, and how much of the bare rate is reached.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import string
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from haystack import Document
from haystack.components.embedders import MockDocumentEmbedder

from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT, CHARACTERS, DIM, ROUNDS = 20_000, 500, 384, 5


def main() -> None:
    """Print the table."""
    vectors = np.random.default_rng(0).normal(size=(COUNT, DIM)).astype(np.float32)
    letters = string.ascii_letters + " "
    documents = [Document(content="".join(random.choices(letters, k=CHARACTERS))) for _ in vectors]
    embedded = [
        replace(it, embedding=row.tolist()) for it, row in zip(documents, vectors, strict=True)
    ]

    with tempfile.TemporaryDirectory() as folder:
        sqlite = adopted(embedded, f"sqlite:///{folder}/vectors.sqlite")
        marking = CachedDocumentEmbedder(
            MockDocumentEmbedder(), sqlite.cache_url, mark_documents=True
        )
        memory = adopted(embedded, "memory://")
        cases: dict[str, Callable[[], object]] = {
            "tolist + replace": lambda: bare(documents, vectors),
            "sqlite, run": lambda: sqlite.run(documents),
            "sqlite, run, marked": lambda: marking.run(documents),
            "sqlite, run_async": lambda: asyncio.run(sqlite.run_async(documents)),
            "memory, run": lambda: memory.run(documents),
        }
        taken: dict[str, list[float]] = defaultdict(list)
        for _ in range(ROUNDS):
            for case, work in cases.items():
                taken[case].append(rate(work))
        for component in (sqlite, marking, memory):
            component.close()

    medians = {case: statistics.median(rates) for case, rates in taken.items()}
    print(f"{'':22}{'documents/s':>12}{'of bare':>9}")
    for case, median in medians.items():
        print(f"{case:22}{median:>12,.0f}{median / medians['tolist + replace']:>9.2f}")


def adopted(embedded: list[Document], url: str) -> CachedDocumentEmbedder:
    """A component that has all vectors already."""
    component = CachedDocumentEmbedder(MockDocumentEmbedder(), url)
    component.adopt(embedded)
    return component


def bare(documents: list[Document], vectors: np.ndarray) -> list[Document]:
    """Do what cannot be avoided."""
    rows = map(np.ndarray.tolist, vectors)  # faster than one list of lists
    return [replace(it, embedding=row) for it, row in zip(documents, rows, strict=True)]


def rate(work: Callable[[], object]) -> float:
    """Documents a second."""
    gc.collect()  # or a case pays for what the one before left
    begun = time.perf_counter()
    work()
    return COUNT / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
