"""Keys, where they could easily do something to another file than the one that is looked at."""

import pytest

from books import pdf
from waiting import until
from web.serving import Served

_TITLES = ("On Tides", "Of Salt", "Old Maps")


@pytest.fixture
def review(tmp_path, page):
    """Three files, all of whose names count as uncertain."""
    (tmp_path / "books").mkdir()
    for number, title in enumerate(_TITLES):
        (tmp_path / "books" / f"scan{number}.pdf").write_bytes(pdf(title))
    with Served(tmp_path, "--min-confidence", "1") as served:
        page.goto(served.url)
        row(page, "scan2.pdf").wait_for()
        yield page


def row(page, name):
    return page.locator(".grid-body .row", has_text=name)


def focused(page):
    return page.evaluate("document.activeElement.name")


def test_a_file_that_is_corrected_stays_the_one_that_keys_are_about(review):
    review.keyboard.press("f")
    review.keyboard.press("f")
    review.locator(".filter[aria-pressed=true]", has_text="Uncertain").wait_for()
    review.keyboard.press("e")
    until(lambda: focused(review) == "title")
    review.keyboard.type("Of High Tides")
    review.keyboard.press("Enter")
    row(review, "Of High Tides").wait_for()  # by now it is certain
    review.keyboard.press("a")
    review.get_by_text("1 accepted, 2 to decide").wait_for()
    review.locator("[data-filter=accepted]").click()
    row(review, "Of High Tides").wait_for()


def test_what_is_typed_while_a_file_is_loaded_does_not_go_to_the_one_before(review):
    review.keyboard.press("Enter")
    review.locator(".becomes", has_text="On Tides").wait_for()
    held = []
    review.route("**/api/files/**", lambda route: held.append(route))
    with review.expect_request("**/api/files/**"):
        review.keyboard.press("j")
    review.keyboard.press("e")
    review.keyboard.type("xyz")
    assert review.locator("#field-title").input_value() == "On Tides"
    assert focused(review) != "title"
    held[0].continue_()
    until(lambda: focused(review) == "title")
    assert review.locator("#field-title").input_value() == "Of Salt"


def test_tab_goes_from_a_field_that_is_kept_to_the_next(review):
    review.keyboard.press("e")
    until(lambda: focused(review) == "title")
    review.keyboard.type("Of High Tides")
    review.keyboard.press("Tab")
    review.keyboard.type("Björn")
    review.locator(".becomes", has_text="Of High Tides").wait_for()
    assert focused(review) == "authors"
    assert review.locator("#field-authors").input_value() == "Björn"
    review.keyboard.press("Enter")
    review.locator(".becomes", has_text="Björn").wait_for()


def test_caps_lock_is_no_shift(review):
    review.keyboard.press("f")
    review.keyboard.press("f")
    review.keyboard.press("A")
    review.get_by_text("1 accepted, 2 to decide").wait_for()
    review.keyboard.press("Shift+A")
    review.get_by_text("3 accepted, 0 to decide").wait_for()
    review.keyboard.press("U")
    review.get_by_text("1 accepted, 2 to decide").wait_for()


def test_what_is_shown_before_its_answer_is_taken_back_as_well(review):
    held = []

    def answer(route):
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    review.route("**/api/choose", answer)
    review.keyboard.press("f")
    review.keyboard.press("f")
    review.keyboard.press("a")
    review.get_by_text("1 accepted, 2 to decide").wait_for()
    review.keyboard.press("u")
    ((route, response),) = held
    route.fulfill(response=response)
    review.get_by_text("0 accepted, 3 to decide").wait_for()
    assert not review.get_by_text("There is nothing to take back").is_visible()
