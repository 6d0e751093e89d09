"""The lines of a journal, and the run that they record.

The lines are JSON, in this order:

    {"renai_journal": 1, "run": "0012", "started_at": "2026-11-20T23:37:41+00:00", "words": "…"}
    {"unit": 0, "moves": [[source, target, parking, [device, inode, size, mtime_ns]], …], …}
    {"planned": 1, "folders": ["/library/Science"]}           flushed to disk; renames begin here
    {"renumbered": 0, "number": 2, "targets": [target, …]}    flushed: that name was taken meanwhile
    {"mark": 0, "state": "done", "reason": ""}                what became of a group
    {"end": true}                                             nothing is left open

Taking run `0012` back is a run of its own, `0012u1`, with the same lines; each of its groups names
the one it undoes.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from renai.renaming.order import Identity, Move, RenameGroup, State

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = 1


@dataclass(slots=True)
class Run:
    """One run, as its journal records it.

    Attributes:
        name: the run, `0012`, or one that takes it back, `0012u1`.
        started_at: when, in UTC.
        words: what the user asked for.
        planned: whether the plan was written in full; if not, nothing was renamed.
        groups: the plan, with what became of it.
        folders: folders that the run makes or empties; removed at its end if they are empty.
        ended: whether nothing is left open.
    """

    name: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    words: str = ""
    planned: bool = False
    groups: list[RenameGroup] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    ended: bool = False

    @property
    def is_undo(self) -> bool:
        """Whether this run takes another one back."""
        return "u" in self.name

    def add(self, line: dict[str, Any]) -> None:
        """Take in what a line says."""
        match line:
            case {"unit": index, "moves": moves} if index == len(self.groups) and moves:
                self.groups.append(
                    RenameGroup(
                        index,
                        [_move_from(*move) for move in moves],
                        line["file_hash"],
                        line["stem"],
                        line["number"],
                        line["undoes"],
                    )
                )
            case {"planned": _, "folders": folders}:
                self.planned = True
                self.folders = [_path(folder) for folder in folders]
            case {"renumbered": index, "number": number, "targets": targets}:
                group = self.groups[index]
                group.number = number
                for move, target in zip(group.moves, targets, strict=True):
                    move.target = _path(target)
            case {"mark": int(index), "state": state, "reason": reason} if (
                index >= 0 and state in get_args(State)
            ):
                self.groups[index].state = state
                self.groups[index].reason = reason
            case {"end": True}:
                self.ended = True
            case _:
                raise ValueError("a line of no known kind")


def head_line(name: str, words: str) -> dict[str, Any]:
    """Return the first line of a run that starts now."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"renai_journal": FORMAT, "run": name, "started_at": now, "words": words}


def plan_lines(run: Run) -> list[dict[str, Any]]:
    """Return the lines of a run's whole plan."""
    folders = [str(folder) for folder in run.folders]
    return [*map(_group_line, run.groups), {"planned": len(run.groups), "folders": folders}]


def run_from(lines: Sequence[bytes], name: str) -> Run:
    """Read what was recorded of a run.

    Raises:
        ValueError: a line is not what it should be; its text says which, as `line 3`.
    """
    number = 1
    try:
        run = _begun(json.loads(lines[0]), name)
        for number, line in enumerate(lines[1:], 2):  # noqa: B007 - the error names the line
            run.add(json.loads(line))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"line {number}") from error
    return run


def _begun(head: dict[str, Any], name: str) -> Run:
    if head.get("renai_journal") != FORMAT or head.get("run") != name:
        raise ValueError("not the head of this journal")
    return Run(name, datetime.fromisoformat(head["started_at"]), str(head["words"]))


def _group_line(group: RenameGroup) -> dict[str, Any]:
    return {
        "unit": group.index,
        "moves": [
            [str(move.source), str(move.target), str(move.parking), list(move.identity)]
            for move in group.moves
        ],
        "file_hash": group.file_hash,
        "stem": group.stem,
        "number": group.number,
        "undoes": group.undoes,
    }


def _move_from(source: str, target: str, parking: str, identity: list[int]) -> Move:
    device, inode, size, mtime_ns = map(int, identity)
    seen = Identity(device, inode, size, mtime_ns)
    return Move(_path(source), _path(target), _path(parking), seen, _path(source))


def _path(name: str) -> Path:
    """Return a path; raise ValueError for one that the system cannot be asked about."""
    if not name or b"\0" in os.fsencode(name):
        raise ValueError("not a path")
    return Path(name)
