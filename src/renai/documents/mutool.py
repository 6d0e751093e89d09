"""The program mutool: where it is, and what is said where it is missing.

It is called by `renai.documents.readers.mutool`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from renai.documents.formats import find_format

if TYPE_CHECKING:
    from pathlib import Path


def find_mutool() -> str | None:
    """Return where mutool is, if it is on PATH."""
    return shutil.which("mutool")


def mutool_version(program: str) -> str:
    """Return mutool's name and version, such as `mutool 1.21.1`; the name alone if unknown."""
    try:
        said = subprocess.run([program, "-v"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "mutool"
    version = re.search(rb"\d+(?:\.\d+)+", said.stderr + said.stdout)
    return f"mutool {version[0].decode()}" if version else "mutool"


def what_lacks(path: Path) -> str:
    """Say what to install so that files like this one can be read."""
    return f"{format_name(path)} is read through mutool, which is not on PATH: install mupdf-tools"


def format_name(path: Path) -> str:
    """Return what files like this one are called; their suffix where it is of no format."""
    form = find_format(path.suffix)
    return form.name if form else path.suffix
