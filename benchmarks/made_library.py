"""Libraries to measure with: small files of unique bytes in mixed folders, made in a second."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FILES_A_FOLDER = 250
_WRITTEN = 1_700_000_000
"""When the files say they were written: what is younger than a run is hashed again by the next."""

_SUBJECTS = ("Tides", "Lanterns", "Orchards", "Bridges", "Clocks", "Harbours", "Mosses")
_NAMES = ("Ada Quill", "Björn Åkesson", "Chen Wei", "Dora Pike", "Émile Roux")


def make_library(root: Path, count: int, *, suffixes: tuple[str, ...] = (".pdf", ".txt")) -> None:
    """Write `count` documents below `root`; no two have the same bytes."""
    for number in range(count):
        folder = root / f"shelf {number // _FILES_A_FOLDER:03}"
        if number % _FILES_A_FOLDER == 0:
            folder.mkdir(parents=True)
        suffix = suffixes[number % len(suffixes)]
        title, author, year = _title(number), _NAMES[number % len(_NAMES)], 1900 + number % 120
        lines = [title, f"by {author}", f"Copyright {year}", *_prose(number)]
        data = make_pdf(lines) if suffix == ".pdf" else "\n".join(lines).encode()
        path = folder / f"scan_{number:05}{suffix}"
        path.write_bytes(data)
        os.utime(path, (_WRITTEN, _WRITTEN))


def make_pdf(lines: list[str]) -> bytes:
    """A PDF of one page with these lines, the first of them large."""
    shown = [
        f"/F {24 if at == 0 else 11} Tf 0 {-30 if at < 3 else -14} Td ({_literal(line)}) Tj"
        for at, line in enumerate(lines)
    ]
    content = f"BT 72 760 Td {' '.join(shown)} ET".encode("latin-1", "replace")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources 6 0 R>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Font<</F 5 0 R>>>>",
    ]
    pdf, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj%b endobj\n" % (number, body)
    start = len(pdf)
    pdf += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    pdf += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    pdf += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(pdf)


def _title(number: int) -> str:
    subject, other = _SUBJECTS[number % 7], _SUBJECTS[number // 7 % 7]
    return f"A Short History of {subject} and {other}, Volume {number + 1}"


def _prose(number: int) -> list[str]:
    return [
        f"In chapter {line + 1} of work {number} the author says what was found there."
        for line in range(20)
    ]


def _literal(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
