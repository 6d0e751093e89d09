"""Encodings of the time before Unicode, told by what is written in them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from renai.documents.readers import markup, plain
from renai.documents.readers.characters import UnknownEncodingError, decode, decode_html
from renai.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path

RUSSIAN = (
    "Северный маяк\nИрина Лесная\n\n"
    + "Старый смотритель каждый вечер поднимался по лестнице и зажигал огонь. " * 6
)
CHINESE = "山里的灯塔\n李小龙\n\n" + "老人每天晚上走上楼梯，点亮了灯，照着远处的船只。" * 8
JAPANESE = "山の灯台\n\n" + "老人は毎晩階段を上って、遠くの船のために明かりをつけた。" * 8
KOREAN = "산의 등대\n\n" + "노인은 매일 저녁 계단을 올라가 먼 배를 위해 불을 켰다. " * 8
GREEK = "Ο φάρος του βουνού\n\n" + "Ο γέρος ανέβαινε κάθε βράδυ τη σκάλα και άναβε το φως. " * 8
CZECH = "Příběh o majáku\n\n" + "Starý muž každý večer vyšel po schodech a rozžehl světlo. " * 8
POLISH = "Opowieść o latarni\n\n" + "Stróż co wieczór wchodził na górę i zapalał światło. " * 8
FRENCH = (
    "Le phare\n\n"
    + "Le vieux gardien montait chaque soir l’escalier, même l’été, près du café. " * 8
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((RUSSIAN, name) for name in ("cp1251", "koi8_r", "cp866", "utf_16_le", "utf_16_be")),
        *((CHINESE, name) for name in ("gb18030", "big5hkscs", "utf_16_le", "utf_16_be")),
        *((JAPANESE, name) for name in ("cp932", "euc_jp", "utf_16_le", "utf_16_be")),
        *((KOREAN, name) for name in ("cp949", "utf_16_le")),
        (GREEK, "cp1253"),
        *((CZECH, name) for name in ("cp1250", "iso8859_2", "cp852")),
        *((POLISH, name) for name in ("cp1250", "iso8859_2")),
        *((FRENCH, name) for name in ("cp1252", "mac_roman")),
        (FRENCH.replace("’", "'"), "cp850"),
    ],
)
def test_an_encoding_is_told_by_its_letters(text: str, encoding: str) -> None:
    simple = text.translate(
        {ord(a): b for a, b in zip("里楼梯灯点远处着龙", "裏樓梯燈點遠處著龍", strict=True)}
    )
    text = simple if encoding == "big5hkscs" else text
    written = text.encode(encoding, "ignore")
    assert decode(written) == written.decode(encoding)


@pytest.mark.parametrize(
    "text",
    [
        FRENCH,
        "Müller, Fußgänger und Öl: größer, schöner, äöüÄÖÜß",
        "áéíóú ÁÉÍÓÚ ñ ¿Qué? ¡Sí!",
        "Hellström, Böttcher, Martínez, Åström, Çelik, Ørsted, François, João",
        "naïve “quotes” – dashes … and € signs",
        "© 2004 Example",
        "El Niño",
        "æøå ÆØÅ",
    ],
)
def test_western_text_reads_as_it_always_did(text: str) -> None:
    assert decode(text.encode("cp1252")) == text


def test_a_few_letters_in_doubt_spoil_a_long_text_only_in_its_head() -> None:
    english = b"The old keeper climbed the stairs each evening and lit the lamp. " * 40
    assert decode(english + b" caf\xe9 ") == (english.decode() + " café ")
    with pytest.raises(UnknownEncodingError):
        decode(b"Karel \xc8\xfc " + english)


@pytest.mark.parametrize("label", ["undefined", "no-such-code", "latin-1", "ISO_8859-1", "hex"])
def test_a_page_is_read_whatever_it_declares(label: str) -> None:
    page = f'<meta charset="{label}"><p>Le café de l’été, où l’on mangeait</p>'.encode("cp1252")
    assert decode_html(page) == page.decode("cp1252")


def test_a_slip_in_utf8_does_not_spoil_the_rest() -> None:
    assert decode("Größe, Öl, Übermut, Äpfel, Käse, Süße".encode() + b" caf\xe9.") == (
        "Größe, Öl, Übermut, Äpfel, Käse, Süße caf\N{REPLACEMENT CHARACTER}."
    )


def test_what_cannot_be_told_is_said_so(tmp_path: Path) -> None:
    noise = bytes(random.Random(3).choices(range(0x80, 0x100), k=400))
    with pytest.raises(UnknownEncodingError):
        decode(noise)
    (tmp_path / "a.txt").write_bytes(noise)
    with pytest.raises(DocumentError, match="encoding that cannot be told"):
        plain.read(tmp_path / "a.txt", 1000)


PAGE = "<html><head>{}<title>{}</title></head><body><h1>{}</h1><p>{}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "encoding", "declared"),
    [
        (RUSSIAN, "cp1251", '<meta charset="windows-1251">'),
        (RUSSIAN, "koi8_r", "<meta http-equiv=Content-Type content='text/html; charset=KOI8-R'>"),
        (RUSSIAN, "cp1251", ""),
        (RUSSIAN, "cp1251", "<meta charset=utf-8>"),
        (JAPANESE, "cp932", "<meta charset=Shift_JIS>"),
        (JAPANESE, "iso2022_jp", "<meta charset=iso-2022-jp>"),
        (JAPANESE, "utf_16", ""),
        (CHINESE, "gb18030", "<meta charset=gb2312>"),
        (FRENCH, "cp1252", "<meta charset=iso-8859-1>"),
        (FRENCH, "utf_8", "<meta charset=iso-8859-1>"),
    ],
)
def test_a_page_is_read_by_what_it_declares_or_else_by_its_letters(
    tmp_path: Path, text: str, encoding: str, declared: str
) -> None:
    title, _, prose = text.partition("\n\n")
    title = title.partition("\n")[0]
    page = PAGE.format(declared, title, title, prose).encode(encoding)
    (tmp_path / "a.html").write_bytes(page)
    extraction = markup.read(tmp_path / "a.html", 10_000)
    assert extraction.properties["title"] == title
    assert prose.strip() in extraction.text


def test_a_page_in_utf8_is_left_as_it_is() -> None:
    assert decode_html("<p>Größe</p>".encode()) is None
