"""How a page that was read is held against what stands on it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("rapidfuzz", reason="pip install 'renai[bench]' to run this")

from scans import Page, Scanned, folded, losses, recovered


def test_white_space_ligatures_and_leaders_are_no_loss() -> None:
    assert folded("1  Eﬀects . . . . . . . 12\n") == "1 Effects 12"
    assert recovered("Two\nlines of ﬁne print", "Two lines of fine  print") == 1


def test_what_is_missing_or_wrong_is_lost_and_what_is_added_is_not() -> None:
    assert recovered("0123456789", "01234x6789") == 0.9
    assert recovered("0123456789", "012346789") == 0.9
    assert recovered("0123456789", "01234,56789") == 1
    assert recovered("0123456789", "") == 0


def test_what_is_read_out_of_order_counts_as_words_alone() -> None:
    page = Page("package", Path("a.pdf"), "left column right column")
    scanned = Scanned(page, "right column left column", 1.0)
    assert scanned.words == 1
    assert scanned.recovered < 0.8
    assert losses(Scanned(page, "left right column", 1.0), 3) == ["'column ' as ''"]
