"""What hits in the four situations that a cache is for, as usage counters count it.

    python benchmarks/situations.py                          print the table
    python benchmarks/situations.py --write docs/insight.md  put it between that page's marks

A library is read once through the program, and the texts of its documents, parted into passages,
are embedded once through `EmbeddingCache`. Then the same is done again: with nothing changed; with
another provider, and another model of vectors; with one word changed in every tenth document; and
after `renai cache`, which empties texts and metadata and leaves vectors. The provider is an
endpoint on this machine, and what a layer hit and missed is what `renai cache stats` says of it.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from docs_pages import machine, shown, write_between
from made_library import make_library
from measuring import Report
from program import RunningEndpoint, World
from renai import EmbeddingCache, Recipe, get_file_hash, get_text_cache_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FILES = 200
_CHANGED_EVERY = 10
_PASSAGE = 300
"""Characters."""

_PLAIN = ("--fallback-mode", "none")
"""So that texts have the same names where an OCR engine is installed."""

_DIM = 384
_LAYERS = ("metadata", "text", "embedding")

_FIRST = ("custom", "a-model")
_OTHER = ("openai", "another-model")

Counts = dict[str, tuple[int, int]]
"""Hits and misses by layer."""


class _Library:
    """A library in a world of its own, and who reads it.

    Args:
        world: for both.
        endpoint: the variables under which both providers ask it.
    """

    def __init__(self, world: World, endpoint: Mapping[str, str]) -> None:
        self._world = world
        self._endpoint = dict(endpoint) | {
            "OPENAI_BASE_URL": endpoint["CUSTOM_API_BASE_URL"],
            "OPENAI_API_KEY": "none",
        }

    def read(self, provider: str, model: str) -> tuple[Counts, int]:
        """Read and embed everything; returns what was counted, and the calls of the provider."""
        before = self._counts()
        words = (str(self._world.library), "--dry-run", "--yes", "--json", *_PLAIN)
        ran = self._run(*words, "--provider", provider, "--model", model)
        self._embed(model)
        after = self._counts()
        counts = {
            layer: (after[layer][0] - before[layer][0], after[layer][1] - before[layer][1])
            for layer in _LAYERS
        }
        return counts, ran["summary"]["calls"]

    def change(self) -> None:
        """Change one word in every tenth document, by one of the same length."""
        for path in sorted(self._world.library.rglob("scan_*"))[::_CHANGED_EVERY]:
            data = path.read_bytes()
            changed = data.replace(b"In chapter 3 of", b"In section 3 of")
            assert changed != data
            path.write_bytes(changed)

    def clear(self) -> None:
        """Empty the cache."""
        self._world.run("cache", "--yes")

    def _embed(self, model: str) -> None:
        """As an ingestion would, passage by passage; the vectors do not matter here."""
        url = f"sqlite:///{self._world.cache}/vectors.sqlite"
        with EmbeddingCache(url, Recipe(model, revision="1")) as cache:
            for path in sorted(self._world.library.rglob("scan_*")):
                entry = get_text_cache_path(get_file_hash(path), cache_dir=self._world.cache)
                _, _, text = entry.read_text("utf-8").partition("\n")
                starts = range(0, len(text), _PASSAGE)
                cache.embed(
                    [text[start : start + _PASSAGE] for start in starts],
                    lambda texts: np.ones((len(texts), _DIM)),
                )

    def _counts(self) -> Counts:
        accounts = self._run("cache", "stats", "--json")["accounts"]
        return {
            layer: (
                sum(each["hits"] for each in accounts if each["layer"] == layer),
                sum(each["misses"] for each in accounts if each["layer"] == layer),
            )
            for layer in _LAYERS
        }

    def _run(self, *words: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._world.run(*words, **self._endpoint))
        return answer


def report(folder: Path, count: int) -> Report:
    """Measure with so many files."""
    world = World(folder)
    make_library(world.library, count)
    os.environ.update(world.environment())
    situations: dict[str, tuple[Callable[[_Library], None], tuple[str, str]]] = {
        "the first time": (lambda _: None, _FIRST),
        "same files, same provider and model": (lambda _: None, _FIRST),
        "same files, another provider and model": (lambda _: None, _OTHER),
        "one word changed in every tenth file": (_Library.change, _FIRST),
        "after `renai cache`": (_Library.clear, _FIRST),
    }
    rows = []
    with RunningEndpoint(0) as endpoint:
        library = _Library(world, endpoint)
        for name, (prepare, asked) in situations.items():
            prepare(library)
            counts, calls = library.read(*asked)
            rows.append((name, *(_rate(*counts[layer]) for layer in _LAYERS), f"{calls:,}"))
    return Report(
        f"Hits over {count:,} files",
        ("situation", "metadata", "text", "vectors", "model calls"),
        rows,
    )


def _rate(hits: int, misses: int) -> str:
    asked = hits + misses
    return f"{hits / asked:.1%} of {asked:,}" if asked else "not asked"


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--files", type=int, default=_FILES, help="how many documents")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="a page with marks for it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="renai-bench-") as folder:
        measured = report(Path(folder), options.files)
    print(shown(measured))
    if options.write:
        write_between(options.write, "situations", f"{machine()}\n\n{measured.table}")


if __name__ == "__main__":
    main()
