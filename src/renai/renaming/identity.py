"""What tells a file from another that has come to stand under its name."""

from __future__ import annotations

import stat as modes
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import os
    from pathlib import Path


class Identity(NamedTuple):
    """A file as it was once seen; a rename changes none of it.

    Attributes:
        device: `st_dev`.
        inode: `st_ino`.
        size: bytes.
        mtime_ns: time of the last change to its content, in nanoseconds.
    """

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def from_stat(cls, stat: os.stat_result) -> Identity:
        """Take it from what the system said of a file."""
        return cls(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)

    @classmethod
    def of(cls, path: Path) -> Identity | None:
        """Take it from the disk; None where there is no regular file. Links are not followed."""
        try:
            stat = path.lstat()
        except OSError:
            return None
        return cls.from_stat(stat) if modes.S_ISREG(stat.st_mode) else None

    def is_still(self, other: Identity) -> bool:
        """Whether another sight, shortly after, is of the same file with the same content.

        Windows leaves device and inode out (0) when it lists a folder.
        """
        return self == other or (self.inode == 0 and self[2:] == other[2:])

    def survives_in(self, other: Identity) -> bool:
        """Whether another sight, after a crash or a reboot, is likely of the same file.

        Device numbers change with a reboot, and inode numbers with a remount of FAT.
        """
        return self.size == other.size and (
            self.inode == other.inode or self.mtime_ns == other.mtime_ns
        )
