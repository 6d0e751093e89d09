"""Know which run was the last one, also where it renamed nothing and so has no journal.

Of the runs that renamed nothing only the last one is noted, in one small file beside the journals:
runs that have nothing to do, however many, leave no files behind.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from renai.renaming.journal_files import run_paths, without_credentials
from renai.stores.durable import make_private_folder, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "last-run-without-renames.json"


class EmptyRun(NamedTuple):
    """A run that renamed nothing.

    Attributes:
        started_at: when, in UTC.
        words: what the user asked for.
    """

    started_at: datetime
    words: str


def newest_run(folder: Path) -> str:
    """Return the name of the last run that has a journal; empty if there is none."""
    return max((path.stem for path in run_paths(folder)), key=int, default="")


def note_empty_run(folder: Path, words: str, started_at: datetime, *, after: str) -> None:
    """Note that a run has renamed nothing, so that no earlier one is taken for the last.

    Args:
        folder: where journals are kept; made if it is missing.
        words: what the user asked for.
        started_at: when, in UTC.
        after: the newest run with a journal when this one began. If there is a newer one by the
            time of an undo, that one is the last.

    Raises:
        OSError: it cannot be written.
    """
    note = {
        "after": after,
        "started_at": started_at.isoformat(timespec="seconds"),
        "words": without_credentials(words),
    }
    make_private_folder(folder)
    write_atomically(folder / _NAME, json.dumps(note, indent=2).encode("ascii"))


def last_empty_run(folder: Path) -> EmptyRun | None:
    """Return the last run if that renamed nothing; None if it has a journal, or is not known."""
    try:
        note = json.loads((folder / _NAME).read_bytes())
        if note["after"] != newest_run(folder):
            return None
        started_at = datetime.fromisoformat(note["started_at"]).astimezone(UTC)
        return EmptyRun(started_at, without_credentials(str(note["words"])))
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
