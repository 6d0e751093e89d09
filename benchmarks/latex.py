r"""How often `offline` is right about LaTeX documents that nothing was tuned on.

    python benchmarks/latex.py --fetch ~/latex     the packages; minutes, and some GB
    python benchmarks/latex.py ~/latex --misses    the figures, and each miss
    python benchmarks/latex.py ~/latex --write docs/reading.md

What is true says the source beside a PDF (`latex_sources`), or, in packages that `offline.py` does
not use, the embedded metadata; those are hidden from renai. As there, a title counts only where it
stands in lines of its own on the first two pages. Documents that `offline.py` uses are left out.
Labels are not free of faults: a class may print an author's name otherwise than the source has it.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from corpus import package_names
from docs_pages import machine, write_between
from latex_sources import SUFFIXES, truth_of_source
from measuring import Floor, figure_table
from offline import read_documents
from offline_misses import letters
from offline_truth import stands_in_print, truth_of
from renai.evaluation.fields import normalised
from renai.providers.offline.heuristics import read
from renai.providers.registry import find_service
from strangers import bare, is_same_person

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import PurePath

    from renai.extraction import Extraction
    from renai.providers.schema import Metadata

_PACKAGES = Path(__file__).with_name("latex_packages.txt")
_SURE = find_service("offline").min_confidence
_MOST_OF_A_FOLDER = 3
"""Documents that stand in one folder are often of one template."""


@dataclass(frozen=True)
class Outcome:
    """What was said of one document, and what is true."""

    path: PurePath
    truth: Metadata
    answer: Metadata

    @property
    def title(self) -> bool:
        """Whether the title is right, with its subtitle or without."""
        true, said = self.truth, self.answer
        whole = letters(f"{said.title or ''}{said.subtitle or ''}")
        forms = {letters(true.title), letters(f"{true.title}{true.subtitle or ''}")}
        return bool({letters(said.title), whole} & forms)

    @property
    def sure(self) -> bool:
        """Whether the document gets its name unasked."""
        return (self.answer.confidence or 0.0) >= _SURE

    @property
    def first_author(self) -> bool:
        """Whether the first of the true authors is named."""
        return any(
            is_same_person(bare(name), bare(self.truth.authors[0])) for name in self.answer.authors
        )


def candidates(folder: Path) -> dict[Path, Path | None]:
    """Return the PDFs of which something may be known, each with its source."""
    found: dict[Path, Path | None] = {}
    used = set(package_names())
    for path in sorted((folder / "packages").rglob("*.pdf")):
        if path.is_symlink():
            continue
        beside = (path.with_suffix(suffix) for suffix in SUFFIXES)
        source = next(filter(Path.exists, beside), None)
        package = path.relative_to(folder / "packages").parts[0]
        if source is not None or package not in used:
            found[path] = source
    return found


def outcomes_of(
    extractions: Mapping[PurePath, Extraction], sources: Mapping[PurePath, Path | None]
) -> Iterator[Outcome]:
    """Ask about each document whose truth is known, with its properties hidden."""
    used = set(package_names())
    titles: set[str] = set()
    folders: Counter[PurePath] = Counter()
    for path, extraction in extractions.items():
        truth = truth_of(extraction)
        if truth is not None and path.parts[0] in used:
            continue
        source = sources[path]
        if truth is None and source is not None:
            truth = truth_of_source(source)
        if truth is None or not _is_printed(truth, extraction) or letters(truth.title) in titles:
            continue
        if folders[path.parent] >= _MOST_OF_A_FOLDER:
            continue
        folders[path.parent] += 1
        titles.add(letters(truth.title))
        yield Outcome(path, truth, read(replace(extraction, properties={}), ()))


def _is_printed(truth: Metadata, extraction: Extraction) -> bool:
    lines = [normalised(line.text) for line in extraction.lines]
    return stands_in_print(normalised(truth.title or ""), lines)


def fetch(folder: Path) -> None:
    """Download and unpack what is missing."""
    for package in _PACKAGES.read_text(encoding="utf-8").split():
        shelf = folder / "packages" / package
        if shelf.exists():
            continue
        with tempfile.TemporaryDirectory() as download:
            got = subprocess.run(["apt-get", "download", "-q", package], cwd=download, check=False)
            archive = next(Path(download).glob("*.deb"), None)
            if got.returncode or archive is None:
                print(f"{package}: left out")
                continue
            shelf.mkdir(parents=True)
            subprocess.run(["dpkg-deb", "-x", archive, shelf], check=True)


def main() -> None:
    """Fetch, or score."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="where the packages are, or are to be")
    parser.add_argument("--fetch", action="store_true", help="download what is missing")
    parser.add_argument("--misses", action="store_true", help="list each miss")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="a page with marks for tables")
    options = parser.parse_args()
    if options.fetch:
        fetch(options.folder)
    sources = candidates(options.folder)
    extractions = asyncio.run(read_documents(options.folder, sorted(sources)))
    below = {path.relative_to(options.folder / "packages"): one for path, one in sources.items()}
    outcomes = list(outcomes_of(extractions, below))
    if options.misses:
        for one in outcomes:
            if not one.title:
                print(f"{one.path}\n    title {one.answer.confidence}: {one.answer.title}")
                print(f"    true: {one.truth.title} | {one.truth.subtitle}")
            if one.truth.authors and not one.first_author:
                print(f"{one.path}\n    authors: {one.answer.authors}, true: {one.truth.authors}")
    sure = [one for one in outcomes if one.sure]
    credited = [one for one in outcomes if one.truth.authors]
    figures = [
        Floor("titles right", 0.9, _share(outcomes, "title"), "{:.1%}"),
        Floor("right titles of those", 0.97, _share(sure, "title"), "{:.1%}"),
        Floor("first authors", 0.78, _share(credited, "first_author"), "{:.1%}"),
    ]
    share = len(sure) / max(len(outcomes), 1)
    counts = f"{len(outcomes)} PDFs, {len(credited)} with authors; {share:.1%} are named unasked."
    said = f"{counts}\n\n{figure_table(figures)}"
    print(said)
    if options.write:
        write_between(options.write, "latex", f"{machine()}\n\n{said}")


def _share(outcomes: list[Outcome], what: str) -> float:
    return sum(getattr(one, what) for one in outcomes) / max(len(outcomes), 1)


if __name__ == "__main__":
    main()
