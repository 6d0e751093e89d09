"""Journals: one file for each run, locked while the process of the run lives.

A journal is written before the first rename and marked after each, in a folder that only the user
may read; `journal_format` has its lines. The lock tells a run that crashed from one that is under
way. A last line that was torn by a crash counts as not written. Any other damage refuses the
journal as a whole: which file had which name is then not known well enough to move anything.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from renai.closing import Closing
from renai.errors import JournalError
from renai.file_lock import lock_file
from renai.renaming.journal_files import BINARY, RUN_NAME, journal_paths, open_journal
from renai.renaming.journal_format import (
    FORMAT,
    Run,
    head_line,
    is_whole,
    linking_line,
    plan_lines,
    renumbered_line,
    run_from,
    seal,
)
from renai.renaming.no_replace import flush_folders

if TYPE_CHECKING:
    from pathlib import Path

    from renai.renaming.no_replace import Linking
    from renai.renaming.order import RenameGroup


class Journal(Closing):
    """One run's file, open and locked.

    Writes raise JournalError: a run whose steps cannot be recorded must not go on.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._format = FORMAT
        self._checksum = ""  # of the last line

    @property
    def run_name(self) -> str:
        """The name of the run."""
        return self.path.stem

    @classmethod
    def create(cls, folder: Path, words: str, *, undoes: str | None = None) -> Journal:
        """Begin the journal of a new run.

        Args:
            folder: where journals are kept.
            words: what the user asked for, for the history.
            undoes: the run that is taken back.

        Raises:
            JournalError: the folder cannot be written.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            while True:
                path = folder / f"{_free_name(folder, undoes)}.jsonl"
                try:
                    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY, 0o600)
                except FileExistsError:  # another process was faster
                    continue
                break
        except OSError as error:
            raise JournalError(
                f"{folder}: renames cannot be recorded there, so none is made: {error.strerror}"
            ) from error
        lock_file(descriptor, wait=True)
        journal = cls(path, descriptor)
        journal._write(head_line(path.stem, words))
        return journal

    @classmethod
    def reopen(cls, path: Path) -> Journal | None:
        """Open the journal of an earlier run; return None if its process is still alive.

        Raises:
            JournalError: it cannot be opened.
        """
        try:
            descriptor = open_journal(path, os.O_RDWR)
        except OSError as error:
            raise JournalError(f"{path}: cannot be opened: {error.strerror}") from error
        if not lock_file(descriptor, wait=False):
            os.close(descriptor)
            return None
        return cls(path, descriptor)

    def read(self) -> Run:
        """Read what was written so far, and cut off a line that a crash has torn.

        Raises:
            JournalError: this is no journal of renai's, or it is damaged.
        """
        run, size = _read(self.path)
        self._format, self._checksum = run.format, run.checksum
        try:
            os.ftruncate(self._descriptor, size)
            os.lseek(self._descriptor, size, os.SEEK_SET)
        except OSError as error:
            raise JournalError(f"{self.path}: cannot be written: {error.strerror}") from error
        return run

    def write_plan(self, run: Run) -> None:
        """Record the whole plan, and flush it to the disk; only then may anything be renamed."""
        self._write(*plan_lines(run))
        self._flush()
        flush_folders([self.path.parent])

    def renumbered(self, group: RenameGroup) -> None:
        """Record new names of a group, and flush them to the disk before the group gets them."""
        self._write(renumbered_line(group))
        self._flush()

    def linking(self, group: RenameGroup, linking: Linking) -> None:
        """Record that a second link is made next, and flush that to the disk before it is.

        So a recovery that finds both names knows that one of them is ours to take away.
        """
        if self._format == FORMAT:
            self._write(linking_line(group, linking))
            self._flush()

    def mark(self, group: RenameGroup) -> None:
        """Record what became of a group; not flushed, since after a crash the disk shows it."""
        self._write({"mark": group.index, "state": group.state, "reason": group.reason})

    def end(self) -> None:
        """Record that nothing is left open."""
        self._write({"end": True})
        self._flush()

    def close(self) -> None:
        """Let go of the file and its lock; a run that has not ended counts as crashed."""
        os.close(self._descriptor)

    def _write(self, *lines: dict[str, Any]) -> None:
        written = []
        for line in lines:
            if self._format == FORMAT:
                sealed, self._checksum = seal(line, self._checksum)
            else:
                sealed = json.dumps(line).encode("ascii")
            written.append(sealed + b"\n")
        self._write_bytes(b"".join(written))

    def _write_bytes(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            raise JournalError(f"{self.path}: cannot be written: {error.strerror}") from error

    def _flush(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise JournalError(f"{self.path}: cannot be written: {error.strerror}") from error


def read_run(path: Path) -> Run:
    """Read a journal.

    Raises:
        JournalError: it cannot be read, is damaged, or is no journal of renai's.
    """
    return _read(path)[0]


def _read(path: Path) -> tuple[Run, int]:
    """Return what a journal says, and the size of its whole lines in bytes."""
    try:
        with os.fdopen(open_journal(path, os.O_RDONLY), "rb") as stream:
            data = stream.read()
    except OSError as error:
        raise JournalError(f"{path}: cannot be read: {error.strerror}") from error
    size = data.rfind(b"\n") + 1
    if size == 0:  # the process died before the first line was whole
        return Run(path.stem), 0
    lines = data[: size - 1].split(b"\n")
    try:
        run = run_from(lines, path.stem)
        if is_whole(data[size:-1], run.checksum):
            # The line is whole, so a crash has not torn it, and yet it does not end as it should.
            raise ValueError(f"line {len(lines) + 1}")
    except ValueError as error:
        raise JournalError(
            f"{path}: {error} is damaged or not of this version; this run cannot be undone"
        ) from error
    return run, size


def _free_name(folder: Path, undoes: str | None) -> str:
    """Return the name of the next run, or of the next that takes a run back."""
    taken = [RUN_NAME.fullmatch(path.stem) for path in journal_paths(folder)]
    if undoes is None:
        return f"{max((int(name[1]) for name in taken if name), default=0) + 1:04}"
    turns = [int(name[2][1:]) for name in taken if name and name[2] and name[1] == undoes]
    return f"{undoes}u{max(turns, default=0) + 1}"
