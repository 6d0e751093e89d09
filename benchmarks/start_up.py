"""How soon the program answers, beside a bare Typer program and Python's own start."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from measuring import COMPARED, Figure, Report, Rounds

if TYPE_CHECKING:
    from pathlib import Path

_STARTS_A_ROUND = 5

_BARE = '''
import typer
app = typer.Typer(add_completion=False)

@app.command()
def greet(name: str, loud: bool = False) -> None:
    """Say hello."""
    typer.echo(name)

@app.command()
def part(name: str) -> None:
    """Say goodbye."""
    typer.echo(name)

app()
'''


def report(folder: Path) -> Report:
    """Measure."""
    bare = folder / "bare.py"
    bare.write_text(_BARE)
    # The console script does the same; it may stand elsewhere.
    renai = ("-c", "from renai.__main__ import main; main()")
    cases = {
        "python -c pass": ("-c", "pass"),
        "import renai": ("-c", "import renai"),
        "a bare Typer program --help": (str(bare), "--help"),
        "renai --help": (*renai, "--help"),
    }
    rounds = Rounds({name: partial(_start, words) for name, words in cases.items()})
    help_ratio = rounds.ratio("renai --help", "a bare Typer program --help")
    beyond = rounds.beyond("import renai", "python -c pass") / _STARTS_A_ROUND * 1000
    return Report(
        f"Start-up ({_STARTS_A_ROUND} starts a round)",
        COMPARED,
        rounds.rows("python -c pass"),
        [
            Figure("renai --help / a bare Typer program", 1.5, help_ratio),
            Figure("import renai - python -c pass", 30, beyond, "{:.0f} ms"),
        ],
    )


def _start(words: tuple[str, ...]) -> None:
    for _ in range(_STARTS_A_ROUND):
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
