"""One Chromium for the tests of a module."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright
from starlette.testclient import TestClient

from books import pdf
from renai.configuration import load_settings
from renai.metadata.processor import BookProcessor
from renai.web.app import WebPage
from renai.web.options import Address, WebOptions
from renai.web.security import Guard
from waiting import LIMIT, until

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def chromium():
    """The system's Chromium; where it is missing in CI, that is a failure.

    It ends with its module, for Playwright keeps an event loop running in the thread of the tests,
    and asynchronous tests of other folders could not run beside that.
    """
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium: apt-get install chromium")
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def _is_fault(said):
    """A server that has ended, as at the end of each test, is not the page's fault."""
    return said.type == "error" and "net::ERR_" not in said.text


@pytest.fixture
def page(chromium):
    """A page of a browser that was nowhere yet; an error in it fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en")
    page = context.new_page()
    page.set_default_timeout(LIMIT * 1000)  # milliseconds
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: _is_fault(said) and errors.append(said.text))
    page.errors = errors
    yield page
    context.close()
    assert not errors


@pytest.fixture
def books(tmp_path):
    """Three files, two of which want one name."""
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(pdf("On Tides"))
    (folder / "b.pdf").write_bytes(pdf("On Tides") + b"\n")
    (folder / "c.pdf").write_bytes(pdf("Of Salt"))
    return folder


@pytest.fixture
def session_client(books, tmp_path, monkeypatch):
    """A browser without a screen, after the scan."""
    for kind in ("CACHE", "STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    settings = load_settings(cache_dir=tmp_path / "cache", min_confidence=0.0, workers=1)
    options = WebOptions((books,), settings)
    page = WebPage(options, BookProcessor(settings=settings))
    guard = Guard(page.app, "token", Address().origins(4321))
    with TestClient(guard, base_url="http://127.0.0.1:4321") as client:
        client.get("/?token=token")
        until(lambda: client.get("/api/rows").json()["rows"])
        yield client
