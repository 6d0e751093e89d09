"""Tell whether a folder lies in the library, or is a link that leads out of it."""

from __future__ import annotations

import os
from pathlib import Path

LEADS_OUT = "the folder of its category is a link out of the library"
"""Why a file is not moved: it would leave the folder that the person named."""

LED_ELSEWHERE = "its folder is a link to elsewhere by now"
"""Why a file is not moved back: no folder below the one that was named was a link at that time."""


def leads_out(root: Path, folder: str | Path) -> bool:
    """Return whether a folder lies outside of a library once all links are followed.

    Args:
        root: the folder that the person named, which may be a link itself.
        folder: a path below it, which need not exist.
    """
    return not Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(root))


def folder_of_both(path: Path, other: Path) -> Path | None:
    """Return the folder that both of two files lie below; None where there is none."""
    try:
        return Path(os.path.commonpath((path.parent, other.parent)))
    except ValueError:  # on two drives, or relative
        return None
