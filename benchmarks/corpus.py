"""Assemble a corpus of real documents: Debian's documentation packages, and some made here.

    make corpus                     below .corpus/, which git ignores; some 2 GB pass the network
    make corpus CORPUS=~/corpus     elsewhere

Packages are downloaded and unpacked, never installed, so no right beyond an own folder is needed.
A package is there as a whole or not at all, and what is there is not fetched again: a run that
was stopped goes on. Scans, photographs and damaged files are made here (`made_documents`), since
no package has them. Nothing of this belongs to renai, and nothing of it is ever committed.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from made_documents import make_documents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEFAULT = Path(__file__).parents[1] / ".corpus"
_PACKAGES = Path(__file__).with_name("corpus_packages.txt")
_SUFFIXES = (".pdf", ".epub", ".odt", ".docx", ".rtf")
_SMALLEST = 512
"""Bytes; what is smaller is a placeholder."""


def corpus_folder() -> Path:
    """Where the corpus is: `CORPUS` of the environment, or `.corpus/` in the project."""
    return Path(os.environ.get("CORPUS") or DEFAULT).expanduser().resolve()


def package_names() -> list[str]:
    """The packages of the corpus."""
    lines = _PACKAGES.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def documents(corpus: Path, suffix: str = ".pdf") -> list[Path]:
    """All real documents of one kind, in an order that does not change."""
    return sorted((corpus / "packages").rglob(f"*{suffix}"))


def spread(paths: Sequence[Path], count: int) -> list[Path]:
    """Return so many of the paths, from all parts of them; all where there are no more."""
    step = max(1.0, len(paths) / count)
    return [paths[int(place * step)] for place in range(min(count, len(paths)))]


def assemble(corpus: Path, packages: Sequence[str]) -> Iterator[str]:
    """Fetch what is missing; yields a line for each package, once it is there or cannot be had."""
    shelves = corpus / "packages"
    shelves.mkdir(parents=True, exist_ok=True)
    known = {_digest(path) for path in shelves.rglob("*") if path.is_file()}
    for package in packages:
        shelf = shelves / package
        if shelf.exists():
            continue
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=corpus) as folder:
            try:
                archive = _download(package, Path(folder))
                unpacked = Path(folder, "unpacked")
                subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)
            except subprocess.CalledProcessError as error:
                yield f"{package}: left out, {_reason(error)}"
                continue
            count = _shelve(unpacked, Path(folder, "shelf"), known)
            Path(folder, "shelf").rename(shelf)
        yield f"{package}: {count} documents"


def _download(package: str, folder: Path) -> Path:
    subprocess.run(
        ["apt-get", "download", "-q", package], cwd=folder, check=True, capture_output=True
    )
    return next(folder.glob("*.deb"))


def _reason(error: subprocess.CalledProcessError) -> str:
    said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"{error.cmd[0]} ended with {error.returncode}"


def _shelve(unpacked: Path, shelf: Path, known: set[str]) -> int:
    """Move what is new from a package onto its shelf; folders tell which documents are kin."""
    shelf.mkdir()
    count = 0
    for path in sorted(unpacked.rglob("*")):
        name = path.relative_to(unpacked)
        if path.is_symlink() or not path.is_file():
            continue
        if name.suffix == ".gz" and name.with_suffix("").suffix in _SUFFIXES:
            name = name.with_suffix("")
            data = gzip.decompress(path.read_bytes())
        elif name.suffix in _SUFFIXES:
            data = path.read_bytes()
        else:
            continue
        digest = hashlib.sha256(data).hexdigest()
        if len(data) >= _SMALLEST and digest not in known:
            known.add(digest)
            (shelf / name).parent.mkdir(parents=True, exist_ok=True)
            (shelf / name).write_bytes(data)
            count += 1
    return count


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main() -> None:
    """Assemble it and say what it holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("packages", nargs="*", help="some packages only")
    options = parser.parse_args()
    corpus = corpus_folder()
    print(f"Made here: {make_documents(corpus / 'made')} documents", flush=True)
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        sys.exit(
            "The real documents come from Debian packages: run this where apt-get and dpkg-deb "
            "are (Debian, Ubuntu, or a container of them), and `apt-get update` first."
        )
    for line in assemble(corpus, options.packages or package_names()):
        print(line, flush=True)
    print(f"{corpus}: {len(documents(corpus))} PDFs, {len(documents(corpus, '.epub'))} EPUBs")


if __name__ == "__main__":
    main()
