"""Store: keeps bytes by name, in batches, synchronously. A miss is a value, not an error."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_CHARACTERS = f"{string.ascii_letters}{string.digits}._-/".encode()


@dataclass(frozen=True, slots=True)
class Stat:
    """What a store knows of an entry without reading it.

    Attributes:
        name: the entry's name.
        size: bytes.
        stored_at: when it was last written, seconds since the epoch.
        used_at: when it was last read, as far as the store keeps track; else `stored_at`.
    """

    name: str
    size: int
    stored_at: float
    used_at: float


class Store(Protocol):
    """Where bytes are kept.

    Names are relative paths of letters, digits, `.`, `_` and `-`; no part begins with a dot.
    Every method may be called from any thread, and raises `StoreError` when the store fails.
    """

    def get_many(self, names: Sequence[str]) -> dict[str, bytes]:
        """Read what is there; names that are not are left out."""
        ...

    def put_many(self, items: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Write all, each atomically: a reader sees the old bytes, the new ones, or none.

        Args:
            items: name to bytes.
            ttl: seconds after which the store may drop them to free space. What is read is
                judged by the expiry in its own frame, not by this.
        """
        ...

    def delete_many(self, names: Sequence[str]) -> int:
        """Drop entries; returns how many were there."""
        ...

    def scan(self, prefix: str = "") -> Iterator[Stat]:
        """List the entries whose name begins with `prefix`, in no particular order."""
        ...

    def close(self) -> None:
        """Let go of files and connections; may be called twice."""
        ...


def is_name(name: str) -> bool:
    """Whether an entry may be called so: a name can neither leave the store nor hide in it."""
    between = f"/{name}/"
    return (
        "//" not in between
        and "/." not in between
        and name.isascii()
        and not name.encode().translate(None, delete=_CHARACTERS)
    )


def check_name(name: str) -> str:
    """Return the name if an entry may be called so.

    Raises:
        ValueError: it may not.
    """
    check_names([name])
    return name


def check_names(names: Iterable[str]) -> None:
    """Refuse what no entry may be called.

    Raises:
        ValueError: one of them is no name.
    """
    names = list(names)
    if names and not is_name("/".join(names)):  # which is one exactly if all are
        culprit = next(name for name in names if not is_name(name))
        raise ValueError(f"not a name for an entry: {culprit!r}")


def without_password(url: str) -> str:
    """Show a URL to a person."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
