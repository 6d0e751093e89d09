"""One and the same bytes under several suffixes: each reading is that of an empty cache."""

from __future__ import annotations

import io
import shutil
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from ebooks import cbz, mobi, package, xps
from renai import get_file_hash, get_text_cache_path
from renai.codecs.entry import Entry
from renai.codecs.text import TextCodec
from renai.configuration import load_settings
from renai.documents.readers.sniffing import convertible_format_told_by, format_told_by
from renai.metadata.processor import BookProcessor
from renai.providers.schema import Metadata

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FB2 = b"""<?xml version="1.0" encoding="UTF-8"?>
<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description><title-info>
<author><first-name>Petra</first-name><last-name>Ostrow</last-name></author>
<book-title>The Right Title</book-title><lang>en</lang></title-info></description>
<body><section><title><p>Chapter One</p></title>
<p>Salt and smoke went up over the river and nobody said a word about it.</p></section></body>
</FictionBook>
"""
HTML = (
    b"<html><head><title>The Page</title><meta name='author' content='Ada Quill'></head>"
    b"<body><h1>The Page</h1><p>by Ada Quill</p><p>Many words of a page.</p></body></html>"
)
RTF = rb"{\rtf1\ansi{\info{\title The Note}{\author Ada Quill}}The Note\par by Ada Quill\par}"


class Reader:
    """Describes bytes under a suffix, in one process with one cache, which can be emptied."""

    def __init__(self, folder: Path, *, mutool: bool = False) -> None:
        self.folder, self.cache = folder, folder / "cache"
        settings = load_settings(cache_dir=self.cache, fallback_mode="none", mutool=mutool)
        self.books = BookProcessor("offline", settings=settings)

    async def described(self, data: bytes, suffix: str) -> Metadata | str:
        path = self.folder / f"x{suffix}"
        path.write_bytes(data)
        try:
            return await self.books.process(path)
        except Exception as error:  # noqa: BLE001 - a refusal is a reading, too
            return type(error).__name__
        finally:
            path.unlink()

    def empty(self) -> None:
        for layer in ("text", "metadata", "unreadable"):
            for entry in (self.cache / layer).glob("*"):
                entry.unlink()

    async def with_an_empty_cache(self, data: bytes, suffix: str) -> Metadata | str:
        self.empty()
        return await self.described(data, suffix)

    async def assert_none_answers_for_another(
        self, data: bytes, fresh: Mapping[str, Metadata | str]
    ) -> None:
        for before, after in permutations(fresh, 2):
            await self.with_an_empty_cache(data, before)
            assert await self.described(data, after) == fresh[after], (before, after)


async def described(folder: Path, data: bytes, suffix: str) -> Metadata | str:
    reader = Reader(folder)
    async with reader.books:
        return await reader.described(data, suffix)


@pytest.mark.parametrize("data", [FB2, HTML, RTF], ids=["fb2", "html", "rtf"])
async def test_what_is_stored_for_one_suffix_is_no_other_answer_for_the_next(
    tmp_path: Path, data: bytes
) -> None:
    suffixes = (".fb2", ".html", ".doc", ".txt")
    reader = Reader(tmp_path)
    async with reader.books:
        fresh = {suffix: await reader.with_an_empty_cache(data, suffix) for suffix in suffixes}
        await reader.assert_none_answers_for_another(data, fresh)
    if data is FB2:
        assert isinstance(fresh[".html"], Metadata)
        assert fresh[".html"].title == "The Right Title"


CONVERTED = {
    "mobi": mobi("The Right Title", exth=[(503, "The Right Title"), (100, "Ada Quill")]),
    "xps": xps("The Sheet", "Ada Quill"),
    "cbz": cbz("<Title>The Comic</Title><Writer>Ada Quill</Writer>"),
    "epub": package(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="a.opf" '
            'media-type="application/oebps-package+xml"/></rootfiles></container>',
            "a.opf": '<package xmlns:d="urn:dc"><metadata><d:title>The Book</d:title></metadata>'
            '<manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/></spine></package>',
            "a.xhtml": "<html><body><p>Salt and smoke.</p></body></html>",
        }
    ),
    "open": package({"one.txt": "words", "two.png": "no picture"}),
}


@pytest.mark.skipif(shutil.which("mutool") is None, reason="install mupdf-tools to run this")
@pytest.mark.parametrize("form", list(CONVERTED))
async def test_so_it_is_with_what_is_converted(tmp_path: Path, form: str) -> None:
    suffixes = (".mobi", ".xps", ".cbz")
    data = CONVERTED[form]
    reader = Reader(tmp_path, mutool=True)
    async with reader.books:
        fresh = {suffix: await reader.with_an_empty_cache(data, suffix) for suffix in suffixes}
        if form != "open":
            assert len({str(reading) for reading in fresh.values()}) == 1, "the bytes tell it"
            assert isinstance(fresh[".xps"], Metadata)
        await reader.assert_none_answers_for_another(data, fresh)


async def test_a_second_look_at_each_is_a_hit(tmp_path: Path) -> None:
    for data, suffix in ((FB2, ".fb2"), (HTML, ".html"), (RTF, ".rtf"), (b"words", ".doc")):
        folder = tmp_path / suffix[1:]
        folder.mkdir()
        first = await described(folder, data, suffix)
        entry = next((folder / "cache" / "text").glob("*.txt"))
        written = entry.stat().st_ino
        assert await described(folder, data, suffix) == first
        assert entry.stat().st_ino == written


async def test_an_entry_of_before_stays_valid(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    await described(tmp_path, HTML, ".html")
    (tmp_path / "x.html").write_bytes(HTML)
    path = get_text_cache_path(get_file_hash(tmp_path / "x.html"), cache_dir=cache)
    name = str(path.relative_to(cache))
    entry = TextCodec().decode(name, path.read_bytes())
    assert entry.recipe["parameters"].pop("read_as") == "text/html"
    from renai.metadata.text_cache import text_recipe

    recipe = text_recipe("xberg", entry.recipe["revision"], text_limit=load_settings().text_limit)
    assert recipe.described == entry.recipe  # as older versions have it
    path.write_bytes(
        TextCodec().encode(name, Entry(entry.value, entry.recipe, recipe.digest, entry.notes))
    )
    written = path.stat().st_ino
    for metadata in (cache / "metadata").iterdir():
        metadata.unlink()
    assert isinstance(await described(tmp_path, HTML, ".html"), Metadata)
    assert path.stat().st_ino == written


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (FB2, "FB2"),
        (FB2.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "FB2"),
        (RTF, "RTF"),
        (HTML, None),
        (b"words", None),
        (b"PK\x03\x04 no package", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), None),
        (b"", None),
    ],
)
def test_the_bytes_tell_a_format_or_leave_it_open(data: bytes, name: str | None) -> None:
    found = format_told_by(data)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (CONVERTED["mobi"], "MOBI"),
        (mobi("Salt", version=8), "MOBI"),
        (CONVERTED["xps"], "XPS"),
        (CONVERTED["cbz"], "CBZ"),
        (package({"1.png": b"", "more/2.JPG": b""}), "CBZ"),
        (CONVERTED["epub"], "EPUB"),
        (CONVERTED["open"], None),
        (package({}), None),
        (FB2, "FB2"),
        (b"junk\n%PDF-1.4", "PDF"),
        (HTML, None),
        (b"PK\x03\x04 no package", None),
        (b"", None),
    ],
)
def test_so_do_those_of_files_that_are_converted(data: bytes, name: str | None) -> None:
    found = convertible_format_told_by(io.BytesIO(data))
    assert (found.name if found else None) == name
