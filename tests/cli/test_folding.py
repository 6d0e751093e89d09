"""Lines are folded between words, at whatever width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from renai.cli.folding import fold

TITLE = "Ilse Marwood - The Patience of Tides (2014).pdf"


def folded(text: str, width: int) -> list[str]:
    return [text[begin:end] for begin, end in fold(text, width)]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        (TITLE, 80, [TITLE]),
        (TITLE, 20, ["Ilse Marwood - The", "Patience of Tides", "(2014).pdf"]),
        ("books/old disk/TIDES.pdf", 16, ["books/old disk/", "TIDES.pdf"]),
        ("one_file_of-many.words.pdf", 12, ["one_file_of-", "many.words", ".pdf"]),
        ("9781402894626.pdf", 8, ["97814028", "94626", ".pdf"]),
        ("潮の満ち引き.pdf", 8, ["潮の満ち", "引き.pdf"]),
        ("a  b", 2, ["a", "b"]),
        ("", 10, [""]),
    ],
)
def test_where_a_line_ends(text: str, width: int, lines: list[str]) -> None:
    assert folded(text, width) == lines


@given(st.text(st.characters(exclude_categories=("C", "M", "Zl", "Zp"))), st.integers(2, 60))
def test_nothing_is_lost_and_every_line_fits(text: str, width: int) -> None:
    lines = folded(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.lists(st.text("abcäöü読書", min_size=1, max_size=8), min_size=1), st.integers(16, 60))
def test_no_word_that_fits_a_line_is_broken(words: list[str], width: int) -> None:
    latin = [word for word in words if cell_len(word) == len(word)]
    lines = folded(" ".join(latin), width)
    assert [word for line in lines for word in line.split()] == latin
