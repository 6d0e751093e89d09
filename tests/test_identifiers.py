from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.identifiers import (
    find_dois,
    find_isbns,
    first_stated_isbn,
    is_isbn10,
    is_isbn13,
    to_doi,
    to_isbn13,
)


@pytest.mark.parametrize(
    ("spelt", "isbn"),
    [
        ("978-0-306-40615-7", "9780306406157"),
        ("9780306406157", "9780306406157"),
        ("0-306-40615-2", "9780306406157"),
        ("080442957X", "9780804429573"),
        ("ISBN-13: 978 0 306 40615 7", "9780306406157"),
        ("ISBN-10: 0306406152", "9780306406157"),
        ("urn:isbn:0306406152", "9780306406157"),
        ("978\u20110\u2011306\u201140615\u20117", "9780306406157"),
    ],
)
def test_every_spelling_becomes_the_same_thirteen_digits(spelt: str, isbn: str) -> None:
    assert to_isbn13(spelt) == isbn


@pytest.mark.parametrize(
    "spelt",
    [
        "9780306406158",  # wrong check digit
        "0306406153",
        "1234567890128",  # a good EAN, but no book's
        "9790060115615",  # printed music
        "X306406152",
        "",
        "978",
        "\u0661\u0662\u0663",
    ],
)
def test_what_is_no_isbn_is_none(spelt: str) -> None:
    assert to_isbn13(spelt) is None


def test_numbers_are_found_where_they_stand() -> None:
    text = "ISBN 10 0-306-40615-2 (paper)\neISBN: 978-0-8044-2957-3, tel. 080442957X, 9780306406157"
    assert [isbn for isbn, _ in find_isbns(text)] == [
        "9780306406157",
        "9780804429573",
        "9780306406157",
    ]
    assert next(find_isbns(text))[1] == "ISBN 10 0-306-40615-2"


def test_ten_digits_without_a_label_are_a_telephone_number() -> None:
    assert list(find_isbns("Call 0306406152 today")) == []


@given(st.integers(min_value=0, max_value=10**9 - 1))
def test_ten_digits_have_exactly_one_check_digit(number: int) -> None:
    assert sum(is_isbn10(f"{number:09}{check}") for check in "0123456789X") == 1


@given(st.integers(min_value=0, max_value=10**9 - 1), st.integers(0, 8))
def test_two_swapped_digits_are_noticed_in_an_isbn10(number: int, place: int) -> None:
    digits = next(
        f"{number:09}{check}" for check in "0123456789X" if is_isbn10(f"{number:09}{check}")
    )
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    assert swapped == digits or not is_isbn10(swapped)


@given(st.text(alphabet="0123456789X- \u2010ISBN:", max_size=200))
def test_any_text_yields_only_right_numbers(text: str) -> None:
    assert all(is_isbn13(isbn) and words in text for isbn, words in find_isbns(text))


def test_the_isbn_among_the_identifiers_of_a_book_is_left_as_it_is_spelt() -> None:
    uuid = "urn:uuid:97803064-0615-7000-8000-000000000000"
    assert first_stated_isbn([uuid, "urn:isbn:978-0-306-40615-7"]) == "978-0-306-40615-7"
    assert first_stated_isbn(["ISBN: 0306406152"]) == "0306406152"
    assert first_stated_isbn([uuid, "42"]) == ""


@pytest.mark.parametrize(
    "spelt",
    ["10.1000/ABC.1", "doi:10.1000/abc.1", "DOI 10.1000/abc.1", "https://dx.doi.org/10.1000/abc.1"],
)
def test_every_spelling_of_a_doi_becomes_the_same(spelt: str) -> None:
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
def test_any_text_yields_only_dois(text: str) -> None:
    for doi, words in find_dois(text):
        assert doi.startswith("10.")
        assert words in text
        assert to_doi(doi) == doi
