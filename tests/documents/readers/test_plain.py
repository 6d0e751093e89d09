"""Plain text in the encodings people have."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest

from renai.documents.readers import plain
from renai.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "data",
    [
        "Grüße, €".encode(),
        codecs.BOM_UTF8 + "Grüße, €".encode(),
        "Grüße, €".encode("utf-16"),
        codecs.BOM_UTF16_BE + "Grüße, €".encode("utf-16-be"),
        "Grüße, €".encode("utf-32"),
        "Grüße, €".encode("cp1252"),
    ],
)
def test_text_is_decoded(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    assert plain.read(tmp_path / "a.txt", 100).text == "Grüße, €"


def test_a_limit_inside_a_character_does_not_spoil_the_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x" + "é" * 1000, encoding="utf-8")
    assert plain.read(tmp_path / "a.md", 10).text == "x" + "é" * 9


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"\x00" * 500, b"MZ\x90\x00\x03\x00\x00"])
def test_binary_data_is_not_text(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    with pytest.raises(DocumentError, match="holds binary data, not text"):
        plain.read(tmp_path / "a.txt", 10_000)
