"""Draw docs/pictures/web-*.png: six states of the page, over the sample library.

python docs/draw_web.py
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
PICTURES = Path(__file__).with_name("pictures")
_COLOURS = 96  # of a picture's palette
_WIDE = (1200, 720)
_NARROW = (360, 720)


def main() -> None:
    """Start the page in a home folder of its own, and picture it."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("there is no Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="library-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        home = Path(folder)
        subprocess.run(
            [sys.executable, str(ROOT / "examples/sample_library.py"), str(home / "books")],
            check=True,
        )
        server = subprocess.Popen(
            [sys.executable, "-m", "renai", "web", "books", "--no-browser"],
            cwd=home,
            env=_surroundings(home),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout
        try:
            found = re.search(r"http\S+", server.stdout.readline())
            if found is None:
                raise SystemExit("renai web has not started")
            _draw(browser, found[0])
        finally:
            server.terminate()
            server.wait()
            browser.close()


def _surroundings(home: Path) -> dict[str, str]:
    """Return the environment of the server, which leaves the home folder of the reader alone."""
    kinds = ("CACHE", "STATE", "CONFIG")
    return dict(os.environ, HOME=str(home)) | {
        f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in kinds
    }


def _draw(browser: Browser, url: str) -> None:
    address = "http://" + urlsplit(url).netloc
    wide = _opened(browser, url, _WIDE, "light")
    _keep(wide, "review")
    _keep(_opened(browser, url, _NARROW, "light"), "narrow")
    dark = _opened(browser, url, _WIDE, "dark")
    dark.keyboard.press("j")
    dark.keyboard.press("Enter")
    dark.get_by_label("Title", exact=True).wait_for()
    _keep(dark, "panel")
    wide.get_by_role("button", name=re.compile("Accept . shown")).click()
    wide.get_by_role("button", name=re.compile("Rename . files …")).click()
    wide.get_by_role("heading", name=re.compile("Rename . files")).wait_for()
    _keep(wide, "rename")
    wide.get_by_role("button", name="Rename", exact=True).click()
    wide.get_by_text(re.compile("files renamed")).wait_for()
    wide.goto(f"{address}/history")
    wide.get_by_role("button", name="Take back").wait_for()
    _keep(wide, "history")
    wide.goto(f"{address}/dashboard")
    wide.get_by_role("table", name="By layer and model").wait_for()
    _keep(wide, "dashboard")


def _opened(browser: Browser, url: str, size: tuple[int, int], colours: str) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if colours == "dark" else "light",
        locale="en",
    )
    page = context.new_page()
    page.goto(url)
    page.locator(".grid-body .row", has_text="scan0042.pdf").wait_for()
    return page


def _keep(page: Page, name: str) -> None:
    """Keep the picture of a page, when its thumbnails are there, with few colours."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(600)  # milliseconds: what is drawn again settles
    image = Image.open(io.BytesIO(page.screenshot()))
    image.quantize(_COLOURS).save(PICTURES / f"web-{name}.png", optimize=True)


if __name__ == "__main__":
    main()
