"""Hit or compute: the logic of every cache here, written once and without I/O.

`hit_or_compute` is a generator. It yields what it wants done, and is sent what came of it; the
drivers beside this module do the doing, one by blocking and one by awaiting. The order:

1. look up all keys; nothing more happens where all are hits;
2. board the flights of the missing keys: those that nobody in this process computes are ours;
3. look up ours once more, since another flight may have landed between 1 and 2;
4. compute ours, batch by batch, recording each batch before the next begins, so that what was
   paid for is kept if a later batch fails;
5. await the others'; begin again with what a leader left that was cancelled or failed elsewhere.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from renai.batching import batched
from renai.cache.flight import AbandonedError, Flight, FlightTable
from renai.entries.entry import Entry  # noqa: TC001 - the generic classes' fields
from renai.keys.key import Key

V = TypeVar("V")

Reason = Literal["missing", "stale", "damaged", "refresh"]
Origin = Literal["hit", "computed", "shared"]


@dataclass(frozen=True, slots=True)
class Miss(Generic[V]):
    """A key that must be computed.

    Attributes:
        key: what is missing.
        reason: why: there is no entry, it was made by another recipe, it was damaged, or the
            caller wanted no cached one.
        stale: the entry of another recipe, from which a cheaper answer may be had.
    """

    key: Key
    reason: Reason
    stale: Entry[V] | None = None


@dataclass(frozen=True, slots=True)
class Outcome(Generic[V]):
    """An entry and where it came from: the store, our computation, or somebody else's."""

    entry: Entry[V]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """What a look-up found."""

    hits: dict[Key, Entry[V]] = field(default_factory=dict)
    misses: list[Miss[V]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LookUp:
    """Wanted: a `Found` for these keys."""

    keys: Sequence[Key]


@dataclass(frozen=True, slots=True)
class Compute(Generic[V]):
    """Wanted: a list with an `Entry` for each of these, in their order."""

    misses: Sequence[Miss[V]]


@dataclass(frozen=True, slots=True)
class Record(Generic[V]):
    """Wanted: these kept in the store."""

    entries: Mapping[Key, Entry[V]]


@dataclass(frozen=True, slots=True)
class Await(Generic[V]):
    """Wanted: the entry with which this flight lands."""

    flight: Flight[Entry[V]]


Effect = LookUp | Compute[V] | Record[V] | Await[V]
Flow = Generator[Effect[V], Any, dict[Key, Outcome[V]]]


def hit_or_compute(
    keys: Iterable[Key],
    flights: FlightTable[Key, Entry[V]],
    *,
    batch_size: int,
    refresh: bool = False,
) -> Flow[V]:
    """Bring an outcome for every key; equal keys are worked on once.

    Args:
        keys: what is wanted.
        flights: of all callers that share the store in this process.
        batch_size: how many entries are computed and recorded at a time.
        refresh: take nothing from the store; what is computed is recorded all the same.

    Returns:
        Key to outcome, in the order of the keys.
    """
    wanted = list(dict.fromkeys(keys))
    outcomes: dict[Key, Outcome[V]] = {}
    left = wanted
    while left:
        misses = yield from _look_up(left, outcomes, refresh)
        led, joined = flights.board(miss.key for miss in misses)
        yield from _lead(misses, led, flights, outcomes, batch_size, refresh)
        left = yield from _follow(joined, outcomes)
    return {key: outcomes[key] for key in wanted}


def _look_up(
    keys: Sequence[Key], outcomes: dict[Key, Outcome[V]], refresh: bool
) -> Generator[Effect[V], Any, list[Miss[V]]]:
    if refresh:
        return [Miss(key, "refresh") for key in keys]
    found: Found[V] = yield LookUp(keys)
    for key, entry in found.hits.items():
        outcomes[key] = Outcome(entry, "hit")
    return found.misses


def _lead(
    misses: Sequence[Miss[V]],
    led: Mapping[Key, Flight[Entry[V]]],
    flights: FlightTable[Key, Entry[V]],
    outcomes: dict[Key, Outcome[V]],
    batch_size: int,
    refresh: bool,
) -> Generator[Effect[V], Any, None]:
    aloft = dict(led)
    batch: list[Miss[V]] = []
    try:
        if led:
            yield from _look_up(list(led), outcomes, refresh)
        for key in [key for key in led if key in outcomes]:
            flights.land(key, aloft.pop(key), outcomes[key].entry)
        for batch in batched([miss for miss in misses if miss.key in aloft], batch_size):
            entries: list[Entry[V]] = yield Compute(batch)
            computed = {miss.key: entry for miss, entry in zip(batch, entries, strict=True)}
            try:
                yield Record(computed)
            finally:  # kept or not, it is what the others wait for
                for key, entry in computed.items():
                    outcomes[key] = Outcome(entry, "computed")
                    flights.land(key, aloft.pop(key), entry)
    except BaseException as error:
        failed = {miss.key for miss in batch}
        for key, flight in aloft.items():  # what was never tried did not fail
            flights.crash(key, flight, error if key in failed else AbandonedError())
        raise


def _follow(
    joined: dict[Key, Flight[Entry[V]]], outcomes: dict[Key, Outcome[V]]
) -> Generator[Effect[V], Any, list[Key]]:
    abandoned = []
    for key, flight in joined.items():
        try:
            entry: Entry[V] = yield Await(flight)
        except AbandonedError:
            abandoned.append(key)
        else:
            outcomes[key] = Outcome(entry, "shared")
    return abandoned
