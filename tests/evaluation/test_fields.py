"""Which values of a field are the same, and which are not."""

import pytest

from renai.evaluation.fields import agree, knows, normalised
from renai.providers.schema import Metadata


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  The Öz-Ål:  É́tude!", "the oz al etude"),
        ("Straße", "strasse"),
        ("読書 2", "読書 2"),
        ("ﬁne", "fine"),
        ("¿?!", "¿?!"),
        ("", ""),
    ],
)
def test_letters_and_digits_count(text: str, words: str) -> None:
    assert normalised(text) == words


@pytest.mark.parametrize(
    ("field", "one", "other", "same"),
    [
        ("title", {"title": "Salt & Smoke"}, {"title": "SALT, smoke"}, True),
        ("title", {"title": "Salt", "subtitle": "A Cookbook"}, {"title": "Salt: a cookbook"}, True),
        ("title", {"title": "Salt", "subtitle": "A Cookbook"}, {"title": "Salt"}, True),
        ("title", {"title": "Salt"}, {"title": "Sugar"}, False),
        ("title", {"title": "$$$"}, {"title": "+++"}, False),
        ("title", {}, {}, False),
        ("authors", {"authors": ["Smith, José"]}, {"authors": ["Jose SMITH"]}, True),
        ("authors", {"authors": ["A Bo", "C Du"]}, {"authors": ["C. Du", "A. Bo"]}, True),
        ("authors", {"authors": ["A Bo", "C Du"]}, {"authors": ["A Bo"]}, False),
        ("authors", {"authors": ["A Bo", "C Du"]}, {"authors": ["A Bo C Du"]}, False),
        ("year", {"year": 1999}, {"year": "1999"}, True),
        ("year", {"year": 1999}, {}, False),
        ("category", {"category": "Art & Music"}, {"category": "art, music"}, True),
    ],
)
def test_spelling_does_not_matter(
    field: str, one: dict[str, object], other: dict[str, object], *, same: bool
) -> None:
    records = Metadata.from_said(one), Metadata.from_said(other)
    assert agree(*records, field) is same
    assert agree(*reversed(records), field) is same
    assert knows(records[0], field) is bool(one)
