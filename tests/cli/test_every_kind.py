"""One file of each kind: every one ends named, or with one clear line; a second run costs nothing.

And what is said, and done instead, where something that reads one of them is not installed.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docx import Document
from PIL import Image

from books import make_scan, pdf
from ebooks import mobi
from mutations import epub

if TYPE_CHECKING:
    from endpoint import Endpoint
    from program import Finished, Program

pytestmark = pytest.mark.xdist_group("ocr")

PAID = ("--provider", "custom", "--yes", "--json", "--rename-images")
SCANNED = ["Tide Tables", "by Ada Quill", "Copyright 1987 Lantern Quay Press"]
CHAPTER = "<p>Low Water</p><p>by Ada Quill</p><p>Copyright 1991 Ada Quill</p>"
OPF = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Low Water</dc:title>'
    "<dc:creator>Ada Quill</dc:creator><dc:date>1991</dc:date></metadata>"
    '<manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="a"/></spine></package>'
)

needs_mutool = pytest.mark.skipif(
    shutil.which("mutool") is None, reason="install mupdf-tools to run this"
)

# Python runs this when it starts, in the workers as well.
UNINSTALLED = """
import sys
from importlib.machinery import PathFinder

class Uninstalled(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {names} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Uninstalled
"""
STARTED = """
import os, sys
with open({log!r}, "a") as log:
    log.write(" ".join(sys.orig_argv) + "\\n")
"""

CONNECTING = """
import os, sys

def note(event, arguments):
    if event.startswith("socket.get") or event in ("socket.connect", "socket.sendto"):
        if not isinstance(arguments[-1], (str, bytes)):  # that is another process on this machine
            with open({log!r}, "a") as log:
                log.write(f"{{event}} {{arguments[1:]}} by {{sys.orig_argv}}\\n")

sys.addaudithook(note)
"""


def docx(*lines: str) -> bytes:
    document = Document()
    document.core_properties.author = ""  # where python-docx names itself
    for line in lines:
        document.add_paragraph(line)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.fixture
def library(tmp_path: Path, renai: Program) -> Path:
    renai.environment["RENAI_MIN_CONFIDENCE"] = "0"  # a document of a line or two is hardly a work
    folder = tmp_path / "library"
    make_scan(folder / "scan0001.pdf", SCANNED)
    (folder / "a.pdf").write_bytes(pdf("Harbour Tales"))
    (folder / "b.epub").write_bytes(epub({"a.opf": OPF, "a.xhtml": CHAPTER}))
    (folder / "c.mobi").write_bytes(mobi("Salt", text="<p>Copyright 1999 Ada Quill</p>"))
    (folder / "d.docx").write_bytes(docx("Tar", "by Ada Quill", "Copyright 2001 Ada Quill"))
    (folder / "e.pdf").write_bytes(b"%PDF-1.7\nnothing more\n")
    notes = Image.Exif()
    notes[0x010E] = "The Pier"  # ImageDescription
    notes[0x0132] = "2024:05:01 12:30:00"  # DateTime
    Image.effect_noise((320, 240), 80).save(folder / "IMG_1.jpg", exif=notes)
    return folder


@pytest.fixture
def starting(tmp_path: Path):
    """Gives variables with which every Python that starts runs a script first."""

    def make(script: str) -> dict[str, str]:
        folder = tmp_path / f"site{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(script)
        before = os.environ.get("PYTHONPATH", "")
        return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), before)))}

    return make


@pytest.fixture
def without_ocr(starting) -> dict[str, str]:
    """Neither engine."""
    return starting(UNINSTALLED.format(names=("rapidocr",))) | {"PATH": "/nowhere"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def read_by(provider: str, library: Path) -> Path:
    """Return what is read: everything offline, one file where only a connection is waited for."""
    return library if provider == "offline" else library / "a.pdf"


def reasons(finished: Finished) -> dict[str, str]:
    """Why files were not renamed."""
    files = finished.json["files"]
    return {Path(x["path"]).name: x["reason"] for x in files if x["action"] != "rename"}


@needs_mutool
@pytest.mark.parametrize("provider", ["offline", "custom"])
def test_every_file_ends_named_or_with_one_clear_line(
    renai: Program, endpoint: Endpoint, library: Path, starting, tmp_path: Path, provider: str
) -> None:
    everything = ("--provider", provider, *PAID[2:])
    first = renai(library, *everything)
    assert first.code == 0
    assert reasons(first) == {"e.pdf": "is damaged or not a PDF"}
    assert first.calls == len(endpoint.calls) == (6 if provider == "custom" else 0)
    (photo,) = library.glob("*.jpg")
    assert names(library) - {photo.name} == {
        "Ada Quill - Harbour Tales (1999).pdf",
        "Ada Quill - Tide Tables (1987).pdf",
        "Ada Quill - Low Water (1991).epub",
        "Ada Quill - Salt (1999).mobi",
        "Ada Quill - Tar (2001).docx",
        "e.pdf",
    }
    shown = "2024-05-01 The Pier.jpg" if provider == "offline" else "2024-05-01 A Picture of *"
    assert photo.match(shown)

    before = len(endpoint.calls)
    log = tmp_path / "started"
    watched = starting(STARTED.format(log=str(log)))
    again = renai(library, *everything, **watched)
    assert (again.json["summary"]["hits"], again.json["summary"]["renamed"]) == (6, 0)
    assert reasons(again)["e.pdf"] == "is damaged or not a PDF"
    assert len(endpoint.calls) == before

    (library / "e.pdf").unlink()
    log.unlink()
    renai(library, *everything, **watched)
    assert log.read_text().count("\n") == 1  # renai itself, and nothing that reads


@pytest.mark.parametrize("provider", ["offline", "custom"])
def test_offline_opens_no_connection(
    renai: Program, library: Path, starting, tmp_path: Path, provider: str
) -> None:
    """Neither the program nor a process that it starts; another provider shows what is seen."""
    log = tmp_path / "connected"
    watched = starting(CONNECTING.format(log=str(log)))
    finished = renai(read_by(provider, library), "--provider", provider, *PAID[2:], **watched)
    assert reasons(finished).keys() == ({"e.pdf"} if provider == "offline" else set())
    assert log.exists() == (provider == "custom"), log.read_text()


@pytest.mark.skipif(shutil.which("strace") is None, reason="install strace to run this")
@pytest.mark.parametrize("provider", ["offline", "custom"])
def test_offline_asks_the_system_for_no_connection(
    renai: Program, library: Path, tmp_path: Path, provider: str
) -> None:
    """Nor does anything that is not written in Python, such as a library or another program."""
    log = tmp_path / "system calls"
    read = read_by(provider, library)
    words = (sys.executable, "-m", "renai", read, "--provider", provider, *PAID[2:])
    watched = ("strace", "-f", "-qq", "-o", log, "-e", "trace=connect,sendto,sendmsg")
    finished = subprocess.run(
        [*map(str, (*watched, *words))],
        env=renai.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if "PTRACE" in finished.stderr:
        pytest.skip("nothing may be traced here")
    assert json.loads(finished.stdout)["summary"]["renamed"] == (6 if provider == "offline" else 1)
    asked = [line for line in log.read_text().splitlines() if "AF_INET" in line]
    assert bool(asked) == (provider == "custom"), asked


def test_without_the_ocr_extra_tesseract_reads(renai: Program, library: Path, starting) -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("install tesseract-ocr to run this")
    without = starting(UNINSTALLED.format(names=("rapidocr",)))
    finished = renai(library / "scan0001.pdf", "--yes", RENAI_OCR_ENGINE="rapidocr", **without)
    assert "[WARNING] rapidocr is not installed; tesseract is used instead" in finished.err
    assert "Ada Quill - Tide Tables (1987).pdf" in names(library)
    assert "tesseract" in renai("doctor", **without).out


def test_without_tesseract_rapidocr_reads(renai: Program, library: Path) -> None:
    finished = renai(
        library / "scan0001.pdf", "--yes", RENAI_OCR_ENGINE="tesseract", PATH="/nowhere"
    )
    assert "[WARNING] tesseract is not installed; rapidocr is used instead" in finished.err
    assert "Ada Quill - Tide Tables (1987).pdf" in names(library)


def test_languages_that_tesseract_lacks_are_told_before_anything_is_read(
    renai: Program, library: Path
) -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("install tesseract-ocr to run this")
    asked = {"RENAI_OCR_ENGINE": "tesseract", "RENAI_OCR_LANGUAGES": '["eng", "xyz"]'}
    finished = renai(library / "scan0001.pdf", "--yes", **asked)
    assert "[WARNING] tesseract has no data for xyz: install it" in finished.err
    assert "Ada Quill - Tide Tables (1987).pdf" in names(library)
    refused = renai(library, **asked | {"RENAI_OCR_LANGUAGES": '["xyz"]'})
    assert (refused.code, refused.out) == (3, "")
    assert "[ERROR] tesseract has no data for xyz: install it, or change" in refused.err


def test_without_any_engine_scans_are_left_and_all_else_is_named(
    renai: Program, endpoint: Endpoint, library: Path, without_ocr: dict[str, str]
) -> None:
    finished = renai(library, *PAID, **without_ocr)
    assert reasons(finished) == {
        "scan0001.pdf": "has no text that can be read; to have its pages read: "
        "pip install 'renai[ocr]'",
        "c.mobi": "MOBI is read through mutool, which is not on PATH: install mupdf-tools",
        "e.pdf": "is damaged or not a PDF",
    }
    assert len(endpoint.calls) == 4
    assert "none; pip install 'renai[ocr]' to read scans" in renai("doctor", **without_ocr).out


def test_an_engine_that_is_insisted_on_and_missing_is_told_before_anything_is_read(
    renai: Program, library: Path, without_ocr: dict[str, str]
) -> None:
    finished = renai(library / "scan0001.pdf", "--fallback-mode", "ocr", **without_ocr)
    warning = (
        "[WARNING] No OCR engine is installed, so pages without text are not read: "
        "pip install 'renai[ocr]'"
    )
    assert warning in finished.err
    refused = renai(library, "--ocr-debug", **without_ocr)
    assert (refused.code, refused.out) == (3, "")
    assert "--ocr-debug needs an OCR engine: pip install 'renai[ocr]'" in refused.err


def test_a_scan_that_vision_was_shown_needs_no_engine(
    renai: Program, endpoint: Endpoint, library: Path, without_ocr: dict[str, str]
) -> None:
    scan = library / "scan0001.pdf"
    finished = renai(scan, *PAID, "--fallback-mode", "vision", **without_ocr)
    assert (finished.calls, len(endpoint.calls[0].pictures)) == (1, 1)
    assert reasons(finished) == {}


def test_what_was_read_by_ocr_is_known_again_once_an_engine_is_back(
    renai: Program, endpoint: Endpoint, library: Path, without_ocr: dict[str, str]
) -> None:
    renai(library / "scan0001.pdf", *PAID)
    (named,) = library.glob("*Tide*")
    assert "pip install 'renai[ocr]'" in reasons(renai(named, *PAID, **without_ocr))[named.name]
    assert renai(named, *PAID).json["summary"]["hits"] == 1
    assert len(endpoint.calls) == 1
