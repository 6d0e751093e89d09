"""EPUB, DOCX, ODT, RTF, HTML, FB2 and PPTX, through xberg."""

from __future__ import annotations

import asyncio
import importlib.metadata
import io
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest

from renai.documents.readers import markup
from renai.errors import DocumentError
from waiting import until_async

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

_OFFICE = "http://schemas.openxmlformats.org"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def archive(parts: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return stream.getvalue()


def odt() -> bytes:
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<o:document-content xmlns:o="{_ODF}:office:1.0"'
            f' xmlns:t="{_ODF}:text:1.0">'
            "<o:body><o:text><t:h>Lamps</t:h><t:p>On lamps.</t:p></o:text></o:body>"
            "</o:document-content>",
            "meta.xml": f'<o:document-meta xmlns:o="{_ODF}:office:1.0" xmlns:m="{_ODF}:meta:1.0"'
            ' xmlns:d="http://purl.org/dc/elements/1.1/"><o:meta><d:title>Lamps</d:title>'
            "<m:initial-creator>Ivo Mast</m:initial-creator><d:creator>The Typist</d:creator>"
            "</o:meta></o:document-meta>",
        }
    )


def pptx() -> bytes:
    relationships = f"{_OFFICE}/officeDocument/2006/relationships"
    slide = (
        f'<p:sld xmlns:p="{_OFFICE}/presentationml/2006/main"'
        f' xmlns:a="{_OFFICE}/drawingml/2006/main"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r>'
        "<a:t>Lamps</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
    )

    def links(target: str, kind: str) -> str:
        return (
            f'<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="rId1"'
            f' Type="{relationships}/{kind}" Target="{target}"/></Relationships>'
        )

    return archive(
        {
            "_rels/.rels": links("ppt/presentation.xml", "officeDocument"),
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{_OFFICE}/presentationml/2006/main"'
            f' xmlns:r="{relationships}"><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst>'
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": links("slides/slide1.xml", "slide"),
            "ppt/slides/slide1.xml": slide,
        }
    )


RTF = rb"{\rtf1\ansi{\info{\title Lamps}{\author Ivo Mast}}\pard On {\b oil} l\'e4mps.\par}"
FB2 = (
    b'<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>'
    b"<author><first-name>Ivo</first-name><last-name>Mast</last-name></author>"
    b"<book-title>Lamps</book-title></title-info></description>"
    b"<body><section><p>On lamps.</p></section></body></FictionBook>"
)


@pytest.mark.parametrize(
    ("name", "data", "text", "properties"),
    [
        ("a.odt", odt(), "Lamps\nOn lamps.", {"title": "Lamps", "authors": ["Ivo Mast"]}),
        ("a.rtf", RTF, "On oil lämps.", {"title": "Lamps", "authors": ["Ivo Mast"]}),
        ("a.fb2", FB2, "On lamps.", {"title": "Lamps", "authors": ["Ivo Mast"]}),
        ("a.pptx", pptx(), "Lamps", {}),
    ],
)
def test_text_and_properties(
    tmp_path: Path, name: str, data: bytes, text: str, properties: dict[str, object]
) -> None:
    (tmp_path / name).write_bytes(data)
    extraction = markup.read(tmp_path / name, 1000)
    assert (extraction.text, extraction.properties) == (text, properties)
    assert extraction.extractor.startswith("xberg ")


def test_an_epub_has_its_text_and_what_its_card_says(library: Path) -> None:
    extraction = markup.read(library / "b00k_salt.epub", 1000)
    assert extraction.text.startswith(
        "Salt, Smoke and Sugar\nby Maren Öztürk-Lind\n\nBefore there was"
    )
    assert extraction.properties["series"] == "Kitchens of the North"


def test_headings_of_a_docx_are_text_only(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Lamps"
    document.core_properties.author = "Ivo Mast"
    document.add_heading("Lamps", level=0)
    document.add_heading("Oil", level=1)
    document.add_paragraph("On lamps.")
    document.save(str(tmp_path / "a.docx"))
    extraction = markup.read(tmp_path / "a.docx", 1000)
    assert extraction.text == "Lamps\n\nOil\nOn lamps."
    assert (extraction.properties["title"], extraction.properties["authors"]) == (
        "Lamps",
        ["Ivo Mast"],
    )


def test_a_text_ends_at_the_limit(library: Path) -> None:
    assert markup.read(library / "b00k_salt.epub", 11).text == "Salt, Smoke"


@pytest.mark.parametrize("suffix", ["epub", "docx", "odt", "rtf", "pptx", "html"])
def test_what_is_something_else_is_refused(sample: ModuleType, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(sample.pdf(sample.TIDES))
    with pytest.raises(DocumentError, match=f"is damaged or not {suffix.upper()}"):
        markup.read(path, 1000)


def test_an_encrypted_office_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    with pytest.raises(DocumentError, match="is encrypted, or in an Office format of before 2007"):
        markup.read(tmp_path / "a.docx", 1000)


def test_nothing_is_fetched(tmp_path: Path) -> None:
    """A page that points at a server on this machine is read, and the server is not asked."""
    calls = []

    def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append("asked")
        writer.close()  # a server of Python 3.12 ends after the last of its connections

    async def read_beside_a_server() -> str:
        async with await asyncio.start_server(note, "127.0.0.1", 0) as server:
            here = "http://{}:{}/x".format(*server.sockets[0].getsockname())
            (tmp_path / "a.html").write_text(
                f'<html><head><link rel="stylesheet" href="{here}"><base href="{here}"/></head>'
                f'<body><p>See <a href="{here}">this</a><img src="{here}" alt="p"/></p>'
                f'<iframe src="{here}"></iframe><script src="{here}"></script></body></html>'
            )
            extraction = await asyncio.to_thread(markup.read, tmp_path / "a.html", 1000)
            # Whoever connected before was accepted before.
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await until_async(lambda: calls)
            writer.close()
            return extraction.text

    assert asyncio.run(read_beside_a_server()) == "See this"
    assert calls == ["asked"], "by the test itself"


def test_nothing_is_cached(library: Path, tmp_path: Path) -> None:
    """Outside a worker as well, where nothing else would keep xberg from writing."""
    home = tmp_path / "home"
    home.mkdir()
    program = (
        "import os, pathlib, sys; from renai.documents.readers import markup;"
        "markup.read(pathlib.Path(sys.argv[1]), 1000); os._exit(0)"  # as a worker ends
    )
    subprocess.run(
        [sys.executable, "-c", program, library / "b00k_salt.epub"],
        env={"HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=home,
        check=True,
    )
    assert list(home.iterdir()) == []


def test_xberg_is_still_under_a_permissive_licence() -> None:
    """Its ancestor changed its licence from one release to the next without notice."""
    stated = importlib.metadata.metadata("xberg")
    assert (stated["License-Expression"] or stated["License"]) == "MIT"
