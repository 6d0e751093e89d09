"""How often `offline` is right about PDFs whose embedded title and authors are hidden from it.

    make corpus bench-offline                       the tables
    python benchmarks/offline.py --misses tuning    and each miss of that part
    python benchmarks/offline.py --write PAGE       put the tables between that page's marks

What is true is decided before anything is asked, from the embedded properties and the print
(`offline_truth`). The heuristics are tuned on one part of the documents; no document of the other
parts shares a folder or an author with them. Beside them stands what takes three lines of code:
the largest type on the first page is the title. The PDFs are read through renai's own cache, in
the corpus' folder, so that only the first run has to read them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from corpus import corpus_folder, documents
from docs_pages import machine, shown, write_between
from measuring import Floor, Report, figure_table
from offline_misses import (
    letters,
    title_is_right,
    why_authors_are_wrong,
    why_title_is_wrong,
)
from offline_truth import PARTS, Known, known_documents
from renai.evaluation.fields import agree
from renai.extraction import Extraction
from renai.library.orchestrator import Orchestrator
from renai.metadata.processor import BookProcessor
from renai.metadata.request import make_request
from renai.providers.offline.heuristics import read
from renai.providers.registry import find_service
from renai.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import PurePath

    from renai.providers.schema import Metadata

SURE = find_service("offline").min_confidence
"""The confidence from which on an answer counts as confident: a file gets its name unasked."""
_FEWEST = 5
"""Documents of a package that has a line of its own."""
_AS_LARGE = 0.99
"""Of the largest size; PDFs round."""


@dataclass(frozen=True)
class Outcome:
    """What was said of one document, and what is true."""

    path: PurePath
    known: Known
    answer: Metadata
    extraction: Extraction

    @property
    def title(self) -> bool:
        """Whether the title is right."""
        return title_is_right(self.answer, self.known.truth)

    @property
    def authors(self) -> bool:
        """Whether all authors are right, and no other is named."""
        return agree(self.answer, self.known.truth, "authors")

    @property
    def sure(self) -> bool:
        """Whether the answer is confident."""
        return (self.answer.confidence or 0.0) >= SURE

    def why_title(self) -> str | None:
        """Why the title is wrong, if it is."""
        if self.title:
            return None
        return why_title_is_wrong(self.answer, self.known.truth, self.extraction)

    def why_authors(self) -> str | None:
        """Why the authors are wrong, if they are."""
        if self.authors:
            return None
        return why_authors_are_wrong(self.answer, self.known.truth, self.extraction)

    @property
    def largest_is_right(self) -> bool:
        """Whether the largest type on the first page is the title."""
        return letters(largest_type(self.extraction)) == letters(self.known.truth.title)


@dataclass(frozen=True)
class Score:
    """Shares over some outcomes, each from 0 to 1."""

    outcomes: Sequence[Outcome]

    header: ClassVar = (
        *("PDFs", "largest type", "titles", "only with subtitle", "authors"),
        *("confident", "right of the confident"),
    )

    @property
    def titles(self) -> float:
        """Right titles."""
        return _share([one.title for one in self.outcomes])

    @property
    def only_with_subtitle(self) -> float:
        """Titles that count as right because title and subtitle together are."""
        return _share(
            [
                one.title and letters(one.answer.title) != letters(one.known.truth.title)
                for one in self.outcomes
            ]
        )

    @property
    def authors(self) -> float:
        """Documents all of whose authors are right."""
        return _share([one.authors for one in self.outcomes])

    @property
    def sure(self) -> float:
        """Confident answers."""
        return _share([one.sure for one in self.outcomes])

    @property
    def right_if_sure(self) -> float:
        """Right titles among the confident answers."""
        return _share([one.title for one in self.outcomes if one.sure])

    @property
    def largest(self) -> float:
        """Right titles, if the largest type is taken."""
        return _share([one.largest_is_right for one in self.outcomes])

    def row(self) -> tuple[str, ...]:
        """Of a table with `header`."""
        shares = (self.largest, self.titles, self.only_with_subtitle, self.authors)
        shares += (self.sure, self.right_if_sure)
        return (str(len(self.outcomes)), *(f"{share:.1%}" for share in shares))

    def figures(self) -> list[Floor]:
        """What is to be reached."""
        return [
            Floor("titles right", 0.88, self.titles, "{:.1%}"),
            Floor("all authors right", 0.75, self.authors, "{:.1%}"),
            Floor("confident", 0.6, self.sure, "{:.1%}"),
            Floor("right titles of the confident", 0.97, self.right_if_sure, "{:.1%}"),
        ]


def _share(truths: list[bool]) -> float:
    return sum(truths) / len(truths) if truths else 0.0


def largest_type(extraction: Extraction) -> str:
    """The first lines on the first page that are set in its largest type."""
    lines = [line for line in extraction.lines if line.page == 0]
    least = _AS_LARGE * max((line.size for line in lines), default=0.0)
    first = next((place for place, line in enumerate(lines) if line.size >= least), 0)
    return " ".join(line.text for line in takewhile(lambda x: x.size >= least, lines[first:]))


async def read_documents(corpus: Path, paths: Sequence[Path]) -> dict[PurePath, Extraction]:
    """Read PDFs of a corpus through renai's text layer.

    Args:
        corpus: the folder with `packages`; what was read is kept there.
        paths: of the PDFs.

    Returns:
        What was extracted, by paths below the packages' folder, without files that cannot be read.
    """
    settings = Settings(
        provider="offline", fallback_mode="none", mutool=False, cache_dir=corpus / "cache"
    )
    request = make_request(settings, "offline", None)
    async with BookProcessor("offline", settings=settings) as books:
        orchestrator = Orchestrator(books, heed_corrections=False)
        await orchestrator.find(paths)
        print(f"{len(orchestrator.survey.waiting)} PDFs to be read", file=sys.stderr)
        await orchestrator.fill()
        found = [job for job in orchestrator.survey.jobs if job.file_hash]
        keys = [request.text_key(document) for document in found]
        texts = books.caches.text.look_up(keys).hits
    return {
        document.path.relative_to(corpus / "packages"): Extraction.from_facts(
            texts[key].value, texts[key].notes["facts"]
        )
        for document, key in zip(found, keys, strict=True)
        if key in texts
    }


def outcomes_of(extractions: Mapping[PurePath, Extraction]) -> Iterator[Outcome]:
    """Ask about every document of which the truth is known, with its properties hidden."""
    for path, known in known_documents(extractions).items():
        hidden = replace(extractions[path], properties={})
        yield Outcome(path, known, read(hidden, ()), hidden)


def reports(outcomes: Sequence[Outcome]) -> Iterator[Report]:
    """How often it is right, over all and in each part, and why it is not where it is not."""
    parts = {name: [x for x in outcomes if x.known.part == name] for name in PARTS}
    whole = Report("Title and authors, embedded metadata hidden", ("part", *Score.header))
    for name, part in {"all": outcomes, **parts}.items():
        whole.rows.append((name, *Score(part).row()))
    whole.figures += Score(outcomes).figures()
    yield whole
    for what, why in (("titles", Outcome.why_title), ("authors", Outcome.why_authors)):
        yield _causes(f"Wrong {what} by cause", parts, why)


def reports_by_package(outcomes: Sequence[Outcome]) -> Iterator[Report]:
    """How often it is right about the documents of each package, the parts apart."""
    for name in PARTS:
        part = [outcome for outcome in outcomes if outcome.known.part == name]
        yield _by_package(f"By package, {name}", part)


def _causes(
    title: str, parts: Mapping[str, list[Outcome]], why: Callable[[Outcome], str | None]
) -> Report:
    of_part = {name: Counter(filter(None, map(why, part))) for name, part in parts.items()}
    sure = Counter(
        filter(None, (why(outcome) for part in parts.values() for outcome in part if outcome.sure))
    )
    total: Counter[str] = sum(of_part.values(), Counter())
    report = Report(title, ("cause", *parts, "of all, confident"))
    for cause, _ in total.most_common():
        counts = (str(of_part[name][cause]) for name in parts)
        report.rows.append((cause, *counts, str(sure[cause])))
    return report


def _by_package(title: str, outcomes: Sequence[Outcome]) -> Report:
    sizes = Counter(outcome.known.package for outcome in outcomes)
    large = sorted(name for name, size in sizes.items() if size >= _FEWEST)
    report = Report(title, ("package", *Score.header))
    for name in large:
        part = [outcome for outcome in outcomes if outcome.known.package == name]
        report.rows.append((name, *Score(part).row()))
    rest = [outcome for outcome in outcomes if outcome.known.package not in large]
    report.rows.append((f"{len(sizes) - len(large)} smaller ones", *Score(rest).row()))
    return report


def _list_misses(outcomes: Sequence[Outcome]) -> None:
    for one in outcomes:
        causes = {"title": one.why_title(), "authors": one.why_authors()}
        for field, cause in causes.items():
            if cause:
                sure = "CONFIDENT " if one.sure and field == "title" else ""
                print(f"{one.path}\n  {sure}{field}: {cause}")
                print(f"    true: {getattr(one.known.truth, field)}")
                print(f"    said: {getattr(one.answer, field)}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--misses", choices=PARTS, help="list each miss of one part")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="a page with marks for tables")
    options = parser.parse_args()
    corpus = corpus_folder()
    if not (corpus / "packages").is_dir():
        sys.exit(f"There is no corpus in {corpus}: make corpus")
    outcomes = list(outcomes_of(asyncio.run(read_documents(corpus, documents(corpus)))))
    if options.misses:
        _list_misses([outcome for outcome in outcomes if outcome.known.part == options.misses])
    found = list(reports(outcomes))
    summary = figure_table([figure for report in found for figure in report.figures])
    tables = "\n\n".join([machine(), summary, *map(shown, found)])
    print(tables)
    for report in reports_by_package(outcomes):
        print(f"\n{shown(report)}")
    if options.write:
        write_between(options.write, "offline", tables)


if __name__ == "__main__":
    main()
