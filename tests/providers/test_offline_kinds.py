"""Kinds of titles and authors that real files have, each with values of its own."""

from __future__ import annotations

from typing import Any

import pytest

from renai.extraction import Extraction, Line
from renai.providers.offline.heuristics import read
from renai.providers.offline.names import split_names
from renai.providers.offline.vague_titles import is_vague
from renai.providers.registry import SERVICES
from renai.providers.schema import Metadata
from works import as_work

SURE = SERVICES["offline"].min_confidence
BODY = tuple(
    Line("The keeper climbed the stairs of the tower before the fog came in", 10.0, 0, 0.4 + x / 50)
    for x in range(12)
)


def read_text(text: str, *, about: str | None = None, **properties: Any) -> Metadata:
    return read(Extraction(as_work(text, about), properties), ())


def read_little(text: str, **properties: Any) -> Metadata:
    return read(Extraction(text, properties), ())


def read_print(*lines: tuple[str, float], about: str | None = None, **properties: Any) -> Metadata:
    head = [Line(text, size, 0, 0.1 + place / 30) for place, (text, size) in enumerate(lines)]
    text = "\n".join(line.text for line in (*head, *BODY))
    return read(Extraction(as_work(text, about), properties, (*head, *BODY), pages=20), ())


def is_known(metadata: Metadata) -> bool:
    return bool(metadata.title) and (metadata.confidence or 0) >= SURE


# Embedded titles


@pytest.mark.parametrize(
    ("embedded", "title"),
    [
        ("2061", "2061"),
        ("&lt;i&gt;Kelp&lt;/i&gt; of the Coast", "Kelp of the Coast"),
        ("Salt &amp;amp; Smoke", "Salt & Smoke"),
        ("H<sub>2</sub>O in Harbours", "H2O in Harbours"),
        ("Top (Lantern Manual)", "Lantern Manual"),
        ("Rope: - A Live Handbook", "Rope: A Live Handbook"),
        ("Tide Guide V3.2.1~rc1+git5, 4 May 2021", "Tide Guide"),
        ("Tide Tables — lantern 2.1 documentation", "Tide Tables"),
        ("4.2. 灯台の光", "4.2. 灯台の光"),
        ("海", "海"),
        ("Line<br/>Break", "Line Break"),
        ("<p>Line</p><p>Break</p>", "Line Break"),
        ("Line&lt;br /&gt;Break", "Line Break"),
        ("Lamps -- A Handbook", "Lamps \u2013 A Handbook"),
        ("Lamps--A Handbook", "Lamps \u2013 A Handbook"),
        ("Guide to Kelp - minor revision [JA] 2021-05-24", "Guide to Kelp"),
        ("Guide to Kelp (rev. 3)", "Guide to Kelp"),
        ("Guide to Kelp (Kindle Edition)", "Guide to Kelp"),
        ("Guide to Kelp [eBook]", "Guide to Kelp"),
        ("Guide to Kelp - Version 2.1", "Guide to Kelp"),
        ("Guide to X - 2021-05-24", "Guide to X"),
        ("Guide to Kelp [JA] 24.05.2021", "Guide to Kelp"),
        ("Minutes of the Board - 2021-05-24", "Minutes of the Board - 2021-05-24"),
    ],
)
def test_a_title_is_read_as_a_person_wrote_it(embedded: str, title: str) -> None:
    metadata = read_text("", title=embedded, authors=["Ann Ash"])
    assert metadata.title == title
    assert is_known(metadata)


@pytest.mark.parametrize(
    "embedded",
    [
        "9780306406157",
        "0-306-40615-2",
        "keepers-handbook",
        "keepers_handbook_final",
        "Unknown",
        "Normal.dotm",
        "[Document title]",
        "PowerPoint-Präsentation",
        "Présentation PowerPoint",
        "Ohne Titel",
        "无标题",
        "XREFkeeper (Lantern (version 2))",
        "Chapter One",
    ],
)
def test_what_no_person_wrote_as_a_title_is_none(embedded: str) -> None:
    heading = "Chapter Two\n\nThe keeper had been awake since four, and the lamp was cold."
    assert read_text(heading, title=embedded, publisher="Quay Press").title is None


def test_the_part_of_a_title_that_is_the_heading_is_the_title() -> None:
    text = "Lantern\n\nKeeping the Lamp\n\nThe lamp is trimmed at dusk."
    for said in ("Keeping the Lamp | Lantern Wiki", "Lantern Wiki - Keeping the Lamp"):
        assert read_text(text, title=said).title == "Keeping the Lamp"


def test_an_embedded_title_is_known_where_nothing_contradicts_it() -> None:
    blank = Extraction("", {"title": "The Keeper's Handbook"}, pages=3)
    assert is_known(read(blank, ()))
    other = read_print(("Report of the Harbour Board", 20.0), title="The Keeper's Handbook")
    assert not (is_known(other) and other.title == "The Keeper's Handbook")


def test_a_word_that_may_be_the_name_of_a_file_is_not_known() -> None:
    assert not is_known(read(Extraction("", {"title": "lamp"}, pages=3), ()))


# Titles of the text


@pytest.mark.parametrize(
    "text",
    [
        "Ann Ash gathered the notes that had been needed to replace the use of\nlamps by bells.\n",
        "User-agent: *\nDisallow: /lamps\n",
        "adder\nbadger\ncurlew\ndunlin\negret\nfulmar\n",
        "LAMP(1) General Commands\n\nNAME\n lamp - light it\n",
        "Chapter Three\n\nThe keeper had been awake since four.\n",
        "#ff0000;red;red.png\n#00ff00;green;green.png\n",
        "% lamp.sty\n% a package\n\\def\\lamp{}\n",
        "Table of Contents\n\n1 Lamps 1\n2 Bells 4\n",
    ],
)
def test_text_without_a_title_has_none(text: str) -> None:
    assert read_text(text).title is None


@pytest.mark.parametrize(
    "text",
    [
        "# Keeping the `Lamp`\n\nIt is trimmed at dusk.",
        ".. _lamp:\n\nKeeping the Lamp\n================\n\nIt is trimmed at dusk.",
        "Keeping the Lamp\n\nby Ann Ash\n\nIt is trimmed at dusk.",
        "Title: Keeping the Lamp\nAuthor: Ann Ash\n\nIt is trimmed at dusk.",
    ],
)
def test_a_marked_heading_or_a_line_above_its_author_is_known(text: str) -> None:
    metadata = read_text(text)
    assert metadata.title == "Keeping the Lamp"
    assert is_known(metadata)


def test_a_first_line_alone_is_a_guess() -> None:
    metadata = read_text("Keeping the Lamp\n\nIt is trimmed at dusk.")
    assert metadata.title == "Keeping the Lamp"
    assert not is_known(metadata)


@pytest.mark.parametrize(
    "notice",
    [
        "Please wait...",
        "For the best experience, open this PDF portfolio in Acrobat X or later.",
        "See discussions, stats, and author profiles for this publication",
    ],
)
def test_notices_of_viewers_and_archives_are_looked_past(notice: str) -> None:
    metadata = read_print((notice, 20.0), ("", 20.0), ("On Small Lamps", 17.0), ("Ann Ash", 12.0))
    assert metadata.title == "On Small Lamps"


