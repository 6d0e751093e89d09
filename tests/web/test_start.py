"""How the page starts: it opens the browser, by an address that is worth one visit."""

import httpx

from books import pdf
from waiting import until
from web.serving import Served


def test_the_browser_is_opened_by_an_address_that_nobody_can_use_again(tmp_path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "a.pdf").write_bytes(pdf("On Tides"))
    opened, script = tmp_path / "opened", tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > "{opened}.part" && mv "{opened}.part" "{opened}"\n')
    script.chmod(0o755)
    with Served(tmp_path, BROWSER=str(script), DISPLAY=":0") as served:
        until(opened.exists)
        address = opened.read_text().strip()
        assert address != served.url  # which is on the terminal, and good for every browser
        assert httpx.get(address).status_code == 200
        assert httpx.get(address).status_code == 403
        assert httpx.get(served.url).status_code == 200
