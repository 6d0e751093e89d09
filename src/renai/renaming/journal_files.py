"""The files of journals: which there are, and which of them say that their run has ended.

Every run asks that when it begins. So this module does without all that reads and writes journals,
which most runs do not.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RUN_NAME = re.compile(r"([0-9]{4,18})(u[0-9]{1,18})?")
"""The names of a run, and of one that takes it back."""

_LONGEST_END = 80
"""Bytes at the end of a journal within which the line stands that ends it."""

_END = re.compile(rb'\{"end": true(, "sum": "[0-9a-f]{16}")?\}')
_WORD = re.compile(r"""(?:'[^']*'|"[^"]*"|[^\s'"])+""")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://")

BINARY = getattr(os, "O_BINARY", 0)  # on Windows line ends would be translated
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)


def journal_paths(folder: Path) -> list[Path]:
    """Return all journals of a folder, in the order of their runs."""
    found = [
        (int(match[1]), int((match[2] or "u0")[1:]), path)
        for path in folder.glob("*.jsonl")
        if (match := RUN_NAME.fullmatch(path.stem))
    ]
    return [path for _, _, path in sorted(found)]


def run_paths(folder: Path) -> list[Path]:
    """Return the journals of all runs that took none back, the oldest first."""
    return [path for path in journal_paths(folder) if "u" not in path.stem]


def has_ended(path: Path) -> bool:
    """Return whether a journal says that nothing is left open; only its end is read."""
    try:
        with os.fdopen(open_journal(path, os.O_RDONLY), "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _LONGEST_END))
            end = stream.read()
            return end.endswith(b"\n") and bool(_END.fullmatch(end[:-1].rpartition(b"\n")[2]))
    except OSError:
        return False


def open_journal(path: Path, flags: int) -> int:
    """Open a journal; nothing but a regular file is one, and a link is not followed."""
    descriptor = os.open(path, flags | BINARY | _WITHOUT_WAITING)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file")
    return descriptor


def without_credentials(words: str) -> str:
    """Return words of a command line with URLs that have no user, password and query any more."""

    def stripped(match: re.Match[str]) -> str:
        word = match[0]
        scheme = _SCHEME.search(word)
        if scheme is None:
            return word
        rest = re.split("[?#]", word[scheme.end() :].rpartition("@")[2])[0]
        quote = word[0] if word[0] in "'\"" and not rest.endswith(word[0]) else ""
        return word[: scheme.end()] + rest + quote

    return _WORD.sub(stripped, words)
