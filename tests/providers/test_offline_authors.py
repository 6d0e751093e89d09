"""How works say who wrote them: rows of names, by-lines, bodies that sign, and other writing."""

from __future__ import annotations

from typing import Any

import pytest

from renai.documents.readers.page_authors import PAGE_AUTHORS
from renai.extraction import Extraction, Line
from renai.providers.offline.heuristics import read
from renai.providers.offline.names import is_surely_name, names_in, split_names

TITLE = "The Lamps of Aden"
PROSE = """\
Whoever keeps a lamp learns to read the sky before anybody else in the harbour does so.
Oil was carried up the stairs each evening, and the wick was cut with small brass shears.
When fog came in from the sea, a bell had to be rung every minute until morning light.
Ships that passed without a pilot could tell one tower from another by how its beam turned.
Later, electric bulbs took over what four men had done, and their houses stood empty then.
Some families stayed on, grew beans between the rocks, and told visitors about great storms.
"""
WORKPLACES = ("Aden Clinic", "Applied Neurobiology", "Harbour Hospital", "Coastal Informatics")
OF_OFFICE = {"created": "2020-01-01", "modified": "2020-02-01"}


def read_text(*lines: str, **properties: Any) -> tuple[str, ...]:
    """Return the authors of a text that begins with a title and these lines."""
    return read(Extraction("\n".join((TITLE, *lines, "", PROSE * 3)), properties), ()).authors


def read_print(*lines: str, size: float = 12.0, **properties: Any) -> tuple[str, ...]:
    """Return the authors of a page that begins with a title and these lines."""
    sized = [(TITLE, 20.0), *((line, size) for line in lines)]
    sized += [(line, 10.0) for line in PROSE.splitlines()]
    printed = tuple(
        Line(text, points, 0, 0.1 + place / 40) for place, (text, points) in enumerate(sized)
    )
    text = "\n".join(line.text for line in printed)
    return read(Extraction(text, properties, printed, pages=20), ()).authors


# Rows of names


@pytest.mark.parametrize(
    "row",
    [
        "Ann Ash\u00b6 Bo Birch\u2217 Eva Eller\u2020",
        "Ann Ash1 Bo Birch1,2 Eva Eller2",
        "Ann Ash 1 Bo Birch 1,2 Eva Eller 2",
        "Ann Ash*, Bo Birch*, and Eva Eller",
        "Ann Ash\u00b9 Bo Birch\u00b2 Eva Eller",
    ],
)
def test_marks_of_footnotes_part_names(row: str) -> None:
    assert split_names(row) == ("Ann Ash", "Bo Birch", "Eva Eller")


def test_marks_of_footnotes_part_names_in_other_letters() -> None:
    assert len(split_names("Ann Ash\u00b6 \u017bethina Orquist\u2217 Bo Birch")) == 3
    assert len(split_names("Ann Ash1 \u017bethina Orquist2 Bo Birch1")) == 3


def test_an_initial_is_no_article() -> None:
    assert names_in("A. Vethimas, B. Birch, and M. Ash.") == ("A. Vethimas", "B. Birch", "M. Ash")
    assert names_in("A Vethimas Birch") == ()


def test_names_nobody_knows_are_authors_beside_one_that_is_known() -> None:
    row = "Qorla Vethimas, Tebb Ozzari, Ann Ash, Jolith Quandar"
    names = ("Qorla Vethimas", "Tebb Ozzari", "Ann Ash", "Jolith Quandar")
    assert read_print(row) == read_text(row) == names
    assert read_text(row, authors=["Mary Keeper"], **OF_OFFICE) == names
    assert read_print("Harbour Lamps, Brass Shears, Ann Ash") == ()  # words of the text


