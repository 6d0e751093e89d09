"""Leases: who computes what at this moment, seen from other processes.

A lease covers the names of one batch. It is released together with the results, and ends by itself
when its holder does not renew it. Where the holder's process is known to be gone, its leases are
void at once; that can only be known on the same machine, and only where there is a `/proc`.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from renai.stores.base import Store

if TYPE_CHECKING:
    from collections.abc import Mapping


def _make_token() -> str:
    return f"{_this_process(os.getpid())}/{uuid.uuid4().hex}"


@dataclass(frozen=True, slots=True)
class Lease:
    """What one holder wants to compute.

    Attributes:
        names: of the entries.
        seconds: after which it ends, unless it is renewed.
        token: of this lease alone; it tells the process that holds it.
    """

    names: tuple[str, ...]
    seconds: float
    token: str = field(default_factory=_make_token)


@runtime_checkable
class LeasingStore(Store, Protocol):
    """A store that several processes can share without computing the same entry at once."""

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease on those of its names that nobody else has.

        Returns:
            The names that others have.
        """
        ...

    def renew(self, lease: Lease) -> None:
        """Begin its seconds anew, as far as it has not ended."""
        ...

    def release(self, lease: Lease) -> None:
        """End a lease; nothing happens where it has ended."""
        ...

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all, and release a lease, so that nobody finds neither the lease nor the entry."""
        ...


def is_gone(token: str) -> bool:
    """Whether the process that made this token is known to have ended."""
    machine, _, process = token.partition("/")[0].partition(":")
    if machine != _machine():
        return False
    pid, _, started = process.partition(":")
    return _start_of(pid) != started


@lru_cache(maxsize=1)
def _this_process(pid: int) -> str:
    return f"{_machine()}:{pid}:{_start_of(str(pid))}"


@lru_cache(maxsize=1)
def _machine() -> str:
    """Tell apart whose process numbers mean the same: a boot of a machine, and a container on it.

    Where that cannot be told, nobody else has this name.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return uuid.uuid4().hex


def _start_of(pid: str) -> str:
    """Give the start of a living process in ticks since the boot: "" where there is none.

    Field 22 of `/proc/PID/stat` (proc(5)), counted behind the name, which may hold anything.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    dead = fields[0] in (b"Z", b"X")
    return "" if dead else fields[19].decode()
