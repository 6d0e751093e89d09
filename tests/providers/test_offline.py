from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from renai.extraction import Extraction, Line
from renai.providers.offline.heuristics import read
from renai.providers.offline.provider import OfflineProvider
from renai.providers.schema import Metadata
from works import as_work

CATEGORIES = ("Fiction", "Other")


def page(*print_: tuple[str, float], number: int = 0, leading: float = 1.2) -> tuple[Line, ...]:
    """Set lines of (text, size) below each other; "" leaves a gap."""
    lines, top = [], 0.08
    for text, size in print_:
        if text:
            lines.append(Line(text, size, number, top))
        top += leading * size / 800
    return tuple(lines)


def read_page(*print_: tuple[str, float], **properties: Any) -> Metadata:
    lines = page(*print_)
    text = "\n".join(line.text for line in lines)
    return read(Extraction(as_work(text), properties, lines, pages=10), CATEGORIES)


def read_text(text: str, **properties: Any) -> Metadata:
    return read(Extraction(text, properties), CATEGORIES)


BODY = [("In the week before their departure to Arrakis, when all the final scurrying", 10.0)] * 8
GAP = ("", 20.0)


# On the page


def test_a_paper_is_read_from_its_print() -> None:
    metadata = read_page(
        ("arXiv:2001.01234v2 [cs.CL] 4 Jan 2020", 20.0),
        GAP,
        ("Attention Is Not All You Need: Pure Infor-", 17.0),
        ("mation Flows in Deep Networks*", 17.0),
        GAP,
        ("Ann Ash1,2, Bo van der Birch2 and C\u00e9line D. Oak\u2217", 12.0),
        ("University of Somewhere", 10.0),
        GAP,
        ("Abstract", 12.0),
        *BODY,
    )
    assert metadata.title == (
        "Attention Is Not All You Need: Pure Information Flows in Deep Networks"
    )
    assert metadata.authors == ("Ann Ash", "Bo van der Birch", "C\u00e9line D. Oak")
    assert metadata.year == 2020
    assert metadata.evidence["year"] == "arXiv:2001.01234v2 [cs.CL] 4 Jan 2020"
    assert metadata.confidence
    assert metadata.confidence > 0.6


def test_a_large_initial_is_not_large_print() -> None:
    metadata = read_page(
        ("A Quiet Title", 16.0),
        GAP,
        ("O" + "nce upon a time " * 7, 48.0),
        *BODY,
    )
    assert metadata.title == "A Quiet Title"


def test_a_book_names_its_author_after_by() -> None:
    metadata = read_page(("DUNE", 40.0), GAP, ("by", 14.0), ("Frank Herbert", 18.0))
    assert (metadata.title, metadata.authors) == ("DUNE", ("Frank Herbert",))


def test_without_any_page_nothing_is_invented() -> None:
    for text in ("", "\n \n", "12345", "Page 1", "----"):
        assert read_text(text) == Metadata(confidence=0.0)


def test_a_title_ends_where_a_version_a_date_or_an_address_begins() -> None:
    for line in ("Version 2.5", "v1.0 of May", "3 May 2012", "2012/05/03", "https://example.org"):
        metadata = read_page(("The Harbour Package", 17.0), (line, 17.0), ("Ann Ash", 12.0), *BODY)
        assert (metadata.title, metadata.authors) == ("The Harbour Package", ("Ann Ash",)), line


@pytest.mark.parametrize("version", ["4.25c", "v 1.00 c", "v2.0", "version 3"])
def test_what_a_title_is_without_on_another_line_is_its_version(version: str) -> None:
    cover = ((f"tide-tables {version}", 30.0), GAP, ("Ann Ash", 12.0))
    assert read_page(*cover, ("", 300.0), ("Tide-Tables", 16.0)).title == "tide-tables"
    assert read_page(*cover).title == f"tide-tables {version}"


def test_a_title_with_people_right_below_it_is_surer() -> None:
    alone = read_page(("The Tides of the North", 17.0), ("of the sea", 10.0), ("Ann Ash", 12.0))
    named = read_page(("The Tides of the North", 17.0), ("Ann Ash", 12.0), ("of the sea", 10.0))
    assert alone.title == named.title
    assert (alone.confidence or 0) < 0.8 <= (named.confidence or 0)


def test_print_and_properties_that_agree_are_surer_than_print() -> None:
    printed = (("The Tides of the North", 30.0), ("Ann Ash", 12.0), *BODY)
    agreed = read_page(*printed, title="The Tides of the North")
    assert (read_page(*printed).confidence or 0) < (agreed.confidence or 0)


