"""What only a browser shows: many rows, two tabs, hostile names, narrow screens, a dead server."""

import signal

import pytest

from books import pdf
from waiting import LIMIT, until
from web.serving import Served

MANY = 10_000
_HOSTILE = (
    "<img src=x onerror=alert(1)>.txt",
    "\u202egnp.exe.txt",
    "'\"><script>alert(1)</script>.txt".replace("/", "\\"),
    "{{7*7}}.txt",
    "a\nb.txt",
    "\u05e9\u05dc\u05d5\u05dd.txt",
)


def row(page, name):
    return page.locator(".grid-body .row", has_text=name)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "books").mkdir()
    for number in range(3):
        (tmp_path / "books" / f"scan{number}.pdf").write_bytes(pdf(f"Tale {number}"))
    return tmp_path


def test_two_tabs_show_the_same(folder, page):
    with Served(folder, "--min-confidence", "0") as served:
        page.goto(served.url)
        row(page, "scan2.pdf").wait_for()
        other = page.context.new_page()
        other.goto(served.address)  # with the cookie of the first
        row(other, "scan2.pdf").wait_for()
        page.keyboard.press("a")
        other.get_by_text("1 accepted, 2 to decide").wait_for()
        other.get_by_role("button", name="Accept 2 shown").click()
        page.get_by_role("button", name="Rename 3 files").click()
        page.get_by_role("button", name="Rename", exact=True).click()
        other.get_by_text("3 files renamed").wait_for()
        other.get_by_role("button", name="Undo").click()
        page.get_by_text("3 of 3 files renamed back").wait_for()
        assert served.names() == ["scan0.pdf", "scan1.pdf", "scan2.pdf"]


