"""Letters that are not what a page shows."""

from __future__ import annotations

import pytest

from renai.documents.ocr.garbled import garbled_pages, is_garbled, is_noise
from renai.documents.ocr.pages import is_readable, unusable_pages

ENGLISH = (
    "The keeper went up to the house on the hill and sent signs with that one candle he had. " * 3
)
RUSSIAN = "Старый смотритель каждый вечер поднимался по лестнице и зажигал огонь маяка. " * 3
CHINESE = "老人每天晚上走上楼梯，点亮了灯，照着远处的船只。" * 5


def swapped(text: str) -> str:
    return text.encode("utf-16-le").decode("utf-16-be", "replace")


def shifted(text: str, by: int) -> str:
    """As a font map does that gives the numbers of glyphs for letters."""
    return "".join(chr(ord(x) - by) if x.isalpha() else x for x in text)


@pytest.mark.parametrize(
    "text",
    [
        swapped(ENGLISH),
        swapped(RUSSIAN),
        shifted(ENGLISH.upper(), -3),
        "".join(a + b for a, b in zip("абвгдежз " * 20, "rtzpqsd  " * 20, strict=True)),
    ],
)
def test_garbled_text_is_noticed(text: str) -> None:
    assert is_garbled(text)
    assert not is_readable(text)
    assert unusable_pages([ENGLISH, text]) == [1]


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        ENGLISH.upper(),
        RUSSIAN,
        CHINESE,
        "dA + dB + dC + dD = dE + dF + dG " * 10,
        "Strč prst skrz krk. Vlk zmrzl, zhltl hrst zrn. " * 2,
        "xyzzy",
        "",
        "Η IEEE και το TCP/IP: πρωτόκολλα δικτύων σε HTML και CSS για όλους τους χρήστες " * 3,
    ],
)
def test_what_people_write_is_not(text: str) -> None:
    assert not is_garbled(text)


def test_a_font_is_a_whole_documents() -> None:
    page = swapped(ENGLISH)
    assert garbled_pages([page, "12", page]) == {0, 1, 2}
    assert garbled_pages([ENGLISH * 4, page]) == {1}


@pytest.mark.parametrize(
    "text",
    ["", "8", "Sof", "atg.p", "l1 |. aA\nHTL\n:;-- rt", "Ol\nxkcdq\n0O0", "123 456 789 Total"],
)
def test_what_ocr_sees_in_a_photograph_is_noise(text: str) -> None:
    assert is_noise(text)


@pytest.mark.parametrize(
    "text",
    [
        "SALT ROADS NORTH",
        "Северный маяк",
        "山の灯台 上",
        "General\nCutting\nServices",
        "빛나는 등대",
    ],
)
def test_a_cover_is_not(text: str) -> None:
    assert not is_noise(text)
