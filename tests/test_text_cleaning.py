"""What documents, models and file names hold, and what is passed on of it.

`golden/text_cleaning.json` has a text a row and what becomes of it. Stored answers rest on these
outputs, so a change in the file is a change of a revision (see the module).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.providers.cleaning import clean_line
from renai.text_cleaning import document_line, document_text, is_plain, name_part, printable

GOLDEN = json.loads((Path(__file__).parent / "golden" / "text_cleaning.json").read_text("utf-8"))
OUTPUTS = (document_text, document_line, clean_line, name_part, is_plain, printable)


def test_outputs_are_what_they_were_to_the_letter() -> None:
    changed = {
        text: outputs
        for text, *expected in GOLDEN
        if (outputs := [clean(text) for clean in OUTPUTS]) != expected
    }
    assert not changed


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("exam-\r\nple", "example"),
        ("exam\ufffe\r\nple", "example"),
        ("exam\ufffeple", "example"),
        ("exam\x02\nple", "example"),
        ("exam\u00ad\nple", "example"),
        ("soft\u00adhyphen", "softhyphen"),
        ("Öztürk-\nLind", "Öztürk-Lind"),
        ("1914-\n1918", "1914-\n1918"),
        ("- one\n- two", "- one\n- two"),
        ("e\x00v\x1bi\x9bl", "evil"),
        ("half \ud800 a pair", "half a pair"),
        ("\ufefftext", "text"),
        ("ﬁne ﬂour", "fine flour"),
        ("J\u00b4er\u02c6ome Z\u00a8ollner", "J\u00e9r\u00f4me Z\u00f6llner"),
        ("Mar\u00b4\u0131a Louren\u00b8co", "Mar\u00eda Louren\u00e7o"),
        ("5\u00b4 and \u00b4 b, \u00a8x", "5\u00b4 and \u00b4 b, \u1e8d"),
        ("a\r\rb\x0cc\u2028d", "a\n\nb\nc\nd"),
        ("a  \u00a0 b \n\t\n\n\n c", "a b\n\nc"),
        ("a\tb", "a\tb"),
        ("", ""),
    ],
)
def test_a_text_is_made_presentable(raw: str, cleaned: str) -> None:
    assert document_text(raw) == cleaned


def test_a_line_is_one_line() -> None:
    assert document_line(" A\r\n Title\tof\u2029 old ") == "A Title of old"


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_comes_in_only_text_comes_out(raw: str) -> None:
    cleaned = document_text(raw)
    cleaned.encode()  # no surrogates
    assert not any((ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 for c in cleaned)
    assert "\n\n\n" not in cleaned
    assert "\n" not in document_line(raw)


@pytest.mark.parametrize("code", range(128))
def test_what_is_plain_beside_a_letter_of_ascii_is_plain_beside_any_other(code: int) -> None:
    assert is_plain(f"a{chr(code)}a") == is_plain(f"é{chr(code)}é")


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_comes_in_a_name_and_a_terminal_get_visible_characters(raw: str) -> None:
    assert printable(raw).isprintable()
    part = name_part(raw)
    assert part.isprintable()
    assert not set(part) & set('/\\|:"<>?*')
    assert name_part(part) == part
