"""What axe-core says of each page, in light and in dark colours: nothing at all."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from books import pdf
from waiting import LIMIT
from web.serving import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    (folder / "books").mkdir()
    for name, title in {"a.pdf": "On Tides", "b.pdf": "On Tides", "c.pdf": "Of Salt"}.items():
        (folder / "books" / name).write_bytes(pdf(title))
    (folder / "books" / "d.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    with Served(folder) as served:
        yield served


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_page_has_what_keeps_anyone_out(served, chromium, colours):
    # axe-core is put into the page as a script, which the policy of the page forbids.
    context = chromium.new_context(color_scheme=colours, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(LIMIT * 1000)  # milliseconds
    page.goto(served.url)
    page.locator(".grid-body .row", has_text="d.pdf").wait_for()
    _assert_accessible(page)
    page.get_by_role("slider", name="At least % sure").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_label("Title", exact=True).wait_for()
    _assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    _assert_accessible(page)
    page.goto(f"{served.address}/history")
    _assert_accessible(page)
    page.goto(f"{served.address}/dashboard")
    page.get_by_role("table", name="By layer and model").wait_for()
    _assert_accessible(page)
    context.close()


def _assert_accessible(page):
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()
