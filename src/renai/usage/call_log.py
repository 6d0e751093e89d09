"""Log each request to a model as one line of JSON, for people to analyse with their own tools.

A line says which content was asked about, by its digest, and what the outcome was; it contains no
word of a document and no file name. Lines are appended in batches, each with one write. Processes
that write or erase lines take turns by a lock, so that no line is torn or lost.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from renai.file_lock import lock_file
from renai.stores.durable import write_atomically
from renai.usage.database import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

CALL_LOG_FILE = "eval.jsonl"
"""The file in the cache folder; older parts are `eval.1.jsonl`, `eval.2.jsonl` and so on."""

_LOCK = "eval.lock"
_SECONDS = 2.0
_RECORDS = 50
_DIGEST = re.compile(rb"[0-9a-f]{64}")
_PART = re.compile(r"eval(\.[0-9]+)?\.jsonl")
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line ends
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class CallLog:
    """Keeps records of requests in a folder.

    Args:
        folder: the folder of the log, which is created when there is something to write.
        part_bytes: the size at which the file becomes an older part and a new one is begun.
        parts: how many older parts are kept.
    """

    def __init__(self, folder: Path, *, part_bytes: int = 10_000_000, parts: int = 4) -> None:
        self.folder = folder
        self._part_bytes = part_bytes
        self._parts = parts
        self._writer: BatchWriter[list[bytes]] = BatchWriter(
            list, self._write, "What models are asked is not being logged", seconds=_SECONDS
        )

    def add(self, record: Mapping[str, Any]) -> None:
        """Add a record of JSON values; it is written soon."""
        line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        with self._writer.lock:
            self._writer.batch.append(line)
            self._writer.schedule(at_once=len(self._writer.batch) % _RECORDS == 0)

    def flush(self) -> None:
        """Write what is not yet written. This blocks."""
        self._writer.flush()

    def forget(self, file_hashes: Collection[str]) -> int:
        """Erase the lines about contents, and return how many there were.

        Args:
            file_hashes: SHA-256 of the documents' bytes, 64 hex digits.

        Raises:
            OSError: the log cannot be read or written; do it again.
        """
        wanted = {file_hash.encode() for file_hash in file_hashes}
        count = 0
        if not self.folder.exists():
            return count
        with _turn(self.folder):
            for path in self.folder.iterdir():
                if not _PART.fullmatch(path.name) or path.is_symlink() or not path.is_file():
                    continue
                lines = path.read_bytes().splitlines(keepends=True)
                # A line that a crash has torn is useless, and may contain half a digest.
                kept = [
                    line
                    for line in lines
                    if line.endswith(b"}\n") and wanted.isdisjoint(_DIGEST.findall(line))
                ]
                if len(kept) < len(lines):
                    write_atomically(path, b"".join(kept))
                    count += len(lines) - len(kept)
        return count

    def _write(self, batch: list[bytes]) -> None:
        path = self.folder / CALL_LOG_FILE
        with _turn(self.folder):
            if _append(path, b"".join(batch)) >= self._part_bytes:
                self._set_aside(path)

    def _set_aside(self, path: Path) -> None:
        parts = [path, *(path.with_name(f"eval.{n}.jsonl") for n in range(1, self._parts + 1))]
        for newer, older in reversed(list(pairwise(parts))):
            if newer.exists():
                newer.replace(older)


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Wait until no other process uses the log; without locks in the file system, do not wait."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600)
    try:
        lock_file(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


def _append(path: Path, lines: bytes) -> int:
    """Append all lines or none, and return the size of the file then.

    Raises:
        OSError: nothing was written.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY | _NO_LINK, 0o600)
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        if size:
            os.lseek(descriptor, size - 1, os.SEEK_SET)
            if os.read(descriptor, 1) != b"\n":  # a crash has torn the last line
                lines = b"\n" + lines
        if os.write(descriptor, lines) < len(lines):
            os.ftruncate(descriptor, size)
            raise OSError(f"{path}: no space is left")
        return size + len(lines)
    finally:
        os.close(descriptor)
