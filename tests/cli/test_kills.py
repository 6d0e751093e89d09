"""Runs that are killed at any instant: nothing is torn, lost or overwritten, and all goes on."""

from __future__ import annotations

import random
import time
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from books import make_books, pdf
from endpoint import Endpoint
from program import Program
from renai.codecs.json import JsonCodec
from renai.codecs.text import TextCodec

if TYPE_CHECKING:
    from pathlib import Path

PAID = ("--provider", "custom", "--yes", "--update-metadata", "--concurrency", "3")
TEMPLATES = ("{title} ({year})", "{author} - {title}")
DELAY = 0.05


def make_library(folder: Path) -> None:
    """Books with sidecars, books of one title, and two that swap names."""
    make_books(folder, 5)
    (folder / "scan0.opf").write_text("about harbours")
    make_books(folder / "deeper", 3)
    for number in range(3):
        (folder / f"same{number}.pdf").write_bytes(pdf("Same", "Bo", 2000) + b"%" * number)
    (folder / "Left (2001).pdf").write_bytes(pdf("Right", "Bo", 2001))
    (folder / "Right (2001).pdf").write_bytes(pdf("Left", "Bo", 2001))


def files(folder: Path) -> dict[str, str]:
    """Name -> digest of everything in a folder."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def assert_no_entry_is_torn(renai: Program) -> None:
    for name, data in renai.entries("text").items():
        TextCodec().decode(f"text/{name}", data)
    for name, data in renai.entries("metadata").items():
        JsonCodec().decode(f"metadata/{name}", data)


def kill_one(renai: Program, library: Path, template: str, seconds: float) -> None:
    process = renai.start(library, *PAID, "--template", template)
    time.sleep(seconds)
    process.kill()
    process.communicate()


def undo_everything(renai: Program) -> None:
    for run in renai("history", "--json").json["runs"]:  # the last one first
        undone = renai("undo", run["run"])
        assert undone.code == 0, undone.out + undone.err


@pytest.mark.parametrize(
    ("seed", "kills"),
    [
        (0, 6),
        *(pytest.param(seed, 10, marks=pytest.mark.long) for seed in range(100, 121)),
    ],
)
def test_killed_at_any_instant(tmp_path: Path, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    library = tmp_path / "library"
    make_library(library)
    original = files(library)
    contents = Counter(original.values())
    with Endpoint(delay=DELAY) as endpoint:
        renai = Program(tmp_path, endpoint.url)
        started = time.monotonic()
        renai(library, *PAID, "--dry-run")
        whole = time.monotonic() - started

        for turn in range(kills):
            kill_one(renai, library, TEMPLATES[turn % 2], chance.uniform(0.2, 1.1) * whole)
            assert_no_entry_is_torn(renai)
            assert Counter(files(library).values()) == contents

        finished = renai(library, *PAID)
        assert finished.code == 0, finished.err
        assert Counter(files(library).values()) == contents
        assert "Ada Quill - Harbour Tales 0 (1999).opf" in files(library)
        assert renai.entries("quarantine") == {}

        undo_everything(renai)
        assert files(library) == original
