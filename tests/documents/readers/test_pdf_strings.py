"""Strings of a PDF that are in UTF-8 without a mark, or in an encoding of their country."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2
import pytest

from renai.documents.readers import pdf
from renai.documents.readers.pdf_strings import is_foreign, strings_of_pdf

if TYPE_CHECKING:
    from pathlib import Path

RUSSIAN = "История маяков и моря"
CHINESE = "灯塔与海洋的历史"
JAPANESE = "灯台の手引きと海の歴史"


def with_strings(path: Path, **said: bytes) -> Path:
    """Make a PDF of an empty page, whose Info dictionary has these bytes."""
    info = b"".join(
        b"/%s<%s>" % (key.encode(), value.hex().encode()) for key, value in said.items()
    )
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 612 792]>>",
        b"<</Type/Page/Parent 2 0 R>>",
        b"<<" + info + b">>",
    )
    body = b"".join(b"%d 0 obj%s endobj\n" % numbered for numbered in enumerate(objects, 1))
    path.write_bytes(b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R/Info 4 0 R>>")
    return path


@pytest.mark.parametrize(
    ("title", "author", "encoding"),
    [
        ("Die Öfen über dem Fluss", "Jürgen Müller", "utf-8"),
        (RUSSIAN, "Ада Лесная", "utf-8"),
        (RUSSIAN, "Ада Лесная", "cp1251"),
        (CHINESE, "林莲枝", "gbk"),
        (JAPANESE, "山田太郎", "cp932"),
        ("Die Öfen über dem Fluss", "Jürgen Müller", "latin-1"),
        (RUSSIAN, "Ада Лесная", "utf-16"),
    ],
)
def test_they_are_read_as_they_were_meant(
    tmp_path: Path, title: str, author: str, encoding: str
) -> None:
    written = {"Title": title.encode(encoding), "Author": author.encode(encoding)}
    properties = pdf.read(with_strings(tmp_path / "a.pdf", **written), 100).properties
    assert (properties["title"], properties["authors"]) == (title, author)


def test_what_has_lost_a_byte_is_left_out(tmp_path: Path) -> None:
    path = with_strings(tmp_path / "a.pdf", Title=JAPANESE.encode(), Author=b"Ann Ash")
    assert "\0" in pypdfium2.PdfDocument(path).get_metadata_dict()["Title"]
    assert pdf.read(path, 100).properties == {"authors": "Ann Ash"}


@pytest.mark.parametrize(
    "title",
    [
        "Õpetus kõigile täna õhtul",
        "Žvižgač in šola",
        "Résumé de la thèse – œuvre",
        "Þingvellir á Íslandi",
        "Simbody™ – User’s Guide…",
        "Gödel, Escher – « Bach »",
        RUSSIAN,
        CHINESE,
    ],
)
def test_what_is_right_stays(title: str) -> None:
    assert strings_of_pdf({"title": title}) == {"title": title}
    assert not is_foreign(title)


def test_what_cannot_be_told_is_left_out() -> None:
    assert strings_of_pdf({"title": "µÆËþ¥", "creator": "Kelp"}) == {"creator": "Kelp"}
