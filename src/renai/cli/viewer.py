"""Open a file in the program that the system has for files of its kind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OPENER = {"win32": "start", "darwin": "open"}.get(sys.platform, "xdg-open")
_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
_PATIENCE = 2.0
"""Seconds in which an opener that finds no program says so; some stay as long as the program."""


def open_in_its_program(path: Path) -> str | None:
    """Open a file for a person to look at, and do not wait for the program.

    Returns:
        Why it could not be opened, as a sentence; None if it was.
    """
    if not path.is_file():
        return f"{path} is no longer there."
    try:
        return _open(path)
    except OSError as error:
        return f"{_OPENER} cannot open {path}: {error.strerror}"


def has_screen() -> bool:
    """Return whether programs with windows can be started."""
    return sys.platform in ("win32", "darwin") or any(map(os.environ.get, _SCREENS))


def _open(path: Path) -> str | None:
    if sys.platform == "win32":
        os.startfile(path)  # noqa: S606 - the person asked for it
        return None
    program = shutil.which(_OPENER)
    if program is None:
        return f"{_OPENER}, which would open {path}, is not installed."
    if not has_screen():
        # xdg-open would start a browser in this very terminal.
        return f"This terminal has no screen with windows to open {path} on."
    opener = subprocess.Popen(
        [program, str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for renai
    )
    try:
        code = opener.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        return None
    return f"{_OPENER} found no program that opens {path} (exit code {code})." if code else None
