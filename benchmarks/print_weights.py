"""Fit what print weighs in the certainty of a title, and say how right that is on other packages.

    python benchmarks/print_weights.py --strangers ~/strangers --latex ~/latex --corpus ~/corpus

The folders are those that `strangers.py`, `latex.py` and `corpus.py` fetch; each may be left out.
Of every PDF the likeliest block of print is looked at: its `signs`, and whether it is the title. A
logistic regression is fitted on nine tenths of the packages and asked about the rest, ten times:
that is the table. Last come coefficients for `renai/providers/offline/titles.py`, fitted on all.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import latex
import offline
from corpus import documents
from docs_pages import shown
from logistic import fit_logistic, print_coefficients
from measuring import Report
from offline_misses import letters
from renai.providers.offline.certainty import KNOWN, of_print
from renai.providers.offline.titles import COEFFICIENTS, SUREST, Print
from strangers import documents as documents_of_strangers
from strangers import read_labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renai.extraction import Extraction

_LABELS = Path(__file__).with_name("strangers.csv")
_FOLDS = 10
_RIDGE = 1.0
"""Of the penalty on large coefficients."""
_STRANGERS_COUNT = 2.0
"""Times: they are more like what people have than documents by LaTeX are."""
_CAREFUL = 0.75
"""What odds are multiplied by: to be sure and wrong costs a user most."""


@dataclass(frozen=True)
class Example:
    """The likeliest block of print of one document.

    Attributes:
        source: which of the three folders it is from.
        package: of the document.
        signs: in the order of `COEFFICIENTS`.
        is_right: whether it is the title.
        is_doubted: whether it is doubted for other reasons, whatever its signs.
        weight: of several documents of one work together 1.
    """

    source: str
    package: str
    signs: tuple[float, ...]
    is_right: bool
    is_doubted: bool
    weight: float = 1.0


def example(source: str, package: str, extraction: Extraction, titles: set[str]) -> Example | None:
    """Look at one document; None where there is no print that can be a title."""
    in_print = Print(extraction)
    if not in_print.candidates:
        return None
    one = in_print.candidates[0]
    subtitle = in_print.subtitle(one)
    forms = {one.words, f"{one.words} {subtitle.value if subtitle else ''}"}
    found = in_print.signs(one)
    return Example(
        source,
        package,
        tuple(float(found[name]) for name in COEFFICIENTS),
        bool({letters(form) for form in forms} & titles),
        in_print.is_doubted(one),
    )


def of_strangers(folder: Path) -> Iterator[Example]:
    """Yield the labelled PDFs."""
    labels = read_labels(_LABELS)
    works = Counter(label.work for label in labels.values())
    with tempfile.TemporaryDirectory() as made:
        shelf = Path(made, "packages")
        shelf.mkdir()
        for digest, suffix, data in documents_of_strangers(folder, labels):
            if suffix == ".pdf":
                (shelf / f"{digest}.pdf").write_bytes(data)
        extractions = asyncio.run(offline.read_documents(Path(made), sorted(shelf.iterdir())))
    for path, extraction in extractions.items():
        label = labels[path.stem]
        top, first, second, *_ = label.source.split("/")
        titles = {title.replace(" ", "") for title in label.titles}
        one = example("strangers", second if top == "npm" else first, extraction, titles)
        if one is not None:
            yield replace(one, weight=1 / works[label.work])


def of_latex(folder: Path) -> Iterator[Example]:
    """Yield the documents of LaTeX and R packages, with their properties hidden."""
    sources = latex.candidates(folder)
    extractions = asyncio.run(offline.read_documents(folder, sorted(sources)))
    below = {path.relative_to(folder / "packages"): one for path, one in sources.items()}
    for outcome in latex.outcomes_of(extractions, below):
        truth, hidden = outcome.truth, replace(extractions[outcome.path], properties={})
        titles = {letters(truth.title), letters(f"{truth.title}{truth.subtitle or ''}")}
        one = example("LaTeX", outcome.path.parts[0], hidden, titles)
        if one is not None:
            yield one


def of_corpus(folder: Path) -> Iterator[Example]:
    """Yield the documents of Debian packages, with their properties hidden."""
    extractions = asyncio.run(offline.read_documents(folder, documents(folder)))
    for outcome in offline.outcomes_of(extractions):
        titles = {letters(outcome.known.truth.title)}
        one = example("Debian", outcome.path.parts[0], outcome.extraction, titles)
        if one is not None:
            yield one


def fitted(examples: Sequence[Example]) -> np.ndarray:
    """Return the intercept and the coefficients."""
    signs = np.array([one.signs for one in examples])
    right = np.array([float(one.is_right) for one in examples])
    counts = {"strangers": _STRANGERS_COUNT}
    weights = np.array([one.weight * counts.get(one.source, 1.0) for one in examples])
    found = fit_logistic(signs, right, weights, _RIDGE)
    found[0] += math.log(_CAREFUL)
    return found


def cross_validated(examples: Sequence[Example]) -> list[float]:
    """Return the certainty of each, by coefficients that were fitted on other packages."""
    parts = [zlib.crc32(one.package.encode()) % _FOLDS for one in examples]
    certainties = [0.0] * len(examples)
    for fold in range(_FOLDS):
        others = [one for one, part in zip(examples, parts, strict=True) if part != fold]
        found = fitted(others)
        for place, one in enumerate(examples):
            if parts[place] == fold:
                logit = float(found @ np.array((1.0, *one.signs)))
                certainties[place] = of_print(min(SUREST, 1 / (1 + math.exp(-logit))))
    return certainties


def report(examples: Sequence[Example], certainties: Sequence[float]) -> Report:
    """Say of how many the title is known by its print, and how often rightly, from each source."""
    table = Report(
        "By coefficients of other packages", ("source", "PDFs", "known", "right of them")
    )
    for source in dict.fromkeys(one.source for one in examples):
        pairs = zip(examples, certainties, strict=True)
        of_source = [(one, sure) for one, sure in pairs if one.source == source]
        known = [one for one, sure in of_source if sure >= KNOWN and not one.is_doubted]
        total = sum(one.weight for one, _ in of_source)
        weight = sum(one.weight for one in known)
        right = sum(one.weight for one in known if one.is_right)
        row = (f"{total:.0f}", f"{weight / total:.1%}", f"{right / max(weight, 1e-9):.1%}")
        table.rows.append((source, *row))
    return table


def main() -> None:
    """Fit, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--strangers", type=Path, help="the folder that strangers.py fetches")
    parser.add_argument("--latex", type=Path, help="the folder that latex.py fetches")
    parser.add_argument("--corpus", type=Path, help="the folder that corpus.py fetches")
    options = parser.parse_args()
    examples: list[Example] = []
    for folder, read in (
        (options.strangers, of_strangers),
        (options.latex, of_latex),
        (options.corpus, of_corpus),
    ):
        if folder is not None:
            examples += read(folder.expanduser().resolve())
    print(shown(report(examples, cross_validated(examples))))
    print_coefficients(fitted(examples), COEFFICIENTS)


if __name__ == "__main__":
    main()