def test_smaller_print_below_a_title_is_its_subtitle() -> None:
    metadata = read_page(
        ("The Harbour Package", 17.0), ("Moorings made plain", 12.0), ("Ann Ash", 12.0), GAP, *BODY
    )
    assert (metadata.title, metadata.subtitle) == ("The Harbour Package", "Moorings made plain")
    assert metadata.evidence["subtitle"] == "Moorings made plain"
    for line in ("University of Tides", "May 2012", "by Ann Ash", "Ann Ash", "It moors boats."):
        assert read_page(("The Harbour Package", 17.0), (line, 12.0), *BODY).subtitle is None, line


@pytest.mark.parametrize(
    "other",
    ["Inhaltsverzeichnis", "Vorwort", "Bachelorarbeit", "University of Tides", "1 Introduction"],
)
def test_parts_kinds_and_institutions_are_no_titles_though_they_are_larger(other: str) -> None:
    metadata = read_page((other, 24.0), GAP, ("On Small Harbours", 18.0), ("Ann Ash", 12.0), *BODY)
    assert metadata.title == "On Small Harbours"


def test_a_digit_that_a_footnote_takes_up_is_no_part_of_a_title() -> None:
    title, footnote = Line("The harbour package1", 17.0, 0, 0.1), "1This text is about 2.5"
    for line, read_as in (
        (Line(footnote, 8.0, 0, 0.9), "The harbour package"),
        (Line("2nd May", 8.0, 0, 0.9), "The harbour package1"),
    ):
        lines = (title, *page(*BODY), line)
        assert read(Extraction("", lines=lines, pages=1), CATEGORIES).title == read_as


def test_authors_in_columns_are_told_from_what_stands_below_them() -> None:
    title = Line("On Small Harbours", 17.0, 0, 0.1)
    columns = [
        Line(text, 12.0, 0, top)
        for name in ("Ann Ash(1,2)\u2217", "and Bo Birch\u2020", "C\u00e9line D. Oak")
        for text, top in ((name, 0.2), ("Wirtschaftsuniversit\u00e4t Wien", 0.22))
    ]
    lines = (title, *columns, Line("Abstract", 12.0, 0, 0.4), Line("Tide Table", 12.0, 0, 0.5))
    metadata = read(Extraction("", lines=lines, pages=1), CATEGORIES)
    assert metadata.authors == ("Ann Ash", "Bo Birch", "C\u00e9line D. Oak")


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Ann Ash <ann@example.org>", ("Ann Ash",)),
        ("Ann Ash, BA MA", ("Ann Ash",)),
        ("The Harbour Project", ("The Harbour Project",)),
        ("Ash Development Team", ("Ash Development Team",)),
        ("\u00a9 2016\u20132023 Ann Ash", ("Ann Ash",)),
        ("Documented and maintained by Ann Ash.", ("Ann Ash",)),
        ("Auteur(s): Ann Ash et Bo Birch", ("Ann Ash", "Bo Birch")),
        ("Institut Polytechnique", ()),
    ],
)
def test_an_author_is_told_however_the_line_says_it(line: str, authors: tuple[str, ...]) -> None:
    assert read_page(("The Harbour Package", 17.0), (line, 12.0), GAP, *BODY).authors == authors


# In plain text


def test_a_labelled_header_is_believed() -> None:
    metadata = read_text(
        "The Project Gutenberg eBook of Moby Dick\n\nTitle: Moby Dick; Or, The Whale\n"
        "Author: Herman Melville\n\nLanguage: English\n\nCall me Ishmael."
    )
    assert metadata.title == "Moby Dick; Or, The Whale"
    assert metadata.authors == ("Herman Melville",)
    assert metadata.evidence["authors"] == "Author: Herman Melville"


@pytest.mark.parametrize(
    "text", ["# A Heading\n\ntext", "A Heading\n=====\n\ntext", "\n\nA Heading\n\ntext"]
)
def test_the_first_heading_is_the_title(text: str) -> None:
    assert read_text(text).title == "A Heading"


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("by Ursula K. Le Guin", ("Ursula K. Le Guin",)),
        ("By Ann Ash and Bo Birch, Ph.D.", ("Ann Ash", "Bo Birch")),
        ("Written by: Dr. Ann Ash", ("Ann Ash",)),
        ("by Jean-Paul O\u2019Brien & J.R.R. McTree", ("Jean-Paul O\u2019Brien", "J.R.R. McTree")),
        ("by the author of Dune", ()),
        ("by Random House Publishing Group", ()),
        ("by train to Paris", ()),
        ("By January 2020", ()),
    ],
)
def test_only_names_follow_by(line: str, authors: tuple[str, ...]) -> None:
    assert read_text(f"The Dispossessed\n{line}\n\ntext").authors == authors