# Authors


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Ann Ash and Bo Birch", ("Ann Ash", "Bo Birch")),
        ("Ann Ash & Bo Birch", ("Ann Ash", "Bo Birch")),
        ("Ann Ash, Bo Birch und Eva Eller", ("Ann Ash", "Bo Birch", "Eva Eller")),
        ("Ash, Ann", ("Ann Ash",)),
        ("Ash, Ann; Birch, Bo", ("Ann Ash", "Bo Birch")),
        ("van der Ash, A. B.", ("A. B. van der Ash",)),
        ("Ann Ash <ann@example.org>", ("Ann Ash",)),
        ("Ann Ash、林莲枝", ("Ann Ash", "林莲枝")),
        ("Джосип Родин, Осаму Аоки", ("Джосип Родин", "Осаму Аоки")),
        ("Ann Ash et al.", ("Ann Ash",)),
        ("Ann Ash (translator)", ("Ann Ash",)),
        ("Anna Ash Robert Birch", ("Anna Ash", "Robert Birch")),
        ("Quorla Vethimas Ann B. Ash", ("Quorla Vethimas", "Ann B. Ash")),
        (
            "Ann B. Ash Quorla Vethimas Bo C. Birch",
            ("Ann B. Ash", "Quorla Vethimas", "Bo C. Birch"),
        ),
        ("Ann B. Ash Quorla Vethimas", ("Ann B. Ash Quorla Vethimas",)),  # may be one
        (" [FAMILY Given]", ()),
        ("Your Name", ()),
        ("Translated by Ann Ash", ()),
        *(
            (said, ("Martin Luther King Jr.",))
            for said in (
                "Martin Luther King, Jr.",
                "King, Martin Luther, Jr.",
                "King Jr., Martin Luther",
            )
        ),
        ("Ann Ash, Ph.D., Bo Birch, M.D.", ("Ann Ash", "Bo Birch")),
        ("MARTIN LUTHER KING JR.", ("MARTIN LUTHER KING JR.",)),
        ("张林波 孙文昌", ("张林波", "孙文昌")),
        ("张林波・孙文昌", ("张林波", "孙文昌")),
        ("张林波,孙文昌", ("张林波", "孙文昌")),
        ("张三 李四", ("张三", "李四")),
        ("欧阳修 司马光", ("欧阳修", "司马光")),
        ("欧阳 修", ("欧阳 修",)),
        ("村上 春樹", ("村上 春樹",)),
        ("村上, 春樹", ("村上 春樹",)),
        ("村上 春樹、東野 圭吾", ("村上 春樹", "東野 圭吾")),
        ("鈴木 一郎 佐藤 花子", ()),  # two or four, which cannot be told
        ("余田 方子", ()),  # one in Japan, two in China
        ("スティーヴン・キング", ("スティーヴン・キング",)),
        ("列夫·托尔斯泰", ("列夫·托尔斯泰",)),
        ("", ()),
    ],
)
def test_names_are_parted_and_turned_round(said: str, names: tuple[str, ...]) -> None:
    assert split_names(said) == names


@pytest.mark.parametrize(
    "line",
    [
        "Legal Notice",
        "Free Your Numbers",
        "CITATIONS",
        "Go Back",
        "Liebe Mitglieder",
        "Mine Safety",
        "German Harbours",
        "Basel Lanterns",
    ],
)
def test_capitals_below_a_title_are_no_authors(line: str) -> None:
    assert read_print(("The Keeper's Handbook", 20.0), (line, 12.0)).authors == ()


def test_the_title_is_no_author_of_itself() -> None:
    text = "Uma Breve\n\nUma Breve Ilha\n"
    metadata = read_text(text, title="Uma Breve Ilha", authors=["Uma Breve Ilha"])
    assert metadata.authors == ()
    shown = read_text("Mona Breve Ilha\nMona Breve Ilha\n\nLamps", title="Mona Breve Ilha | Kelp")
    assert (shown.title, shown.authors) == ("Mona Breve Ilha", ())


@pytest.mark.parametrize("account", ["kub", "PC-7", "python-docx", "Microsoft Office User"])
def test_accounts_and_programs_are_no_authors(account: str) -> None:
    assert read_text("Keeping the Lamp", title="Keeping the Lamp", authors=[account]).authors == ()


def test_a_model_may_say_names_as_objects() -> None:
    people = [
        {"first_name": "Ann", "last_name": "Ash"},
        {"given": "Bo", "family": "Birch"},
        {"name": "Eva Eller"},
    ]
    assert Metadata(authors=people).authors == ("Ann Ash", "Bo Birch", "Eva Eller")
    assert Metadata(authors=people[0]).authors == ("Ann Ash",)


# Years


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("\u00a9 2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2009, 2010 Ann Ash", 2010),
        ("Copyright 1998 Bo Birch\nCopyright 2011 Ann Ash\nCopyright 2004 Eva Eller", 2011),
    ],
)
def test_the_latest_of_several_years_counts(text: str, year: int) -> None:
    assert read_text(f"A Title\n\n{text}\n").year == year


def test_the_date_that_calibre_writes_for_none_is_none() -> None:
    assert read_text("", title="Dusk and Lamps", year="0101-01-01T00:00:00+00:00").year is None


# What tests, templates and servers leave in a title


@pytest.mark.parametrize(
    "embedded",
    [
        *("Foo Bar baz", "Test Title", "hello", "My Sample Document 2", "Saga Template"),
        *("$pagename$", "{{ page.title }}", "@PAGE_TITLE@", "404 Not Found", "Page not found"),
        *("Page Redirection", "Redirecting...", "Seite nicht gefunden", "Just a moment..."),
        *(
            "Class List",
            "Archives for The Lamp Post",
            "Posts tagged lamps",
            "Category: Lamps and Oil",
            "タグ：灯台",
            "Functions",
            "Kelp: Class Members - Functions",
            "AUTHORS",
            "License",
            "Table of Contents",
        ),
        "abcdefghijklmnopqrstuvwxyzäöüßabcdef",
    ],
)
def test_what_tests_templates_and_servers_write_is_no_title(embedded: str) -> None:
    assert not is_known(read_text(f"{embedded}\n\nSome words.", title=embedded))
    assert not is_known(read_text(f"# {embedded}\n\nSome words."))


@pytest.mark.parametrize(
    "title",
    [
        *("The Sample", "My World", "The Test", "Hello World", "Changes", "News"),
        *("«Lamps»", "Redirecting Rivers", "The Story of $ales$", "Amazon.com"),
        *("Кто виноват?", "Τι να κάνουμε;", "Что делать!", "Rindfleischetikettierung"),
        "Donaudampfschifffahrtsgesellschaftskapitän",
        *("1Q84", "11/22/63", "4 3 2 1", "10:04", "7\u00bd", "9/11"),
    ],
)
def test_a_book_may_be_called_like_a_test_or_a_page(title: str) -> None:
    metadata = read_text("", title=title, authors=["Ann Ash"], language="en")
    assert metadata.title == title
    assert is_known(metadata)


def test_an_office_document_is_no_book_though_it_has_an_author() -> None:
    said = {"title": "Test Title", "authors": ["Ann Ash"], "created": "2020-01-01T00:00:00Z"}
    assert not is_known(read_text("Test Title\n", **said))


@pytest.mark.parametrize("title", ["Redirecting Rivers", "The Story of $ales$", "Кто виноват?"])
def test_a_page_may_be_called_nearly_like_one_of_a_server(title: str) -> None:
    assert read_text(f"{title}\n\nSome words.", title=title).title == title


def test_a_heading_may_be_a_word_that_programs_leave_in_titles() -> None:
    assert read_text("# Report\n\nThe lamps of the harbour burn oil.").title == "Report"


@pytest.mark.parametrize("line", ["However, the lamp was out.", '"Light," said the keeper.'])
def test_prose_below_a_heading_is_no_data(line: str) -> None:
    assert read_text(f"# The Lamps of Aden\n{line}\n").title == "The Lamps of Aden"


def test_who_stands_at_the_head_of_a_book_did_not_write_it() -> None:
    text = "Ann Ash\nKeeper\n\nThe lamp was cold."
    assert read_text(text, title="The Lamps of Aden", publisher="Quay Press").authors == ()
    page = "Ann Ash <ann@example.org>\n\nThe lamp was cold."
    assert read_text(page, title="The Lamps of Aden").authors == ("Ann Ash",)


@pytest.mark.parametrize("line", ["(c) " + " " * 50_000 + "x", "a." * 50_000, "© " + "1 " * 50_000])
def test_a_hostile_line_takes_no_longer_than_another(line: str) -> None:
    assert read_text(f"# The Lamps of Aden\n{line}\n").title == "The Lamps of Aden"


@pytest.mark.parametrize(
    ("embedded", "first_lines", "title"),
    [
        ("Kelp :: Changes for Kelp 4", "Kelp\nChanges for Kelp 4", "Changes for Kelp 4"),
        (
            "Kelp Magic - Chapter\u00a03. Cloning Around",
            "Kelp Magic\nCloning Around",
            "Cloning Around",
        ),
        ("Kelp Manual: Kelp Manual", "Kelp Manual", "Kelp Manual"),
        ("Test Equipment for Ships", "Test Equipment for Ships", "Test Equipment for Ships"),
    ],
)
def test_the_title_of_a_page_is_told_from_its_site(
    embedded: str, first_lines: str, title: str
) -> None:
    metadata = read_text(f"{first_lines}\n\nWords of the page.", title=embedded)
    assert metadata.title == title
    assert is_known(metadata)


