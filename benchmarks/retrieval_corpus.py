"""Build a test collection for `renai eval retrieval` from the manuals of the corpus.

    make corpus
    python benchmarks/retrieval_corpus.py FOLDER [BOOK…]
    renai eval retrieval FOLDER

Of every English EPUB each section is a passage, and its heading is the question that it answers.
That is a harsh test: a heading is short, neighbouring sections are about nearly the same, and only
one counts as right. It is other people's text, so the folder belongs outside the project.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import zipfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from corpus import corpus_folder, documents
from renai.documents.readers.ebook import book_properties
from renai.evaluation.collection import PASSAGES, QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST = 1000
"""Characters of a passage: about what small models read of a text."""

_SHORTEST = 200
_WORDS = range(2, 16)
"""How many words a heading has that can be asked."""

_ENGLISH = ("", "en")
"""What comes after the first dot in the names of English books."""

_HEADINGS = {f"h{level}" for level in range(1, 7)}
_HIDDEN = {"script", "style", "nav", "title"}
_NUMBER = re.compile(
    r"^(?:(?:chapter|appendix)\s+)?(?:\d+|[A-Z](?=\.))(?:\.\d+)*\.?\s+(?=\S)", re.I
)


class Section(NamedTuple):
    """A heading, and what stands below it before the next."""

    heading: str
    text: str


class _Sections(HTMLParser):
    """Parts a page at its headings."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[tuple[list[str], list[str]]] = []
        self._into: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _HEADINGS:
            self.parts.append(([], []))
            self._into = self.parts[-1][0]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN
        if tag in _HEADINGS and self.parts:
            self._into = self.parts[-1][1]

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._into.append(data)


def sections(page: str) -> Iterator[Section]:
    """The sections of an XHTML page, their white space evened out."""
    parser = _Sections()
    parser.feed(page)
    for heading, text in parser.parts:
        yield Section(_NUMBER.sub("", _line(heading)), _line(text))


def books(corpus: Path, wanted: Sequence[str]) -> Iterator[tuple[str, list[Section]]]:
    """English EPUBs, all where none is named: their names and sections."""
    for path in documents(corpus, ".epub"):
        data = path.read_bytes()
        if path.stem.partition(".")[2] not in _ENGLISH:  # translations may say they are English
            continue
        if wanted and path.stem not in wanted:
            continue
        if str(book_properties("EPUB", data).get("language", "")).startswith("en"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                pages = [name for name in archive.namelist() if name.endswith(("html", "htm"))]
                found = [each for page in pages for each in sections(archive.read(page).decode())]
            yield path.stem, found


def build(corpus: Path, folder: Path, wanted: Sequence[str] = ()) -> tuple[int, int]:
    """Write a collection; returns how many passages and questions it has."""
    found = [
        (f"{name}/{number}", section.heading, section.text[:_LONGEST])
        for name, parts in books(corpus, wanted)
        for number, section in enumerate(parts)
        if len(section.text) >= _SHORTEST
    ]
    texts = {text: name for name, _, text in reversed(found)}  # of equal ones the first
    passages = [(name, heading, text) for name, heading, text in found if texts[text] == name]
    asked = Counter(heading.lower() for _, heading, _ in passages)
    questions = [
        {"question": heading, "answers": [name]}
        for name, heading, _ in passages
        if asked[heading.lower()] == 1 and len(heading.split()) in _WORDS
    ]
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / PASSAGES, [{"id": name, "text": text} for name, _, text in passages])
    _write(folder / QUESTIONS, questions)
    return len(passages), len(questions)


def _line(pieces: list[str]) -> str:
    return " ".join("".join(pieces).split())


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def main() -> None:
    """Build it and say what it holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="where the collection is written")
    parser.add_argument("books", nargs="*", help="names of some EPUBs, without their ending")
    options = parser.parse_args()
    passages, questions = build(corpus_folder(), options.folder, options.books)
    print(f"{options.folder}: {passages} passages, {questions} questions")


if __name__ == "__main__":
    main()