@pytest.mark.parametrize(
    ("words", "year"),
    [
        ("\u00a9 2003 Ann Ash", 2003),
        ("Copyright (c) 1998, 2001, 2004 by Ann Ash", 2004),
        ("First published in Great Britain in 1997", 1997),
        ("Published 3 May 2012", 2012),
        ("March 2015", 2015),
        ("There are 2019 reasons", None),
        ("Copyright \u00a9 9999", None),
        ("Tel. 0201 2003 44", None),
    ],
)
def test_a_year_needs_words_that_make_it_one(words: str, year: int | None) -> None:
    assert read_text(f"A Title\n\n{words}\n").year == year


def test_an_isbn_needs_its_check_digit() -> None:
    assert read_text("A Title\nISBN 0-306-40615-2").isbn == "9780306406157"
    assert read_text("A Title\nISBN 0-306-40615-3").isbn is None


def test_a_doi_on_the_first_page_is_the_documents_own() -> None:
    metadata = read_text("A Title\nhttps://doi.org/10.1000/XYZ-1. All rights reserved.")
    assert metadata.doi == "10.1000/xyz-1"
    assert metadata.evidence["doi"] == "doi.org/10.1000/XYZ-1"


def test_of_several_dois_on_a_page_none_is_the_documents_own() -> None:
    cited = "[1] Ash, doi:10.1000/1234. [2] Oak, doi:10.1000/5678."
    assert read_text(f"A Title\n{cited}").doi is None
    assert read_text(f"A Title\n{cited}", doi="10.1000/9").doi == "10.1000/9"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("In the week before their departure it was that an old woman came to visit the boy", "en"),
        ("Als er aus dem Haus kam, war es nicht die Frau, die er mit dem Kind gesehen hat", "de"),
        ("Il ne sait pas que la maison est dans une rue, et les enfants sont avec le père", "fr"),
        ("No se sabe que la casa de los padres es más grande que una con el jardín como esa", "es"),
        ("Не так это было, как он говорил, что я из города и не в том, что к нему от меня", "ru"),
        ("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor", None),
        ("x = f(a, b) for i in range(3): print(i)", None),
        ("", None),
    ],
)
def test_a_language_is_told_by_its_small_words(text: str, language: str | None) -> None:
    assert read_text(text).language == language


def test_a_language_rests_on_words_of_the_text() -> None:
    metadata = read_text(
        "It was the best of times, it was the worst of times, as it is in this age"
    )
    assert metadata.language == "en"
    assert metadata.evidence["language"] == "it was the of as is in this"
    assert read_text("The times and the tides of the year", language="fr").language == "fr"


# What the file says of itself


@pytest.mark.parametrize(
    "title",
    [
        "Microsoft Word - report.doc",
        "untitled",
        "Layout 1",
        "Slide 1",
        "thesis_final_v2.pdf",
        "main.dvi",
        "PowerPoint Presentation",
        "C:\\Users\\me\\book.indd",
        "hep-th9901001",
        "1234",
        "doi:10.1/2",
        "Scan0001",
        "PII: S0140-6736",
        "http://example.org",
        "Acrobat Distiller 4.0",
        "document",
        "a",
        "LaTeX with hyperref",
        "R Graphics Output",
    ],
)
def test_what_software_left_is_no_title(title: str) -> None:
    metadata = read_page(("The Title in Print", 20.0), GAP, *BODY, title=title)
    assert metadata.title == "The Title in Print"


@pytest.mark.parametrize(
    "title", ["Dune", "1984 by George Orwell", "Catch-22", "Fahrenheit 451", "It"]
)
def test_a_title_that_stands_in_print_is_sure(title: str) -> None:
    metadata = read_page((title, 12.0), GAP, ("A LARGER SERIES NAME", 20.0), *BODY, title=title)
    assert metadata.title == title


def test_a_stale_title_of_a_template_yields_to_the_print() -> None:
    metadata = read_page(("Annual Budget of the City", 24.0), GAP, *BODY, title="Parish Newsletter")
    assert metadata.title == "Annual Budget of the City"


