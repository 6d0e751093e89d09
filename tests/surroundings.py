"""Files around the folders of a test that renai must not touch, nor let anything of them be seen.

A hostile document names files outside of itself, a damaged journal names files outside of its
library: here they are, with a word in them that stands nowhere else.
"""

from __future__ import annotations

import stat
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "Kanarienvogelfutter"
"""The word in all files around; what renai stores, shows or sends must not have it."""

NAMES = ("secret.txt", "a.xhtml", "a.opf", "word/document.xml", "etc/passwd", "ComicInfo.xml")
"""What lies in each folder around, for hostile files to name."""


@contextmanager
def unharmed(folder: Path, *ours: Path) -> Iterator[None]:
    """Put files into a folder and all folders above `ours`; see to it that they stay as they are.

    Args:
        folder: what is in it is watched, at any depth. It exists.
        ours: the folders below it that may change; they need not exist.

    Raises:
        AssertionError: something beside `ours` was changed, added, moved or taken away.
    """
    places = {folder, *(place for own in ours for place in own.parents)}
    for place in (place for place in places if place.is_relative_to(folder)):
        for name in NAMES:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(f"{SECRET} in {name}\n")
        (place / "link").symlink_to("secret.txt")
    before = _state(folder, ours)
    yield
    after = _state(folder, ours)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert not changed, f"changed outside of what is ours: {sorted(changed)}"


def _state(folder: Path, ours: tuple[Path, ...]) -> dict[Path, tuple[object, ...]]:
    """Return what can be seen of each file and folder but its access time."""
    found: dict[Path, tuple[object, ...]] = {}
    for path in folder.iterdir():
        if path in ours:
            continue
        seen = path.lstat()
        found[path] = (seen.st_ino, seen.st_mode, seen.st_uid, *_content(path, seen))
        if stat.S_ISDIR(seen.st_mode):
            found |= _state(path, ours)
    return found


def _content(path: Path, seen: os.stat_result) -> tuple[object, ...]:
    if stat.S_ISLNK(seen.st_mode):
        return (path.readlink(),)
    if not stat.S_ISREG(seen.st_mode):
        return ()
    return seen.st_nlink, seen.st_mtime_ns, sha256(path.read_bytes()).hexdigest()
