"""The interface of a store: `Store`, and `LeasingStore` for stores that can lend names.

A store keeps bytes by name, in batches and synchronously, and knows nothing of what the bytes mean.
A missing entry is a value, not an error.

Whether a store has leases, callers find out with `isinstance`. What else only some stores can do
has a function in `renai.stores.abilities` or `renai.stores.upkeep` that works with any store.
"""

from __future__ import annotations

import os
import re
import string
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_CHARACTERS = f"{string.ascii_letters}{string.digits}._-/".encode()

_BETWEEN_URLS = re.compile(r",\s*(?=[a-z][a-z0-9+.-]*://)")

_LATEST = 32_503_680_000.0  # the year 3000; calendars end some time after it

LONGEST_LEASE = 120.0
"""The seconds for which a lease lasts at most from now on, however long it is asked for, and
whatever expiry a store holds of it: four times what caches ask for.

A lease that claims more was written by a clock that was wrong, or by somebody else, and is void.
Nobody waits a year for it."""


Urls = str | list[str] | list[str | list[str]] | tuple[str, ...]
"""What opens a store (`renai.stores.open_store`): its URL, or several."""


@dataclass(frozen=True, slots=True)
class Stat:
    """What a store knows of an entry without reading it.

    Attributes:
        name: the entry's name.
        size: the size of its bytes.
        stored_at: the time when it was last written, in seconds since the epoch.
        used_at: the time when it was last read, as far as the store keeps track; else `stored_at`.
    """

    name: str
    size: int
    stored_at: float
    used_at: float

    def __post_init__(self) -> None:
        """Take a date that no clock has shown for none: such an entry counts as very old."""
        for name in ("stored_at", "used_at"):
            if not is_date(getattr(self, name)):
                object.__setattr__(self, name, 0.0)


def is_date(moment: object) -> bool:
    """Return whether a clock can have shown this, in seconds since the epoch."""
    return isinstance(moment, int | float) and 0.0 <= moment <= _LATEST


@runtime_checkable
class Store(Protocol):
    """A place where bytes are kept by name.

    Names are relative paths of letters, digits, `.`, `_` and `-`; no part begins with a dot.
    Every method may be called from any thread, and raises `StoreError` when the store fails.
    """

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return the entries that exist, by name; missing names are left out."""
        ...

    def put_many(self, items: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Write all entries, each atomically: a reader sees the old bytes, the new ones, or none.

        Args:
            items: the bytes of each entry, by name.
            ttl: the seconds after which the store may drop the entries to free space. Readers do
                not rely on it: the expiry also stands in the entry's own bytes.

        Raises:
            ValueError: a name is not allowed (`check_names`).
        """
        ...

    def delete_many(self, names: Sequence[str]) -> int:
        """Delete entries; return how many of them existed."""
        ...

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """Yield the entries whose name begins with `prefix`, in no particular order."""
        ...

    def close(self) -> None:
        """Release files and connections; may be called twice."""
        ...


def is_name(name: str) -> bool:
    """Return whether an entry may have this name, which can neither leave the store nor hide."""
    between = f"/{name}/"
    return (
        "//" not in between
        and "/." not in between
        and name.isascii()
        and not name.encode().translate(None, delete=_CHARACTERS)
    )


def check_name(name: str) -> str:
    """Return the name if an entry may have it.

    Raises:
        ValueError: the name is not allowed.
    """
    check_names([name])
    return name


def check_names(names: Iterable[str]) -> None:
    """Raise if a name is not allowed for an entry.

    Raises:
        ValueError: one of the names is not allowed.
    """
    names = list(names)
    if names and not is_name("/".join(names)):  # joined, they are a name if each of them is
        culprit = next(name for name in names if not is_name(name))
        raise ValueError(f"not a name for an entry: {culprit!r}")


def split_urls(url: str) -> list[str]:
    """Return the URLs in a text that names several servers, separated by commas.

    A comma inside a URL, as between the hosts of a cluster, separates nothing.
    """
    return _BETWEEN_URLS.split(url)


def without_password(url: str) -> str:
    """Return a store's URL without user and password, as it may be shown to a person."""
    if len(urls := split_urls(url)) > 1:
        return ",".join(map(without_password, urls))
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _make_token() -> str:
    return f"{_this_process(os.getpid())}/{uuid.uuid4().hex}"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to compute the entries of one batch, for which others then wait.

    It is released together with the results, and ends by itself when its holder does not renew it.
    Where the holder's process is known to have ended (`is_gone`), its leases are void at once.

    Attributes:
        names: the names of the entries.
        seconds: the time after which it ends unless it is renewed, in seconds.
        token: the identity of this one lease; it also tells which process holds it.
    """

    names: tuple[str, ...]
    seconds: float
    token: str = field(default_factory=_make_token)

    @property
    def lasts(self) -> float:
        """The seconds for which it lasts in a store, which are no more than `LONGEST_LEASE`."""
        return min(self.seconds, LONGEST_LEASE)


@runtime_checkable
class LeasingStore(Store, Protocol):
    """A store that several processes can share without computing the same entry at once."""

    def claim(self, lease: Lease) -> set[str]:
        """Begin a lease on those of its names that nobody else holds.

        What would last longer than `LONGEST_LEASE` from now on counts as ended.

        Returns:
            The names that others hold.
        """
        ...

    def renew(self, lease: Lease) -> None:
        """Extend a lease so that it `lasts` its time from now on, unless it has ended."""
        ...

    def release(self, lease: Lease) -> None:
        """End a lease; nothing happens if it has already ended."""
        ...

    def put_many(
        self, items: Mapping[str, bytes], ttl: float | None = None, release: Lease | None = None
    ) -> None:
        """Write all entries and release a lease, so that no reader ever sees neither of the two."""
        ...


def is_gone(token: str) -> bool:
    """Return whether the process that made a lease's token is known to have ended.

    That can only be known on the same machine, and only where there is a `/proc`.
    """
    holder = token.partition("/")[0]
    machine, _, process = holder.partition(":")
    if machine != _machine() or holder == _this_process(os.getpid()):
        return False
    pid, _, started = process.partition(":")
    return _start_of(pid) != started


@lru_cache(maxsize=1)
def _this_process(pid: int) -> str:
    return f"{_machine()}:{pid}:{_start_of(str(pid))}"


@lru_cache(maxsize=1)
def _machine() -> str:
    """Return an identity that exactly those processes share that see the same process numbers.

    That means one boot of a machine, and one container on it. Where it cannot be found out, it is a
    random one that nobody else has.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return uuid.uuid4().hex


def _start_of(pid: str) -> str:
    """Return when a living process started, in ticks since the boot; "" if there is none.

    This is field 22 of `/proc/PID/stat` (proc(5)), counted from behind the process's name, which
    may contain anything.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    dead = fields[0] in (b"Z", b"X")
    return "" if dead else fields[19].decode()
