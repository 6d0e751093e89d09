"""How good the names are that strangers' documents get offline, at the defaults.

    python benchmarks/strangers.py --fetch ~/strangers            the packages; minutes, and some GB
    python benchmarks/strangers.py ~/strangers                    the table
    python benchmarks/strangers.py ~/strangers --peer --misses    beside calibre; each wrong name
    python benchmarks/strangers.py ~/strangers --write docs/reading.md
    python benchmarks/strangers.py ~/mine --table labels.csv      documents and labels of your own

`strangers.csv` has what a person read in some hundreds of documents from packages of Debian, PyPI
and npm: the title, other forms of it that are as good, who is credited, or that there is no title
that a name could be made of. Documents are known by their SHA-256; those that a package does not
hold any more are left out. A name is right if its title is one of these forms and nobody is called
an author who is not credited. Works that stand several times, in several formats, weigh as one.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import zlib
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docs_pages import machine, shown, write_between
from measuring import Figure, Floor, Report, figure_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TABLE = Path(__file__).with_name("strangers.csv")
_LARGEST = 90_000_000
"""Bytes; larger documents were not labelled."""
_MANY_AUTHORS = 9
"""From so many on nobody lists them all, so none of them is judged."""
_KINDS = {
    ".pdf": "PDF",
    **dict.fromkeys((".epub", ".fb2", ".mobi"), "e-book"),
    **dict.fromkeys((".htm", ".html", ".xhtml"), "web page"),
    **dict.fromkeys((".txt", ".md", ".rst"), "text, Markdown"),
    **dict.fromkeys((".doc", ".docx", ".odt", ".odp", ".rtf", ".ppt", ".pptx"), "office"),
}
_PEER = "ebook-meta"


@dataclass(frozen=True, slots=True)
class Label:
    """What a person read in one document.

    Attributes:
        kind: what it is, and whether in English.
        titles: the forms of the title, `bare`; none where there is no sensible one.
        authors: who is credited, `bare`, in order.
        work: the same for the formats of one work.
        source: where it was found, for people.
    """

    kind: str
    titles: frozenset[str]
    authors: tuple[str, ...]
    work: str
    source: str


@dataclass(frozen=True, slots=True)
class Named:
    """What a document would be named.

    Attributes:
        title: of the name.
        authors: in the name.
        certainty: the probability that the title is right, as it was said.
        is_given: whether the document gets the name unasked.
    """

    title: str
    authors: tuple[str, ...]
    certainty: float = 1.0
    is_given: bool = True


@dataclass
class Score:
    """Sums over documents, of which each weighs what its work leaves it."""

    documents: float = 0.0
    with_title: float = 0.0
    named: float = 0.0
    right_titles: float = 0.0
    right: float = 0.0
    credited: float = 0.0
    first_named: float = 0.0

    def add(self, label: Label, named: Named | None, weight: float) -> None:
        """Add a document."""
        self.documents += weight
        self.with_title += weight * bool(label.titles)
        if named is None or not named.is_given:
            return
        self.named += weight
        if bare(named.title) not in label.titles:
            return
        self.right_titles += weight
        self.right += weight * credits_nobody_else(label, named)
        if label.authors:
            self.credited += weight
            first = any(is_same_person(bare(name), label.authors[0]) for name in named.authors)
            self.first_named += weight * first

    def row(self) -> tuple[str, ...]:
        """Of a table with `HEADER`."""
        counts = (self.documents, self.with_title, self.named)
        shares = (
            _share(self.right_titles, self.named),
            _share(self.right, self.named),
            _share(self.right, self.with_title),
            _share(self.first_named, self.credited),
        )
        return (*(f"{count:.0f}" for count in counts), *shares)


HEADER = (
    *("documents", "with a title", "named", "title right", "and no wrong author"),
    *("of those with a title named rightly", "first author named"),
)


def bare(text: str) -> str:
    """Return a text's letters and digits without case and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    return re.sub(r"[\W_]+", " ", letters).strip()


def is_same_person(name: str, credited: str) -> bool:
    """Return whether two `bare` names are one person's, in any order or with initials."""
    words, others = name.split(), credited.split()
    if not words or not others:
        return False
    return sorted(words) == sorted(others) or (
        words[-1] == others[-1] and words[0][0] == others[0][0]
    )


def credits_nobody_else(label: Label, named: Named) -> bool:
    """Return whether all who are named as authors are credited, as far as that can be judged."""
    if not label.authors or len(label.authors) >= _MANY_AUTHORS:
        return True
    return all(
        any(is_same_person(bare(name), one) for one in label.authors) for name in named.authors
    )


