"""Fit what the certainty of a title weighs, and say how right that is on other packages.

    python benchmarks/title_weights.py ~/strangers        the folder that strangers.py fetches

`first_looks.csv` has what `offline` said of documents of strangers before anybody had looked at
them: the title, how well it was known (a row of `renai/providers/offline/certainty.py`), and
whether it was right. What was mended by what they showed is not in it, so that it tells how sure
one can be of the next document. A logistic regression is fitted on nine tenths of the packages and
asked about the rest, ten times: that is the first table. The second one is of the last half of the
documents, by coefficients fitted on those that were labelled before. Last come coefficients fitted
on all.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import math
import tempfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from docs_pages import shown
from logistic import fit_logistic, print_coefficients
from measuring import Report
from offline import read_documents
from renai.providers.offline.certainty import COEFFICIENTS, KNOWN, signs
from renai.providers.offline.heuristics import is_judged_by_text, read
from strangers import documents, read_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.extraction import Extraction

_TABLE = Path(__file__).with_name("first_looks.csv")
_LABELS = Path(__file__).with_name("strangers.csv")
_FOLDS = 10
_RIDGE = 1.0
"""Of the penalty on large coefficients."""
_BARS = (0.75, 0.8, 0.85, 0.87, 0.9, 0.92)


@dataclass(frozen=True)
class Example:
    """A title that was said at a first look.

    Attributes:
        part: which tenth of the packages it is from.
        known: how well it was known.
        signs: in the order of `COEFFICIENTS`; None where the text does not count.
        is_right: whether it was right.
        weight: of several documents of one work together 1.
    """

    part: int
    known: float
    signs: tuple[float, ...] | None
    is_right: bool
    weight: float

    def chance(self, found: np.ndarray) -> float:
        """Return the probability that it is right, by an intercept and coefficients."""
        if self.signs is None:
            return self.known
        chance = 1 / (1 + math.exp(-float(found @ np.array((1.0, *self.signs)))))
        return chance if self.known >= KNOWN else min(chance, self.known)


def read_texts(folder: Path) -> dict[str, Extraction]:
    """Return the labelled documents that are there, by SHA-256."""
    with tempfile.TemporaryDirectory() as made:
        shelf = Path(made, "packages")
        shelf.mkdir()
        for digest, suffix, data in documents(folder, read_labels(_LABELS)):
            (shelf / f"{digest}{suffix}").write_bytes(data)
        found = asyncio.run(read_documents(Path(made), sorted(shelf.iterdir())))
    return {path.stem: extraction for path, extraction in found.items()}


def examples_of(texts: dict[str, Extraction]) -> list[Example]:
    """Look at what was said of each document."""
    labels = read_labels(_LABELS)
    works = Counter(labels[digest].work for digest in texts)
    examples = []
    with _TABLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            extraction = texts.get(row["sha256"])
            if extraction is None:
                continue
            known, title = float(row["known"]), row["title"]
            label = labels[row["sha256"]]
            top, first, second, *_ = label.source.split("/")
            package = second if top == "npm" else first
            is_credited = bool(read(extraction, ()).authors)
            of_text = signs(known, title, extraction, is_credited=is_credited)
            values = tuple(float(of_text[name]) for name in COEFFICIENTS)
            counts = values if is_judged_by_text(extraction) else None
            part = zlib.crc32(package.encode()) % _FOLDS
            weight = 1 / works[label.work]
            examples.append(Example(part, known, counts, row["right"] == "1", weight))
    return examples


def fitted(examples: Sequence[Example]) -> np.ndarray:
    """Return the intercept and the coefficients."""
    judged = [one for one in examples if one.signs is not None]
    signs = np.array([one.signs for one in judged])
    right = np.array([float(one.is_right) for one in judged])
    weights = np.array([one.weight for one in judged])
    return fit_logistic(signs, right, weights, _RIDGE)


def cross_validated(examples: Sequence[Example]) -> list[float]:
    """Return the probability for each, by coefficients that were fitted on other packages."""
    found = [fitted([one for one in examples if one.part != part]) for part in range(_FOLDS)]
    return [one.chance(found[one.part]) for one in examples]


def report(title: str, examples: Sequence[Example], chances: Sequence[float]) -> Report:
    """Say for several bars how many titles are named, and how often rightly; and without signs."""
    table = Report(
        title, ("named from", "named", "right of them", "by how they are known alone", "right")
    )

    def row(sure: Sequence[float], bar: float) -> tuple[str, str]:
        named = [one for one, chance in zip(examples, sure, strict=True) if chance >= bar]
        weight = sum(one.weight for one in named)
        right = sum(one.weight for one in named if one.is_right)
        return f"{weight:.0f}", f"{right / max(weight, 1e-9):.1%}"

    known = [one.known for one in examples]
    for bar in _BARS:
        table.rows.append((f"{bar}", *row(chances, bar), *row(known, bar)))
    return table


def calibration_error(examples: Sequence[Example], chances: Sequence[float]) -> float:
    """Return the expected calibration error in ten equal bins."""
    excesses = [0.0] * 10
    for one, chance in zip(examples, chances, strict=True):
        excesses[min(int(chance * 10), 9)] += chance - one.is_right
    return sum(map(abs, excesses)) / len(examples)


def main() -> None:
    """Fit, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="the folder that strangers.py fetches")
    options = parser.parse_args()
    examples = examples_of(read_texts(options.folder.expanduser().resolve()))
    chances = cross_validated(examples)
    print(shown(report("First looks, by coefficients of other packages", examples, chances)))
    half = len(examples) // 2
    found, later = fitted(examples[:half]), examples[half:]
    of_later = [one.chance(found) for one in later]
    print(f"\n{shown(report('The last half, by coefficients of the first', later, of_later))}")
    print(f"\nCalibration error of the last half: {calibration_error(later, of_later):.3f}")
    known = [one.known for one in examples]
    print(
        f"Of all {len(examples)}: {calibration_error(examples, chances):.3f}; by how they are known"
    )
    print(f"alone: {calibration_error(examples, known):.3f}")
    print_coefficients(fitted(examples), COEFFICIENTS)


if __name__ == "__main__":
    main()
