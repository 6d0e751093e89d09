"""What a peer or a disk wrote into a store is checked, and not only its checksum."""

from __future__ import annotations

import math
from typing import Any

import pytest

from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.codecs.text import TextCodec
from renai.errors import DamagedEntryError
from renai.extraction import Extraction, Line
from renai.metadata.metadata_codec import MetadataCodec
from renai.metadata.text_cache import TextEntryCodec
from renai.providers.schema import Metadata
from renai.stores.base import Stat

NAME = f"metadata/doc_{'0' * 64}_{'1' * 64}.json"
SOUND = Metadata(
    title="Salt\u200d and Smoke",
    authors=("Petra Ostrow", "Adaeze Whitlock"),
    year=2017,
    isbn="9780306406157",
    confidence=0.5,
    evidence={"title": "Salt and Smoke"},
).fields()
NOTES = {"provider": "offline", "model": "heuristics-1", "cost": {"seconds": 0.1}}


def decoded(fields: dict[str, Any], notes: dict[str, Any]) -> Entry[dict[str, Any]]:
    return MetadataCodec().decode(NAME, JsonCodec().encode(NAME, Entry(fields, {}, "", notes)))


def test_what_renai_stores_is_sound() -> None:
    for fields in (SOUND, Metadata().fields(), {}):
        assert decoded(fields, NOTES).value == {
            **fields,
            **({"authors": list(fields["authors"])} if fields else {}),
        }
    many = Metadata(authors=tuple(f"{i} {'x' * 495}" for i in range(50)))
    assert decoded(many.fields(), {}).value["author"] == many.author


@pytest.mark.parametrize(
    "fields",
    [
        {"authors": 5},
        {"authors": "Petra"},
        {"authors": [["Petra"]]},
        {"authors": [None]},
        {"title": {"a": 1}},
        {"title": "\x1b[2Jevil"},
        {"title": "\u202eevil"},
        {"title": "evil\ud800"},
        {"title": "a\nb"},
        {"title": "x" * 1_000_000},
        {"category": ["../../etc"]},
        {"year": "../../../x"},
        {"year": 10**300},
        {"year": math.inf},
        {"year": True},
        {"year": 0},
        {"year": 3000},
        {"year": 1999.5},
        {"authors": ["Petra"] * 51},
        {"confidence": 1.01},
        {"confidence": -0.5},
        {"series_index": -1},
        {"confidence": "high"},
        {"confidence": math.nan},
        {"evidence": 3},
        {"evidence": {"title": 3}},
        {"evidence": {"title": "\x9b2J"}},
        {"isbn": 9780306406157},
    ],
)
def test_other_values_are_damage(fields: dict[str, Any]) -> None:
    with pytest.raises(DamagedEntryError, match="never stores"):
        decoded({**SOUND, **fields}, NOTES)


@pytest.mark.parametrize("notes", [{"provider": 7}, {"model": ["x"]}, {"source": {}}])
def test_other_notes_are_damage(notes: dict[str, Any]) -> None:
    with pytest.raises(DamagedEntryError):
        decoded(SOUND, {**NOTES, **notes})


@pytest.mark.parametrize(
    "cost", [[1, 2], {"calls": "x"}, {"money": math.inf}, "much", {"seconds": -1}, {"other": 1}]
)
def test_a_cost_that_makes_no_sense_is_none_and_the_answer_stays(cost: object) -> None:
    entry = decoded(SOUND, {**NOTES, "cost": cost})
    assert entry.value["title"] == SOUND["title"]
    assert entry.notes["cost"] is None


@pytest.mark.parametrize(
    "mark", ["\x00", "\x1f", "\x7f", "\x9f", "\u2028", "\u2029", "\u202a", "\u2069"]
)
@pytest.mark.parametrize("place", ["title", "place", "authors", "evidence"])
def test_no_mark_that_could_fake_a_line_is_let_through(mark: str, place: str) -> None:
    text = f"Salt{mark}Smoke"
    value = {"authors": [text], "evidence": {"title": text}}.get(place, text)
    with pytest.raises(DamagedEntryError, match="never stores"):
        decoded({**SOUND, place: value}, NOTES)


@pytest.mark.parametrize(
    "title", ["caf\u00e9\u00a0noir", "a\u200db", "\U0001f9c2", "\\x1b", "\ue000"]
)
def test_what_is_merely_unusual_is_let_through(title: str) -> None:
    assert decoded({**SOUND, "title": title}, NOTES).value["title"] == title


FACTS = Extraction("", {"title": "A", "authors": ["B"]}, (Line("A", 12.5, 0, 0.1),), 3).facts()


def test_facts_of_readers_are_sound() -> None:
    data = TextCodec().encode("text/a", Entry("words", {}, "", {"facts": FACTS}))
    assert TextEntryCodec().decode("text/a", data).value == "words"


@pytest.mark.parametrize(
    "facts",
    [
        None,
        [],
        {},
        {**FACTS, "properties": []},
        {**FACTS, "properties": {"title": 3}},
        {**FACTS, "properties": {"authors": [["A"]]}},
        {**FACTS, "lines": 3},
        {**FACTS, "lines": [["A", "large", 0, 0.1]]},
        {**FACTS, "lines": [["A", math.inf, 0, 0.1]]},
        {**FACTS, "lines": [["A"]]},
        {**FACTS, "lines": [3]},
        {**FACTS, "pages": "three"},
        {**FACTS, "extractor": None},
    ],
)
def test_other_facts_are_damage(facts: object) -> None:
    data = TextCodec().encode("text/a", Entry("words", {}, "", {"facts": facts}))
    with pytest.raises(DamagedEntryError, match="no reader gives"):
        TextEntryCodec().decode("text/a", data)


def test_a_text_with_halves_of_characters_is_damage() -> None:
    data = TextCodec().encode("text/a", Entry("half \ud800 of one", {}, "", {"facts": FACTS}))
    with pytest.raises(DamagedEntryError, match="no reader gives"):
        TextEntryCodec().decode("text/a", data)
    whole = TextCodec().encode("text/a", Entry("\U0001f9c2 whole", {}, "", {"facts": FACTS}))
    assert TextEntryCodec().decode("text/a", whole).value == "\U0001f9c2 whole"


@pytest.mark.parametrize("moment", [math.nan, math.inf, -math.inf, -1.0, 1e300, "yesterday", None])
def test_a_date_that_no_clock_has_shown_counts_as_very_old(moment: Any) -> None:
    assert Stat("a", 1, moment, moment) == Stat("a", 1, 0.0, 0.0)
    assert Stat("a", 1, 5.0, 6.0).used_at == 6.0
