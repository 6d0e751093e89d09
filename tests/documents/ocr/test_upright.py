"""Pages that were scanned askew, and an engine that knows what is upright by a mark in a corner."""

from __future__ import annotations

import numpy as np
import pytest

from renai.documents.ocr.layout import Piece
from renai.documents.ocr.upright import read_upright

WORDS = "The Salt Road"
GARBAGE = "p~o& zl,S"


class Engine:
    """Reads a page whose upper left corner is black well, and says what it makes of others."""

    def __init__(self, upside_down: list[Piece], on_its_side: list[Piece]) -> None:
        self.calls = 0
        self._otherwise = {2: upside_down, 1: on_its_side, 3: on_its_side}

    def __call__(self, pixels: np.ndarray) -> list[Piece]:
        self.calls += 1
        quarters = next(n for n in range(4) if not np.rot90(pixels, n)[0, 0].any())
        return self._otherwise.get(quarters, [Piece(WORDS, 10, 10, 90, 20, 0.98)])


def page() -> np.ndarray:
    pixels = np.full((120, 100, 3), 255, np.uint8)
    pixels[0, 0] = 0
    return pixels


UNSURE = [Piece(GARBAGE, 10, 100, 90, 110, 0.55)]
TALL = [Piece(WORDS, 10, 10, 20, 90, 0.97)]


@pytest.mark.parametrize("on_its_side", [TALL, UNSURE], ids=["tall", "unsure"])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_is_turned_until_it_can_be_read(quarters: int, on_its_side: list[Piece]) -> None:
    upright = read_upright(np.rot90(page(), quarters), Engine(UNSURE, on_its_side))
    assert [piece.text for piece in upright.pieces] == [WORDS]
    assert np.array_equal(upright.pixels, page())
    assert upright.pixels.flags.c_contiguous


def test_what_can_be_read_is_read_once() -> None:
    engine = Engine(UNSURE, TALL)
    assert read_upright(page(), engine).pieces[0].text == WORDS
    assert engine.calls == 1


def test_an_empty_page_is_not_turned() -> None:
    engine = Engine([], [])
    assert read_upright(np.rot90(page(), 2), engine).pieces == []
    assert engine.calls == 1


def test_what_no_turn_helps_stays_as_it_lies() -> None:
    """A script that the engine knows badly."""
    poor = [Piece("Тпхая вода", 10, 10, 90, 20, 0.6)]
    upright = read_upright(page()[::-1], lambda pixels: poor)
    assert upright.pieces == poor
    assert np.array_equal(upright.pixels, page()[::-1])


def test_a_tall_letter_turns_no_page() -> None:
    engine = Engine(UNSURE, TALL)
    initial = Piece("I", 0, 0, 10, 60, 0.9)
    pieces = [initial, Piece(WORDS, 20, 10, 90, 20, 0.98)]
    assert read_upright(page(), lambda pixels: engine(pixels) and pieces).pieces == pieces
    assert engine.calls == 1
