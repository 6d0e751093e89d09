from pathlib import PurePath

import pytest

from offline import Outcome, largest_type, reports
from offline_misses import title_is_right, why_authors_are_wrong, why_title_is_wrong
from offline_truth import Known, known_documents, truth_of
from renai.extraction import Extraction, Line
from renai.providers.schema import Metadata

TRUTH = Metadata(title="Tides of the North", authors=("Ann Ash", "Bo Oak"))


def extraction(*lines, **properties):
    """Lines of (text, size), or of (text, size, page)."""
    printed = tuple(
        Line(text, size, page[0] if page else 0, 0.1 + place / 20)
        for place, (text, size, *page) in enumerate(lines)
    )
    return Extraction("\n".join(line.text for line in printed), properties, printed, pages=2)


PAGE = extraction(
    ("Coastal Series", 22.0),
    ("Tides of the North", 20.0),
    ("Ann Ash and Bo Oak", 12.0),
    ("A Journal of Water", 9.0),
    ("A Journal of Water", 9.0, 1),
)


@pytest.mark.parametrize(
    ("title", "cause"),
    [
        (None, "none given"),
        ("Tides", "a part of it lost"),
        ("Tides of the North Coastal Series", "more joined to it"),
        ("Tides of tho North", "some letters differ"),
        ("Ann Ash and Bo Oak", "an author taken"),
        ("A Journal of Water", "a running head taken"),
        ("Coastal Series", "larger print taken"),
    ],
)
def test_a_wrong_title_has_a_cause(title, cause):
    answer = Metadata(title=title)
    assert not title_is_right(answer, TRUTH)
    assert why_title_is_wrong(answer, TRUTH, PAGE) == cause


@pytest.mark.parametrize(
    ("authors", "cause"),
    [
        ((), "none given"),
        (("Ann Ash",), "some missing"),
        (("Ann Ash", "Bo Oak", "Cy Elm"), "more than the true ones"),
        (("Ann Ash", "Cy Elm"), "others than the true ones"),
    ],
)
def test_wrong_authors_have_a_cause(authors, cause):
    assert why_authors_are_wrong(Metadata(authors=authors), TRUTH, PAGE) == cause


def test_spelling_and_a_subtitle_of_its_own_do_not_make_a_title_wrong():
    assert title_is_right(Metadata(title="TIDES of the n\u00f3rth!"), TRUTH)
    assert title_is_right(Metadata(title="Tides", subtitle="of the North"), TRUTH)
    assert not title_is_right(
        Metadata(title="Tides of the North", subtitle="x"), Metadata(title="T")
    )


def test_the_largest_type_is_what_three_lines_of_code_give():
    assert largest_type(PAGE) == "Coastal Series"
    assert largest_type(extraction()) == ""


def test_what_is_true_is_told_from_what_software_left():
    lines = (("Tides of the North", 20.0), ("Ann Ash", 12.0))
    assert truth_of(extraction(*lines, title="Tides of the North", authors="Ann Ash"))
    assert truth_of(extraction(*lines, title="tides.dvi", authors="Ann Ash")) is None
    assert truth_of(extraction(*lines, title="Ebb and Flow", authors="Ann Ash")) is None
    assert truth_of(extraction(*lines, title="Tides of the North", authors="aash")) is None


def test_the_tables_count_right_and_confident_answers(tmp_path):
    known = Known("tides-doc", "ash", "tuning", TRUTH)
    answers = [
        Metadata(title="Tides of the North", authors=("Ann Ash", "Bo Oak"), confidence=0.9),
        Metadata(title="Coastal Series", authors=(), confidence=0.9),
        Metadata(title="Tides of the North", authors=("Ann Ash",), confidence=0.3),
    ]
    whole, *_ = reports([Outcome(tmp_path, known, answer, PAGE) for answer in answers])
    assert whole.rows[0] == (
        *("all", "3", "0.0%", "66.7%", "0.0%"),
        *("33.3%", "66.7%", "50.0%"),
    )


def test_a_document_that_came_later_is_in_the_part_of_its_kin():
    def paper(title, author):
        return extraction((title, 20.0), (author, 12.0), title=title, authors=author)

    first = {
        PurePath(f"tides-doc/{name}/a.pdf"): paper(f"The {name} Tide", f"Ann {name}")
        for name in ("Red", "Low", "High", "Spring", "Neap", "Ebb")
    }
    parts = {path: known.part for path, known in known_documents(first).items()}
    assert set(parts.values()) == {"tuning", "held-out"}

    later = {
        PurePath(f"texlive-games/{path.parts[1]}/b.pdf"): paper("Later On", f"Ann {path.parts[1]}")
        for path in first
    }
    both = known_documents(
        first | later | {PurePath("texlive-lang-greek/c.pdf"): paper("New", "Cy Elm")}
    )
    assert {path: both[path].part for path in first} == parts
    assert [both[path].part for path in later] == list(parts.values())
    assert both[PurePath("texlive-lang-greek/c.pdf")].part == "fresh"
