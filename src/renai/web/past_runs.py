"""Past runs as a person thinks of them: when, where, how many; and taking one back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renai.locations import journal_folder
from renai.renaming.history import history, run_and_files
from renai.renaming.undo import RunToUndo, choose_run
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from renai.renaming.history import PastRun


def past_runs() -> list[dict[str, Any]]:
    """Return the runs that renamed something, the last one first."""
    return [_shown(run) for run in reversed(history(journal_folder()))]


def past_run(name: str) -> dict[str, Any]:
    """Return a run with its files.

    Args:
        name: the run's name.

    Raises:
        UsageError: there is no such run.
        JournalError: its journal cannot be read.
    """
    run, files = run_and_files(journal_folder(), name)
    return {
        **_shown(run),
        "files": [
            {
                "path": printable(str(file.path)),
                "new_path": printable(str(file.new_path)),
                "state": file.state,
                "reason": printable(file.reason),
                "sidecars": len(file.sidecars),
            }
            for file in files
        ],
    }


def take_back(name: str) -> dict[str, Any]:
    """Give the files of a run their old names; return how many have them, and how many do not.

    Why they do not, the run says from then on (`past_run`).

    Args:
        name: the run's name.

    Raises:
        UsageError: there is no such run.
        JournalError: it is under way, or the renames cannot be recorded.
    """
    with choose_run(journal_folder(), name) as past:
        files = past.take_back() if isinstance(past, RunToUndo) else []
    return {
        "run": name,
        "files": len(files),
        "done": sum(file.done for file in files),
        "refused": sum(not file.done for file in files),
    }


def _shown(run: PastRun) -> dict[str, Any]:
    return {
        "run": run.run,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "folder": printable(str(run.folder or "")),
        "words": printable(run.words),
        "renamed": run.renamed,
        "undone": run.undone,
        "state": run.state,
        "problem": printable(run.problem),
    }