def read_labels(table: Path) -> dict[str, Label]:
    """Return the labels by SHA-256, without those that two people would judge differently."""
    labels = {}
    with table.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["nameable"] == "?":
                continue
            forms = [row["title"], *row["title_alt"].split(" | ")] if row["nameable"] == "1" else []
            kind = _KINDS.get(row["ext"].lower(), "picture")
            labels[row["sha256"]] = Label(
                kind if row["lang"] in ("en", "") else f"{kind}, not English",
                frozenset(filter(None, map(bare, forms))),
                tuple(filter(None, map(bare, row["authors"].split(";")))),
                bare(row["title"]) if forms else row["sha256"],
                row["source"],
            )
    return labels


def documents(folder: Path, labels: Mapping[str, Label]) -> Iterator[tuple[str, str, bytes]]:
    """Yield SHA-256, suffix and bytes of each labelled document in a folder, each once."""
    seen = set()
    for top, _, names in os.walk(folder):
        for path in (Path(top, name) for name in sorted(names)):
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
                continue
            versions = [(path.suffix.lower(), path.read_bytes())]
            if path.suffix == ".gz":
                with suppress(OSError, EOFError, zlib.error):
                    inner = Path(path.stem).suffix.lower()
                    versions.append((inner, gzip.decompress(versions[0][1])))
            for suffix, data in versions:
                digest = hashlib.sha256(data).hexdigest()
                if digest in labels and digest not in seen:
                    seen.add(digest)
                    yield digest, suffix, data


def named_by_renai(library: Path, home: Path) -> dict[str, Named]:
    """Return what renai names of the files in a folder at its defaults, by file name."""
    folders = {
        f"XDG_{kind}_HOME": str(home / kind) for kind in ("CACHE", "CONFIG", "STATE", "DATA")
    }
    said = subprocess.run(
        [sys.executable, "-m", "renai", library, "--dry-run", "--json", "--yes"],
        env={**os.environ, "HOME": str(home), **folders},
        stdout=subprocess.PIPE,
        check=False,
    )
    return {
        Path(file["path"]).name: Named(
            file["metadata"]["title"],
            tuple(file["metadata"].get("authors") or ()),
            file["metadata"].get("confidence") or 0.0,
            file["action"] == "rename",
        )
        for file in json.loads(said.stdout)["files"]
        if (file["metadata"] or {}).get("title")
    }


def named_by_peer(library: Path) -> dict[str, Named]:
    """Return what calibre reads of the files in a folder, by file name; not what it makes up."""
    found = {}
    for path in sorted(library.iterdir()):
        said = subprocess.run([_PEER, path], capture_output=True, text=True, check=False).stdout
        fields = dict(re.findall(r"^(\S[^:]*?)\s*: (.*)$", said, re.MULTILINE))
        title = fields.get("Title", "")
        if bare(title) not in ("", "unknown", bare(path.stem)):
            authors = re.sub(r"\[.*?\]", "", fields.get("Author(s)", "")).split(" & ")
            known = tuple(name for name in authors if bare(name) not in ("", "unknown"))
            found[path.name] = Named(title, known)
    return found


def report(
    title: str, labels: Mapping[str, Label], names: Mapping[str, str], named: Mapping[str, Named]
) -> tuple[Report, Score]:
    """Score what was named.

    Args:
        title: of the table.
        labels: of the documents that are there, by SHA-256.
        names: the file name of each document, by SHA-256.
        named: what was named, by file name.
    """
    works = Counter(label.work for label in labels.values())
    scores: defaultdict[str, Score] = defaultdict(Score)
    total = Score()
    for digest, label in labels.items():
        for score in (scores[label.kind], total):
            score.add(label, named.get(names[digest]), 1 / works[label.work])
    table = Report(title, ("kind", *HEADER))
    table.rows += [(kind, *score.row()) for kind, score in sorted(scores.items())]
    table.rows.append(("all", *total.row()))
    return table, total


def calibration_error(
    labels: Mapping[str, Label], names: Mapping[str, str], named: Mapping[str, Named]
) -> float:
    """Return the expected calibration error of what is said of titles, in ten equal bins.

    Source: Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
    Binning", AAAI 2015.
    """
    bins: defaultdict[int, list[float]] = defaultdict(list)
    for digest, label in labels.items():
        if got := named.get(names[digest]):
            excess = got.certainty - (bare(got.title) in label.titles)
            bins[min(int(got.certainty * 10), 9)].append(excess)
    return sum(abs(sum(excesses)) for excesses in bins.values()) / sum(map(len, bins.values()))


