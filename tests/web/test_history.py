"""The history of the page: runs, their files, and what an undo has left alone."""

from books import pdf
from web.serving import Served


def test_every_file_that_an_undo_leaves_alone_is_named_with_the_reason(tmp_path, page):
    books = tmp_path / "books"
    books.mkdir()
    for title in ("Old Maps", "On Tides", "Of Salt"):
        (books / f"{title.split()[1]}.pdf").write_bytes(pdf(title))
    with Served(tmp_path, "--min-confidence", "0") as served:
        page.goto(served.url)
        page.locator(".grid-body .row", has_text="Tides.pdf").first.wait_for()
        page.keyboard.press("Shift+A")
        page.get_by_text("3 accepted").wait_for()
        page.keyboard.press("r")
        page.get_by_role("button", name="Rename", exact=True).click()
        page.get_by_text("3 files renamed").wait_for()
        for title in ("Old Maps", "On Tides"):
            (books / f"Ada Quill - {title} (1999).pdf").write_bytes(b"something else by now")
        page.get_by_role("link", name="History").click()
        page.get_by_role("button", name="Take back").click()
        page.get_by_role("button", name="Take it back").click()
        page.get_by_text("1 of 3 files renamed back. 2 files were left alone").wait_for()
        left = page.locator(".files li", has_text="not taken back: is another file now")
        left.nth(1).wait_for()
        assert left.count() == 2
        page.reload()
        page.get_by_text("Files", exact=True).click()
        left.nth(1).wait_for()
        assert page.locator(".files li", has_text="Salt").inner_text().endswith("taken back")
