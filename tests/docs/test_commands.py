"""docs/commands.md is what the program says."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date():
    written = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    now = runpy.run_path(str(ROOT / "docs/write_commands.py"))["page"]()
    assert written == now, "run: python docs/write_commands.py"
