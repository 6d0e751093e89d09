"""`renai history`: list the runs, or the files of one."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, past_runs
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from renai.renaming.history import FileState, PastFile, PastRun

_PROMPT = 1  # the line of the shell below


def history(
    run: Annotated[
        str | None,
        typer.Argument(
            help="A run of the list, to see its files; all runs by default.",
            autocompletion=past_runs,
        ),
    ] = None,
    as_json: AsJson = False,
) -> ExitCode:
    """List the runs that renamed something, the last one first, or the files of one run."""
    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say_json
    from renai.locations import journal_folder
    from renai.renaming import history as library

    log_to_stderr()
    if run is None:
        runs = library.history(journal_folder())[::-1]
        if as_json:
            say_json({"runs": [_run_as_json(past) for past in runs]})
        else:
            _show_runs(runs)
        return ExitCode.DONE
    past, files = library.run_and_files(journal_folder(), run)
    if as_json:
        say_json({**_run_as_json(past), "files": [_file_as_json(file) for file in files]})
    else:
        _show_files(past, files)
    return ExitCode.DONE


def _show_runs(runs: Sequence[PastRun]) -> None:
    from rich.table import Table
    from rich.text import Text

    from renai.cli.terminal import output, say

    if not runs:
        say("No run has renamed anything yet.")
        return
    # On a terminal the folder stands above the arguments: side by side both would be too narrow.
    watched = output().is_terminal
    columns = ("Folder and arguments",) if watched else ("Arguments", "Folder")
    table = Table(
        *("Run", "When", "Files", "State", *columns), box=None, header_style="bold", pad_edge=False
    )
    for past in runs:
        where = printable(str(past.folder or ""))
        words = printable(past.words)
        last = (f"{where}\n{words}",) if watched else (words, where)
        table.add_row(
            past.run,
            _when(past),
            f"{past.renamed:,}",
            past.problem or past.state,
            *(Text(text, overflow="fold") for text in last),
        )
    output().print(table)


_SAID: dict[FileState, str] = {
    "renamed": "",
    "undone": "Renamed back: ",
    "skipped": "Not renamed: ",
    "failed": "Not renamed: ",
    "open": "Not done: ",
}


def _show_files(past: PastRun, files: Sequence[PastFile]) -> None:
    """Print the files; to a person more than fit the screen are shown by the pager."""
    from renai.cli.terminal import can_ask, say

    watched = sys.stdout.isatty()
    lines = [printable(line) for line in _file_lines(past, files, watched=watched)]
    if watched and can_ask() and len(lines) > shutil.get_terminal_size().lines - _PROMPT:
        from renai.cli.pager import show_all

        show_all(lines, f"Run {past.run}")
        return
    for line in lines:
        say(line)


def _file_lines(past: PastRun, files: Sequence[PastFile], *, watched: bool) -> Iterator[str]:
    """Yield what became of files, with whole paths; for a person the new one on its own line."""
    from renai.counting import counted

    state = "" if past.state == "done" else f" ({past.state})"
    yield f"Run {past.run}, {_when(past)}: renai {past.words}"
    yield f"{counted(past.renamed, 'file')} renamed, {past.undone:,} renamed back{state}."
    for file in files:
        if file.state in ("renamed", "undone"):
            yield from _move(f"{_SAID[file.state]}{file.path}", file.new_path, watched)
            if file.reason:
                yield f"    not renamed back: {file.reason}"
        else:
            yield f"{_SAID[file.state]}{file.path}{f': {file.reason}' if file.reason else ''}"
        for path, new_path in file.sidecars:
            yield from _move(f"    with {path}", new_path, watched)
        for path in file.duplicates:
            yield f"    its duplicate {path} kept its name"


def _move(path: str, new_path: Path, watched: bool) -> tuple[str, ...]:
    return (path, f"    -> {new_path}") if watched else (f"{path} -> {new_path}",)


def _when(past: PastRun) -> str:
    from renai.counting import moment

    return moment(past.started_at) if past.started_at else ""


def _run_as_json(past: PastRun) -> dict[str, Any]:
    return {
        "run": past.run,
        "started_at": past.started_at.isoformat() if past.started_at else None,
        "folder": _path(past.folder),
        "arguments": past.words,
        "renamed": past.renamed,
        "undone": past.undone,
        "state": past.state,
        "problem": past.problem or None,
    }


def _file_as_json(file: PastFile) -> dict[str, Any]:
    return {
        "path": str(file.path),
        "new_path": str(file.new_path),
        "state": file.state,
        "reason": file.reason,
        "sidecars": [
            {"path": str(path), "new_path": str(new_path)} for path, new_path in file.sidecars
        ],
        **({"duplicates": list(map(str, file.duplicates))} if file.duplicates else {}),
    }


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)
