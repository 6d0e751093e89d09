"""The lines of a journal, and the run that they record.

The lines are JSON, in this order; paths are absolute:

    {"renai_journal": 2, "run": "0012", "started_at": "2026-11-20T23:37:41+00:00", "words": "…"}
    {"unit": 0, "moves": [[source, target, parking, [device, inode, size, mtime_ns]], …], …}
    {"planned": 1, "folders": ["/library/Science"]}           flushed to disk; renames begin here
    {"renumbered": 0, "number": 2, "targets": [target, …]}    flushed: that name was taken meanwhile
    {"linking": 0, "names": [source, target], "links": 1}     flushed: a second link comes next
    {"mark": 0, "state": "done", "reason": ""}                what became of a group
    {"end": true}                                             nothing is left open

The line of a group also lists, as `"duplicates": [path, …]`, the files with the same content that
kept their names because this one got its new one, if there are any.

Each line ends with its checksum, `"sum": "<16 hex digits>"`: the first digits of the SHA-256 of the
checksum before it and of the line without its own. So a line that was changed, lost or moved is
noticed. Format 1, which older versions wrote, has neither checksums nor `linking`, and its paths
may be relative; a run in it is read, mended and undone, and its journal goes on in format 1.

Taking run `0012` back is a run of its own, `0012u1`, with the same lines; each of its groups names
the one it undoes.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from renai.keys.digest import digest_bytes
from renai.renaming.journal_files import without_credentials
from renai.renaming.library_bounds import folder_of_both
from renai.renaming.no_replace import Linking
from renai.renaming.order import Identity, Move, RenameGroup, State

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = 2
WITHOUT_CHECKSUMS = 1
"""The format of older versions."""

_SUM_DIGITS = 16
_SUM = re.compile(rb', "sum": "([0-9a-f]{16})"\}\Z')
_DIGEST = re.compile(r"[0-9a-f]{64}")


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
        format: of its journal.
        checksum: of the last line that was read.
    """

    name: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    words: str = ""
    planned: bool = False
    groups: list[RenameGroup] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    ended: bool = False
    format: int = FORMAT
    checksum: str = ""

    @property
    def is_undo(self) -> bool:
        """Whether this run takes another one back."""
        return "u" in self.name

    def add(self, line: dict[str, Any]) -> None:
        """Take in what a line says.

        Raises:
            ValueError, TypeError, KeyError, IndexError, OverflowError: it says nothing that a line
                of a journal can say.
        """
        match line:
            case {"unit": index, "moves": [_, *_] as moves} if index == len(self.groups):
                self.groups.append(self._group_in(index, moves, line))
            case {"planned": count, "folders": list(folders)} if count == len(self.groups):
                self.planned = True
                self.folders = [self._path(folder) for folder in folders]
            case {"renumbered": int(index), "number": int(number), "targets": list(targets)} if (
                index >= 0
            ):
                group = self.groups[index]
                group.number = number
                for move, target in zip(group.moves, targets, strict=True):
                    move.target = self._path(target)
            case {"linking": int(index), "names": [source, target], "links": int(links)} if (
                index >= 0
            ):
                linking = Linking(self._path(source), self._path(target), links)
                self.groups[index].linking = linking
            case {"mark": int(index), "state": state, "reason": str(reason)} if (
                index >= 0 and state in get_args(State)
            ):
                self.groups[index].state = state
                self.groups[index].reason = reason
            case {"end": True}:
                self.ended = True
            case _:
                raise ValueError("a line of no known kind")

    def _group_in(self, index: int, moves: list[Any], line: dict[str, Any]) -> RenameGroup:
        match line:
            case {
                "file_hash": str() | None as file_hash,
                "stem": str(stem),
                "number": int(number),
                "undoes": int() | None as undoes,
            } if file_hash is None or _DIGEST.fullmatch(file_hash):
                of_group = [self._move_from(*move) for move in moves]
                duplicates = line.get("duplicates", ())
                return RenameGroup(
                    index,
                    of_group,
                    file_hash,
                    stem,
                    number,
                    undoes,
                    root=folder_of_both(of_group[0].source, of_group[0].target),
                    duplicates=[self._path(path) for path in duplicates],
                )
        raise ValueError("not a group")

    def _move_from(self, source: str, target: str, parking: str, identity: list[int]) -> Move:
        device, inode, size, mtime_ns = map(int, identity)
        seen = Identity(device, inode, size, mtime_ns)
        place = self._path(source)
        return Move(place, self._path(target), self._path(parking), seen, place)

    def _path(self, name: str) -> Path:
        """Return a path; raise ValueError for one that no line of this format contains."""
        if not isinstance(name, str) or not name or b"\0" in os.fsencode(name):
            raise ValueError("not a path")
        path = Path(name)
        if self.format > WITHOUT_CHECKSUMS and not path.is_absolute():
            raise ValueError("not an absolute path")
        return path


