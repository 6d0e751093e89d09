"""Sections of books become passages, and their headings questions."""

import json
import zipfile

import retrieval_corpus
from renai.evaluation.collection import Question, read_collection

CONTAINER = """<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>"""
PACKAGE = """<package><metadata><language>{language}</language></metadata></package>"""
PAGE = """<html><head><title>Not this</title></head><body><p>Nor this.</p>
<h1>Chapter 1. The  <em>Tides</em></h1><p>The sea</p> <script>hidden()</script><p>rises. {long}</p>
<h2>1.2. Too short a section</h2><p>Nothing.</p>
<h2>Alone</h2><p>One word is no question. {long}</p></body></html>"""
LONG = "And so on and on it goes. " * 50


def make_book(path, language="en"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("book.opf", PACKAGE.format(language=language))
        archive.writestr("page.xhtml", PAGE.format(long=LONG))


def test_a_page_is_parted_at_its_headings():
    found = list(retrieval_corpus.sections(PAGE.format(long="…")))
    assert found == [
        ("The Tides", "The sea rises. …"),
        ("Too short a section", "Nothing."),
        ("Alone", "One word is no question. …"),
    ]


def test_what_is_english_becomes_a_collection(tmp_path):
    shelf = tmp_path / "packages" / "manuals"
    shelf.mkdir(parents=True)
    make_book(shelf / "tides.epub")
    make_book(shelf / "gezeiten.epub", language="de")
    make_book(shelf / "tides.fr.epub")  # says that it is English, as translations do
    folder = tmp_path / "collection"
    assert retrieval_corpus.build(tmp_path, folder) == (2, 1)
    passages, questions = read_collection(folder)
    assert questions == [Question("The Tides", ("tides/0",))]
    assert passages["tides/0"].startswith("The sea rises. And so on")
    assert len(passages["tides/0"]) == 1000
    assert retrieval_corpus.build(tmp_path, folder, ["another"]) == (0, 0)


def test_a_heading_that_comes_twice_is_no_question(tmp_path):
    shelf = tmp_path / "packages"
    shelf.mkdir()
    make_book(shelf / "tides.epub")
    with zipfile.ZipFile(shelf / "more.epub", "w") as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("book.opf", PACKAGE.format(language="en"))
        archive.writestr("page.html", f"<h1>the tides</h1><p>Other words. {LONG}</p>")
    assert retrieval_corpus.build(tmp_path, tmp_path / "collection")[1] == 0
    lines = (tmp_path / "collection" / "passages.jsonl").read_text().splitlines()
    assert {json.loads(line)["id"] for line in lines} == {"more/0", "tides/0", "tides/2"}
