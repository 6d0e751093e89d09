"""Stored texts that were read wrongly are told from those that were not."""

from __future__ import annotations

import pytest

from renai.documents.soundness import is_doubtful

PROSE = "The keeper went up to the house on the hill and sent signs with a candle. " * 20
SWAPPED = PROSE.encode("utf-16-le").decode("utf-16-be", "replace")
NOTICE = "Please wait... If this message is not replaced, your PDF viewer may not show it."
RUSSIAN = "Старый смотритель каждый вечер поднимался по лестнице и зажигал огонь. " * 4


@pytest.mark.parametrize(
    ("reader", "text", "doubtful"),
    [
        ("pdfium", PROSE, False),
        ("pdfium", "", False),
        ("pdfium", RUSSIAN, False),
        ("pdfium", SWAPPED, True),
        ("pdfium", PROSE + SWAPPED, True),
        ("pdfium", NOTICE, True),
        ("text", PROSE, False),
        ("text", RUSSIAN, False),
        ("text", "Größe, Öl und Käse über alles, naïve Äpfel", False),
        ("text", RUSSIAN.encode("cp1251").decode("cp1252", "replace"), True),
        ("text", RUSSIAN.encode("koi8_r").decode("cp1252", "replace"), True),
        ("xberg", PROSE, False),
        ("xberg", "Gr\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}e", True),
        ("pillow", SWAPPED, False),
    ],
)
def test_only_what_was_read_wrongly_is_doubted(reader: str, text: str, doubtful: bool) -> None:
    assert is_doubtful(reader, text, {}) is doubtful


def test_properties_are_doubted_too() -> None:
    assert is_doubtful("xberg", PROSE, {"title": r"\'d1\'ee\'eb\'fc"})
    assert is_doubtful("xberg", PROSE, {"authors": ["Ren\N{REPLACEMENT CHARACTER}"]})
    assert is_doubtful("pdfium", PROSE, {"title": "\u00d1\u00f2\u00e0\u00f0\u00fb\u00e9"})
    assert is_doubtful("pillow", "", {"title": "\u00d1\u00f2\u00e0\u00f0\u00fb\u00e9"})
    assert not is_doubtful("pdfium", PROSE, {"title": "Gr\u00f6\u00dfe", "authors": ["Ren\u00e9"]})
