"""Whether a large store is slower than a small one, and how much room a vector takes.

A store of a million is filled with the texts that are looked up spread over it, and others between.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from embedding_material import DIM, RECIPE, Material
from measuring import COMPARED, Figure, Report, Rounds
from renai.embeddings.cache import EmbeddingCache
from renai.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LARGE = 1_000_000
_PARTS = 50
_BYTES = {"float32": 1750, "float16": 980, "int8": 600}
_FRAME = 28 + 4 * DIM


def reports(folder: Path, count: int, rounds: int) -> Iterator[Report]:
    """Measure."""
    material = Material(count)
    yield _growth(folder, material, min(_LARGE, count * 50), rounds)
    yield _room(folder, material)


def _growth(folder: Path, material: Material, size: int, rounds: int) -> Report:
    small, large = f"{len(material.texts):,} entries", f"{size:,} entries"
    path = folder / "large.sqlite"
    _fill(path, material, size)
    with (
        material.filled(f"sqlite:///{folder}/small.sqlite") as few,
        EmbeddingCache(f"sqlite:///{path}", RECIPE) as many,
    ):
        measured = Rounds(
            {small: lambda: material.read_from(few), large: lambda: material.read_from(many)},
            rounds,
        )
    path.unlink()
    return Report(
        f"Looking up {len(material.texts):,} texts in a small and in a large SQLite file",
        COMPARED,
        measured.rows(small),
        [Figure(f"look-up, {large} / {small}", 2, measured.ratio(large, small))],
    )


def _fill(path: Path, material: Material, size: int) -> None:
    """Spread the texts over a store of other entries."""
    step = len(material.texts) // _PARTS
    others = size // _PARTS - step
    with SqliteStore(path) as store:
        cache = EmbeddingCache(store, RECIPE)
        for start in range(0, len(material.texts), step):
            end = start + step
            cache.put(material.texts[start:end], material.vectors[start:end])
            frame = os.urandom(_FRAME)
            store.put_many({f"embedding/{os.urandom(32).hex()}": frame for _ in range(others)})


def _room(folder: Path, material: Material) -> Report:
    taken = {}
    for dtype in _BYTES:
        path = folder / f"{dtype}.sqlite"
        material.filled(f"sqlite:///{path}", dtype=dtype).close()
        taken[dtype] = path.stat().st_size / len(material.texts)
    return Report(
        f"Bytes on disk for each vector of {DIM} numbers, SQLite",
        ("type of number", "bytes"),
        [(dtype, f"{size:,.0f}") for dtype, size in taken.items()],
        [
            Figure(f"bytes on disk, {dtype}", most, taken[dtype], "{:,.0f}")
            for dtype, most in _BYTES.items()
        ],
    )
