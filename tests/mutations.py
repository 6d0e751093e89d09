"""Hostile files: sound ones with bytes flipped, cut or repeated, and bombs that are made by hand.

The same seed gives the same files. Every bomb comes once in any forty files; the others are
mutations of `SOUND`.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from functools import lru_cache
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

from docx import Document
from PIL import Image

from books import pdf
from ebooks import cbz, mobi, package, xps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MIB = 2**20
_BOMB_BYTES = 256 * _MIB
_SIDE = 50_000  # pixels
_MANY_PAGES = 100_000
_DEEP = 200_000
_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="{}" media-type="application/oebps-package+xml"/></rootfiles></container>'
).format


class Hostile(NamedTuple):
    """A file: what was done to what, with its suffix, and its bytes."""

    name: str
    data: bytes


def hostile_files(seed: int, count: int) -> Iterator[Hostile]:
    """Files that no reader deserves.

    Args:
        seed: which.
        count: how many.
    """
    chance = random.Random(seed)
    bombs, sound = list(BOMBS), cycle(SOUND)
    chance.shuffle(bombs)
    for number in range(count):
        if number % 2 and bombs:
            name = bombs.pop()
            data = BOMBS[name]()
        else:
            name = next(sound)
            data = SOUND[name]()
            for mutate in chance.choices(MUTATIONS, k=chance.randint(1, 2)):
                name, data = f"{mutate.__name__}_{name}", mutate(data, chance)
        yield Hostile(f"{number:03}_{name}", data)


def flipped(data: bytes, chance: random.Random) -> bytes:
    """A few bits, or many."""
    mutable = bytearray(data)
    for _ in range(chance.choice([1, 3, 30, 300])):
        mutable[chance.randrange(len(mutable))] ^= 1 << chance.randrange(8)
    return bytes(mutable)


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


def zeroed(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    length = min(chance.choice([4, 64, 4096]), len(data) - start)
    return data[:start] + bytes(length) + data[start + length :]


def repeated(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    part = data[start : start + chance.choice([16, 1024, 65536])]
    return data[:start] + part * chance.choice([2, 50]) + data[start:]


def numbers_raised(data: bytes, chance: random.Random) -> bytes:
    """Lengths, offsets and counts are what parsers believe most readily."""
    digits = [place for place, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    mutable = bytearray(data)
    for place in chance.sample(digits, min(len(digits), 20)):
        mutable[place] = 0x39
    return bytes(mutable)


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flipped,
    cut,
    zeroed,
    repeated,
    numbers_raised,
)


def pdf_of(*objects: bytes, root: int = 1) -> bytes:
    """Numbered objects with a cross-reference table that is right."""
    parts, places, place = [b"%PDF-1.7\n"], [], 9
    for number, content in enumerate(objects, 1):
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
        places.append(place)
        place += len(parts[-1])
    body = b"".join(parts)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n" % size
        + table
        + b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, root, len(body))
    )


def epub(parts: dict[str, str | bytes], opf: str = "a.opf") -> bytes:
    return package({"META-INF/container.xml": _CONTAINER(opf), **parts})


def _opf(*hrefs: str) -> str:
    items = "".join(
        f'<item id="i{n}" href="{href}" media-type="application/xhtml+xml"/>'
        for n, href in enumerate(hrefs)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(hrefs)))
    return (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc='
        '"http://purl.org/dc/elements/1.1/"><dc:title>Salt</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )


@lru_cache
def _zeros_deflated(size: int = _BOMB_BYTES, fill: bytes = b" ") -> bytes:
    deflate = zlib.compressobj(1)
    chunk = fill * _MIB
    return b"".join(deflate.compress(chunk) for _ in range(size // _MIB)) + deflate.flush()


def sound_docx() -> bytes:
    document = Document()
    document.core_properties.title = "Salt"
    document.add_paragraph("Salt and tar. " * 200)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def picture(form: str) -> bytes:
    stream = io.BytesIO()
    noise = random.Random(1).randbytes(64 * 64 * 3)
    Image.frombytes("RGB", (64, 64), noise).save(stream, form)
    return stream.getvalue()


def pdf_bomb() -> bytes:
    deflated = _zeros_deflated()
    twice = zlib.compress(deflated)
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream"
        % (len(twice), twice),
    )


def pdf_picture_bomb() -> bytes:
    deflated = _zeros_deflated(fill=b"\0")
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</XObject<</I 5 0 R>>>>>>",
        b"<</Length 29>>stream\nq 600 0 0 800 0 0 cm /I Do Q\nendstream",
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8"
        b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
        % (_SIDE, _SIDE, len(deflated), deflated),
    )


def pdf_of_many_pages() -> bytes:
    kids = b" ".join(b"%d 0 R" % number for number in range(3, _MANY_PAGES + 3))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>"
    pages = b"<</Type/Pages/Count %d/Kids[%s]>>" % (_MANY_PAGES, kids)
    return pdf_of(b"<</Type/Catalog/Pages 2 0 R>>", pages, *[page] * _MANY_PAGES)


def pdf_that_says_it_has_many_pages() -> bytes:
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 2147483647/Kids[2 0 R 2 0 R]>>"
    )


def pdf_whose_pages_are_a_circle() -> bytes:
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 9/Kids[3 0 R 2 0 R]/Parent 3 0 R>>",
        b"<</Type/Pages/Count 9/Kids[2 0 R]/Parent 2 0 R>>",
    )


def pdf_whose_form_draws_itself() -> bytes:
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</XObject<</F 5 0 R>>>>>>",
        b"<</Length 11>>stream\n/F Do /F Do\nendstream",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>"
        b"/Length 11>>stream\n/F Do /F Do\nendstream",
    )


def pdf_deeply_nested() -> bytes:
    return pdf_of(b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * _DEEP + b"]" * _DEEP + b">>", b"<<>>")


def pdf_whose_length_is_itself() -> bytes:
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
        b"<</Length 4 0 R>>stream\nBT ET\nendstream",
    )


def pdf_whose_tables_are_a_circle() -> bytes:
    sound = pdf("Salt")
    place = sound.rindex(b"startxref") + 10
    start = int(sound[place:].split()[0])
    return sound.replace(b"trailer\n<<", b"trailer\n<</Prev %d" % start)


def epub_bomb() -> bytes:
    return epub({"a.opf": _opf("a.xhtml"), "a.xhtml": b"<p>" + b" " * _BOMB_BYTES})


def epub_outside_itself() -> bytes:
    outside = ("../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "..\\..\\a.xhtml")
    return epub({"../a.opf": _opf(*outside), "../../../tmp/a.xhtml": "<p>x</p>"}, "../a.opf")


def epub_that_is_its_own_package() -> bytes:
    return epub({"META-INF/container.xml": _CONTAINER("META-INF/container.xml")})


def epub_of_many_chapters() -> bytes:
    hrefs = ["a.xhtml"] * 100_000
    return epub({"a.opf": _opf(*hrefs), "a.xhtml": "<p>" + "salt " * 1000 + "</p>"})


def epub_deeply_nested() -> bytes:
    return epub({"a.opf": _opf("a.xhtml"), "a.xhtml": "<div>" * _DEEP})


def epub_of_entities() -> bytes:
    entities = '<!ENTITY a "salt">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = f"<!DOCTYPE x [{entities}]><package><metadata>&i;</metadata></package>"
    return epub({"a.opf": bomb, "a.xhtml": bomb})


def docx_bomb() -> bytes:
    return package(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
            'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
            "word/document.xml": b"<w:document><w:body>" + b"<w:p/>" * (_BOMB_BYTES // 6),
        }
    )


def docx_deeply_nested() -> bytes:
    return package({"word/document.xml": "<w:tbl>" * _DEEP + "</w:tbl>" * _DEEP})


def fb2_deeply_nested() -> bytes:
    return b"<FictionBook><description>" + b"<section>" * _DEEP


def html_deeply_nested() -> bytes:
    return b"<html><body>" + b"<table><tr><td>" * _DEEP


def mobi_that_lies() -> bytes:
    """Of how long it is, how many records it has and where they begin."""
    data = bytearray(mobi("Salt", exth=[(503, "Salt")]))
    struct.pack_into(">H", data, 76, 65535)
    (start,) = struct.unpack_from(">I", data, 78)
    struct.pack_into(">IHH", data, start + 4, 2**32 - 1, 65535, 65535)
    struct.pack_into(">II", data, start + 16 + 232 + 4, 2**32 - 1, 2**32 - 1)
    return bytes(data)


def mobi_deeply_nested() -> bytes:
    return mobi("Salt", text="<div>" * _DEEP)


def mobi_of_many_pages() -> bytes:
    return mobi("Salt", text="<mbp:pagebreak/><p>a</p>" * 50_000)


def png_of_many_pixels() -> bytes:
    """50,000 by 50,000 of one bit each."""
    row = 1 + _SIDE // 8
    pixels = _zeros_deflated(size=(row * _SIDE // _MIB + 1) * _MIB, fill=b"\0")
    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def cbz_of_many_pixels() -> bytes:
    return package({"1.png": png_of_many_pixels()})


SOUND: dict[str, Callable[[], bytes]] = {
    "sound.pdf": lambda: pdf("Salt"),
    "sound.epub": lambda: epub({"a.opf": _opf("a.xhtml"), "a.xhtml": "<p>" + "salt " * 99}),
    "sound.docx": sound_docx,
    "sound.mobi": lambda: mobi("Salt", exth=[(503, "Salt")], text="<p>tar</p>" * 999),
    "sound.xps": lambda: xps("Salt", "Ada Quill"),
    "sound.cbz": lambda: cbz("<Title>Salt</Title>", pages=3),
    "sound.fb2": lambda: b"<FictionBook><body><section><p>Salt</p></section></body></FictionBook>",
    "sound.png": lambda: picture("PNG"),
    "sound.jpg": lambda: picture("JPEG"),
    "sound.tiff": lambda: picture("TIFF"),
    "sound.gif": lambda: picture("GIF"),
    "sound.webp": lambda: picture("WEBP"),
}
"""What is mutated."""

BOMBS: dict[str, Callable[[], bytes]] = {
    "bomb.pdf": pdf_bomb,
    "picture_bomb.pdf": pdf_picture_bomb,
    "many_pages.pdf": pdf_of_many_pages,
    "says_many_pages.pdf": pdf_that_says_it_has_many_pages,
    "circle.pdf": pdf_whose_pages_are_a_circle,
    "form.pdf": pdf_whose_form_draws_itself,
    "nested.pdf": pdf_deeply_nested,
    "length.pdf": pdf_whose_length_is_itself,
    "tables.pdf": pdf_whose_tables_are_a_circle,
    "bomb.epub": epub_bomb,
    "outside.epub": epub_outside_itself,
    "own_package.epub": epub_that_is_its_own_package,
    "many_chapters.epub": epub_of_many_chapters,
    "nested.epub": epub_deeply_nested,
    "entities.epub": epub_of_entities,
    "bomb.docx": docx_bomb,
    "nested.docx": docx_deeply_nested,
    "nested.fb2": fb2_deeply_nested,
    "nested.html": html_deeply_nested,
    "lies.mobi": mobi_that_lies,
    "nested.mobi": mobi_deeply_nested,
    "many_pages.mobi": mobi_of_many_pages,
    "many_pixels.png": png_of_many_pixels,
    "many_pixels.cbz": cbz_of_many_pixels,
}
"""Made by hand, each to hurt in one way."""


def write_hostile_files(folder: Path, seed: int, count: int) -> list[Path]:
    """Write them into a folder, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for file in hostile_files(seed, count):
        paths.append(folder / file.name)
        paths[-1].write_bytes(file.data)
    return paths
