"""`renai undo`: take back the renames of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import past_runs

if TYPE_CHECKING:
    from renai.renaming.last_run import EmptyRun
    from renai.renaming.undo import RunToUndo, TakenBack


def undo(
    run: Annotated[
        str | None,
        typer.Argument(
            help="A run of 'renai history'; the last one by default, whatever came of it.",
            autocompletion=past_runs,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> ExitCode:
    """Take a run's renames back, of all files that are still the ones that were renamed.

    It names the run, its folder and the number of files, and asks; without a terminal it does not.
    """
    from renai.cli.logs import log_to_stderr
    from renai.cli.progress import watching_recovery, watching_renames
    from renai.cli.terminal import ask, can_ask, remark
    from renai.locations import journal_folder
    from renai.renaming.undo import RunToUndo, choose_run

    log_to_stderr()
    with choose_run(journal_folder(), run, watching=watching_recovery) as past:
        if not isinstance(past, RunToUndo) or not past.standing:
            _explain(past, last=run is None)
            return ExitCode.DONE
        what = _described(past)
        if yes or not can_ask():
            remark(f"{what}.")
        elif not ask(f"{what}. Take that back?"):
            return ExitCode.DECLINED
        with watching_renames(len(past.standing), "files renamed back") as on_step:
            files = past.take_back(on_step=on_step)
        return _show(past.run.name, files)


def _explain(past: RunToUndo | EmptyRun | None, *, last: bool) -> None:
    """Say why nothing is taken back, and which run could be."""
    from renai.cli.terminal import remark, say
    from renai.counting import moment
    from renai.locations import journal_folder
    from renai.renaming.undo import RunToUndo, run_with_renames

    which = "The last run" if last else "Run"
    if isinstance(past, RunToUndo):
        named = f"{which}, {past.run.name}," if last else f"{which} {past.run.name}"
        came = "is renamed back already" if past.renamed else "renamed nothing"
        remark(f"{named} {came}.")
    elif past:
        remark(f"{which} ({moment(past.started_at)}: renai {past.words}) renamed nothing.")
    say("There is nothing to take back.")
    if last and (other := run_with_renames(journal_folder())):
        remark(f"{_described(other)}. To take that back: renai undo {other.run.name}")


def _described(past: RunToUndo) -> str:
    """Return `Run 0002 (2026-11-26 20:15) renamed 8 files in /home/ada/books`."""
    from renai.counting import counted, moment

    standing = len(past.standing)
    has = "has its new name" if standing == 1 else "have their new names"
    left = f"; {standing:,} of them still {has}" if standing < past.renamed else ""
    return (
        f"Run {past.run.name} ({moment(past.run.started_at)}) renamed "
        f"{counted(past.renamed, 'file')}{f' in {past.place}' if past.place else ''}{left}"
    )


def _show(run: str, files: list[TakenBack]) -> ExitCode:
    from renai.cli.terminal import say
    from renai.counting import counted

    refused = [file for file in files if not file.done]
    for file in refused:
        say(f"Not renamed back: {file.path}: {file.reason}")
    back = len(files) - len(refused)
    say(f"Run {run}: {back:,} of {counted(len(files), 'file')} renamed back.")
    return ExitCode.SOME_FAILED if refused else ExitCode.DONE
