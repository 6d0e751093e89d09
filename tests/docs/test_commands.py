"""docs/commands.md is what the program says."""

import os
import runpy
from pathlib import Path

from typer.main import get_command

from fork_server import ForkServer
from renai.cli.main import program
from waiting import LIMIT

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date(tmp_path):
    script = runpy.run_path(str(ROOT / "docs/write_commands.py"))
    environment = os.environ | script["LOOK"]
    server = ForkServer(environment)

    def help_of(command):
        code, printed, _ = server.run([*command, "--help"], str(tmp_path), environment, LIMIT)
        assert code == 0
        return printed

    written = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    try:
        assert written == script["page"](help_of), "run: python docs/write_commands.py"
        assert help_of(()) == script["help_of"](()), "forks print what the script has printed"
    finally:
        server.close()


def commands(command, words=()):
    yield words
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*words, name))


def test_every_command_is_on_the_page():
    written = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    for words in commands(get_command(program())):
        assert f"## {' '.join(('renai', *words))}\n" in written