_HIDE = """(isHidden) => {
    Object.defineProperty(document, "hidden", { get: () => isHidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_tabs_that_are_out_of_sight_leave_the_others_their_connections(folder, page):
    with Served(folder, "--min-confidence", "0") as served:
        page.goto(served.url)
        row(page, "scan2.pdf").wait_for()
        for _ in range(6):
            other = page.context.new_page()
            other.goto(served.address)
            row(other, "scan2.pdf").wait_for()
            other.evaluate(_HIDE, True)
        page.keyboard.press("a")
        page.get_by_text("1 accepted, 2 to decide").wait_for()
        other.evaluate(_HIDE, False)
        other.get_by_text("1 accepted, 2 to decide").wait_for()


def test_a_server_that_dies_is_noticed_and_the_next_one_is_another(folder, page):
    with Served(folder) as served:
        page.goto(served.url)
        row(page, "scan2.pdf").wait_for()
        served.process.send_signal(signal.SIGKILL)
        served.process.wait(LIMIT)
        page.get_by_text("The server has ended").wait_for()
        port = served.address.rpartition(":")[2]
    with Served(folder, "--port", port) as served:
        page.goto(served.address)
        page.get_by_text("This page is locked").wait_for()
        page.goto(served.url)
        row(page, "scan2.pdf").wait_for()
    page.errors.clear()  # of refused connections


def test_a_server_that_is_killed_while_it_renames_loses_no_file(tmp_path, page):
    books = tmp_path / "books"
    books.mkdir()
    contents = {f"Tale {number}\nby Ada Quill\n1999\n" * 9 for number in range(60)}
    for number, content in enumerate(sorted(contents)):
        (books / f"note{number}.txt").write_text(content)
    with Served(tmp_path, "--min-confidence", "0") as served:
        page.goto(served.url)
        row(page, "note0.txt").first.wait_for()
        page.get_by_role("button", name="Accept all 60 shown").click()
        page.get_by_role("button", name="Rename 60 files").click()
        page.get_by_role("button", name="Rename", exact=True).click()
        until(lambda: any(not name.startswith("note") for name in served.names()))
        served.process.send_signal(signal.SIGKILL)
        served.process.wait(LIMIT)
        page.get_by_text("The server has ended").wait_for()
    assert {path.read_text() for path in books.iterdir()} == contents
    with Served(tmp_path, "--min-confidence", "0") as served:
        page.goto(served.url)
        row(page, ".txt").first.wait_for()
        page.get_by_role("link", name="History").click()
        page.get_by_role("button", name="Take back").click()
        page.get_by_role("button", name="Take it back").click()
        page.get_by_text("renamed back").first.wait_for()
        served.until_named([f"note{number}.txt" for number in range(60)])
    assert {path.read_text() for path in books.iterdir()} == contents
    page.errors.clear()  # of refused connections


def test_hostile_names_are_text(tmp_path, page):
    books = tmp_path / "books"
    books.mkdir()
    for name in _HOSTILE:
        (books / name).write_text("no title here")
    page.on("dialog", lambda dialog: page.errors.append(dialog.message))
    with Served(tmp_path) as served:
        page.goto(served.url)
        row(page, "onerror").wait_for()
        shown = page.locator(".grid-body .c-old bdi").all_inner_texts()
        escaped = {ascii(name)[1:-1] if not name.isprintable() else name for name in _HOSTILE}
        assert set(shown) >= {"{{7*7}}.txt", "\\u202egnp.exe.txt", "a\\nb.txt"}
        assert set(shown) == escaped
        assert page.locator("main img, main script").count() == 0
        assert page.locator("bdi[dir=auto]", has_text="\u05e9").count()
        page.keyboard.press("Enter")
        page.locator(".panel .path").wait_for()


def test_a_narrow_screen_has_all_of_it(folder, page):
    page.set_viewport_size({"width": 360, "height": 640})
    with Served(folder, "--min-confidence", "0") as served:
        page.goto(served.url)
        row(page, "scan0.pdf").click()
        width = "document.documentElement.scrollWidth"
        assert page.evaluate(width) == 360
        page.get_by_role("button", name="Accept", exact=False).first.click()
        page.get_by_text("1 accepted").wait_for()
        page.keyboard.press("Enter")
        page.locator(".panel .pair").first.wait_for()
        assert page.evaluate(width) == 360
        assert page.locator(".panel").bounding_box()["width"] == 360


def many_rows(route):
    """Answer with a plan of 10,000 files in place of the server's."""
    plan = route.fetch().json()
    (only,) = plan["rows"]
    sure, name = plan["columns"].index("sure"), plan["columns"].index("name")
    rows = []
    for number in range(MANY):
        row = [number, *only[1:]]
        row[sure], row[name] = number % 100, f"scan {number}.pdf"
        rows.append(row)
    route.fulfill(json={**plan, "rows": rows})


def test_of_ten_thousand_rows_only_those_are_drawn_that_can_be_seen(tmp_path, page):
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "a.pdf").write_bytes(pdf("On Tides"))
    page.route("**/api/rows", many_rows)
    page.route("**/pages/**", lambda route: route.fulfill(status=204))
    drawn = page.locator(".grid-body .row")
    with Served(tmp_path, "--min-confidence", "0") as served:
        page.goto(served.url)
        row(page, "scan 3.pdf").wait_for()
        assert drawn.count() < 60
        page.keyboard.press("End")
        row(page, "scan 9999.pdf").wait_for()
        assert drawn.count() < 60
        assert page.locator("[aria-selected=true]").get_attribute("aria-rowindex") == "10001"
        page.get_by_label("Search names and folders").fill("scan 77")
        found = sum("77" in str(number) for number in range(MANY))
        page.get_by_role("button", name=f"Accept all {found} shown").wait_for()
        assert page.locator("#grid").get_attribute("aria-rowcount") == str(found + 1)
        page.get_by_label("Sort").select_option("unsure")
        row(page, "scan 7700.pdf").wait_for()
        page.locator("#least").fill("99")
        row(page, "scan 7799.pdf").wait_for()
        assert drawn.count() == sum("77" in str(number) for number in range(99, MANY, 100))