@pytest.mark.parametrize(
    "text",
    [
        "# Words to leave out\n# for the harbour index\n#\n\nof off on",
        "#####\n# Lamps\n# -----\n# lamps.txt: names of lamps\n\nArgand",
        "# harbour lon lat\n|Aden| 45.0 12.8\n|Bari| 16.9 41.1",
    ],
)
def test_remarks_in_data_are_no_headings(text: str) -> None:
    assert not is_known(read_text(text))


def test_a_word_that_seems_to_be_several_is_a_doubt() -> None:
    title = ("A History of HarbourLights", 20.0)
    told = {"about": "a history of harbours and harbourmasters"}
    torn = read_print(title, ("Ann Ash", 12.0), ("The lights of a harbour", 10.0), **told)
    assert torn.title == "A History of HarbourLights"
    assert not is_known(torn)
    for also in ("HarbourLights shine by lights in the harbour", "Few words of other things"):
        whole = read_print(
            title, ("Ann Ash", 12.0), (also, 10.0), about="a history of HarbourLights"
        )
        assert is_known(whole)


# Authors that no list of given names has


@pytest.mark.parametrize(
    ("below", "names"),
    [
        (("Quorla Vethimas", "vethimas@example.org"), ("Quorla Vethimas",)),
        (("Quorla Vethimas", "qv@example.org"), ("Quorla Vethimas",)),
        (("Quorla Vethimas", "webmaster@example.org"), ()),
        (("Quorla Vethimas, Ann Ash",), ("Quorla Vethimas", "Ann Ash")),
        (("Quorla Vethimas, Ann Ash, Teb Ozzari",), ()),
        (("Harbour Lamps", "University of Aden"), ()),
        (("Harbour Lamps", "Version 1.1, 2021"), ()),
        (("Tim Munn & Q.R.Vethimas",), ("Tim Munn", "Q.R. Vethimas")),
        (("Quorla Vethimas", "Chapter One"), ()),
        (("Ann Ash Rainer Birch Tom Vethimas",), ("Ann Ash", "Rainer Birch", "Tom Vethimas")),
        (("Ann Ash Vethimas Ozzari",), ("Ann Ash Vethimas Ozzari",)),
        (("E. B. Ash C. Birch",), ("E. B. Ash", "C. Birch")),
        (("Ann Ash, Lantern Project",), ("Ann Ash", "Lantern Project")),
        (("Ann Ash, Western Quay University",), ("Ann Ash",)),
        (("Bo Birch, Free Lantern Foundation",), ("Bo Birch",)),
    ],
)
def test_who_stands_below_a_title_with_an_address_or_beside_a_known_name(
    below: tuple[str, ...], names: tuple[str, ...]
) -> None:
    lines = [("The Lamps of Aden", 20.0), *((line, 12.0) for line in below)]
    assert read_print(*lines).authors == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Copyright 1999 Quorla Vethimas", ("Quorla Vethimas",)),
        ("(c) Copyright, Quorla Vethimas, Ann Ash 2020-2022.", ("Quorla Vethimas", "Ann Ash")),
        ("This manual is copyright 2004-2017 Ann Ash. All rights reserved.", ("Ann Ash",)),
        (
            "Quorla Vethimas <qv@example.org> revised by Ann Ash <ann@example.org>",
            ("Quorla Vethimas",),
        ),
    ],
)
def test_who_holds_the_copyright_or_has_an_address(line: str, names: tuple[str, ...]) -> None:
    assert read_text(f"# The Lamps of Aden\n\n{line}\n\nLamps burn oil.").authors == names


def test_embedded_authors_lose_what_is_no_name_of_theirs() -> None:
    said = ["Copyright (c) 2002 Ann Ash ann@example.org", "Università di Padova"]
    of_print = read_print(("The Lamps of Aden", 20.0), title="The Lamps of Aden", authors=said)
    assert of_print.authors == ("Ann Ash",)
    of_book = read_text("Lamps", title="The Lamps of Aden", authors=said, publisher="Quay Press")
    assert of_book.authors == ("Ann Ash", "Università di Padova")


# Doubt: evidence that is of one source only, or that many documents have


def test_a_word_or_two_in_the_text_of_a_page_bear_out_no_title() -> None:
    text = "Sign in\n\nAll lamps of the harbour board are listed by the administration of Aden."
    for said in ("Administration", "Harbour Board"):
        assert not is_known(read_little(text, title=said))


def test_an_office_document_with_an_author_may_have_the_title_of_its_template() -> None:
    said = {"title": "Lighthouse Board Name", "authors": ["Ann Ash"], "created": "2020-01-01"}
    assert not is_known(read_text("Invoice 17\n\nOil for four lamps, and wicks.", **said))
    assert is_known(read_text("Lighthouse Board Name\n\nOil for four lamps.", **said))


@pytest.mark.parametrize("said", ["Kelp Report: Lamps of Aden", "Kelp Report - Lamps of Aden"])
def test_a_title_whose_parts_are_lines_of_the_page_is_known(said: str) -> None:
    metadata = read_text("Kelp Report\n\nNext\n\nLamps of Aden\n\nOil.", title=said)
    assert is_known(metadata)


def test_several_labelled_titles_are_a_list_of_works() -> None:
    works = "Title: The Lamps of Aden\nAuthor: Ann Ash\n\nTitle: Kelp\nAuthor: Bo Birch\n"
    assert not is_known(read_text(works))
    assert not is_known(read_text("Title: Test Document\n\nSome words.\n"))


def test_a_page_without_text_may_be_a_form_that_a_program_fills() -> None:
    assert not is_known(read_text("", title="Lamp Oil Order Form"))


@pytest.mark.parametrize("said", [{"date": "2024-05-01"}, {"created": "2024-05-01"}])
def test_what_an_image_or_a_document_without_text_calls_itself_is_known(said: Any) -> None:
    assert is_known(read_text("", title="The Pier", **said))
    assert not is_known(read_text("", title="Pier", **said))


def test_an_office_document_without_a_word_tries_out_a_program() -> None:
    said = {"created": "2024-05-01", "modified": "2024-05-02"}
    assert not is_known(read_text("", title="The Long Pier", **said))


def test_the_embedded_title_of_another_edition_is_a_doubt() -> None:
    text = "Lamp Keeper 5.2\n\nUser's Guide\n\nAnn Ash\n\nNotes on the release and the lamps."
    for version, known in (("5.2", True), ("5.0", False)):
        said = f"Lamp Keeper {version} User's Guide and Release Notes"
        assert is_known(read_text(text, about="Lamp Keeper Release Notes", title=said)) == known


def test_words_of_asian_titles_are_not_looked_for_one_by_one() -> None:
    text = "Lantern 灯台\n\n目次\n\nLantern と Kelp の 本"
    assert not is_known(read_little(text, title="Lantern — Kelp と 灯台の 編集"))


def test_a_page_is_known_whose_heading_stands_below_what_leads_to_others() -> None:
    links = "\n".join(f"Place {place}" for place in range(80))
    page = f"{links}\n\nTRIM LAMPS\n\nOil."
    assert is_known(read_text(page, about="TRIM LAMPS", title="TRIM LAMPS"))
    numbered = read_text("17 Lamps of Aden\n\nOil.", title="The Kelp Report: Lamps of Aden")
    assert is_known(numbered)


@pytest.mark.parametrize("said", ["Unnamed Document (My Series #1)", "Untitled book", "New file"])
def test_what_programs_call_what_has_no_name_is_no_title_of_a_book(said: str) -> None:
    assert read_text("", title=said, authors=["Ann Ash"], publisher="Quay Press").title is None


def test_the_latest_release_in_a_log_is_no_title() -> None:
    log = "# kelp 8.20 (2 January 2023)\n\n* Lamps\n\n# kelp 8.19 (20 November 2022)\n\n* Oil\n"
    assert read_text(log).title is None
    assert (
        read_text("# Kelp Book 8.20\n\nIt is like Kelp Book 8.19 but for lamps.").title
        == "Kelp Book 8.20"
    )


