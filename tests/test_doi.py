"""DOIs, told from the punctuation around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.doi import find_dois, to_doi


@pytest.mark.parametrize(
    "spelt",
    ["10.1000/ABC.1", "doi:10.1000/abc.1", "DOI 10.1000/abc.1", "https://dx.doi.org/10.1000/abc.1"],
)
def test_every_spelling_becomes_the_same(spelt: str) -> None:
    assert to_doi(spelt) == "10.1000/abc.1"


@pytest.mark.parametrize(
    "spelt", ["", "10.1/2", "10.1000", "doi:", "version 10.1000/2", "10.1000/"]
)
def test_what_is_no_doi_is_none(spelt: str) -> None:
    assert to_doi(spelt) is None


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("see doi:10.1000/182.", "10.1000/182"),
        ("(doi:10.1000/182)", "10.1000/182"),
        ("doi:10.1016/S0140-6736(05)12345-6, 2005", "10.1016/s0140-6736(05)12345-6"),
        ("<https://doi.org/10.1000/182>", "10.1000/182"),
        ("10.1002/(SICI)1097-0010(199606)71:2<123::AID>3.0.CO;2-4", None),
    ],
)
def test_a_doi_ends_where_the_sentence_goes_on(text: str, doi: str | None) -> None:
    found = [one for one, _ in find_dois(text)]
    assert found == [doi or "10.1002/(sici)1097-0010(199606)71:2<123::aid>3.0.co;2-4"]


@given(st.text(alphabet="10./doi:abc<>[]() ,;\n", max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    for doi, words in find_dois(text):
        assert doi.startswith("10.")
        assert words in text
        assert to_doi(doi) == doi
