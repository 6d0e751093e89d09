"""Flipped, cut and foreign bytes in the cache: set aside with a warning, and made again."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from books import make_books

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from endpoint import Endpoint
    from program import Finished, Program

PAID = ("--provider", "custom", "--yes", "--json")
MEMO = "fingerprints.sqlite"


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def texts(entries: dict[str, bytes]) -> dict[str, bytes]:
    """Entries without their headers, which say how long each took."""
    return {name: data.partition(b"\n")[2] for name, data in entries.items()}


def titles(finished: Finished) -> list[str]:
    assert finished.code == 0, finished.err
    return sorted(file["metadata"]["title"] for file in finished.json["files"])


TITLES = ["Harbour Tales 0", "Harbour Tales 1", "Harbour Tales 2"]

HURT: dict[str, Callable[[bytes], bytes]] = {
    "first byte": lambda data: flip(data, 0),
    "in the header": lambda data: flip(data, 40),
    "in the middle": lambda data: flip(data, len(data) // 2),
    "last byte": lambda data: flip(data, -1 % len(data)),
    "cut": lambda data: data[: len(data) // 2],
    "emptied": lambda data: b"",
    "longer": lambda data: data + b"\n",
    "another format": lambda data: data.replace(b'"_format": 1', b'"_format": 2').replace(
        b"renai-text/1", b"renai-text/2"
    ),
    "foreign": lambda data: b'{"title": "Something else", "authors": []}',
    "zeros": lambda data: bytes(len(data)),
}


def test_damaged_entries_are_set_aside_and_made_again(
    renai: Program, endpoint: Endpoint, tmp_path: Path
) -> None:
    """As many books as there are ways to be hurt, and one that is left alone."""
    books = tmp_path / "library"
    make_books(books, len(HURT) + 1)
    first = renai(books, *PAID)
    good = {layer: renai.entries(layer) for layer in ("text", "metadata")}
    bad = {}
    for layer, entries in good.items():
        for (name, data), hurt in zip(entries.items(), HURT.values(), strict=False):
            bad[f"{layer}_{name}"] = hurt(data)
            (renai.cache / layer / name).write_bytes(hurt(data))

    second = renai(books, *PAID)

    assert titles(second) == titles(first)
    assert len(endpoint.calls) == len(good["metadata"]) + len(HURT)
    warnings = [line for line in second.logs if line.startswith("[WARNING]")]
    assert len(warnings) == len(bad)
    for name in bad:
        entry = name.replace("_", "/", 1)
        assert sum(f"Damaged cache entry {entry} is set aside" in line for line in warnings) == 1
    assert renai.entries("quarantine") == bad
    assert texts(renai.entries("text")) == texts(good["text"])

    third = renai(books, *PAID)
    assert titles(third) == titles(first)
    assert third.calls == 0
    assert "[WARNING]" not in third.err


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_memo_costs_one_reading(renai: Program, books: Path, seed: int) -> None:
    """Files are old enough to be in it from the start; a wrong digest would give a wrong title."""
    chance = random.Random(seed)
    for path in books.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    renai(books, *PAID)
    memo = renai.cache / MEMO
    data = bytearray(memo.read_bytes())
    for _ in range(1 + 100 * (seed % 2)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    memo.write_bytes(data)
    for _ in range(3):
        finished = renai(books, *PAID)
        assert titles(finished) == TITLES
        assert finished.calls == 0
    assert "[WARNING]" not in finished.err


@pytest.mark.parametrize("junk", [b"no database", bytes(5000)])
def test_a_memo_that_is_junk_is_set_aside(renai: Program, books: Path, junk: bytes) -> None:
    renai(books, *PAID)
    (renai.cache / MEMO).write_bytes(junk)
    first, second = renai(books, *PAID), renai(books, *PAID)
    assert titles(first) == titles(second) == TITLES
    assert f"[WARNING] Damaged {MEMO} is set aside" in first.err
    assert "[WARNING]" not in second.err
    assert renai.entries("quarantine")[MEMO] == junk
