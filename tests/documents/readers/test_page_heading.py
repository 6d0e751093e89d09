"""The one heading of the first order that a web page has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from renai.documents.readers import markup
from renai.documents.readers.page_heading import BELOW_HEADING, PAGE_HEADING, page_heading

if TYPE_CHECKING:
    from pathlib import Path


def heading_of(page: str) -> object:
    return page_heading("HTML", page.encode()).get(PAGE_HEADING)


@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("<h1>Lamps &amp; Tides</h1>", "Lamps & Tides"),
        ('<H1 class="a">The <b>Lamp</b>s<br>of Aden</H1 >', "The Lamps of Aden"),
        ('<h1>Tides<a class="headerlink" href="#tides">\N{PILCROW SIGN}</a></h1>', "Tides"),
        ('<h1><a href="/">Harbour Office</a></h1><h1>Tides</h1>', "Tides"),
        ('<h1>\n<a href="/"><img src="logo.gif" alt=""></a>\nTides</h1>', "Tides"),
        ("<!-- <h1>Old</h1> --><h1>Tides</h1>", "Tides"),
        ("<script>'<h1>made</h1>'</script><h1></h1><h1>Tides</h1>", "Tides"),
        ("<h1>\u0130skele</h1>", "\u0130skele"),
    ],
)
def test_the_one_heading_is_read(page: str, heading: str) -> None:
    assert heading_of(page) == heading


@pytest.mark.parametrize(
    ("below", "lines"),
    [
        (
            "<b>\nAnn Ash <br>\nash@example.org<br>\n</b>\n<p>Version 2<p>More<p>",
            ["Ann Ash", "ash@example.org", "Version 2"],
        ),
        ("by <i>Ann</i> Ash &amp; Bo<div>", ["by Ann Ash & Bo"]),
        (f"Ann Ash<br>{'prose ' * 40}<br>Bo<br>", ["Ann Ash"]),
        ("cut off", None),
    ],
)
def test_what_stands_right_below_is_read(below: str, lines: object) -> None:
    assert page_heading("HTML", f"<h1>Tides</h1>{below}".encode()).get(BELOW_HEADING) == lines


@pytest.mark.parametrize(
    "page",
    [
        "<p>No heading</p>",
        "<h1>Lamps</h1><h1>Tides</h1>",
        "<h1>never closed",
        f"<h1>{'long ' * 100}</h1>",
        "<!-- never closed <h1>Tides</h1>",
    ],
)
def test_none_is_read_where_there_is_none_or_several(page: str) -> None:
    assert heading_of(page) is None


def test_other_formats_have_none() -> None:
    assert page_heading("RTF", b"<h1>Tides</h1>") == {}


def test_it_stands_among_the_properties_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<html><title>x</title><body><h1>Lamps of Aden</h1><p>They burn.</body></html>")
    assert markup.read(page, 1000).properties[PAGE_HEADING] == "Lamps of Aden"
