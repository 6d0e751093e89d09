"""What some stores can do besides for a cache at work, and how others manage without it.

Each ability is a protocol, with a function that uses it where the store has it. What whoever looks
after a store wants of it stands in `renai.stores.upkeep`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Hashable, Mapping, Sequence

    from renai.stores.base import Store

    Reading: TypeAlias = Generator[None, None, dict[str, bytes]]
    """A question and its answer: its first step asks, and may yield; the next one returns."""

_log = logging.getLogger("renai")


@runtime_checkable
class RestingStore(Protocol):
    """A store that is not asked for a while after it failed, such as `BreakerStore`."""

    def wake(self, patience: float) -> None:
        """Let the next call through although the store rests.

        Args:
            patience: the seconds that the last call which failed may have taken; a store that kept
                its caller waiting for longer goes on resting.
        """
        ...


def wake(store: Store, patience: float) -> None:
    """Let the next call of a store through that rests after failures; of others nothing changes."""
    if isinstance(store, RestingStore):
        store.wake(patience)


@runtime_checkable
class WriteBackStore(Protocol):
    """A store that keeps what it cannot yet write to where it belongs, such as `TieredStore`.

    Attributes:
        lasts: whether it still has that when this process has ended.
    """

    lasts: bool

    def unwritten(self) -> Collection[str]:
        """Return the names of these entries, which can be read like all others."""
        ...

    def write_back(self) -> None:
        """Write them where they belong.

        Raises:
            StoreError: that still fails; what could not be written is kept.
        """
        ...


def unwritten(store: Store) -> Collection[str]:
    """Return the names of the entries that a store has, and could not yet write where they belong.

    They can be read like all others.
    """
    return cast("WriteBackStore", store).unwritten() if _has(store, WriteBackStore) else ()


def write_back(store: Store) -> None:
    """Have a store write such entries where they belong.

    Raises:
        StoreError: that still fails; it can be tried again.
    """
    if isinstance(store, WriteBackStore):
        store.write_back()


def kept_for_later(store: Store) -> Collection[str]:
    """Return the names of such entries that a later process can write where they belong."""
    return store.unwritten() if isinstance(store, WriteBackStore) and store.lasts else ()


class QuickStore(Protocol):
    """A store that reads a few entries faster than another thread could be asked to do it."""

    def answers_at_once(self) -> bool:
        """Return whether that is so now: nothing has to be waited for."""
        ...


def answers_at_once(store: Store) -> bool:
    """Return whether a few entries can be read now without waiting for anything.

    A class says so for itself alone: one that is made from it may be slower.
    """
    if "answers_at_once" not in vars(type(store)):
        return False
    return cast("QuickStore", store).answers_at_once()


@runtime_checkable
class WatchfulStore(Protocol):
    """A store that knows whether anything in it may have changed."""

    def state(self) -> Hashable:
        """Return what is another value as soon as any entry was written or deleted, by anybody.

        None if that cannot be told, or if the store wants to know what is read.
        """
        ...


def state_of(store: Store) -> Hashable:
    """Return what is the same as long as no entry of a store was written or deleted; else None.

    Raises:
        StoreError: the store fails.
    """
    return cast("WatchfulStore", store).state() if _has(store, WatchfulStore) else None


@runtime_checkable
class SizedStore(Protocol):
    """A shared store that can leave entries where they are that are larger than they can be.

    Else whoever writes to it could fill the memory of all who read.
    """

    def get_up_to(self, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
        """Return the entries that exist and take no more bytes than this, by name.

        Of those that take more, a warning names one.
        """
        ...


def get_up_to(store: Store, names: Sequence[str], most_bytes: int) -> dict[str, bytes]:
    """Return the entries that exist, by name, without those that take more bytes than this.

    A store that cannot tell sizes beforehand returns these as well.

    Raises:
        StoreError: the store fails.
    """
    if _has(store, SizedStore):
        return cast("SizedStore", store).get_up_to(names, most_bytes)
    return store.get_many(names)


def finished(reading: Reading) -> dict[str, bytes]:
    """Return what is read, when it has come."""
    while True:
        try:
            next(reading)
        except StopIteration as end:
            return cast("dict[str, bytes]", end.value)


class AskableStore(Protocol):
    """A store that can be asked without waiting for what it answers."""

    def asks_ahead(self) -> bool:
        """Return whether that is so now."""
        ...

    def reading_up_to(self, names: Sequence[str], most_bytes: int) -> Reading:
        """Ask for what `get_up_to` returns, yield, and return it when it has come.

        Who does not want it any more closes the generator.
        """
        ...


def asks_ahead(store: Store) -> bool:
    """Return whether a store can be asked now without waiting for what it answers.

    A class says so for itself alone, as with `answers_at_once`.
    """
    return "asks_ahead" in vars(type(store)) and cast("AskableStore", store).asks_ahead()


def reading_up_to(store: Store, names: Sequence[str], most_bytes: int) -> Reading:
    """Do what `get_up_to` does; yield meanwhile if the store can be asked ahead.

    Raises:
        StoreError: the store fails.
    """
    if asks_ahead(store):
        return (yield from cast("AskableStore", store).reading_up_to(names, most_bytes))
    return get_up_to(store, names, most_bytes)


@runtime_checkable
class MovingStore(Protocol):
    """A store that can give an entry another name without its bytes being read."""

    def move(self, name: str, new_name: str) -> bool:
        """Give an entry another name, in the place of what has that; return whether it existed."""
        ...


def move(store: Store, name: str, new_name: str) -> bool:
    """Give an entry another name without reading it; return False if there is none.

    A store that cannot do that leaves it where it is, and False is returned as well.

    Raises:
        StoreError: the store fails.
    """
    return store.move(name, new_name) if isinstance(store, MovingStore) else False


@runtime_checkable
class AddingStore(Protocol):
    """A store that can write entries without touching those that it has already."""

    def add_many(self, items: Mapping[str, bytes]) -> None:
        """Write those of the entries that do not exist, each atomically."""
        ...


def add(store: Store, items: Mapping[str, bytes]) -> None:
    """Write those of the entries that do not exist.

    Where the store cannot do that in one step, what is written meanwhile may be replaced.

    Raises:
        StoreError: the store fails.
        ValueError: a name is not allowed.
    """
    if isinstance(store, AddingStore):
        store.add_many(items)
        return
    there = store.get_many(list(items))
    store.put_many({name: data for name, data in items.items() if name not in there})


@runtime_checkable
class ComposedStore(Protocol):
    """A store that consists of others, such as `TieredStore`."""

    def parts(self) -> Sequence[Store]:
        """Return the stores of which it consists."""
        ...


def parts_of(store: Store) -> list[Store]:
    """Return all stores of which a store consists in the end; a simple one is its own only part."""
    if not isinstance(store, ComposedStore):
        return [store]
    return [part for its in store.parts() for part in parts_of(its)]


@runtime_checkable
class LockedStore(Protocol):
    """A store whose file other programs can lock."""

    def wait_at_most(self, seconds: float) -> None:
        """Set how long a call waits for a lock that somebody else holds, before it fails."""
        ...


def wait_at_most(store: Store, seconds: float) -> None:
    """Set how long calls wait for locks on a store's files; without that it may be half a minute.

    Others than who opened the store may be waiting for an answer meanwhile.
    """
    for part in parts_of(store):
        if isinstance(part, LockedStore):
            part.wait_at_most(seconds)


def warn_of_large(place: str, names: Sequence[str], most_bytes: int) -> None:
    """Log that entries were not read because they are larger than they can be."""
    if names:
        _log.warning(
            "Damaged cache entry %s in %s is larger than an entry can be (%d bytes), and not read; "
            "there are %d like it",
            names[0],
            place,
            most_bytes,
            len(names),
        )


def _has(store: Store, ability: type) -> bool:
    """Return whether a store has an ability; asked of each class of stores once.

    `isinstance` looks for every method of a protocol, each time anew, and would take longer than
    some look-ups. Of an object that passes on what it is asked for, its class tells nothing.
    """
    kind = type(store)
    known = _KNOWN.get((kind, ability))
    if known is None:
        known = isinstance(store, ability)
        if not hasattr(kind, "__getattr__"):
            _KNOWN[kind, ability] = known
    return known


_KNOWN: dict[tuple[type, type], bool] = {}
