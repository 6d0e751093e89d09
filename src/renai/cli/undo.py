"""`renai undo`: take back the renames of a run."""

from __future__ import annotations

from typing import Annotated

import typer

from renai.cli.exits import ExitCode


def undo(
    run: Annotated[
        str | None, typer.Argument(help="A run of 'renai history'; the last one by default.")
    ] = None,
) -> ExitCode:
    """Take a run's renames back, of all files that are still the ones that were renamed."""
    from renai.cli.counting import counted
    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say
    from renai.locations import journal_folder
    from renai.renaming import undo as library
    from renai.text_cleaning import printable

    log_to_stderr()
    undone = library.undo(journal_folder(), run)
    refused = [file for file in undone.files if not file.done]
    for file in refused:
        say(f"Not renamed back: {printable(str(file.path))}: {file.reason}")
    if not undone.files:
        say("There is nothing to take back.")
    else:
        back = len(undone.files) - len(refused)
        say(f"Run {undone.run}: {back:,} of {counted(len(undone.files), 'file')} renamed back.")
    return ExitCode.SOME_FAILED if refused else ExitCode.DONE