def test_lines_beside_a_known_name_are_names_if_the_text_has_none_of_their_words() -> None:
    rows = ("Qorla Vethimas1", ", Ann Ash2", ",", "Tebb Ozzari1")
    assert read_print(*rows) == ("Qorla Vethimas", "Ann Ash", "Tebb Ozzari")
    assert read_text("Qorla Vethimas", "Ann Ash") == ("Qorla Vethimas", "Ann Ash")
    assert read_print("Harbour Lamps", "Ann Ash") == ("Ann Ash",)
    assert read_text("Harbour Lamps", "Ann Ash") == ("Ann Ash",)


# By-lines with more on them


@pytest.mark.parametrize(
    "line",
    [
        "Author: Qorla Vethimas Publishing date: 30.10.2000 18:02",
        "Author: Qorla Vethimas E-mail: someone at the harbour",
        ":Author: Qorla Vethimas",
        "written by Qorla Vethimas as the Keeper's Guide. Updated by Bo Birch.",
        "By Qorla Vethimas for the Harbour Board",
    ],
)
def test_what_stands_behind_an_author_is_no_part_of_the_name(line: str) -> None:
    assert read_text(line) == ("Qorla Vethimas",)


def test_a_revision_is_by_its_authors() -> None:
    assert read_print("Revision 9.8 by A. Vethimas, T. Ozzari,", "B. Birch and J. Quandar.") == (
        *("A. Vethimas", "T. Ozzari"),
        *("B. Birch", "J. Quandar"),
    )


def test_a_page_that_says_how_long_ago_it_was_names_its_author() -> None:
    said = {PAGE_AUTHORS: ["Ale\u0161 Vethimas p\u0159ed 2 hodinami", "Ann Ash 3 hours ago"]}
    assert read_text(**said) == ("Ale\u0161 Vethimas", "Ann Ash")


# Bodies, and words by themselves


def test_a_word_is_an_author_where_it_is_a_line_of_its_own() -> None:
    assert read_print("Lampworks", authors="Lampworks") == ("Lampworks",)
    assert read_print("About Lampworks and others", authors="Lampworks") == ()
    assert read_text("Lampworks", authors=["Lampworks"], **OF_OFFICE) == ("Lampworks",)
    assert read_text("Seen at Lampworks", authors=["Lampworks"], **OF_OFFICE) == ()


def test_a_by_line_says_more_than_the_surname_that_an_office_document_has() -> None:
    line = "By Ann Vethimas, Bo Birch"
    assert read_text(line, authors=["Vethimas"], **OF_OFFICE) == ("Ann Vethimas", "Bo Birch")


def test_a_team_signs_as_an_author() -> None:
    assert read_print("The LAMP team", "lamp@example.org") == ("The LAMP team",)


def test_a_korean_author_is_told_by_the_surname() -> None:
    assert read_print(authors=["\uae40\ucc3d\ud638"]) == ("\uae40\ucc3d\ud638",)
    assert read_print(authors=["\uad00\ub9ac\uc790"]) == ()  # an administrator
    assert names_in("\uae40\ucc3d\ud638") == ()  # in print it may be any word


def test_a_group_stands_behind_by() -> None:
    assert read_text("by the Lamp Oil team 1") == ("The Lamp Oil team",)
    assert split_names("The Lamp3 Development Team") == ("The Lamp Development Team",)


def test_a_book_may_be_by_one_word() -> None:
    said = {"publisher": "Quay Press", "created": "2013-06-21"}
    assert read_text(authors=["\u6d25\u91ce\u6d77\u592a\u90ce"], **said) != ()


# Theses


@pytest.mark.parametrize(
    "label", ["Supervisor", "Konzulens:", "Betreuer:", "Relatore", "Director:"]
)
def test_a_supervisor_is_no_author(label: str) -> None:
    assert read_print("Ann Ash", label, "Bo Birch") == ("Ann Ash",)
    assert read_text("Ann Ash", f"{label} Bo Birch") == ("Ann Ash",)
    assert read_print(label, "Bo Birch") == ()
    for read_head in (read_print, read_text):
        assert read_head(label, "Qorla Vethimas", "Mai 2014") == ()
        assert read_head("Ann Ash", label, "Qorla Vethimas", "Bo Birch") == ("Ann Ash",)


