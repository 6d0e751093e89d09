"""Whom the markup of a web page names as its authors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from renai.documents.readers import markup
from renai.documents.readers.page_authors import PAGE_AUTHORS, page_authors

if TYPE_CHECKING:
    from pathlib import Path


def authors_of(page: str) -> object:
    return page_authors("HTML", page.encode()).get(PAGE_AUTHORS)


def in_json_ld(said: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(said)}</script>'


@pytest.mark.parametrize(
    "page",
    [
        (
            '<meta name="citation_author" content="Ann Ash">'
            '<meta content="Bo Birch" name=citation_author>'
        ),
        '<meta name="DC.Creator" content="Ann Ash"><meta name="DC.creator" content="Bo Birch">',
        (
            '<meta property="article:author" content="Ann Ash"><meta property="article:author" '
            "content='Bo Birch'>"
        ),
        in_json_ld({"@type": "NewsArticle", "author": [{"name": "Ann Ash"}, "Bo Birch"]}),
        in_json_ld({"@graph": [{"@type": "Book", "author": {"name": ["Ann Ash", "Bo Birch"]}}]}),
        '<p>by <a rel="author" href="/a">Ann Ash</a>, <a rel="author nofollow">Bo <b>Birch</b></a>',
        '<span itemprop="author">Ann Ash</span><meta itemprop="author" content="Bo Birch">',
        (
            '<div itemprop="author"><img src="a"><b itemprop="name">Ann Ash</b> writes</div>'
            '<i itemprop="author">Bo Birch</i>'
        ),
        (
            '<div class="author"><h3 class="author"><span class="firstname">Ann</span> '
            '<span class="surname">Ash</span></h3></div><h3 class="author">Bo Birch</h3>'
        ),
        (
            '<dl class="section author"><dt>Author</dt><dd>Ann Ash</dd></dl>'
            '<dl class="author"><dt class="a">Author</dt><dd>Bo Birch</dd></dl>'
        ),
        '<span id="author" class="name">Ann Ash</span><br><span id="author">Bo Birch</span>',
        (
            '<address>Ann Ash <a href="mailto:a"></a><br>1 Quay</address>'
            '<ADDRESS class="a"><a href="mailto:b">Bo Birch</a></ADDRESS>'
        ),
    ],
)
def test_they_are_read_in_each_way_that_pages_have(page: str) -> None:
    assert authors_of(f"<html><body>{page}</body></html>") == ["Ann Ash", "Bo Birch"]


def test_an_address_of_nobody_who_has_mail_names_nobody() -> None:
    assert authors_of("<address>Harbour Office<br>1 Quay</address>") is None


def test_what_is_meant_for_citations_goes_before_what_stands_in_the_text() -> None:
    page = '<meta name="citation_author" content="Ann Ash"><a rel="author">Bo Birch</a>'
    assert authors_of(page) == ["Ann Ash"]


@pytest.mark.parametrize(
    "page",
    [
        "<p>the author of this page</p>",
        '<meta name="author" content="Ann Ash">',  # xberg reads it
        '<a rel="author" href="/a"></a>',
        '<div class="author">never closed',
        '<meta property="article:author" content="https://pier.example/ann">',
        in_json_ld({"@type": "Organization", "author": "Ann Ash"}),
        in_json_ld({"@type": "Article", "author": {"@type": "Organization", "name": "Quay Press"}}),
        '<script type="application/ld+json">{"@type": "Article", "author": </script>',
        '<script type="application/ld+json">' + "[" * 100_000 + "</script>author",
        f'<b class="author">{"long " * 100}</b>',
        '<b class="author-box">About us</b>',
    ],
)
def test_nobody_is_read_where_none_is_named(page: str) -> None:
    assert authors_of(page) is None


def test_other_formats_have_none() -> None:
    assert page_authors("RTF", b'<a rel="author">Ann Ash</a>') == {}


def test_they_stand_among_the_properties_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        '<html><title>x</title><body><p>by <a rel="author">Ann Ash</a></p></body></html>'
    )
    assert markup.read(page, 1000).properties[PAGE_AUTHORS] == ["Ann Ash"]
