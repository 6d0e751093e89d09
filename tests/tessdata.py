"""Folders with some of the data that Tesseract has here, in place of all of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest


def link_data(folder: Path, *names: str) -> bool:
    """Make a folder for `TESSDATA_PREFIX` that has the data of these names; say whether it could.

    Whatever else is installed on a machine changes what scans are read as, and their recipe.
    """
    installed = _installed()
    if installed is None or not all((installed / f"{name}.traineddata").exists() for name in names):
        return False
    folder.mkdir(parents=True)
    (folder / "configs").symlink_to(installed / "configs")
    for name in names:
        (folder / f"{name}.traineddata").symlink_to(installed / f"{name}.traineddata")
    return True


def need_data(folder: Path, *names: str) -> str:
    """Make such a folder and return its path, or skip the test."""
    if not link_data(folder, *names):
        packages = " ".join(f"tesseract-ocr-{name}" for name in names)
        pytest.skip(f"install {packages} to run this")
    return str(folder)


@cache
def _installed() -> Path | None:
    if shutil.which("tesseract") is None:
        return None
    said = subprocess.run(
        ["tesseract", "--list-langs"], capture_output=True, text=True, check=False, timeout=60
    )
    found = re.search(r'"([^"]+)"', said.stdout or said.stderr)
    return Path(found[1]) if found else None