@pytest.mark.parametrize(
    "printed",
    [
        *("User's Guide", "Die Anleitung", "El Manual", "Reference Manual"),
        *("Lampen\u2122", "Lampen 5.2", "浅原正幸 松本裕治"),
        *("DATA SHEET", "Product specification", "Documents", "Advance Information"),
        *("JLS Journal of Lamp Studies", "Sample Title", "The quick brown fox jumps over the dog"),
    ],
)
def test_print_that_many_works_have_or_names_a_product_or_people_is_not_known(
    printed: str,
) -> None:
    assert not is_known(read_print((printed, 24.0), ("Ann Ash", 12.0), ("May 2021", 12.0)))


def read_below_a_mark(mark: str, *lines: tuple[str, float, float]) -> Metadata:
    """Read print whose first line stands at the page's edge, each with its size and place."""
    head = [Line(mark, 40.0, 0, 0.05), *(Line(text, size, 0, top) for text, size, top in lines)]
    text = "\n".join(line.text for line in (*head, *BODY))
    return read(Extraction(as_work(text), {}, (*head, *BODY), pages=20), ())


def test_a_word_that_heads_the_page_above_a_line_of_words_is_not_known_to_be_the_title() -> None:
    title = ("On Small Lamps", 18.0, 0.3)
    people = (("Ann Ash", 12.0, 0.45), ("May 2021", 12.0, 0.5))
    assert not is_known(read_below_a_mark("Lampworks", title, *people))
    assert is_known(read_below_a_mark("Lampworks", *people))


def test_a_word_and_the_number_of_its_page_is_no_title() -> None:
    title = (("On Small Lamps", 17.0, 0.2), ("Ann Ash", 12.0, 0.25), ("May 2021", 12.0, 0.28))
    assert read_below_a_mark("Ash 1", *title).title == "On Small Lamps"
    assert read_below_a_mark("Ash 2", *title).title == "Ash 2"


@pytest.mark.parametrize(
    "line",
    ["NASA Reference Publication 1311", "Technical Report No. 17", "Invoice 2021/17", "Faktura 9"],
)
def test_the_number_of_a_report_or_a_bill_is_no_title(line: str) -> None:
    metadata = read_print((line, 24.0), ("", 20.0), ("On Small Lamps", 17.0), ("Ann Ash", 12.0))
    assert metadata.title == "On Small Lamps"


@pytest.mark.parametrize(
    ("below", "names"),
    [
        (("Quorla Vethimas", "5 May 2021"), ("Quorla Vethimas",)),
        (("Quorla Vethimas", "2021/05/05 v1.1"), ("Quorla Vethimas",)),
        (("Quorla Vethimas", "Lamp Works, Aden", "2021-05-05"), ("Quorla Vethimas",)),
        (("The Tower", "Quorla Vethimas", "May 2021"), ("Quorla Vethimas",)),
        (("Keeper Stairs", "5 May 2021"), ()),  # both words stand in the text
        (("Quorla Vethimas", "Chapter One"), ()),
        (("Quorla Vethimas, editor", "vethimas@example.org"), ("Quorla Vethimas",)),
    ],
)
def test_who_stands_between_a_title_and_its_date_wrote_it(
    below: tuple[str, ...], names: tuple[str, ...]
) -> None:
    lines = [("The Lamps of Aden", 20.0), *((line, 12.0) for line in below)]
    assert read_print(*lines).authors == names
    text = "\n\n".join(("# The Lamps of Aden", *below, "The keeper climbed the stairs."))
    assert read_text(text).authors == names


def test_full_names_in_han_characters_beside_each_other_are_several() -> None:
    assert split_names("浅原正幸 松本裕治") == ("浅原正幸", "松本裕治")
    assert split_names("倉澤 望") == ("倉澤 望",)


def test_what_heads_every_page_of_a_site_is_no_title() -> None:
    links = "Lamp News\n" + "\n".join(f"Place {place}" for place in range(80))
    said = "The new lamp is what we really want from Aden - Lamp News"
    metadata = read_text(f"{links}\n\nThe lamp.", title=said)
    assert metadata.title != "Lamp News"
    assert read_text("Wiki\n\nKelp Beds", title="Wiki of Lamps - Kelp Beds").title == "Kelp Beds"


def test_a_word_that_heads_one_of_several_sections_is_not_known() -> None:
    sections = "Building\n========\n\nSee the tools.\n\nCopying\n=======\n\nBy anyone.\n"
    assert not is_known(read_text(sections))
    assert not is_known(read_text("# Building\n\nSee.\n\n# Copying\n\nBy anyone.\n"))
    assert is_known(read_text("# Lamps\n\nSee.\n\n## Copying\n\nBy anyone.\n"))


@pytest.mark.parametrize("said", ["Test Document (My Series #1)", "Sample Book", "Demo EPUB 2"])
def test_a_book_that_is_called_a_test_is_no_work(said: str) -> None:
    assert read_text("", title=said, authors=["Ann Ash"], publisher="Quay Press").title is None
    whole = read_text("", title="Sample Book of Lamps", authors=["Ann Ash"], publisher="Quay Press")
    assert whole.title == "Sample Book of Lamps"


def test_a_foundation_below_its_people_is_no_author() -> None:
    lines = (("The Lamps of Aden", 20.0), ("Ann Ash", 12.0), ("Mayo Foundation", 12.0))
    assert read_print(*lines).authors == ("Ann Ash",)
    alone = (("The Lamps of Aden", 20.0), ("Free Lantern Foundation", 12.0))
    assert read_print(*alone).authors == ("Free Lantern Foundation",)


def test_a_line_above_names_of_people_is_a_title_without_a_by() -> None:
    assert is_known(read_text("Kelp Book 1.4\n\nAnn Ash\n\nThis is of kelp.\n"))
    assert not is_known(read_text("Kelp Book 1.4\n\nQuorla Vethimas\n\nThis is of kelp.\n"))


# Titles that office documents mark

OFFICE_TEXT = "Quay Press\n\nLamps of Aden\n\nThe keeper climbed the stairs of the tower."


def test_a_title_that_is_marked_as_one_is_known() -> None:
    metadata = read_text(OFFICE_TEXT, marked_titles=["Lamps of Aden"])
    assert metadata.title == "Lamps of Aden"
    assert is_known(metadata)
    assert not is_known(read_text(OFFICE_TEXT))


def test_what_a_document_marks_goes_before_what_its_template_says() -> None:
    first = read_text("A Keeper's Life\n\nLamps\n\nOn lamps.", title="A Keeper's Life")
    under_it = read_text("A Keeper's Life\n\nThe Stairs\n\nOn.", marked_titles=["The Stairs"])
    both = read_text(
        "A Keeper's Life\n\nThe Stairs\n\nOn.",
        title="A Keeper's Life",
        marked_titles=["The Stairs"],
    )
    assert (first.title, under_it.title) == ("A Keeper's Life", "The Stairs")
    assert both.title == "A Keeper's Life"  # a document that begins so is no template's
    marked = read_text(OFFICE_TEXT, title="Stairs of the Tower", marked_titles=["Lamps of Aden"])
    assert marked.title == "Lamps of Aden"
    cased = read_text(OFFICE_TEXT, title="Lamps of Aden", marked_titles=["LAMPS OF ADEN"])
    assert cased.title == "Lamps of Aden"


@pytest.mark.parametrize(
    "said",
    [
        "Title",
        "Document Title",
        "Presentation Title Text",
        "This Is the Title",
        "[Document title]",
        "Lorem ipsum dolor sit amet",
        "Sample article",
        "Hello There!",
        "Contents",
        "MyTitle",
        "First page title",
        "Example Word 2010 Document",
        "The quick brown fox jumps over the lazy dog",
        "{d[i].movieName}",
    ],
)
def test_what_a_template_has_in_place_of_a_title_is_none(said: str) -> None:
    assert read_text(f"{said}\n\nThe keeper.", marked_titles=[said]).title is None


@pytest.mark.parametrize(
    "said",
    [
        "Ann Ash",
        "Free Lantern Foundation",
        "User's Guide",
        "Kelper 1.3",
        "Lantern Seminar 2016",
        "Testing the Lamps",
        "Dear keepers of lamps,",
        "Lamps",
    ],
)
def test_a_name_an_event_or_a_common_word_is_not_known_by_its_mark(said: str) -> None:
    assert not is_known(read_text(f"{said}\n\nThe keeper.", marked_titles=[said]))


