"""`renai eval`: measure quality, speed and cost on one's own files."""

from __future__ import annotations

import typer

from renai.cli.eval.metadata import metadata
from renai.cli.eval.retrieval import retrieval
from renai.cli.exits import exiting

evaluation = typer.Typer(help="Measure on your own files: how good, how fast, how dear.")

for _command in (metadata, retrieval):
    evaluation.command(name=_command.__name__)(exiting(_command))


@evaluation.callback()
def _group() -> None:
    """Measure on your own files: how good, how fast, how dear."""