def test_a_name_above_a_place_and_a_date_is_the_authors() -> None:
    assert read_print("Qorla Vethimas", "Helsinki 14.1.2014") == ("Qorla Vethimas",)
    assert read_text("Qorla Vethimas", "Wien, Mai 2014") == ("Qorla Vethimas",)
    assert read_print("Qorla Vethimas", "Helsinki") == ()


def test_letters_with_strokes_are_told_in_names() -> None:
    assert is_surely_name("Boles\u0142aw Vethimas")
    assert is_surely_name("S\u00f8ren Vethimas")


@pytest.mark.parametrize("place", WORKPLACES)
def test_where_people_work_and_what_they_study_is_no_author(place: str) -> None:
    assert read_print(f"Ann Ash, {place}") == ("Ann Ash",)
    assert read_text(place, "2009-08-24") == ()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Anna Vethimas, March 2021", ("Anna Vethimas",)),
        ("Ann Ash, Bo Birch, 3rd May 2021", ("Ann Ash", "Bo Birch")),
        ("MSc. Ann Ash, Dr.-Ing. Bo Birch", ("Ann Ash", "Bo Birch")),
        ("Ann Ash, SIL Lampkeeper Initiative", ("Ann Ash",)),
        ("Lampkeeper Group,", ("Lampkeeper Group",)),
        ("El equipo de Lampkeeper", ("El equipo de Lampkeeper",)),
        ("L\u2019\u00e9quipe de d\u00e9veloppement de Lampkeeper",) * 2,
        ("\u041a\u043e\u043c\u0430\u043d\u0434\u0430 Lampkeeper",) * 2,
    ],
)
def test_days_degrees_and_words_for_groups_beside_a_name(
    line: str, names: tuple[str, ...] | str
) -> None:
    assert read_print(line) == ((names,) if isinstance(names, str) else names)


@pytest.mark.parametrize(
    "label", ["Authors", "Autoren der Leitlinie", "Auteurs :", "Autores", "\u4f5c\u8005\uff1a"]
)
def test_a_label_on_a_line_of_its_own_stands_above_names(label: str) -> None:
    names = ("Quorla Vethimas", "Bo Birch")
    facts = ["Stand: 03/2016"] * 8
    assert read_text(*facts, label, "Vethimas, Quorla", "Birch, Bo", "Of lamps") == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ('author: "Quorla Vethimas and Bo Birch"', ("Quorla Vethimas", "Bo Birch")),
        ("by the Lampkeeper Team 12.06.2010", ("The Lampkeeper Team",)),
        ("by Quorla Vethimas, 12/6/2010", ("Quorla Vethimas",)),
    ],
)
def test_quotes_and_days_around_names(line: str, names: tuple[str, ...]) -> None:
    assert read_text("Of lamps", "Of oil", "Of wicks", line) == names


def test_a_label_far_down_is_an_example() -> None:
    assert read_text(*map(str, range(40)), "Author:", "Quorla Vethimas") == ()


@pytest.mark.parametrize(
    "line",
    [
        "v1.10 Copyright (c) 2002-2005 by Ann Ash",
        "Version 2, \u00a9 2020 Ann Ash.",
        "Copyright &copy; (2018-2022) Ann Ash.",
        f"Copyright \u00a9 {', '.join(map(str, range(2001, 2014)))} Ann Ash and other contributors",
        "Copyright \u00a9 1998-2002 Ann AshCopyright \u00a9 1996 Ann Ash",
        "https://example.org/lamps/Copyright \u00a9 1997-2021,2022 by Ann Ash",
    ],
)
def test_a_copyright_in_other_forms(line: str) -> None:
    assert read_text(line) == ("Ann Ash",)


