"""`renai eval`: measure quality, speed and cost on one's own files."""

from __future__ import annotations

import typer

from renai.cli.eval.metadata import metadata
from renai.cli.eval.retrieval import retrieval
from renai.cli.exits import exiting

app = typer.Typer(help="Measure on your own files: how good, how fast, how dear.")

for _command in (metadata, retrieval):
    app.command(name=_command.__name__)(exiting(_command))


@app.callback()
def _group() -> None:
    """Measure on your own files: how good, how fast, how dear."""
