"""A model that must be paid: nothing is asked without a word; a pause and a stop are ones."""

import threading

import pytest

import endpoint as wire
from books import pdf
from endpoint import Endpoint
from waiting import until
from web.serving import Served

FILES = 4


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "books").mkdir()
    for number in range(FILES):
        (tmp_path / "books" / f"scan{number}.pdf").write_bytes(pdf(f"Tale {number}"))
    return tmp_path


def serving(folder, endpoint):
    """One call at a time, so that a test knows what is under way."""
    return Served(
        folder,
        *("--provider", "custom", "--concurrency", "1"),
        CUSTOM_API_BASE_URL=endpoint.url,
        CUSTOM_MODEL="first-model",
        CUSTOM_API_KEY="sk-none",
    )


def row(page, name):
    return page.locator(".grid-body .row", has_text=name)


def test_nothing_is_asked_before_a_click_and_a_second_start_costs_nothing(folder, page):
    with Endpoint() as endpoint:
        with serving(folder, endpoint) as served:
            page.goto(served.url)
            page.get_by_text("What it will cost").wait_for()
            page.get_by_text(f"{FILES} files need custom:first-model: {FILES} calls").wait_for()
            assert endpoint.calls == []
            page.get_by_role("button", name="Ask, and pay for it").click()
            row(page, "scan3.pdf").wait_for()
            assert len(endpoint.calls) == FILES
        page.errors.clear()
        with serving(folder, endpoint) as served:
            page.goto(served.url)
            row(page, "scan3.pdf").wait_for()
            assert len(endpoint.calls) == FILES


def test_whoever_goes_on_without_asking_pays_nothing(folder, page):
    with Endpoint() as endpoint, serving(folder, endpoint) as served:
        page.goto(served.url)
        page.get_by_role("button", name="Go on without asking").click()
        row(page, "scan3.pdf").get_by_text("not asked").wait_for()
        assert endpoint.calls == []


def test_a_pause_lets_the_call_under_way_end_and_begins_no_other(folder, page):
    answered = threading.Event()
    with (
        Endpoint(always=wire.held_until(answered.is_set)) as endpoint,
        serving(folder, endpoint) as served,
    ):
        page.goto(served.url)
        page.get_by_role("button", name="Ask, and pay for it").click()
        until(lambda: endpoint.calls)
        page.locator("#stage-title[aria-live=off]").wait_for()  # its count is not read out
        page.get_by_role("button", name="Pause").click()
        page.get_by_text("Pausing").wait_for()
        answered.set()
        page.get_by_text("Paused at").wait_for()
        before = len(endpoint.calls)
        assert before < FILES
        page.get_by_role("button", name="Go on").click()
        row(page, "scan3.pdf").wait_for()
        assert len(endpoint.calls) == FILES  # and none twice
        page.locator("#stage-title[aria-live=polite]").wait_for()


def test_what_is_known_at_a_stop_is_planned(folder, page):
    answered = threading.Event()
    with (
        Endpoint(wire.answer, always=wire.held_until(answered.is_set)) as endpoint,
        serving(folder, endpoint) as served,
    ):
        page.goto(served.url)
        page.get_by_role("button", name="Ask, and pay for it").click()
        until(lambda: len(endpoint.calls) == 2)
        page.get_by_role("button", name="Stop").click()
        answered.set()
        page.get_by_text("not asked").first.wait_for()
        page.get_by_text("2 to decide").first.wait_for()
        assert len(endpoint.calls) == 2