@pytest.mark.parametrize("gap", ["{{ keeper.name }}", "<keeper.full_name>", '<if test="lit">'])
def test_a_document_to_be_filled_in_has_no_known_title(gap: str) -> None:
    text = f"Lamps of Aden\n\nDear {gap},"
    assert not is_known(read_text(text, marked_titles=["Lamps of Aden"]))


def test_several_marked_lines_are_one_title_only_together() -> None:
    text = "Lamps\n\nof\n\nAden\n\nThe keeper climbed."
    whole = read_text(text, marked_titles=["Lamps", "of", "Aden"])
    assert whole.title == "Lamps of Aden"
    assert not is_known(whole)
    apart = read_text(text, marked_titles=["Lamps", "The keeper climbed."])
    assert apart.title != "Lamps The keeper climbed."


def test_a_document_that_shows_styles_or_loops_is_none_that_is_marked() -> None:
    loop = 'Lamps of Aden\n\nfor="lamp in lamps"\n\n/for\n'
    styles = "Lamps of Aden\n\nHeading One\nText.\n\nHeading Two\nText.\n"
    assert not is_known(read_text(loop, marked_titles=["Lamps of Aden"]))
    assert not is_known(read_text(styles, marked_titles=["Lamps of Aden"]))


def test_a_producer_with_a_colon_is_no_part_of_a_title() -> None:
    said = "SiSU: - Manual of Lamps"
    assert read_text("Manual of Lamps\n\nOn lamps.", title=said).title == "Manual of Lamps"
    unseen = read_print(("On Ropes", 12.0), title=said)
    assert not (unseen.title == "Manual of Lamps" and is_known(unseen))


def test_a_number_that_an_office_prints_makes_a_title_doubtful() -> None:
    rest = (("Ann Ash", 12.0), ("May 2021", 12.0))
    assert is_known(read_print(("Return of Lamps Lent to Keepers", 24.0), *rest))
    assert not is_known(read_print(("LMP No. 1545-0074 Return of Lamps Lent", 24.0), *rest))


def test_an_address_goes_without_the_word_before_it() -> None:
    assert split_names("Ann Kelper Ash<ash@lamp.example>") == ("Ann Kelper Ash",)
    assert split_names("Ann Ash ash@lamp.example") == ("Ann Ash",)


@pytest.mark.parametrize("said", ["Bild 1", "Slide 2", "スライド 1"])
def test_what_a_program_calls_a_slide_is_no_title(said: str) -> None:
    assert read_text("", title=said, authors=["Ann Ash"]).title is None


def test_a_heading_of_a_slide_that_a_program_took_for_a_title_is_not_known() -> None:
    text = "Lamps of Aden\n\nOn oil"
    assert is_known(read_text(text, title="Lamps of Aden"))
    taken = read_text(text, title="Lamps of Aden", slide_heading="Lamps of Aden")
    assert taken.title == "Lamps of Aden"
    assert not is_known(taken)


# What was met in documents that nothing was fitted on

PROSE = "The keeper climbed the stairs of the tower before the fog came in. " * 6


def test_the_one_heading_of_a_page_is_its_title() -> None:
    said = {"title": "Lamps (Harbour site)", "page_heading": "Lamps of the Coast"}
    metadata = read_text(PROSE, about="Lamps Coast", **said)
    assert (metadata.title, is_known(metadata)) == ("Lamps of the Coast", True)


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("Kelp: Lamps of the Coast", "Lamps of the Coast"),
        ("Kelp Docs: Lamps of the Coast", "Lamps of the Coast"),
        ("Kelp", "Lamps Around Kelp Bay"),
        ("Kelp :: lamps.md", "Lamps Around Kelp Bay"),
    ],
)
def test_what_a_site_is_called_is_no_title_of_its_pages(said: str, heading: str) -> None:
    page = read_text(f"Kelp\n{heading}\n\n{PROSE}", title=said, page_heading=heading)
    assert (page.title, is_known(page)) == (heading, True)


def test_a_title_of_two_parts_is_left_whole_where_the_page_shows_both() -> None:
    said = "Kelp: Lamps of the Coast"
    page = read_text(f"{said}\n\n{PROSE}", title=said, page_heading=said)
    assert page.title == said


@pytest.mark.parametrize(
    ("said", "heading"),
    [
        ("How the Keeper Trims the Lamps - Harbour Office", "Harbour Office"),  # of the site
        ("", "Trimming at Dusk"),  # a part of a page, or a test
        ("Trimming", "Trimming"),  # of one word, which other pages of the site may have
    ],
)
def test_a_heading_that_may_be_a_sites_or_a_parts_does_not_make_a_title_known(
    said: str, heading: str
) -> None:
    properties = {"title": said} if said else {}
    alone = read_text(PROSE, page_heading=heading, **properties)
    assert alone.title != "Harbour Office"
    assert said == heading or not is_known(alone)


def test_what_an_office_document_says_and_does_not_show_is_uncertain() -> None:
    assert not is_known(read_text(PROSE, title="Water and Its Finances", created="2004"))


@pytest.mark.parametrize("text", ["Testing enforced with all", "Keeper Ash\n\n16 June 2010"])
def test_little_text_is_no_work(text: str) -> None:
    assert (read_little(text).confidence or 0) < 0.3
    assert (read_text(f"{text}\n\n{PROSE}").confidence or 0) > 0.5


@pytest.mark.parametrize("line", ["page1", "Slide 2", "keeper.docx"])
def test_what_a_program_calls_a_part_is_no_first_line(line: str) -> None:
    assert read_text(f"{line}\n\n{PROSE}").title is None


def test_a_line_above_a_copyright_is_a_title() -> None:
    rights = "Copyright 2016 Kelp SA"
    page = read_text(f"Lamp Keeper - Manuel de l'utilisateur\n\n{rights}\n\n{PROSE}")
    assert (page.title, is_known(page)) == ("Lamp Keeper - Manuel de l'utilisateur", True)
    assert not is_known(read_text(f"keeper said so\n\n{rights}\n\n{PROSE}"))


@pytest.mark.parametrize("first", ["Request for Comments: 9999   Kelp", "Internet-Draft  Kelp"])
def test_the_title_of_a_standard_stands_below_its_columns(first: str) -> None:
    head = f"Lamp Working Group   Q. Vethimas\n{first}\nCategory: Informational   May 2003\n\n\n"
    title = "      Lamps for Harbours\n      and Their Oil\n      draft-vethimas-lamps-04\n\n"
    standard = read_text(f"{head}{title}Status of This Memo\n\n{PROSE}")
    assert (standard.title, is_known(standard)) == ("Lamps for Harbours and Their Oil", True)
    for no_title in ("lamps.txt", "Lamps " * 60):
        assert read_text(f"{head}{no_title}\n\nAbstract\n\n{PROSE}").title != no_title.strip()
    paper = read_text(f"Lamps\n\nBo Birch\n\nAbstract\n\n{PROSE}")
    assert paper.title != "Bo Birch"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("# Lamps of the Coast {#lamps}", "Lamps of the Coast"),
        ("= Lamps of the Coast =\n======================", "Lamps of the Coast"),
        ("Lampkit_ of the Coast\n=====================", "Lampkit of the Coast"),
        ('title: "Lamps of the Coast"', "Lamps of the Coast"),
        ("title: 'Lamps of the Coast'", "Lamps of the Coast"),
        ("# Lamps (of the Coast )", "Lamps (of the Coast)"),
        ("# File: lamps.txt", None),
    ],
)
def test_what_marks_a_heading_is_no_part_of_it(head: str, title: str | None) -> None:
    assert read_text(f"{head}\n\n{PROSE}").title == title


def test_tags_and_empty_remarks_above_a_heading_are_no_text() -> None:
    text = f'<p align="center">\n<img src="lamp.png">\n</p>\n\n# Lamps of the Coast\n\n{PROSE}'
    assert is_known(read_text(text))
    assert is_known(
        read_text(f".. Ann Ash\n..\n\nLamps of the Coast\n==================\n\n{PROSE}")
    )


