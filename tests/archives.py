"""Hostile packages: EPUB, DOCX, ODT, ODP, XPS and CBZ in which the archive itself, or a part, lies.

The same seed gives the same packages. Each has a word of its own in its text, `marker(number)`, so
that a test sees where a text came from, and may name a file outside of itself.
"""

from __future__ import annotations

import io
import random
import stat
import struct
import warnings
import zipfile
from typing import TYPE_CHECKING

from ebooks import cbz, package, xps
from mutations import MUTATIONS, Hostile, epub, sound_docx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Parts = dict[str, bytes]

_ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file://{0}"><!ENTITY % b SYSTEM "{1}"> %b;'
    '<!ENTITY c "{2}"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def marker(number: int) -> str:
    """Return the word that stands in the text of one package alone."""
    return f"Zeichenwort{number:04}ende"


def hostile_archives(seed: int, count: int, secret: Path, listener: str) -> Iterator[Hostile]:
    """Yield packages that no reader deserves.

    Args:
        seed: which.
        count: how many.
        secret: a file outside of them, which they want to be read.
        listener: the URL of a server that they want to be asked.
    """
    chance = random.Random(seed)
    for number in range(count):
        form, make = chance.choice(list(SOUND.items()))
        parts = make(marker(number))
        done = []
        for trick in chance.sample(TRICKS, chance.choice([0, 1, 1, 2])):
            parts = trick(parts, chance, secret, listener)
            done.append(trick.__name__)
        data = _packed(parts, chance) if chance.random() < 0.5 else package(parts)
        for change in chance.sample(CHANGES, chance.choice([0, 1, 1, 2])):
            data = change(data, chance)
            done.append(change.__name__)
        yield Hostile(f"{number:03}_{'_'.join(done)[:100]}.{form}", data)


# Sound ones


def _epub(word: str) -> Parts:
    item = '<item id="{0}" href="{0}.xhtml" media-type="application/xhtml+xml"/>'
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc='
        f'"http://purl.org/dc/elements/1.1/"><dc:title>Salt {word}</dc:title></metadata>'
        f"<manifest>{item.format('a')}{item.format('b')}</manifest>"
        '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    page = f"<html><body><p>Salt and smoke {word}</p></body></html>"
    return _parts_of(
        epub({"mimetype": "application/epub+zip", "a.opf": opf, "a.xhtml": page, "b.xhtml": page})
    )


def _docx(word: str) -> Parts:
    parts = _parts_of(sound_docx())
    for name, old in (("word/document.xml", b"Salt and tar."), ("docProps/core.xml", b">Salt<")):
        new = old.replace(b"Salt", f"Salt {word}".encode())
        parts[name] = parts[name].replace(old, new, 1)
    return parts


def _odf(kind: str) -> Callable[[str], Parts]:
    body = "presentation" if kind.endswith("presentation") else "text"

    def make(word: str) -> Parts:
        spaces = " ".join(
            f'xmlns:{x}="{_ODF}:{x}:1.0"' for x in ("office", "text", "meta", "draw", "manifest")
        )
        words = f"<text:p>Salt and smoke {word}</text:p>"
        if body == "presentation":
            words = f"<draw:frame><draw:text-box>{words}</draw:text-box></draw:frame>"
            words = f'<draw:page draw:name="1">{words}</draw:page>'
        content = f"<office:body><office:{body}>{words}</office:{body}></office:body>"
        title = f"<dc:title>Salt {word}</dc:title>"
        manifest = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        return {
            "mimetype": kind.encode(),
            "content.xml": _element("office:document-content", spaces, content),
            "meta.xml": _element("office:document-meta", spaces, _meta(title)),
            "META-INF/manifest.xml": _element("manifest:manifest", spaces, manifest),
        }

    return make


def _meta(title: str) -> str:
    return f'<office:meta xmlns:dc="http://purl.org/dc/elements/1.1/">{title}</office:meta>'


def _element(name: str, attributes: str, content: str) -> bytes:
    return f"<{name} {attributes}>{content}</{name}>".encode()