def misses(
    labels: Mapping[str, Label], names: Mapping[str, str], named: Mapping[str, Named]
) -> Iterator[str]:
    """Yield a line for each wrong name."""
    for digest, label in labels.items():
        got = named.get(names[digest])
        if (
            got
            and got.is_given
            and not (bare(got.title) in label.titles and credits_nobody_else(label, got))
        ):
            yield f"{label.source}\n    said: {got}\n    true: {label.titles} {label.authors}"


def fetch(folder: Path, table: Path) -> None:
    """Download and unpack the packages that documents are from; what is there already stays."""
    with table.open(encoding="utf-8", newline="") as stream:
        parts = [row["source"].split("/") for row in csv.DictReader(stream)]
    wanted = sorted({(top, rest[1] if top == "npm" else rest[0]) for top, *rest in parts})
    for top, package in wanted:
        shelf = folder / top / package
        if shelf.exists():
            continue
        with tempfile.TemporaryDirectory() as download:
            try:
                _unpack(top, package, Path(download), shelf)
            except (subprocess.CalledProcessError, OSError, shutil.ReadError) as error:
                print(f"{top}/{package}: left out, {error}", flush=True)


def _unpack(top: str, package: str, download: Path, shelf: Path) -> None:
    name, _, version = package.rpartition("-")
    commands: dict[str, Sequence[str]] = {
        "x": ("apt-get", "download", "-q", package),
        "sx": ("apt-get", "source", "-q", "--download-only", package),
        "px": (
            *(sys.executable, "-m", "pip", "download", "-q", "--no-deps"),
            *("--no-binary", name, f"{name}=={version}"),
        ),
        "npm": ("npm", "pack", "--silent", f"{name}@{version}"),
    }
    got = subprocess.run(commands[top], cwd=download, check=False, stdout=subprocess.DEVNULL)
    if top != "sx":  # of a source whose changes for Debian are gone, the original may be there
        got.check_returncode()
    shelf.mkdir(parents=True)
    for archive in download.iterdir():
        if archive.suffix == ".deb":
            subprocess.run(["dpkg-deb", "-x", archive, shelf], check=True)
        elif re.search(r"\.(?:tar\.\w+|tgz|zip)$", archive.name) and ".debian." not in archive.name:
            shutil.unpack_archive(archive, shelf)


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def main() -> None:
    """Fetch, or score."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, help="where the packages are, or are to be")
    parser.add_argument("--table", type=Path, default=_TABLE, help="labels of your own")
    parser.add_argument("--fetch", action="store_true", help="download what is missing")
    parser.add_argument("--peer", action="store_true", help=f"score {_PEER} of calibre, too")
    parser.add_argument("--misses", action="store_true", help="list each wrong name")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="a page with marks for tables")
    options = parser.parse_args()
    if options.fetch:
        fetch(options.folder, options.table)
    labels = read_labels(options.table)
    with tempfile.TemporaryDirectory() as folder:
        library, home = Path(folder, "library"), Path(folder, "home")
        library.mkdir()
        names = {}
        for digest, suffix, data in documents(options.folder, labels):
            names[digest] = f"scan{len(names):04}{suffix}"
            (library / names[digest]).write_bytes(data)
        there = {digest: label for digest, label in labels.items() if digest in names}
        named = named_by_renai(library, home)
        table, total = report("renai, without a model", there, names, named)
        tables = [table]
        if options.peer:
            tables.append(report(_PEER, there, names, named_by_peer(library))[0])
    if options.misses:
        print(*misses(there, names, named), sep="\n")
    figures = [
        Floor("titles right", 0.95, total.right_titles / max(total.named, 1), "{:.1%}"),
        Floor("and no wrong author", 0.92, total.right / max(total.named, 1), "{:.1%}"),
        Floor("named rightly", 0.6, total.right / max(total.with_title, 1), "{:.1%}"),
        Figure("calibration error", 0.05, calibration_error(there, names, named), "{:.3f}"),
        Floor("first author named", 0.75, total.first_named / max(total.credited, 1), "{:.1%}"),
    ]
    said = "\n\n".join([figure_table(figures), *map(shown, tables)])
    print(said)
    if options.write:
        write_between(options.write, "strangers", f"{machine()}\n\n{said}")


if __name__ == "__main__":
    main()
