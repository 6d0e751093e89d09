"""The dashboard: figures, what is held, why things miss, and what goes after a question."""

import hashlib
import re
from datetime import date, timedelta

import pytest

from books import pdf
from renai.usage.cost import Cost
from renai.usage.counters import Counts, UsageKey
from renai.usage.database import USAGE_FILE, UsageDatabase
from web.serving import Served

_HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dashboard")
    (folder / "books").mkdir()
    for number in range(3):
        (folder / "books" / f"scan{number}.pdf").write_bytes(pdf(f"On Tides {number}"))
    database = UsageDatabase(folder / "cache" / USAGE_FILE)
    for days in range(3):
        counts = Counts()
        counts.events.update({"hit": 30, "missing": 8, "stale": 2})
        counts.spent.add(Cost(seconds=12.0, calls=10, prompt_tokens=900, money=0.25))
        counts.saved.add(Cost(seconds=36.0, calls=30, prompt_tokens=2700, money=1.5))
        key = UsageKey("metadata", "custom", _HOSTILE)
        database.add({key: counts}, date.today() - timedelta(days=days))
    database.flush()
    with Served(folder, "--min-confidence", "0") as served:
        yield served


@pytest.fixture
def dashboard(served, page):
    page.goto(served.url)
    page.locator(".grid-body .row").first.wait_for()
    page.get_by_role("link", name="Dashboard").click()
    page.get_by_text("By layer and model").wait_for()
    return page


def test_what_was_spent_and_saved_has_charts_and_tables(dashboard):
    figures = dashboard.locator(".figures").inner_text()
    assert "$4.50" in figures
    assert "$0.75" in figures
    assert dashboard.locator(".chart svg rect").count() >= 9
    for chart in dashboard.locator(".chart").all():
        chart.locator("summary").click()
        assert date.today().isoformat() in chart.locator("table").inner_text()
    assert "made in another way" in dashboard.locator("#missed ~ .wide").inner_text()
    assert dashboard.get_by_text(_HOSTILE).count()  # a name is text, and no element
    dashboard.get_by_role("link", name="7 days").click()
    dashboard.locator(".figures").wait_for()


def test_a_file_of_the_page_is_explained_by_its_number(dashboard):
    dashboard.get_by_label("File", exact=True).fill("scan1")
    dashboard.get_by_role("button", name="Explain").click()
    dashboard.locator(".explained h3", has_text="scan1.pdf").wait_for()
    assert "hit" in dashboard.locator(".explained").inner_text()
    dashboard.get_by_role("button", name="Look at the files").click()
    dashboard.get_by_text("3 files looked at").wait_for()


def test_a_dropped_file_is_told_by_its_content_and_forgotten_after_a_question(served, dashboard):
    content = pdf("On Tides 2")
    dropped = {"name": "other.pdf", "mimeType": "application/pdf", "buffer": content}
    dashboard.locator("#upload").set_input_files(dropped)
    digest = hashlib.sha256(content).hexdigest()
    dashboard.get_by_text(digest).wait_for()
    assert "hit" in dashboard.locator(".explained").inner_text()
    entries = list((served.folder / "cache").rglob(f"*{digest}*"))
    assert entries
    dashboard.get_by_role("button", name="Forget this content").click()
    dashboard.get_by_text("would go, with fingerprints").wait_for()
    assert all(entry.exists() for entry in entries)
    dashboard.get_by_role("button", name="Forget it").click()
    dashboard.get_by_text("Forgot it:").wait_for()
    assert not any(entry.exists() for entry in entries)


def test_what_would_go_is_shown_before_it_goes(served, dashboard):
    texts = served.folder / "cache" / "metadata"
    before = sorted(path for path in texts.rglob("*") if path.is_file())
    assert before
    dashboard.get_by_label("Provider", exact=True).fill("offline")
    dashboard.get_by_role("button", name="Show what would go").click()
    dashboard.get_by_role("heading", name="Drop").filter(has_text="entries?").wait_for()
    assert sorted(path for path in texts.rglob("*") if path.is_file()) == before
    dashboard.get_by_role("button", name="Drop them").click()
    dashboard.get_by_text(re.compile(r"^Dropped \d")).wait_for()
    assert not [path for path in texts.rglob("*") if path.is_file()]