def test_who_is_shouted_beside_a_person_is_where_it_was_published() -> None:
    said = {"title": TITLE, PAGE_AUTHORS: ["Ann Ash , KELP TIMES"]}
    assert read_text(**said) == ("Ann Ash",)
    assert read_text(**said | {PAGE_AUTHORS: ["ANN ASH"]}) == ("Ann Ash",)


def test_who_is_named_right_below_the_heading_of_a_page_is_its_author() -> None:
    said = {"title": TITLE, "page_heading": TITLE}
    assert read_text(**said, below_heading=["Von Quorla Vethimas (qv@example.org)"]) == (
        "Quorla Vethimas",
    )
    assert read_text(**said, below_heading=["maintained by Quorla Vethimas"]) == (
        "Quorla Vethimas",
    )
    assert read_text(**said, below_heading=["Trimming Wicks", "Keeper Oil"]) == ()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("by Ann Ash, Quorlahaven.", ("Ann Ash",)),
        ("Author: Ann Ash and Bo Birch, Kelp Works, Inc.", ("Ann Ash", "Bo Birch")),
        ("by Quorla Vethimas, Quorlahaven.", ()),
        ("author = {Ann Ash, 1992}", ()),
        (f"by Ann Ash, {'and by whoever kept lamps ' * 3}", ()),
    ],
)
def test_where_somebody_lives_or_works_may_stand_behind_a_comma(
    line: str, names: tuple[str, ...]
) -> None:
    assert read_text("Of lamps", "Of oil", "Of wicks", line) == names


@pytest.mark.parametrize("dash", [" \u2013 ", " - ", ": ", " | "])
def test_a_dash_may_stand_before_the_address_of_somebody(dash: str) -> None:
    assert read_text(f"Quorla Vethimas{dash}vethimas@example.org") == ("Quorla Vethimas",)


def test_the_columns_of_a_standard_name_its_authors() -> None:
    standard = (
        f"Network Working Group {'Q. Vethimas':>49}\n"
        f"Request for Comments: 9999 {'Lampkeeper':>44}\n"
        f"Category: Informational {'B. Birch, Editor':>47}\n"
        f"{'C. van der Elm':>71}\n{'May 2024':>71}\n\n"
    )
    text = f"{standard}The Lamps of Aden\n\nStatus of This Memo\n\n{PROSE}"
    assert read(Extraction(text, {}), ()).authors == ("Q. Vethimas", "B. Birch", "C. van der Elm")
    letter = text.replace("Request for Comments", "Request")
    assert "Q. Vethimas" not in read(Extraction(letter, {}), ()).authors


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Geschrieben von Ann Ash", ("Ann Ash",)),
        ("\u00e9crit par Ann Ash et Bo Birch", ("Ann Ash", "Bo Birch")),
        ("Quorla '+''+e+''+''), ann at example dot org>", ()),
    ],
)
def test_what_stands_before_a_name_or_hides_an_address_is_no_part_of_it(
    said: str, names: tuple[str, ...]
) -> None:
    assert split_names(said) == names


def test_the_signs_of_where_somebody_works_are_no_authors() -> None:
    assert names_in("Ann D Ash, KELP, QUAY/ADEN") == ("Ann D Ash",)


@pytest.mark.parametrize(
    "line",
    [
        "by Thomas Edison, and sold in many shops",
        "by Peter, James, and John",
        "Maintained by Jordan Lake, Inc.",
    ],
)
def test_how_a_sentence_goes_on_or_makes_a_company_is_no_place(line: str) -> None:
    assert read_text("Of lamps", "Of oil", "Of wicks", line) == ()


def test_the_address_of_a_role_is_nobodys() -> None:
    assert read_text("Lamp Sales \u2013 sales@example.org") == ()


def test_a_place_behind_who_holds_the_copyright_is_no_given_name() -> None:
    assert read_text("\u00a9 2001 Kelpworks, Quorlahaven") == ()
    assert read_text("\u00a9 2001 Ash, Ann") == ("Ann Ash",)
