"""`renai corrections`: list what a person said of documents, and take it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from renai.cli.exits import ExitCode, exiting

if TYPE_CHECKING:
    from renai.metadata.corrections import Corrections

SHOWN_DIGITS = 12
"""The number of digits of a hash that are shown; enough to tell any person's documents apart."""

_AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]

app = typer.Typer(invoke_without_command=True)


@app.callback()
def _bare(context: typer.Context, as_json: _AsJson = False) -> None:
    """List what you said of documents, the last first. It goes before what any model says."""
    if context.invoked_subcommand is None:
        exiting(_list)(as_json)


def _list(as_json: bool) -> ExitCode:
    from rich.table import Column, Table
    from rich.text import Text

    from renai.cli.terminal import output, say, say_json
    from renai.text_cleaning import printable

    said = _open().all()
    if as_json:
        say_json(
            {
                "corrections": [
                    {
                        "file_hash": correction.file_hash,
                        "file_name": correction.file_name,
                        "corrected_at": correction.at.isoformat(),
                        "metadata": correction.metadata.fields(),
                    }
                    for correction in said
                ]
            }
        )
        return ExitCode.DONE
    table = Table(
        Column("Content", no_wrap=True, min_width=SHOWN_DIGITS),  # the argument of `forget`
        "When",
        *(Column(heading, overflow="fold") for heading in ("Title", "Authors")),
        "Year",
        Column("File, then", overflow="fold"),
        box=None,
        header_style="bold",
        pad_edge=False,
    )
    for correction in said:
        metadata = correction.metadata
        table.add_row(
            correction.file_hash[:SHOWN_DIGITS],
            f"{correction.at.astimezone():%Y-%m-%d %H:%M}",
            Text(printable(metadata.title or "")),
            Text(printable("; ".join(metadata.authors))),
            str(metadata.year or ""),
            Text(printable(correction.file_name)),
        )
    if said:
        output().print(table)
    else:
        say("You have corrected nothing yet.")
    return ExitCode.DONE


@app.command()
@exiting
def forget(
    documents: Annotated[
        list[str],
        typer.Argument(metavar="FILE|HASH", help="Files, or hashes as the list shows them."),
    ],
    as_json: _AsJson = False,
) -> ExitCode:
    """Take corrections back, so that models are believed again."""
    from renai.cli.terminal import say, say_json
    from renai.counting import counted

    kept = _open()
    forgotten = kept.forget(dict.fromkeys(_file_hash(document, kept) for document in documents))
    if as_json:
        say_json({"forgotten": forgotten})
    else:
        say(f"Took {counted(len(forgotten), 'correction')} back.")
    return ExitCode.DONE


def _open() -> Corrections:
    from renai.cli.logs import log_to_stderr
    from renai.locations import corrections_folder
    from renai.metadata.corrections import Corrections

    log_to_stderr()
    return Corrections(corrections_folder())


def _file_hash(document: str, kept: Corrections) -> str:
    """Return the SHA-256 of the content that a file name or the first digits of a hash stand for.

    Raises:
        UsageError: it is neither a readable file nor the hash of one correction.
    """
    from renai.documents.fingerprint import read_digest
    from renai.errors import DocumentError, UsageError

    try:
        return read_digest(Path(document))[0]
    except DocumentError as error:
        meant = kept.matching(document)
        if len(meant) == 1:
            return meant[0]
        if meant:
            raise UsageError(
                f"{document}: several corrections begin so; give more digits"
            ) from None
        raise UsageError(
            f"{document!r} {error.reason}, and is not the hash of a correction either; "
            "`renai corrections` lists them"
        ) from None
