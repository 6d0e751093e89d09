"""docs/screens.md is what the program shows."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date():
    written = (ROOT / "docs/screens.md").read_text(encoding="utf-8")
    now = runpy.run_path(str(ROOT / "docs/write_screens.py"))["page"]()
    assert written == now, "run: python docs/write_screens.py"


def test_the_end_of_a_terminal_is_told_from_what_is_written_to_it():
    screen = runpy.run_path(str(ROOT / "docs/write_screens.py"))["Screen"](10)
    screen.write("one\r\n\x1b[32mbar\x1b[0m\r\ntwo\r\x1b[1A\x1b[2Klog\r\nlonger than ten\x1b[K")
    assert str(screen) == "one\nlog\nlonger tha\nn ten"