SOUND: dict[str, Callable[[str], Parts]] = {
    "epub": _epub,
    "docx": _docx,
    "odt": _odf("application/vnd.oasis.opendocument.text"),
    "odp": _odf("application/vnd.oasis.opendocument.presentation"),
    "xps": lambda word: _parts_of(xps(f"Salt {word}", "Ada Quill")),
    "cbz": lambda word: _parts_of(cbz(f"<Title>Salt {word}</Title>", pages=2)),
}


# What is done to parts


def bomb(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    """Make a part swell to 96 MiB."""
    name = _markup(parts, chance)
    at = parts[name].rfind(b"<")
    return {**parts, name: parts[name][:at] + b" " * (96 << 20) + parts[name][at:]}


def nested(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    """Put archives into archives into archives, one of them under a part's own name."""
    inner = package(parts)
    for _ in range(30):
        inner = package({"inner.zip": inner, "a.docx": inner[:1000]})
    return {**parts, "inner.zip": inner, chance.choice(list(parts)): inner}


def names_outside(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    """Add parts whose names lead out of wherever they might be unpacked."""
    up = "../" * 12
    names = (f"{up}tmp/out.txt", str(secret), "..\\..\\out.txt", "C:\\out.txt", "/out.txt", "//x/y")
    return {**parts, **dict.fromkeys(names, b"written outside")}


def refers_outside(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    """Make references lead to a file outside, and to a server."""
    up = "../" * 12
    wanted = chance.choice([str(secret), f"file://{secret}", f"{up}{secret}", listener, "\\\\x\\y"])
    changed = {
        name: data.replace(b'"a.xhtml"', f'"{wanted}"'.encode())
        .replace(b'Target="', f'TargetMode="External" Target="{wanted}#'.encode())
        .replace(b'full-path="', f'full-path="{wanted}'.encode())
        for name, data in parts.items()
    }
    picture = f'<img src="{wanted}"/><link rel="stylesheet" href="{wanted}"/>'.encode()
    return {name: data.replace(b"<body>", b"<body>" + picture) for name, data in changed.items()}


def entities(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    """Declare entities of a file, of a server and of themselves, in some encoding, and use them."""
    name = _markup(parts, chance)
    text = parts[name].decode("latin-1")
    head = _ENTITIES.format(secret, f"{listener}x.dtd", "salt" * 1000)
    at = text.rfind("</")
    encoding = chance.choice(["utf-8", "utf-16", "utf-16-be", "utf-7", "cp037", "utf-32"])
    said = f'<?xml version="1.0" encoding="{encoding.upper()}"?>{head}{text[:at]}&a;&d;{text[at:]}'
    return {**parts, name: said.encode(encoding)}


def includes(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    """Ask for a file to be included, by the means that XML has besides entities."""
    name = _markup(parts, chance)
    at = parts[name].rfind(b"</")
    wanted = (
        f'<?xml-stylesheet href="{listener}"?><x:include xmlns:x="http://www.w3.org/2001/XInclude"'
        f' href="file://{secret}" parse="text"/><x:a xmlns:x="{listener}" x:href="{secret}"/>'
    )
    return {**parts, name: parts[name][:at] + wanted.encode() + parts[name][at:]}


def deep(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    name = _markup(parts, chance)
    at = parts[name].rfind(b"</")
    return {**parts, name: parts[name][:at] + b"<a>" * 200_000 + parts[name][at:]}


def many(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    return {**parts, **{f"a/{number}.xhtml": b"" for number in range(20_000)}}


def odd_names(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    """Add parts with names that are long, hidden, controlling or empty."""
    names = ("a" * 60_000, "\x1b[2J", "a\nb", "a\0b", ".", "..", " ", "\u202exhtml.a", "mimetype/x")
    return {**parts, **dict.fromkeys(names, b"x")}


def other_type(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    said = chance.choice([b"application/epub+zip", b"text/html\n", b"\xff" * 9000, b""])
    return {"mimetype": said, **{name: data for name, data in parts.items() if name != "mimetype"}}


def parts_lost(parts: Parts, chance: random.Random, secret: Path, listener: str) -> Parts:
    lost = chance.choice(list(parts))
    return {name: data for name, data in parts.items() if name != lost}


TRICKS = (
    *(bomb, nested, names_outside, refers_outside, entities, includes, deep, many, odd_names),
    *(other_type, parts_lost),
)


# What is done to the bytes


def wrong_sizes(data: bytes, chance: random.Random) -> bytes:
    """Make headers say that parts are of other sizes than they are."""
    mutable = bytearray(data)
    for signature, at in ((b"PK\x01\x02", 20), (b"PK\x03\x04", 18)):
        for place in _places(data, signature):
            if chance.random() < 0.5:
                size = chance.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1])
                struct.pack_into("<I", mutable, place + at + chance.choice([0, 4]), size)
    return bytes(mutable)


def encrypted(data: bytes, chance: random.Random) -> bytes:
    """Set the flag of encryption, or a way of compression that nobody knows."""
    mutable = bytearray(data)
    for signature, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        for place in _places(data, signature):
            if chance.random() < 0.7:
                mutable[place + at] |= 1
            elif chance.random() < 0.5:
                struct.pack_into("<H", mutable, place + at + 2, chance.choice([97, 99, 12, 65535]))
    return bytes(mutable)


def offsets_lie(data: bytes, chance: random.Random) -> bytes:
    """Make the directory, or what is named in it, be somewhere else."""
    mutable = bytearray(data)
    for place in _places(data, b"PK\x01\x02"):
        if chance.random() < 0.5:
            at = chance.choice([0, 2**32 - 1, len(data), chance.randrange(len(data))])
            struct.pack_into("<I", mutable, place + 42, at)
    end = data.rfind(b"PK\x05\x06")
    if chance.random() < 0.5 and end >= 0:
        number = chance.choice([0, 1, 65535])
        struct.pack_into("<HHII", mutable, end + 8, number, number, 2**32 - 1, 2**32 - 1)
    return bytes(mutable)


def names_differ(data: bytes, chance: random.Random) -> bytes:
    """Make the names in front of parts other ones than those in the directory, and no UTF-8."""
    mutable = bytearray(data)
    for place in _places(data, chance.choice([b"PK\x03\x04", b"PK\x01\x02"])):
        at = place + (30 if data[place + 2] == 3 else 46)
        mutable[at] = chance.choice([0, 0xFF, 0x2F, 0x41, 0x1B])
    return bytes(mutable)


def junk_around(data: bytes, chance: random.Random) -> bytes:
    before, after = (
        chance.choice([b"", b"%PDF-1.4\n", b"PK\x03\x04", bytes(70_000)]) for _ in "12"
    )
    return before + data + after


def two_in_one(data: bytes, chance: random.Random) -> bytes:
    """Put another archive behind, or before, so that there are two directories."""
    other = package({"mimetype": "application/epub+zip", "a.xhtml": "<p>other</p>"})
    return data + other if chance.random() < 0.5 else other + data


def mutated(data: bytes, chance: random.Random) -> bytes:
    return chance.choice(MUTATIONS)(data, chance)


CHANGES = (wrong_sizes, encrypted, offsets_lie, names_differ, junk_around, two_in_one, mutated)


def _packed(parts: Parts, chance: random.Random) -> bytes:
    """Pack parts with links, folders and doubles among them."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # doubles
        for name, content in parts.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
            kind = chance.choice([stat.S_IFREG] * 9 + [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR])
            info.external_attr = (kind | 0o777) << 16
            archive.writestr(info, b"/etc/passwd" if kind == stat.S_IFLNK else content)
            if chance.random() < 0.2:
                archive.writestr(name, b"<p>double</p>")
    return stream.getvalue()


def _parts_of(data: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _markup(parts: Parts, chance: random.Random) -> str:
    """Return the name of a part that is XML; of any, where none is any more."""
    names = [name for name, data in parts.items() if data.lstrip()[:1] == b"<"]
    return chance.choice(names or list(parts))


def _places(data: bytes, signature: bytes) -> Iterator[int]:
    at = data.find(signature)
    while 0 <= at < len(data) - 46:
        yield at
        at = data.find(signature, at + 4)