def test_a_book_whose_own_data_say_nothing_has_an_uncertain_title_page() -> None:
    metadata = read_text(
        f"Lamps of the Coast\n\nby Ann Ash\n\n{PROSE}", title="Unknown", publisher="Pier"
    )
    assert (metadata.title, is_known(metadata)) == ("Lamps of the Coast", False)


@pytest.mark.parametrize(
    "line",
    [
        "Chapter 1: About the Lamps of the Coast",
        "Lamps of the Coast V0.98 Manual of the Keeper",
        "lamps version 2022/1.1",
    ],
)
def test_a_chapter_and_what_was_joined_to_a_version_are_uncertain(line: str) -> None:
    assert not is_known(read_print((line, 24.0), ("Ann Ash", 12.0)))


def test_the_volume_of_a_periodical_is_no_title() -> None:
    metadata = read_print(("Lamps\u2019 Imprint volume 100, no. 20", 24.0), ("Ann Ash", 12.0))
    assert metadata.title is None or "volume" not in metadata.title


def test_the_largest_print_of_an_office_document_is_its_title() -> None:
    text = "Lamps of Aden\nThe keeper climbed the stairs, and trimmed what he found. " * 12
    assert is_known(read_text(text, large_heading=["Lamps of Aden"]))
    assert not is_known(read_text(text))
    assert not is_known(
        read_little(text[:300], large_heading=["Lamps of Aden"])
    )  # a program's test
    several = read_text(text, large_heading=["Lamps of Aden", "A Keeper's Life"])
    assert not is_known(several)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("# ![Kelper](https://kelper.example/logo.svg)", "Kelper"),
        ("# ![the logo](logo.svg) Kelper for Lamps", "Kelper for Lamps"),
        ("# [![badge](badge.svg)](https://kelper.example) Kelper", "Kelper"),
        ("# Kelper [![Build Status][ci-img]][ci-url]", "Kelper"),
    ],
)
def test_a_picture_in_a_heading_is_no_part_of_it(line: str, title: str) -> None:
    assert read_text(f"{line}\n\nThe keeper climbed the stairs.\n").title == title


@pytest.mark.parametrize(
    "line",
    [
        "# .lamp: lamp.font_2",
        "# CONTRIBUTING.md",
        "# settings of the lamps\nset( LAMPS",
    ],
)
def test_a_remark_or_the_name_of_a_file_is_no_title(line: str) -> None:
    assert read_text(f"{line}\nThe keeper climbed the stairs.\n").title is None


@pytest.mark.parametrize(
    "said",
    [
        "Kelper Library API: Globals",
        "kelper-1.6: Lamps for the coast (Index - E)",
        "Hierarchy For Package org.kelper",
        "Mollitia eos facere d'quidem assumenda",
    ],
)
def test_a_page_that_lists_others_or_has_dummy_text_is_not_known_by_what_it_says(said: str) -> None:
    assert not is_known(read_text(f"{said}\n\nA\n\nB\n", title=said))


def test_what_a_page_shows_as_a_whole_is_not_cut() -> None:
    said = "Kelper - 1.0.4 reference documentation -- lamps"
    assert read_text(f"{said} (60)\n\nKelper\n\nThe lamps.", title=said).title == said


def test_what_is_left_of_a_name_with_a_number_in_it_is_no_author() -> None:
    assert read_text(OFFICE_TEXT, authors=["Ann KP20NG"]).authors == ()
    assert read_text(OFFICE_TEXT, authors=["Ann"]).authors == ("Ann",)


def test_of_two_lines_of_nearly_the_same_size_one_may_be_a_slogan() -> None:
    rest = (("Ann Ash", 12.0), ("May 2021", 12.0), ("The keeper climbed the stairs.", 10.0))
    line = ("The Leading Light of All Coasts", 28.8)
    above_a_title = read_print(line, ("Kelper Utility Programs", 24.8), *rest)
    above_a_subtitle = read_print(line, ("Kelper Utility Programs", 20.0), *rest)
    assert above_a_title.title == above_a_subtitle.title == line[0]
    assert (above_a_title.confidence or 0) <= 0.65 < (above_a_subtitle.confidence or 0)


def test_of_two_lines_of_one_size_the_second_may_go_on_with_the_first() -> None:
    line, apart = ("The Leading Light of All Coasts", 20.0), ("Harbour Watch, May 2021", 9.0)
    rest = (("Ann Ash", 12.0), ("The keeper climbed the stairs.", 10.0))
    torn = read_print(line, apart, ("(and of All Lamps)", 20.0), *rest)
    whole = read_print(line, apart, *rest)
    assert torn.title == whole.title == line[0]
    assert (whole.confidence or 0) > SURE


def test_the_number_of_a_page_is_no_title() -> None:
    assert read_print(("Kelp of the Coast", 20.0), ("2", 10.0), title="2").title != "2"
    assert read_print(("2061", 20.0), ("Ann Ash", 10.0), title="2061").title == "2061"


# Names that stand where a title should


def test_the_name_of_an_author_is_no_title() -> None:
    page = (
        ("The Theory of Tides", 20.0),
        ("Mary Q. Keeper", 14.0),
        ("Copyright 2021 Mary Q. Keeper", 9.0),
    )
    for properties in ({"title": "Mary Q. Keeper"}, {"authors": ["Mary Q. Keeper"]}):
        metadata = read_print(*page, **properties)
        assert metadata.title == "The Theory of Tides"
        assert metadata.authors == ("Mary Q. Keeper",)
    larger = read_print(("John Ash", 24.0), *page, authors=["John Ash", "Mary Q. Keeper"])
    assert larger.title == "The Theory of Tides"


def test_a_name_within_a_title_is_a_part_of_it() -> None:
    metadata = read_print(("The Life of Mary Q. Keeper", 20.0), authors=["Mary Q. Keeper"])
    assert metadata.title == "The Life of Mary Q. Keeper"


@pytest.mark.parametrize("size", [0.0, float("inf"), float("nan")])
def test_print_that_nobody_can_see_is_no_title(size: float) -> None:
    hidden = Line("A Title That Nobody Sees", size, 0, 0.1)
    assert read(Extraction(hidden.text, {}, (hidden,)), ()).title != hidden.text
    seen = Line("On Lanterns and Their Keepers", 24.0, 0, 0.2)
    lines = (hidden, seen, *BODY)
    assert read(Extraction("", {}, lines), ()).title == seen.text


@pytest.mark.parametrize(
    "title",
    [
        "PowerPoint 演示文稿",
        "Apresentação do PowerPoint",
        "PowerPoint-esitys",
        "Презентация PowerPoint",
        "PowerPoint プレゼンテーション",
        "Presentazione standard di PowerPoint",
        "Paper Title",
        "All Packages",
        "Index \u2013 N",
        "Option and command index (LAMP)",
        "Cross References",
        "Inbox",
        "Session Expired",
        "Re: [lamps] wicks",
    ],
)
def test_what_many_files_are_called_is_no_known_title(title: str) -> None:
    assert not is_known(read_text("", title=title))


@pytest.mark.parametrize("title", ["Manual for version 2.4.1", "User Guide v3", "Guide release 2"])
def test_a_version_does_not_say_what_a_manual_is_about(title: str) -> None:
    assert is_vague(title)
    assert not is_vague(f"Lantern {title}")


@pytest.mark.parametrize("title", ["A Quest\u00e3o da", "The Lamps of", "Die Lampen der"])
def test_a_title_that_ends_amid_a_phrase_goes_on_in_other_print(title: str) -> None:
    assert is_vague(title)
    assert not is_known(read_print((title, 24.0), ("Lamps and Coasts of the South", 12.0)))
    assert not is_vague(f"{title} Aden")


@pytest.mark.parametrize(
    "title", ["DATASHEET SEARCH SITE | WWW.EXAMPLE.COM", "The DatasheetArchive - Datasheet Search"]
)
def test_the_site_that_a_datasheet_is_from_is_no_title(title: str) -> None:
    assert read_text("", title=title, authors=["Ann Ash"]).title is None


def test_what_is_about_powerpoint_has_a_title() -> None:
    assert is_known(read_text("", title="PowerPoint for Harbour Masters", authors=["Ann Ash"]))


