"""Ask the program Tesseract (tesseract(1)) for its version, and for what it has data.

Every run asks, since the answer stands in its recipes. So this is apart from what reads pages.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from renai.errors import StoreError

if TYPE_CHECKING:
    from renai.stores.base import Store

_SECONDS_TO_ANSWER = 10
MEMO = "tesseract.json"
"""Under which name it is kept what the program has data for."""

_SAFE_AGE_NS = 2_000_000_000  # the coarsest time of change in use, FAT's, is two seconds


@lru_cache(maxsize=1)  # asked for with every scan
def tesseract_version() -> str:
    """Return the name and version of the program that is installed."""
    return _answer("--version").partition("\n")[0].strip()


def installed_data(memo: Store | None = None) -> frozenset[str]:
    """Return what the program has data for, by its own names: `eng`, `rus`, `osd`.

    Args:
        memo: where the answer is kept. The program is not asked again as long as it and the folder
            of its data are what they were: to ask it takes as long as a few hundred files of a
            cached library take. None asks it.
    """
    if memo is None:
        return _listed()[1]
    program = _state_of(shutil.which("tesseract"))
    try:
        kept = json.loads(memo.get_many([MEMO])[MEMO])
        known = kept["program"] == program and kept["data"] == _state_of(kept["folder"])
        if program and known and kept["data"] and all(isinstance(x, str) for x in kept["names"]):
            return frozenset(kept["names"])
    except (StoreError, ValueError, KeyError, TypeError, RecursionError):
        pass  # there is none yet, or it is damaged
    before = time.time_ns()
    folder, names = _listed()
    data = _state_of(folder)
    # What was changed just now may be changed again without its time moving.
    if program and data and before - data[-1] > _SAFE_AGE_NS:
        kept = {"program": program, "folder": folder, "data": data, "names": sorted(names)}
        with suppress(StoreError):  # then it is asked again
            memo.put_many({MEMO: json.dumps(kept, indent=2).encode()})
    return names


def _listed() -> tuple[str, frozenset[str]]:
    """Return where the program has its data, if it says so, and what there is."""
    head, _, names = _answer("--list-langs").partition("\n")
    return head.partition('"')[2].rpartition('"')[0], frozenset(names.splitlines())


def _state_of(path: str | None) -> list[Any] | None:
    """Return what tells whether a file or folder has changed; the time of change stands last.

    Copies may set it back, but not the time of the change of status, which stands before it.
    """
    if not path:
        return None
    try:
        found = os.stat(path)  # noqa: PTH116 - a string, as it was found
    except (OSError, ValueError):
        return None
    elsewhere = os.environ.get("TESSDATA_PREFIX", "")
    times = (found.st_ctime_ns, found.st_mtime_ns)
    return [path, elsewhere, found.st_dev, found.st_ino, found.st_size, *times]


def _answer(option: str) -> str:
    said = subprocess.run(
        ["tesseract", option],
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS_TO_ANSWER,
    )
    return said.stdout or said.stderr
