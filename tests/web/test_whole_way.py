"""From the start to the undo, in a browser, by the keyboard."""

import signal

import pytest

from books import pdf
from waiting import LIMIT
from web.serving import Served

_TITLES = {"scan1.pdf": "On Tides", "scan2.pdf": "Of Salt", "scan3.pdf": "Old Maps"}
_NEW = {old: f"Ada Quill - {title} (1999).pdf" for old, title in _TITLES.items()}


@pytest.fixture
def served(tmp_path):
    (tmp_path / "books").mkdir()
    for name, title in _TITLES.items():
        (tmp_path / "books" / name).write_bytes(pdf(title))
    with Served(tmp_path, "--min-confidence", "0") as served:
        yield served


def row(page, name):
    return page.locator(".grid-body .row", has_text=name)


def test_accept_skip_edit_rename_undo(served, page):
    page.goto(served.url)
    row(page, "scan3.pdf").wait_for()
    assert page.url == served.address + "/"  # the token is in no history
    page.keyboard.press("a")
    page.keyboard.press("s")
    page.keyboard.press("e")
    title = page.get_by_label("Title", exact=True)
    title.wait_for()
    title.fill("Older Maps")
    title.press("Enter")
    page.locator(".becomes", has_text="Older Maps").wait_for()
    page.keyboard.press("a")
    page.get_by_text("2 accepted, 0 to decide").wait_for()
    page.keyboard.press("u")
    page.get_by_text("1 accepted, 1 to decide").wait_for()
    page.keyboard.press("a")
    page.get_by_role("button", name="Rename 2 files …").click()
    page.get_by_role("heading", name="Rename 2 files?").wait_for()
    assert served.names() == sorted(_TITLES)  # nothing is renamed before the last word
    page.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_text("2 files renamed").wait_for()
    edited = _NEW["scan3.pdf"].replace("Old", "Older")
    assert served.names() == sorted([_NEW["scan1.pdf"], "scan2.pdf", edited])
    page.get_by_role("link", name="History").click()
    page.get_by_role("button", name="Take back").click()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("2 of 2 files renamed back").wait_for()
    assert served.names() == sorted(_TITLES)


def test_it_ends_with_ctrl_c_while_a_page_is_open(served, page):
    page.goto(served.url)
    row(page, "scan3.pdf").wait_for()
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(LIMIT) == 0
    page.get_by_text("The server has ended").wait_for()
    page.errors.clear()  # the browser says that the connection was refused


def test_it_prints_one_line_and_says_nothing_else(served):
    served.process.terminate()
    served.process.wait(LIMIT)
    assert served.process.stdout.read() == ""
    assert (served.folder / "log").read_text() == ""