def head_line(name: str, words: str) -> dict[str, Any]:
    """Return the first line of a run that starts now."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    said = without_credentials(words)
    return {"renai_journal": FORMAT, "run": name, "started_at": now, "words": said}


def plan_lines(run: Run) -> list[dict[str, Any]]:
    """Return the lines of a run's whole plan."""
    folders = [str(folder.absolute()) for folder in run.folders]
    return [*map(_group_line, run.groups), {"planned": len(run.groups), "folders": folders}]


def renumbered_line(group: RenameGroup) -> dict[str, Any]:
    """Return the line of a group that got other names than those planned."""
    targets = [str(move.target.absolute()) for move in group.moves]
    return {"renumbered": group.index, "number": group.number, "targets": targets}


def linking_line(group: RenameGroup, linking: Linking) -> dict[str, Any]:
    """Return the line of a rename by way of a second link."""
    names = [str(linking.source.absolute()), str(linking.target.absolute())]
    return {"linking": group.index, "names": names, "links": linking.links}


def seal(line: dict[str, Any], before: str) -> tuple[bytes, str]:
    """Return a line with its checksum, without the line's end, and the checksum.

    Args:
        line: what it says.
        before: the checksum of the line before it; empty for the first one.
    """
    # ASCII: names that are not Unicode hold lone surrogates, which UTF-8 cannot carry.
    plain = json.dumps(line).encode("ascii")
    checksum = _checksum(plain, before)
    return plain[:-1] + f', "sum": "{checksum}"}}'.encode(), checksum


def is_whole(line: bytes, before: str) -> bool:
    """Return whether a line has the checksum that stands at its end."""
    found = _SUM.search(line)
    if found is None:
        return False
    return _checksum(line[: -len(found[0])] + b"}", before) == found[1].decode()


def run_from(lines: Sequence[bytes], name: str) -> Run:
    """Read what was recorded of a run.

    Raises:
        ValueError: a line is not what it should be; its text says which, as `line 3`.
    """
    number = 1
    try:
        run = _begun(json.loads(lines[0]), name)
        for number, line in enumerate(lines, 1):
            said = json.loads(line)
            if run.format > WITHOUT_CHECKSUMS:
                if not is_whole(line, run.checksum):
                    raise ValueError("it was changed")
                run.checksum = said["sum"]
            elif "sum" in said:
                raise ValueError("a line of a later format")
            if number > 1:
                run.add(said)
    except _NOT_A_LINE as error:
        raise ValueError(f"line {number}") from error
    return run


_NOT_A_LINE = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError)


def _begun(head: dict[str, Any], name: str) -> Run:
    match head:
        case {"renai_journal": int(found), "run": str(run), "started_at": str(at), "words": words}:
            started_at = datetime.fromisoformat(at)
            started_at.astimezone()  # fails for moments at the ends of what can be counted
            if run == name and found in (FORMAT, WITHOUT_CHECKSUMS):
                return Run(name, started_at, without_credentials(str(words)), format=found)
    raise ValueError("not the head of this journal")


def _group_line(group: RenameGroup) -> dict[str, Any]:
    duplicates = [str(path.absolute()) for path in group.duplicates]
    return {
        "unit": group.index,
        "moves": [
            [
                *(str(path.absolute()) for path in (move.source, move.target, move.parking)),
                list(move.identity),
            ]
            for move in group.moves
        ],
        "file_hash": group.file_hash,
        "stem": group.stem,
        "number": group.number,
        "undoes": group.undoes,
        **({"duplicates": duplicates} if duplicates else {}),
    }


def _checksum(line: bytes, before: str) -> str:
    return digest_bytes(before.encode() + line)[:_SUM_DIGITS]
