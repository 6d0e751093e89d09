"""What is known because a document bears it out, and what nearly is: each kind and its opposite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from renai.extraction import Extraction, Line
from renai.providers.offline.heuristics import read
from renai.providers.offline.names import names_in, split_names
from renai.providers.registry import SERVICES
from works import as_work

if TYPE_CHECKING:
    from renai.providers.schema import Metadata

SURE = SERVICES["offline"].min_confidence
PROSE = "\n".join(
    f"The keeper of lamp {place} climbed the stairs of the tower, and the fog came in slowly."
    for place in range(12)
)
OF_OFFICE = {"created": "2020-01-01", "modified": "2020-02-01"}


def read_text(text: str, *, about: str | None = None, **properties: Any) -> Metadata:
    return read(Extraction(as_work(text, about), properties), ())


def read_little(text: str, **properties: Any) -> Metadata:
    return read(Extraction(text, properties), ())


def read_print(*lines: tuple[str, float], **properties: Any) -> Metadata:
    printed = [Line(text, size, 0, 0.1 + place / 30) for place, (text, size) in enumerate(lines)]
    body = [Line(text, 10.0, 0, 0.5 + place / 50) for place, text in enumerate(PROSE.split("\n"))]
    text = "\n".join(line.text for line in (*printed, *body))
    return read(Extraction(as_work(text), properties, (*printed, *body), pages=20), ())


def is_known(metadata: Metadata) -> bool:
    return bool(metadata.title) and (metadata.confidence or 0) >= SURE


# Plain text: a line of its own above what a person wrote


@pytest.mark.parametrize(
    "title", ["Lamps of the Coast", "ЛАМПЫ ПОБЕРЕЖЬЯ", "灯台の手引き", "KelpLamp"]
)
@pytest.mark.parametrize("properties", [{}, OF_OFFICE])
def test_a_line_above_sentences_is_known(title: str, properties: dict[str, str]) -> None:
    text = f"{title}\n\n{PROSE}\n\nKelpLamp burns oil, and KelpLamp needs wicks."
    metadata = read_text(text, **properties)
    assert (metadata.title, is_known(metadata)) == (title, True)


def test_a_line_above_the_list_of_chapters_is_known() -> None:
    chapters = "\n".join(f"{place}. On lamps of kind {'abcdefgh'[place]}" for place in range(1, 7))
    filling = "\n".join(f"Lamp {place}: oil" for place in range(60))
    assert is_known(read_text(f"Lamps of the Coast\n\n{chapters}\n\n{filling}"))
    assert not is_known(read_text(f"Lamps of the Coast\n\n{filling}"))


@pytest.mark.parametrize(
    "text",
    [
        f"Lamps of the Coast\n\n{PROSE[:400]}",
        "Lamps of the Coast\n\n" + "\n".join(f"Lamp {place}\tred\t{place}" for place in range(99)),
        f"LAMP BOARD\n\nOFFICIAL REPORT\n\n{PROSE}",
        f"Mary Q. Keeper\n\n{PROSE}",
        f"Building\n\n{PROSE}\n\nBefore building, clean the lamps.",
        f"灯台の光は遠くまで届く。\n\n{PROSE}",
        f"%%%%\nLamp Halls\n\n{PROSE}\n%%%%\nOil Halls\n\n{PROSE}",
    ],
)
def test_a_line_is_a_doubt_above_little_else_or_beside_another(text: str) -> None:
    assert not is_known(read_text(text))


def test_the_first_line_of_a_page_that_is_called_otherwise_may_be_the_site() -> None:
    page = f"The Kelp Project\n\n{PROSE}"
    assert is_known(read_text(page))
    assert not is_known(read_text(page, title="Wicks"))


def test_one_word_is_a_heading_among_others_or_what_the_text_is_about() -> None:
    sections = "## Oil\n\nLamps burn oil.\n\n# Wicks\n\nWicks are long."
    assert not is_known(read_text(f"# Lamps\n\n{sections}\n\nOf lamps much is known."))
    assert is_known(read_text(f"# KelpLamp\n\n{sections}\n\nKelpLamp is light. KelpLamp is red."))


def test_a_line_that_is_said_twice_is_known_above_whatever_follows() -> None:
    filling = "\n".join(f"Lamp {place}: oil" for place in range(60))
    assert is_known(read_text(f"Lamps -- a Guide\n\nLamps -- a Guide\n\n{filling}"))
    assert not is_known(read_text(f"Lamps -- a Guide\n\nWicks\n\n{filling}"))


def test_a_product_is_written_otherwise_in_commands() -> None:
    rest = "## Oil\n\nKelpLamp burns.\n\n# Wicks\n\nOf KelpLamp.\n\npip install kelplamp"
    assert is_known(read_text(f"# KelpLamp\n\n{rest}\n\nLamps are red, and they are light."))
    assert not is_known(read_text(f"# Oil\n\n{rest}\n\nLamps are red, and oil burns."))


# Embedded titles that the text bears out in part, or contradicts


def test_half_of_the_words_in_a_pages_text_bear_its_title_out() -> None:
    said = "KelpLib: kelp::Harmonic Class Reference"
    page = f"KelpLib 2.1\n\nHarmonic sums of kelp.\n\n{PROSE}"
    assert is_known(read_text(page, about="KelpLib harmonic class", title=said))
    assert not is_known(read_text(f"Sums of oil.\n\n{PROSE}", title=said))
    assert not is_known(read_little("KelpLib kelp Harmonic: go on", title=said))
    assert not is_known(read_text(f"Chapter 9Oil\n\nKelpLib kelp Harmonic\n\n{PROSE}", title=said))


def test_a_title_that_is_cut_within_a_number_is_not_the_whole() -> None:
    page = (("kelpNACC 1.7: A Compiler of Tides", 24.0), ("NACC 1.7 was made in Aden.", 10.0))
    assert read_print(*page, title="NACC 1").title == page[0][0]
    assert read_print(*page, title="NACC 1.7").title == "NACC 1.7"


def test_the_title_of_a_slide_with_hardly_any_text_is_a_doubt() -> None:
    said = {"title": "Solid Lamp", "marked_titles": ["Solid Lamp"], **OF_OFFICE}
    assert not is_known(read_little("Solid Lamp\n\nLamps\n\nOil", **said))
    assert is_known(read_text(f"Solid Lamp\n\n{PROSE}", **said))


@pytest.mark.parametrize("title", ["تست", "테스트", "A First Level Heading", "Annex D", "Anhang 3"])
def test_what_tries_out_a_program_or_only_numbers_a_part_names_nothing(title: str) -> None:
    assert not is_known(read_text(f"{title}\n\n{PROSE}", title=title, **OF_OFFICE))


# People


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        ("Sam A. Quill Jr.", ("Sam A. Quill Jr.",)),
        ("Sam Quill, Jr., and Ann Ash", ("Sam Quill Jr.", "Ann Ash")),
        ("Quill, Sam Otto, Jr.", ("Sam Otto Quill Jr.",)),
        ("William H. Quill III", ("William H. Quill III",)),
        ("Yunus Özen a,b,n", ("Yunus Özen",)),
        (
            "Bettina Eick Franz Gahler ¨ Werner Nickel",
            ("Bettina Eick", "Franz Gahler", "Werner Nickel"),
        ),
    ],
)
def test_names_keep_what_belongs_to_them(printed: str, names: tuple[str, ...]) -> None:
    assert names_in(printed) == names


@pytest.mark.parametrize("printed", ["Apple II", "Quill GmbH", "Appendix O. Exercises"])
def test_products_companies_and_parts_are_no_people(printed: str) -> None:
    assert names_in(printed) == ()


def test_words_that_were_glued_to_a_name_make_it_none() -> None:
    assert split_names("Ann De AshtonView More Articles") == ()
    assert split_names("Ann McAshton") == ("Ann McAshton",)


def test_a_line_of_several_names_is_no_title() -> None:
    assert read_print(("Bettina Eick Franz Gahler Werner Nickel", 20.0)).title is None
    assert read_print(("The Life of Franz Gahler", 20.0)).title == "The Life of Franz Gahler"


def test_a_by_line_says_more_than_an_author_that_is_nowhere_printed() -> None:
    page = (("The Lamps of Aden", 20.0), ("Ann Ash", 12.0))
    assert read_print(*page, authors=["Mary Keeper"]).authors == ("Ann Ash",)
    assert read_print(page[0], authors=["Mary Keeper"]).authors == ("Mary Keeper",)
    said = {"title": "The Lamps of Aden", **OF_OFFICE}
    assert read_text(f"The Lamps of Aden\n\n{PROSE}", authors=["Vincent"], **said).authors == ()
    printed = f"The Lamps of Aden\n\nVincent\n\n{PROSE}"
    assert read_text(printed, authors=["Vincent"], **said).authors == ("Vincent",)


@pytest.mark.parametrize(
    "line",
    [
        "The KELP package is Copyright (C) Ann Ash 2003--2019.",
        ".. SPDX-FileCopyrightText: 2022 Ann Ash",
    ],
)
def test_lines_of_copyright_begin_in_several_ways(line: str) -> None:
    assert read_text(f"# The Lamps of Aden\n\n{line}\n\nLamps burn oil.").authors == ("Ann Ash",)


def test_the_heading_of_every_page_of_a_site_is_not_that_of_the_page() -> None:
    page = f"Kelp Documentation\n\nContents\n\n2. The Lamps\n\n{PROSE}"
    said = {"title": "Kelp - 2. The Lamps", "page_heading": "Kelp Documentation"}
    assert read_text(page, **said).title == "2. The Lamps"


@pytest.mark.parametrize("gap", ["folder.getCity()", "{{ city }}"])
def test_an_office_document_that_is_filled_in_is_a_doubt(gap: str) -> None:
    said = {"title": "Lamps of the Board", **OF_OFFICE}
    assert not is_known(read_text(f"Lamps of the Board\n\n{gap}\n\n{PROSE}", **said))
    assert not is_known(read_text(f"Lamps of the Board\n\n{gap}\n\n{PROSE}", **OF_OFFICE))
    assert is_known(read_text(f"Lamps of the Board\n\n{PROSE}", **said))


def test_a_book_that_has_no_text_and_is_called_a_test_is_a_doubt() -> None:
    said = {"authors": ["Ann Ash"], "language": "en"}
    assert not is_known(read_little("Success test", title="Success Test", **said))
    assert is_known(read_text(PROSE, title="Success Test", **said))


def test_a_note_of_revision_is_no_part_of_a_title() -> None:
    heading = "Guide to Lamps - minor revision [JA] 2021-05-24"
    assert read_text(f"{heading}\n{'=' * len(heading)}\n\n{PROSE}").title == "Guide to Lamps"
    assert read_text(f"# Lamps of Aden - 2021\n\n{PROSE}").title == "Lamps of Aden - 2021"


def test_a_text_that_goes_on_is_no_title_of_print() -> None:
    assert not is_known(read_print(("This is a text from a Writer...", 20.0), ("Ann Ash", 12.0)))
    assert is_known(read_print(("This is a Text from a Writer", 20.0), ("Ann Ash", 12.0)))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Ann Ash \u2212 University of Aden", ("Ann Ash",)),
        ("林林波 孙文昌", ("林林波", "孙文昌")),
        ("Lamp & i", ()),
    ],
)
def test_places_of_work_columns_and_magazines(line: str, names: tuple[str, ...]) -> None:
    assert names_in(line) == names
    assert split_names("Lamp & i") == ("Lamp & i",)


def test_an_address_on_the_title_page_tells_a_name() -> None:
    page = (("Lamp Handbook", 20.0), ("Quorla Vethimas", 12.0), ("Centre of Aden", 12.0))
    assert read_print(*page, ("Mail: vethimas@example.org", 12.0)).authors == ("Quorla Vethimas",)
    assert read_print(*page, ("Mail: info@example.org", 12.0)).authors == ()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Manual written by: Ann Ash & Bo Birch", ("Ann Ash", "Bo Birch")),
        ("by Ann Ash - Apr 16, 2015 8:02 pm UTC", ("Ann Ash",)),
        ("small library written by Ann Ash", ()),
        ("Written by Ann Ash", ("Ann Ash",)),
    ],
)
def test_by_lines_have_forms(line: str, names: tuple[str, ...]) -> None:
    assert read_text(f"# The Lamps of Aden\n\n{line}\n\nLamps burn oil.").authors == names


def test_names_in_small_letters_and_names_of_papers() -> None:
    page = f"# The Lamps of Aden\n\n{PROSE}"
    assert read_text(page, authors=["éric boucharé"]).authors == ("Éric Boucharé",)
    assert read_text(page, authors=["The Lamp Post"], language="en").authors == ()
    assert read_text(page, authors=["The Lamp Post"], isbn="9780306406157").authors != ()
