"""Name patterns: what is left of them when something is not known."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.errors import UsageError
from renai.providers.schema import METADATA_FIELDS, Metadata
from renai.renaming.template import FIELDS, Template

FULL = Metadata(
    title="Dune", authors=("Frank Herbert",), year=1965, series="Chronicles", series_index=1,
    subtitle="A Novel", publisher="Chilton", category="Fiction", language="en",
)  # fmt: skip


def name(pattern: str, *without: str) -> str:
    template = Template.parse(pattern)
    values = template.values(FULL)
    return template.fill({key: "" if key in without else value for key, value in values.items()})


@pytest.mark.parametrize(
    ("pattern", "without", "expected"),
    [
        ("{author} - {title} ({year})", [], "Frank Herbert - Dune (1965)"),
        ("{author} - {title} ({year})", ["author"], "Dune (1965)"),
        ("{author} - {title} ({year})", ["year"], "Frank Herbert - Dune"),
        ("{author} - {title} ({year})", ["author", "year"], "Dune"),
        ("{title} - {subtitle} ({year})", ["subtitle"], "Dune (1965)"),
        ("{author} ({year}) - {title}", ["year"], "Frank Herbert - Dune"),
        ("{author} - {series} {title}", ["series"], "Frank Herbert - Dune"),
        ("{series} {series_index} - {title}", ["series_index"], "Chronicles - Dune"),
        ("{series} {series_index} - {title}", ["series", "series_index"], "Dune"),
        ("{title}, {series} #{series_index}", ["series_index"], "Dune, Chronicles"),
        ("{title} ({publisher}, {year})", ["publisher"], "Dune (1965)"),
        ("{title} ({publisher}, {year})", ["publisher", "year"], "Dune"),
        ("[{category}] {title}", ["category"], "Dune"),
        ("{title} ({series} [{series_index}])", ["series_index"], "Dune (Chronicles)"),
        ("{title} (scan) ({year})", [], "Dune (scan) (1965)"),
        ("{title} by {author}", ["author"], "Dune"),
        ("{title} {{{language}}}", [], "Dune {en}"),
    ],
)
def test_what_is_not_known_goes_with_its_punctuation(
    pattern: str, without: list[str], expected: str
) -> None:
    assert name(pattern, *without) == expected


@given(
    st.sampled_from(
        [
            "{author} - {title} ({year})",
            "({year}) {author} - {series} [{series_index}] - {title} ({publisher}, {language})",
            "{category}, {title} - {subtitle} - {author} ({year} - {isbn})",
        ]
    ),
    st.sets(st.sampled_from([field for field in FIELDS if field != "title"])),
)
def test_no_subset_of_fields_leaves_stray_punctuation(pattern: str, without: set[str]) -> None:
    result = name(pattern, *without)
    assert "Dune" in result
    assert not re.search(
        r"\(\W*\)|\[\W*\]|^[ ,-]|[ ,-]$|  |[,-] ?[,-]|[(\[][ ,-]|[ ,-][)\]]", result
    )


def test_every_field_of_the_schema_can_be_named_but_evidence() -> None:
    assert set(FIELDS) == {*METADATA_FIELDS, "author"} - {"evidence"}


def test_many_authors_are_one_and_the_others() -> None:
    template = Template.parse("{author}")
    three = Metadata(title="x", authors=("Ann Lee", "Bob Ray", "Cy Dee"))
    four = Metadata(title="x", authors=("Ann Lee", "Bob Ray", "Cy Dee", "Di Eff"))
    assert template.values(three)["author"] == "Ann Lee, Bob Ray, Cy Dee"
    assert template.values(four)["author"] == "Ann Lee et al"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{titel}", "title, year"),
        ("{}", "no field ''"),
        ("{title.__class__}", "no field"),
        ("{title!r}", "stands alone"),
        ("{year:04}", "stands alone"),
        ("{title", "expected '}'"),
        ("{title} (", "not closed"),
        ("{title})", "closes no bracket"),
        ("{category}/{title}", "--organize"),
        ("Dune", "names no field"),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused_at_once(pattern: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        Template.parse(pattern)
