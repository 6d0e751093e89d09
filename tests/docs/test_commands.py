"""docs/commands.md is what the program says."""

import runpy
from pathlib import Path

from typer.main import get_command

from renai.cli.main import app

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date():
    written = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    now = runpy.run_path(str(ROOT / "docs/write_commands.py"))["page"]()
    assert written == now, "run: python docs/write_commands.py"


def commands(command, words=()):
    yield words
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*words, name))


def test_every_command_is_on_the_page():
    written = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    for words in commands(get_command(app)):
        assert f"## {' '.join(('renai', *words))}\n" in written
