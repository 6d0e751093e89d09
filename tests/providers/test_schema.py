from __future__ import annotations

import json
import math
import time
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.providers.schema import METADATA_FIELDS, QUOTABLE, Metadata, json_schema, read_answer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "said",
    ["Unknown", "N/A", "n/a.", "null", "None", "Untitled", "UNKNOWN AUTHOR", "-", "(unknown)", " "],
)
def test_a_placeholder_is_nothing(said: str) -> None:
    metadata = Metadata.from_said({"title": said, "authors": [said, "A. Author"], "series": said})
    assert metadata.title is None
    assert metadata.series is None
    assert metadata.authors == ("A. Author",)


@pytest.mark.parametrize(
    ("said", "authors"),
    [
        ("Frank Herbert", ("Frank Herbert",)),
        ("Herbert, Frank", ("Herbert, Frank",)),
        ("Strunk and White", ("Strunk and White",)),
        ("Ann Ash; Bo Birch", ("Ann Ash", "Bo Birch")),
        (["Ann Ash", "ann ash", None, 5, "Bo Birch"], ("Ann Ash", "5", "Bo Birch")),
        ([{"name": "Ann Ash", "role": "editor"}], ("Ann Ash",)),
        ({"first": "Ann", "last": "Ash"}, ("Ann Ash",)),
        ({"born": "Ann"}, ()),
        (None, ()),
    ],
)
def test_authors_come_as_a_list_or_a_string(said: Any, authors: tuple[str, ...]) -> None:
    assert Metadata.from_said({"authors": said}).authors == authors


def test_author_stands_in_for_authors_and_is_their_line() -> None:
    assert Metadata.from_said({"author": "Ann Ash"}).authors == ("Ann Ash",)
    assert Metadata.from_said({"author": "x", "authors": ["Ann Ash", "Bo"]}).author == "Ann Ash, Bo"
    assert Metadata().author is None


@pytest.mark.parametrize(
    ("said", "year"),
    [
        (2019, 2019),
        (2019.0, 2019),
        ("2019", 2019),
        ("c. 2019", 2019),
        ("2019-05-01", 2019),
        ("\u00a92019", 2019),
        ("868", 868),
        ("2019-2021", None),
        ("44 BC", None),
        ("1999 B.C.", None),
        (2019.5, None),
        (0, None),
        (3000, None),
        (10**400, None),
        (math.nan, None),
        (True, None),
        ([2019], None),
        ("soon", None),
    ],
)
def test_a_year_is_certain_or_none(said: Any, year: int | None) -> None:
    assert Metadata.from_said({"year": said}).year == year


@pytest.mark.parametrize(
    ("said", "confidence"),
    [
        (0.5, 0.5),
        ("0.5", 0.5),
        (7, 1.0),
        (-1, 0.0),
        (math.nan, None),
        (math.inf, None),
        ("high", None),
    ],
)
def test_confidence_is_clamped_or_none(said: Any, confidence: float | None) -> None:
    assert Metadata.from_said({"confidence": said}).confidence == confidence


def test_an_isbn_with_a_wrong_check_digit_is_none() -> None:
    assert Metadata.from_said({"isbn": "0-306-40615-2"}).isbn == "9780306406157"
    assert Metadata.from_said({"isbn": 306406152}).isbn == "9780306406157"
    assert Metadata.from_said({"isbn": "0-306-40615-3"}).isbn is None


def test_what_steers_a_terminal_or_turns_the_text_is_stripped() -> None:
    hostile = "\x1b[31mDu\u202ene\u200b\n\tMes\ud800siah\ufeff\U000e0041\x00"
    assert Metadata.from_said({"title": hostile}).title == "[31mDune Messiah"
    assert Metadata.from_said(
        {"title": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"}
    ).title == ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")


def test_a_megabyte_is_cut_quickly() -> None:
    started = time.thread_time()
    metadata = Metadata.from_said(
        {
            "title": "A" * 1_000_000,
            "authors": ["B" * 1_000_000] * 1000,
            "evidence": {"title": "C" * 1_000_000},
        }
    )
    assert time.thread_time() - started < 2
    assert len(metadata.title or "") == 500
    assert len(json.dumps(asdict(metadata))) < 30_000


def test_a_wrong_type_costs_its_own_field_only() -> None:
    answer = {
        "title": "Dune",
        "authors": 5,
        "year": {},
        "series": [1],
        "evidence": "none",
        "isbn": True,
    }
    assert read_answer(answer) == Metadata(title="Dune")


def test_evidence_is_kept_for_fields_only() -> None:
    said = {"evidence": {"title": " DUNE\n", "year": None, "hint": "x", "isbn": 7}}
    assert Metadata.from_said(said).evidence == {"title": "DUNE", "isbn": "7"}


def test_an_honest_answer_may_be_empty_but_a_useless_one_is_refused() -> None:
    assert read_answer({"title": None, "authors": [], "confidence": 0}) == Metadata(confidence=0)
    with pytest.raises(ValueError, match="none of the fields"):
        read_answer({"filename": "dune.pdf"})
    with pytest.raises(ValueError, match="No usable value in authors, title"):
        read_answer({"title": {"en": "Dune"}, "authors": 5.5e9})


@given(st.dictionaries(st.sampled_from([*METADATA_FIELDS, "author"]), JSON))
def test_no_value_makes_metadata_fail_and_cleaning_twice_changes_nothing(
    answer: dict[str, Any],
) -> None:
    metadata = Metadata.from_said(answer)
    dumped = json.loads(json.dumps(asdict(metadata), allow_nan=False).encode())
    assert Metadata.from_said(dumped) == metadata
    assert Metadata.from_stored(dumped) == metadata


def test_a_stored_entry_is_built_unchecked_and_ignores_what_it_does_not_know() -> None:
    stored = {
        "title": "Dune",
        "authors": ["Frank Herbert"],
        "author": "Frank Herbert",
        "_model": "m",
    }
    metadata = Metadata.from_stored(stored)
    assert metadata == Metadata(title="Dune", authors=("Frank Herbert",))
    assert metadata.evidence == {}


def test_of_what_an_entry_leaves_open_nothing_is_known_and_nothing_is_shared() -> None:
    stored = {"title": "Dune", "author": None, "authors": None, "evidence": None}
    one, other = Metadata.from_stored(stored), Metadata.from_stored({})
    assert one == Metadata(title="Dune")
    assert other == Metadata()
    one.evidence["title"] = "DUNE"
    assert other.evidence == Metadata.from_stored({}).evidence == Metadata().evidence == {}
    assert one.with_values(year=1965).year == 1965
    assert one.year is None


def test_the_json_schema_is_strict() -> None:
    schema = json_schema(["Fiction", "Other"])

    def check(node: dict[str, Any]) -> None:
        if node["type"] == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
            for child in node["properties"].values():
                check(child)

    check(schema)
    # What a camera noted, and a DOI, is read from the file; no model is asked for it.
    assert set(schema["properties"]) == set(METADATA_FIELDS) - {
        *("date", "camera", "place", "doi"),
    }
    assert set(schema["properties"]["evidence"]["properties"]) == set(QUOTABLE)
    assert schema["properties"]["category"]["enum"] == ["Fiction", "Other"]