def test_properties_of_a_format_without_pages_are_tended() -> None:
    metadata = read_text(
        "Cover\n\nContents",
        title="Dune",
        authors=["Frank Herbert"],
        year="1965-08-01",
        publisher="Chilton",
        language="en",
        series="Dune Saga",
        series_index="1",
        isbn="urn:isbn:0306406152",
        subject=["fiction", "Deserts"],
    )
    assert metadata == Metadata(
        title="Dune",
        authors=("Frank Herbert",),
        year=1965,
        publisher="Chilton",
        language="en",
        series="Dune Saga",
        series_index=1,
        isbn="9780306406157",
        category="Fiction",
        confidence=0.92,
        evidence=metadata.evidence,
    )
    assert metadata.evidence["year"] == "1965-08-01"


@pytest.mark.parametrize(
    "author", ["user", "jsmith", "Administrator", "HP", "me@example.org", "PC-01"]
)
def test_an_account_is_no_author(author: str) -> None:
    assert read_page(("A Title", 20.0), GAP, *BODY, authors=author).authors == ()


@pytest.mark.parametrize("name", ["year", "created"])
def test_the_day_a_pdf_was_made_says_nothing_of_the_book_in_it(name: str) -> None:
    made = {name: "D:20070102"}
    assert read_page(("A Title", 20.0), *BODY, **made).year is None
    dated = read_page(("A Title", 20.0), ("Edition of spring 2007", 10.0), *BODY, **made)
    assert (dated.year, dated.evidence["year"]) == (2007, "Edition of spring 2007")
    assert read_page(("A Title", 20.0), ("\u00a9 1999 X", 10.0), *BODY, **made).year == 1999


def test_the_day_a_text_was_begun_is_its_year() -> None:
    assert read_text("A Title", created="2007-01-02T10:00:00Z").year == 2007


# As a provider


async def test_it_is_a_provider_that_costs_nothing() -> None:
    provider = OfflineProvider(categories=CATEGORIES)
    answer = await provider.ask(Extraction("Dune\nby Frank Herbert"))
    await provider.aclose()
    assert answer.metadata.title == "Dune"
    assert (answer.cost.calls, answer.cost.money, provider.paid) == (0, None, False)
    assert provider.prompt_tokens(10_000) == 0


def test_its_source_is_everything_it_reads_and_not_the_reader() -> None:
    source = OfflineProvider(categories=CATEGORIES).source
    extraction = Extraction("a", {"title": "x"}, page(("a", 10.0)), 1, "pdfium 1")
    assert source(extraction) == source(
        Extraction("a", {"title": "x"}, page(("a", 10.0)), 1, "pdfium 2")
    )
    others = [
        Extraction("b"),
        Extraction("a", {"title": "y"}),
        Extraction("a", lines=page(("a", 11.0))),
    ]
    assert len({source(other) for other in [extraction, *others]}) == 4


@pytest.mark.parametrize(
    "text",
    [
        "A" * 10_000,
        "by " * 3000,
        "1 " * 5000,
        "\u00a9 " + "1999," * 2000,
        "ISBN " * 2000,
        "A. B. " * 1600,
        "-" * 10_000,
        "\n" * 10_000,
        "Ann Ash, " * 1100,
        "978-" * 2500,
        "published " * 1000,
        "A-b'" * 2500,
    ],
)
async def test_a_hostile_text_costs_little(text: str) -> None:
    lines = tuple(Line(text[:2000], 12.0, 0, at / 300) for at in range(200))
    started = time.thread_time()
    read(Extraction(text, {"title": text, "authors": [text] * 100}, lines, 5), CATEGORIES)
    assert time.thread_time() - started < 2


async def test_the_event_loop_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, most, threads = 0, 0, set()

    def watched(*arguments: Any) -> Metadata:
        nonlocal reading, most
        reading += 1
        most = max(most, reading)
        threads.add(threading.get_ident())
        found = read(*arguments)
        reading -= 1
        return found

    monkeypatch.setattr("renai.providers.offline.heuristics.read", watched)
    provider = OfflineProvider(categories=CATEGORIES)
    extraction = Extraction("A Title by Somebody\n" * 500, lines=page(*BODY * 10), pages=3)
    await asyncio.gather(*(provider.ask(extraction) for _ in range(20)))
    assert threading.get_ident() not in threads
    assert most == 1, "many at once would keep the interpreter from the loop"
