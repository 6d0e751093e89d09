"""Hostile files: sound ones with bytes flipped, cut or repeated, and bombs that are made by hand.

The same seed gives the same files. At most every other file is a bomb, and each comes once in any
hundred; the others are mutations of `SOUND`.
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
from PIL import Image, ImageDraw

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


def scan() -> bytes:
    """A PDF of one page that is a picture of words."""
    stream = io.BytesIO()
    page = Image.new("L", (600, 400), 255)
    ImageDraw.Draw(page).text((40, 60), "Salt and Tar", fill=0, font_size=48)
    page.save(stream, "PDF", resolution=150)
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


def jpeg_of_many_pixels() -> bytes:
    """50,000 by 50,000, it says."""
    data = bytearray(picture("JPEG"))
    start = data.index(b"\xff\xc0")  # SOF0: length, precision, height, width
    struct.pack_into(">HH", data, start + 5, _SIDE, _SIDE)
    return bytes(data)


def tiff_of_many_pixels() -> bytes:
    return _tiff(width=_SIDE, height=_SIDE)


def tiff_that_lies() -> bytes:
    """Of how long its strip is, how many strips there are and how long its description is."""
    return _tiff(width=64, height=64, strip=2**32 - 1, description=2**31)


def tiff_whose_pages_are_a_circle() -> bytes:
    return _tiff(width=64, height=64, following=8)


def _tiff(
    width: int, height: int, strip: int = 512, description: int = 4, following: int = 0
) -> bytes:
    """One bit a pixel. (TIFF 6.0, sections 2 and 8)"""
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 1),
        (259, 3, 1, 1),  # not compressed
        (262, 3, 1, 1),
        (270, 2, description, 8),
        (273, 4, 1, 200),  # where the strip is
        (278, 4, 1, height),
        (279, 4, 1, strip),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", following)
    return head.ljust(200, b"\0") + bytes(512)


def webp_of_many_pixels() -> bytes:
    """As many as the format can say, 16,384 by 16,384. (RFC 9649, 3.4)"""
    size = 16_383 | 16_383 << 14
    chunk = struct.pack("<BI", 0x2F, size) + bytes(64)
    return b"RIFF" + struct.pack("<I", len(chunk) + 12) + b"WEBPVP8L" + _sized(chunk)


def webp_with_a_large_canvas() -> bytes:
    """2^24 by 2^24, with a frame of nothing. (RFC 9649, 2.7)"""
    canvas = b"VP8X" + _sized(b"\x02\0\0\0" + b"\xff" * 6)
    body = (
        canvas + b"ANIM" + _sized(bytes(6)) + b"ANMF" + _sized(b"\0" * 6 + b"\xff" * 6 + bytes(9))
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _sized(chunk: bytes) -> bytes:
    return struct.pack("<I", len(chunk)) + chunk + b"\0" * (len(chunk) % 2)


@lru_cache
def png_nearly_too_large() -> bytes:
    """What the limit just allows: a gray sheet that takes more than half a GiB as colours."""
    stream = io.BytesIO()
    Image.new("L", (14_000, 14_000), 200).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def png_of_text() -> bytes:
    """A note of 256 MiB, deflated to little."""
    note = b"zTXt" + b"Title\0\0" + _zeros_deflated()
    sound = picture("PNG")
    end = sound.rindex(b"IEND") - 4
    return sound[:end] + struct.pack(">I", len(note) - 4) + note + b"\0\0\0\0" + sound[end:]


def gif_of_many_frames() -> bytes:
    """Thousands of them, each of one pixel; the last is as large as the format can say."""
    head = b"GIF89a" + struct.pack("<HHBBB", 64, 64, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    last = b"\x2c" + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x02\x44\x01\0"
    return head + frame * 5_000 + last + b";"


def gif_of_many_pixels() -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", _SIDE, _SIDE, 0x80, 0, 0) + bytes(6)
    return head + b"\x2c" + struct.pack("<HHHHB", 0, 0, _SIDE, _SIDE, 0) + b"\x02\0;"


def jpeg_of_notes() -> bytes:
    """EXIF in a thousand parts, whose first says of itself that it goes on for ever."""
    sound = picture("JPEG")
    tags = [(0x010E, 2, 2**31, 8), (0x8769, 4, 1, 8), (0x8825, 4, 1, 8)]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    directory = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 8)
    part = b"Exif\0\0" + directory.ljust(65_000, b"a")
    note = b"\xff\xe1" + struct.pack(">H", len(part) + 2) + part
    return sound[:2] + note * 1_000 + sound[2:]


def pdf_of_a_large_page() -> bytes:
    """50,000 by 50,000 units, each of which is a hundred. (ISO 32000-2, 7.7.3.3)"""
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/UserUnit 100/Contents 4 0 R>>"
        % (_SIDE, _SIDE),
        b"<</Length 29>>stream\n0 0 40000 40000 re 9 0 0 9 re\nendstream",
    )


def pdf_of_an_endless_page() -> bytes:
    """No scale makes it fit."""
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[-1e30 0 1e30 .0001]/Contents 4 0 R>>",
        b"<</Length 20>>stream\n0 0 99999 99999 re f\nendstream",
    )


def cbz_of_many_pixels() -> bytes:
    return package({"1.png": png_of_many_pixels()})


SOUND: dict[str, Callable[[], bytes]] = {
    "sound.pdf": lambda: pdf("Salt"),
    "scan.pdf": scan,
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
    "large_page.pdf": pdf_of_a_large_page,
    "endless_page.pdf": pdf_of_an_endless_page,
    "many_pixels.png": png_of_many_pixels,
    "many_pixels.jpg": jpeg_of_many_pixels,
    "many_pixels.tiff": tiff_of_many_pixels,
    "many_pixels.webp": webp_of_many_pixels,
    "many_pixels.gif": gif_of_many_pixels,
    "many_frames.gif": gif_of_many_frames,
    "large_canvas.webp": webp_with_a_large_canvas,
    "nearly_too_large.png": png_nearly_too_large,
    "text.png": png_of_text,
    "lies.tiff": tiff_that_lies,
    "circle.tiff": tiff_whose_pages_are_a_circle,
    "notes.jpg": jpeg_of_notes,
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