def test_the_first_of_a_list_of_abbreviations_is_no_title() -> None:
    terms = ("HM - Harbour Master", "LK - Lantern Keeper of the outer pier", "TT - Tide Table")
    rest = "\n\n".join(f"K{x} - something that is written here in full words" for x in range(30))
    assert not is_known(read_text("\n\n".join((*terms, rest))))
    prose = (f"On day {x} the keeper climbed the stairs before the fog came in." for x in range(20))
    assert is_known(read_text("\n\n".join(("Harbours - A Short History", *prose))))


# What stands where a title should, and is none of any work


@pytest.mark.parametrize(
    "said",
    [
        *("Sign in", "Log In", "Anmelden", "Se connecter", "Iniciar sesión", "Войти", "ログイン"),
        *("Book Title", "Title of Book", "Buchtitel", "Titre du livre", "书名", "Название книги"),
        *("Table of Contents", "Inhaltsverzeichnis", "Table des matières", "Índice", "Sommario"),
        *("Inhoudsopgave", "Содержание", "目次", "目录", "Spis treści", "Contents"),
        *("Kindle Edition", "Édition Kindle", "Kindle版", "OceanofPDF.com", "www.pdfdrive.com"),
        *("Bitte warten ...", "Veuillez patienter", "Подождите", "请稍候", "Un instant…"),
        *("Checking your browser…", "Just a moment...", "Attention Required! | Cloudflare"),
        *('charset="Ascii" Lamp', "jpeg:lossy", "My beautiful picture", "Image title"),
        *("Photo by …", "Photo by Ann Ash", "robots.txt"),
        *(
            "Sign in | Kelper",
            "Anmelden \u2013 Kelper",
            "Log in to Kelper",
            "Bitte warten - Kelper",
        ),
    ],
)
def test_what_stands_in_for_a_title_is_none_wherever_it_stands(said: str) -> None:
    read_of_it = [
        read_text("", title=said, camera="Kelper 7"),
        read_text("", title=said, authors=["Ann Ash"], publisher="Pier"),
        read_text(f"{said}\n\n{PROSE}", title=said, authors=["Ann Ash"], language="en"),
        read_text(f"# {said}\n\n{PROSE}"),
        read_text(f"Title: {said}\n\n{PROSE}"),
        read_text(f"{said}\n\n{PROSE}", title=said, page_heading=said),
        read_text(f"{said}\n\n{PROSE}", title=said, marked_titles=[said], created="2020"),
        read_print((said, 24.0), ("Ann Ash", 12.0)),
    ]
    assert not any(map(is_known, read_of_it))


def test_a_book_whose_title_is_a_stand_in_is_asked_for_its_title_page() -> None:
    said = {"title": "Kindle Edition", "authors": ["Ann Ash"], "language": "en"}
    assert read_text(f"Lamps of the Coast\n\nby Ann Ash\n\n{PROSE}", **said).title == (
        "Lamps of the Coast"
    )


@pytest.mark.parametrize(
    "title",
    [
        *("Cookies", "The Title", "One Moment", "Signing In", "Contents Under Pressure"),
        *("Sign in the Sky", "Kim", "She", "Photo by Photo by Photo of the Coast"),
    ],
)
def test_a_book_may_be_called_nearly_like_a_stand_in(title: str) -> None:
    metadata = read_text("", title=title, authors=["Ann Ash"], publisher="Pier")
    assert (metadata.title, is_known(metadata)) == (title, True)


@pytest.mark.parametrize("said", ["cof", "hdr"])
def test_a_few_small_letters_are_no_known_title(said: str) -> None:
    assert not is_known(read_text("", title=said, authors=["Ann Ash"], publisher="Pier"))
    assert not is_known(read_text(f"{said}\n\n{PROSE}", title=said, page_heading=said))
    assert not is_known(read_text(f"# {said}\n\n{PROSE}"))
    assert not is_known(read_print((said, 24.0), ("Ann Ash", 12.0)))
    assert is_known(read_text(f"# klp\n\nWith klp the lamps are trimmed at dusk. {PROSE}"))


def test_the_bare_address_of_a_site_is_no_known_title() -> None:
    said = "kelper-books.org"
    assert not is_known(read_text("", title=said, publisher="Pier"))
    assert not is_known(read_text(f"# {said}\n\n{PROSE}"))
    assert not is_known(read_text(f"{said}\n\n{PROSE}", title=said))
    assert not is_known(read_print((said, 24.0), ("Ann Ash", 12.0)))


@pytest.mark.parametrize(
    "lines",
    [
        "# Ads of the Harbour\n\nkelp.com, 12, RESELLER, f5ab\nlamp.example, pub-1, DIRECT",
        "Partners of the Harbour\n\nkelp.com, 12, RESELLER, f5ab",
        "# Welcome to Our Robots\n\nUser-Agent: *\nCrawl-delay: 10",
    ],
)
def test_what_a_site_tells_programs_has_no_title(lines: str) -> None:
    assert read_text(lines + "\nkelper.com, 7, RESELLER" * 30).title is None


def test_a_text_may_be_about_what_sites_tell_programs() -> None:
    text = f"# How Robots Are Told\n\n{PROSE}\nThey read this:\n\nUser-agent: *\n"
    assert read_text(text).title == "How Robots Are Told"


@pytest.mark.parametrize(
    "said", ["Guide to Kelp - minor revision [JA] 2021-05-24", "Kelp -- Lamps"]
)
def test_a_title_that_the_document_shows_with_its_marks_loses_them_too(said: str) -> None:
    title = "Guide to Kelp" if "Guide" in said else "Kelp \u2013 Lamps"
    for metadata in (
        read_text(f"# {said}\n\n{PROSE}"),
        read_text(f"{said}\n\n{PROSE}", title=said, authors=["Ann Ash"], language="en"),
        read_print((said, 24.0), ("Ann Ash", 12.0), title=said),
    ):
        assert (metadata.title, is_known(metadata)) == (title, True)


@pytest.mark.parametrize("title", ["1Q84", "11/22/63", "4 3 2 1"])
def test_a_page_or_a_paged_file_is_not_called_by_numbers(title: str) -> None:
    assert read_text(PROSE, title=title).title is None
    assert read_print(("Lamps", 24.0), title=title).title != title


# Ranges of years, and days that are none


@pytest.mark.parametrize(
    ("said", "year"),
    [
        *(("\u00a9 2003-22 Ann Ash", 2022), ("\u00a9 2003\u201322", 2022), ("(c) 1999-02", 2002)),
        *(
            ("\u00a9 1998/99", 1999),
            ("\u00a9 1998/1999 Ann Ash", 1999),
            ("\u00a9 2003\u201422", 2022),
        ),
        *(("\u00a9 2010-2012, 2015-17 Ann", 2017), ("Copyright Ann Ash 2003 - 22", 2022)),
        *(("\u00a9 2003-05-22 Ann Ash", 2003), ("\u00a9 1998-05 Ann Ash", 2005)),
    ],
)
def test_the_last_year_of_a_range_counts(said: str, year: int) -> None:
    assert read_text(f"# Lamps of the Coast\n\n{said}\n").year == year


@pytest.mark.parametrize(
    ("said", "year"),
    [
        *(("2003\u201322", 2022), ("1998/99", 1999), ("1998/1999", 1999), ("2003-22", 2022)),
        *(("2003-04", 2003), ("2003-04-22", 2003), ("1970", 1970), ("1970-05-01", 1970)),
        *((f"{day}T00:00:00Z", None) for day in ("1601-01-01", "1970-01-01", "1904-01-01")),
        *((day, None) for day in ("1601-01-01", "1899-12-30", "0001-01-01", "D:16010101000000Z")),
    ],
)
def test_the_year_that_a_file_says(said: str, year: int | None) -> None:
    assert read_text(PROSE, title="Lamps of the Coast", publisher="Pier", year=said).year == year
    assert read_text(PROSE, title="Lamps of the Coast", created=said).year == year


# Who stands in an author's place and wrote nothing


