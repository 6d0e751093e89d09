"""How much of a clean scan OCR recovers: pages with a text layer, scanned, read and compared.

    CORPUS=~/corpus python benchmarks/scans.py
    CORPUS=~/corpus python benchmarks/scans.py --engine tesseract --skip 30 --losses 5

The first page, in Latin script, of one PDF of each of so many packages is rendered at 300 dots an
inch, as a scanner would, and put into a PDF that holds nothing but this picture. It is read as
`enhanced` text is, by renai's own workers. What its text layer said is the truth, white space
folded.

Recovered is what stays where it is in the cheapest way to edit the truth into what was read
(Levenshtein's distance), as a share of the truth. So a character counts only where it is in the
order of the text; what is read out of order is lost, and told apart in the table by a second share:
that of words which were read, whatever their order.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import tempfile
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
from rapidfuzz.distance import Levenshtein

from corpus import corpus_folder, documents
from measuring import Floor, Report, figure_table
from renai.documents.ocr.engine import ENGINES, Ocr
from renai.documents.ocr.pages import is_readable
from renai.documents.sandbox.pool import WorkerPool
from renai.errors import DocumentError
from renai.text_cleaning import document_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_POINTS_PER_INCH = 72
_DOTS_PER_INCH = 300
_LEADERS = re.compile(r"(?:\s*\.){4,}")
_FEWEST_LETTERS = 500
"""A page with less says little about an engine."""

_LEAST_LATIN = 0.9
"""Of the letters: RapidOCR's model knows Latin scripts and Chinese."""


@dataclass(frozen=True)
class Page:
    """The first page of a document, and what stands on it."""

    package: str
    path: Path
    text: str


@dataclass(frozen=True)
class Scanned:
    """A page, and what was read of its scan."""

    page: Page
    read: str
    seconds: float

    @property
    def recovered(self) -> float:
        """The share of the characters that were read, in order."""
        return recovered(self.page.text, self.read)

    @property
    def words(self) -> float:
        """The share of the words that were read, in any order."""
        wanted, found = Counter(folded(self.page.text).split()), Counter(folded(self.read).split())
        return (wanted & found).total() / wanted.total()


def folded(text: str) -> str:
    """Compatible characters are one, so is white space; dots that lead the eye are no text."""
    return " ".join(_LEADERS.sub(" ", unicodedata.normalize("NFKC", text)).split())


def recovered(truth: str, read: str) -> float:
    """The share of a text's characters that another has, in order."""
    wanted = folded(truth)
    blocks = Levenshtein.editops(wanted, folded(read)).as_matching_blocks()
    return sum(block.size for block in blocks) / len(wanted)


def losses(scanned: Scanned, most: int) -> list[str]:
    """The longest parts that were read otherwise."""
    wanted, found = folded(scanned.page.text), folded(scanned.read)
    edits = [x for x in Levenshtein.opcodes(wanted, found) if x.tag in {"replace", "delete"}]
    edits.sort(key=lambda x: x.src_start - x.src_end)
    return [
        f"{wanted[x.src_start : x.src_end]!r} as {found[x.dest_start : x.dest_end]!r}"
        for x in edits[:most]
    ]


def sampled_pages(corpus: Path) -> Iterator[Page]:
    """One of each package, in an order that does not change and follows nothing."""
    shelves = corpus / "packages"
    seen = set()
    for path in sorted(documents(corpus), key=lambda path: _place(path.relative_to(shelves))):
        package = path.relative_to(shelves).parts[0]
        if package not in seen and (text := _first_page(path)):
            seen.add(package)
            yield Page(package, path, text)


def _place(path: Path) -> bytes:
    return sha256(str(path).encode()).digest()


def _first_page(path: Path) -> str:
    """Its text, if it is fit to be compared."""
    try:
        with pypdfium2.PdfDocument(path) as document:
            text = document_text(document[0].get_textpage().get_text_range())
    except pypdfium2.PdfiumError:
        return ""
    letters = [character for character in text if character.isalpha()]
    latin = sum("LATIN" in unicodedata.name(letter, "") for letter in letters)
    is_fit = is_readable(text) and len(letters) >= _FEWEST_LETTERS
    return text if is_fit and latin >= _LEAST_LATIN * len(letters) else ""


def scan(page: Page, path: Path) -> None:
    """Write a PDF that holds nothing but a picture of the page."""
    with pypdfium2.PdfDocument(page.path) as document:
        picture = document[0].render(scale=_DOTS_PER_INCH / _POINTS_PER_INCH).to_pil()
    picture.convert("L").save(path, "PDF", resolution=_DOTS_PER_INCH)


async def read_scans(pages: list[Page], engine: Ocr, folder: Path) -> list[Scanned]:
    """Scan and read them, one after the other."""
    scans = []
    async with WorkerPool(1) as pool:
        for page in pages:
            path = folder / "scan.pdf"
            scan(page, path)
            started = time.perf_counter()
            try:
                text = (await pool.read(path, ocr=engine, text_limit=1_000_000)).text
            except DocumentError as error:
                text = ""
                print(f"{page.path}: {error.reason}")
            scans.append(Scanned(page, text, time.perf_counter() - started))
    return scans


def report(scans: list[Scanned], engine: str) -> Report:
    """A row a page, the worst first."""
    of_all = sum(x.recovered * len(folded(x.page.text)) for x in scans) / sum(
        len(folded(x.page.text)) for x in scans
    )
    return Report(
        f"{len(scans)} scanned first pages of as many packages, read by {engine}",
        ("document", "characters", "recovered", "words in any order", "s"),
        [
            (
                f"{x.page.package}: {x.page.path.name}",
                f"{len(folded(x.page.text)):,}",
                f"{x.recovered:.1%}",
                f"{x.words:.1%}",
                f"{x.seconds:.1f}",
            )
            for x in sorted(scans, key=lambda x: x.recovered)
        ],
        [
            Floor("of all characters", 0.97, of_all, "{:.1%}"),
            Floor(
                "of a page's characters, median",
                0.97,
                statistics.median(x.recovered for x in scans),
                "{:.1%}",
            ),
        ],
    )


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--skip", type=int, default=0, help="packages, to measure on others")
    parser.add_argument("--losses", type=int, default=0, help="show so many of each page")
    arguments = parser.parse_args()
    pages = list(sampled_pages(corpus_folder()))[arguments.skip :][: arguments.count]
    with tempfile.TemporaryDirectory() as folder:
        scans = asyncio.run(read_scans(pages, Ocr(arguments.engine), Path(folder)))
    made = report(scans, arguments.engine)
    print(f"{made.title}\n\n{made.table}\n\n{figure_table(made.figures)}")
    for x in sorted(scans, key=lambda x: x.recovered) if arguments.losses else ():
        print(f"\n{x.page.package}: {x.recovered:.1%}", *losses(x, arguments.losses), sep="\n  ")


if __name__ == "__main__":
    main()
