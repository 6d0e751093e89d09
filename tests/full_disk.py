"""A small disk that can be filled and freed: a tmpfs, seen only by the commands that use it.

It lies in a mount namespace of its own and is gone with the last of these commands.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from waiting import LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILL = 'head -c 8M /dev/zero >"$DISK/fill" 2>/dev/null'
FREE = 'rm "$DISK/fill"'

_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
_MOUNT = 'mount -t tmpfs -o size=2m,mode=0700 small "$DISK"'


def with_small_disk(
    disk: Path, *commands: str, environment: Mapping[str, str], cwd: Path
) -> list[str]:
    """Run commands of a shell one after the other; return what each of them printed.

    Args:
        disk: where the disk is mounted; also in the variable `DISK`.
        commands: what to run; `FILL` and `FREE` are two.
        environment: variables.
        cwd: where to run them.
    """
    if not _may_mount():
        pytest.skip("mount namespaces of one's own are not allowed here")
    disk.mkdir()
    between = "\necho; echo =====\n"
    done = subprocess.run(
        [*_NAMESPACE, "/bin/sh", "-c", between.join([f"{_MOUNT} || exit 9", *commands])],
        cwd=cwd,
        env=environment | {"DISK": str(disk)},  # type: ignore[operator]
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout.split("\n=====\n")[1:]


@functools.cache
def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    with open(os.devnull, "wb") as nothing:  # noqa: PTH123
        words = [*_NAMESPACE, "mount", "-t", "tmpfs", "small", "/mnt"]
        return subprocess.run(words, stderr=nothing, check=False).returncode == 0