@pytest.mark.parametrize(
    "said",
    [
        *("Windows User", "Usuario de Windows", "Utilisateur Windows", "Windows-Benutzer"),
        *("Пользователь Windows", "Windows 用户", "Użytkownik systemu Windows", "Dell User"),
        *(
            "Microsoft Office User",
            "Registered User",
            "Valued Customer",
            "Site Admin",
            "Super User",
        ),
        *("Неизвестный автор", "Autor desconocido", "Auteur inconnu", "Unbekannter Autor"),
        *("Autore sconosciuto", "Onbekende auteur", "Nieznany autor", "Άγνωστος συγγραφέας"),
        *("作者不明", "未知作者", "佚名", "匿名", "مؤلف غير معروف", "Various Authors", "AA. VV."),
        *("Le Monde", "Mac & i", "Wired", "The New York Times", "朝日新聞"),
    ],
)
def test_nobody_an_account_and_a_magazine_are_no_authors(said: str) -> None:
    for about in ({"publisher": "Pier"}, {"created": "2020-01-01"}, {"language": "en"}, {}):
        metadata = read_text(PROSE, title="Lamps of the Coast", authors=[said], **about)
        assert metadata.authors == ()
    assert read_text(f"# Lamps of the Coast\n\nby {said}\n\n{PROSE}").authors == ()
    page = (("Lamps of the Coast", 24.0), (said, 12.0), ("info@example.org", 10.0))
    assert read_print(*page, title="Lamps of the Coast", authors=[said]).authors == ()


def test_who_published_a_work_did_not_write_it() -> None:
    page = {"title": "Lamps of the Coast | Harbour Times", "authors": ["Harbour Times"]}
    assert read_text(f"Lamps of the Coast\n\n{PROSE}", **page).authors == ()
    book = {"title": "Lamps of the Coast", "publisher": "Quay Books", "authors": ["Quay Books"]}
    assert read_text(PROSE, **book).authors == ()
    own = {"title": "Lamps of the Coast", "publisher": "Ann Ash", "authors": ["Ann Ash"]}
    assert read_text(PROSE, **own).authors == ("Ann Ash",)


@pytest.mark.parametrize("dash", ["-- ", "- ", "\u2014 ", "\u2013", "\u2015 ", "--"])
def test_whom_the_words_above_a_text_are_of_did_not_write_it(dash: str) -> None:
    words = "When in doubt, use brute force."
    assert read_text(f"# Keeping the Lamp\n\n{words}\n\n{dash}Ken Ash\n\n{PROSE}").authors == ()
    page = (("Keeping the Lamp", 24.0), (words, 10.0), (f"{dash}Ken Ash", 10.0))
    assert read_print(*page).authors == ()


def test_an_author_may_be_an_item_of_a_list() -> None:
    text = f"# Keeping the Lamp\n\n- 2020/08/10\n- Ann Ash\n\n{PROSE}"
    assert read_text(text).authors == ("Ann Ash",)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        *(("JANE DOE", "Jane Doe"), ("RONALD McDONALD", "Ronald McDonald"), ("DJ ASH", "DJ ASH")),
        *(("J. R. R. TOLKIEN", "J. R. R. Tolkien"), ("ANN VAN DER ASH", "Ann van der Ash")),
        *(("ANN O'BRIEN", "Ann O'Brien"), ("JEAN-PAUL ASH III", "Jean-Paul Ash III")),
        *(("MARTIN LUTHER KING JR.", "Martin Luther King Jr."), ("ИВАН ИВАНОВ", "Иван Иванов")),
        *(
            ("ΓΙΩΡΓΟΣ ΣΕΦΕΡΗΣ", "ΓΙΩΡΓΟΣ ΣΕΦΕΡΗΣ"),
            ("ANN IŞIK", "ANN IŞIK"),
            ("BO BIRCH", "Bo Birch"),
        ),
    ],
)
def test_a_name_in_capitals_is_written_like_others(said: str, name: str) -> None:
    assert read_text(f"# Lamps of the Coast\n\nby {said}\n\n{PROSE}").authors == (name,)
    book = read_text(PROSE, title="Lamps of the Coast", publisher="Pier", authors=[said])
    assert book.authors == (name,)


def test_a_book_with_a_day_that_is_none_is_a_book() -> None:
    said = {"title": "Lamps of the Coast", "authors": ["Ann Ash"], "language": "en"}
    assert is_known(read_text(PROSE, **said, created="1601-01-01T00:00:00Z"))
    assert not is_known(read_text(PROSE, **said, created="2004-01-01T00:00:00Z"))


def test_a_book_of_which_only_the_author_is_said_may_be_called_by_numbers() -> None:
    metadata = read_text(PROSE, title="1Q84", authors=["Ann Ash"])
    assert metadata.title == "1Q84"
    office = read_text(PROSE, title="1Q84", authors=["Ann Ash"], created="2004-01-01")
    assert office.title is None


def test_whom_the_markup_of_a_page_names_goes_before_what_its_head_says() -> None:
    said = {"title": "Lamps", "authors": ["Quay Press"]}
    page = f"Lamps\n\n{PROSE}"
    assert read_text(page, **said, page_authors=["By Ash, Ann", "Bo Birch"]).authors == (
        "Ann Ash",
        "Bo Birch",
    )
    assert read_text(page, **said, page_authors=["More of this"]).authors == ("Quay Press",)
    dated = ["Ann Ash, Bo Birch January 31st, 2023"]
    assert read_text(page, **said, page_authors=dated).authors == ("Ann Ash", "Bo Birch")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("by Quorla Vethimas", ("Quorla Vethimas",)),
        ("von Quorla Vethimas", ("Quorla Vethimas",)),
        ("par Quorla Vethimas, Bo Birch", ("Quorla Vethimas", "Bo Birch")),
        ("por Quorla Vethimas - 4 de mayo de 2021", ("Quorla Vethimas",)),
        ("\u043e\u0442 Quorla Vethimas", ("Quorla Vethimas",)),
        ("\u0410\u0432\u0442\u043e\u0440: Quorla Vethimas", ("Quorla Vethimas",)),
        ("\u6587/\u738b\u5c0f\u6ce2", ("\u738b\u5c0f\u6ce2",)),
        ("\u4f5c\u8005\uff1a\u738b\u5c0f\u6ce2", ("\u738b\u5c0f\u6ce2",)),
        ("\u738b\u5c0f\u6ce2 \u8457", ("\u738b\u5c0f\u6ce2",)),
        ("von der Lampenstelle", ()),
        ("par exemple", ()),
        ("All rights reserved. Copyright (C) 1996-2004 by ASH Ann", ("ASH Ann",)),
        ("\u00a9 Copyright 1986-2014 by Ann Ash. All rights reserved.", ("Ann Ash",)),
        ("Copyright 2013 Ann Ash \u0438 \u0434\u0440\u0443\u0433\u0438\u0435", ("Ann Ash",)),
    ],
)
def test_a_word_right_below_a_title_says_who_wrote_it(line: str, names: tuple[str, ...]) -> None:
    text = f"# Lamps of the Coast\n\n{line}\n\n{PROSE}"
    assert read_text(text, title="Lamps of the Coast").authors == names


def test_a_day_behind_brackets_is_no_part_of_a_title() -> None:
    assert read_text("LAMP OILS (Kinds) 25 Nov 2015\n\nby Ann Ash").title == "LAMP OILS (Kinds)"
    assert read_text("The Gale of 3 May 2015\n\nby Ann Ash").title == "The Gale of 3 May 2015"


def test_what_heads_the_papers_of_a_court_is_no_title() -> None:
    for head in ("In the Aden Court of Appeals Harbour District", "ATTORNEYS FOR APPELLANT"):
        assert not is_known(read_print((head, 20.0), ("Ann Ash, Appellant", 10.0)))
    for title in ("A History of the Court of Justice", "In the Court of the Lamp King"):
        assert is_known(read_print((title, 20.0), ("Ann Ash", 12.0)))


def test_a_title_that_ends_at_a_full_stop_within_its_line_is_cut_off() -> None:
    line = "Bericht der Lampenwache vom 10. Mai 1948"
    for said, known in (("Bericht der Lampenwache vom 10", False), (line, True)):
        assert is_known(read_print((line, 10.0), title=said, authors="Ann Ash")) == known


def test_an_e_book_by_a_test_author_tries_out_a_program() -> None:
    said = {"title": "The Test of Lamps", "publisher": "Kelp Press"}
    assert not is_known(read_text(PROSE, **said, authors=["Test Author"]))
    assert is_known(read_text(PROSE, **said, authors=["Ann Ash"]))
