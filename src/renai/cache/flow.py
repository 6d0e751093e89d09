"""Hit or compute: the logic of every cache here, written once and without I/O.

`hit_or_compute` is a generator. It yields what it wants done, and is sent what came of it; the
drivers beside this module do the doing, one by blocking and one by awaiting. The order:

1. look up all keys; nothing more happens where all are hits;
2. board the flights of the missing keys: those that nobody in this process computes are ours;
3. batch by batch, claim ours, and look those up once more that we got: somebody may have brought
   them between 1 and now;
4. compute what is still missing, and record it before the next batch begins, so that what was paid
   for is kept if a later one fails;
5. pause, and begin again at 1 with what another process had claimed;
6. await the flights of others in this process; begin again with what a leader left that was
   cancelled or failed elsewhere.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from renai.batching import batched
from renai.cache.flight import AbandonedError, Flight, FlightTable
from renai.cache.leases import HeldLease  # noqa: TC001 - fields of dataclasses
from renai.entries.entry import Entry  # noqa: TC001 - likewise
from renai.keys.key import Key

V = TypeVar("V")

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.2
_PAUSE_GROWTH = 1.5

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
class Claim:
    """Wanted: a `Claimed` for these keys."""

    keys: Sequence[Key]


@dataclass(frozen=True, slots=True)
class Claimed(Generic[V]):
    """What came of a claim.

    Attributes:
        found: what a look-up made after the claim found for the keys that are not elsewhere.
        elsewhere: keys that others compute.
        held: a lease on the rest; None where the store knows none.
    """

    found: Found[V]
    elsewhere: frozenset[Key] = frozenset()
    held: HeldLease | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """Wanted: an end to this lease."""

    held: HeldLease


@dataclass(frozen=True, slots=True)
class Pause:
    """Wanted: nothing, for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Compute(Generic[V]):
    """Wanted: a list with an `Entry` for each of these, in their order."""

    misses: Sequence[Miss[V]]


@dataclass(frozen=True, slots=True)
class Record(Generic[V]):
    """Wanted: these kept in the store, and the lease on them released."""

    entries: Mapping[Key, Entry[V]]
    held: HeldLease | None = None


@dataclass(frozen=True, slots=True)
class Await(Generic[V]):
    """Wanted: the entry with which this flight lands."""

    flight: Flight[Entry[V]]


Effect = LookUp | Claim | Release | Pause | Compute[V] | Record[V] | Await[V]
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
        if refresh:
            misses: list[Miss[V]] = [Miss(key, "refresh") for key in left]
        else:
            misses = yield from _look_up(left, outcomes)
        led, joined = flights.board(miss.key for miss in misses)
        yield from _Leader(flights, led, outcomes).lead(misses, batch_size)
        left = yield from _follow(joined, outcomes)
    return {key: outcomes[key] for key in wanted}


def _look_up(
    keys: Sequence[Key], outcomes: dict[Key, Outcome[V]]
) -> Generator[Effect[V], Any, list[Miss[V]]]:
    found: Found[V] = yield LookUp(keys)
    for key, entry in found.hits.items():
        outcomes[key] = Outcome(entry, "hit")
    return found.misses


@dataclass(frozen=True, slots=True)
class _Leader(Generic[V]):
    """Lands the flights that one flow leads.

    Attributes:
        flights: of all flows.
        aloft: those that this flow has yet to land.
        outcomes: takes what they land with.
    """

    flights: FlightTable[Key, Entry[V]]
    aloft: dict[Key, Flight[Entry[V]]]
    outcomes: dict[Key, Outcome[V]]

    def lead(self, misses: Sequence[Miss[V]], batch_size: int) -> Generator[Effect[V], Any, None]:
        """Land all; whatever happens, none stays aloft."""
        pause = _FIRST_PAUSE
        left = self._aloft_of(misses)
        try:
            while left:
                for batch in batched(left, batch_size):
                    yield from self._bring(batch)
                if left := self._aloft_of(left):  # claimed elsewhere
                    yield Pause(pause)
                    pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE)
                    found: Found[V] = yield LookUp([miss.key for miss in left])
                    self._land(found.hits, "hit")
                    left = self._aloft_of(left)
        finally:
            for key in list(self.aloft):  # what was never tried did not fail
                self._crash(key, AbandonedError())

    def _bring(self, batch: Sequence[Miss[V]]) -> Generator[Effect[V], Any, None]:
        """Compute those of a batch that are still missing and not claimed elsewhere."""
        claimed: Claimed[V] = Claimed(Found())
        if batch[0].reason != "refresh":
            claimed = yield Claim([miss.key for miss in batch])
        self._land(claimed.found.hits, "hit")
        missing = [miss for miss in self._aloft_of(batch) if miss.key not in claimed.elsewhere]
        try:
            if missing:
                yield from self._compute(missing, claimed.held)
            elif claimed.held:
                yield Release(claimed.held)
        except GeneratorExit:  # nobody drives any more; that the lease is lost will be noticed
            raise
        except BaseException:
            if claimed.held:
                yield Release(claimed.held)
            raise

    def _compute(
        self, misses: Sequence[Miss[V]], held: HeldLease | None
    ) -> Generator[Effect[V], Any, None]:
        try:
            entries: list[Entry[V]] = yield Compute(misses)
            computed = {miss.key: entry for miss, entry in zip(misses, entries, strict=True)}
        except BaseException as error:
            for miss in misses:
                self._crash(miss.key, error)
            raise
        try:
            yield Record(computed, held)
        finally:  # kept or not, it is what the others wait for
            self._land(computed, "computed")

    def _aloft_of(self, misses: Iterable[Miss[V]]) -> list[Miss[V]]:
        return [miss for miss in misses if miss.key in self.aloft]

    def _land(self, entries: Mapping[Key, Entry[V]], origin: Origin) -> None:
        for key, entry in entries.items():
            self.outcomes[key] = Outcome(entry, origin)
            self.flights.land(key, self.aloft.pop(key), entry)

    def _crash(self, key: Key, error: BaseException) -> None:
        self.flights.crash(key, self.aloft.pop(key), error)


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
