"""Hit or compute: the logic of every cache here, written once and without I/O.

A flow is a generator. It yields what it wants done, and is sent what came of it; the drivers beside
this module do the doing, one by blocking and one by awaiting. What keys and entries are is nothing
to it. The order:

1. look up all keys; nothing more happens where all are hits (`hit_or_compute`);
2. board the flights of the missing keys: those that nobody in this process computes are ours
   (`compute_missing` begins here);
3. batch by batch, claim ours, and look those up once more that we got: somebody may have brought
   them between 1 and now;
4. compute what is still missing, and record it before the next batch begins, so that what was paid
   for is kept if a later one fails;
5. pause, look up what another process had claimed, and go back to 3 with what is still missing;
6. await the flights of others in this process; go back to 2 with what a leader left that was
   cancelled or failed elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from renai.batching import batched
from renai.cache.flight import FlightTable, Following  # noqa: TC001 - fields of dataclasses
from renai.cache.leases import HeldLease  # noqa: TC001 - likewise

K = TypeVar("K", bound=Hashable)
E = TypeVar("E")

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.2
_PAUSE_GROWTH = 1.5

Reason = Literal["missing", "stale", "damaged", "refresh"]
Origin = Literal["hit", "computed", "shared"]


class Miss(NamedTuple, Generic[K, E]):
    """A key that must be computed.

    Attributes:
        key: what is missing.
        reason: why: there is no entry, it was made by another recipe, it was damaged, or the
            caller wanted no cached one.
        stale: the entry of another recipe, from which a cheaper answer may be had.
    """

    key: K
    reason: Reason
    stale: E | None = None


class Outcome(NamedTuple, Generic[E]):
    """An entry and where it came from: the store, our computation, or somebody else's."""

    entry: E
    origin: Origin


@dataclass(frozen=True, slots=True)
class Found(Generic[K, E]):
    """What a look-up found."""

    hits: dict[K, E] = field(default_factory=dict)
    misses: list[Miss[K, E]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LookUp(Generic[K]):
    """Wanted: a `Found` for these keys."""

    keys: Sequence[K]


@dataclass(frozen=True, slots=True)
class Claim(Generic[K]):
    """Wanted: a `Claimed` for these keys."""

    keys: Sequence[K]


@dataclass(frozen=True, slots=True)
class Claimed(Generic[K, E]):
    """What came of a claim.

    Attributes:
        hits: what a look-up made after the claim found for the keys that are not elsewhere.
        elsewhere: keys that others compute.
        held: a lease on the rest; None where the store knows none.
    """

    hits: Mapping[K, E]
    elsewhere: frozenset[K] = frozenset()
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
class Compute(Generic[K, E]):
    """Wanted: a list with an entry for each of these, in their order."""

    misses: Sequence[Miss[K, E]]


@dataclass(frozen=True, slots=True)
class Record(Generic[K, E]):
    """Wanted: these kept in the store, and the lease on them released."""

    entries: Mapping[K, E]
    held: HeldLease | None = None


@dataclass(frozen=True, slots=True)
class Await(Generic[K, E]):
    """Wanted: a dict of what lands of this."""

    following: Following[K, E]


Effect = LookUp[K] | Claim[K] | Release | Pause | Compute[K, E] | Record[K, E] | Await[K, E]
Flow = Generator[Effect[K, E], Any, dict[K, Outcome[E]]]


def hit_or_compute(
    keys: Iterable[K],
    flights: FlightTable[K, E],
    *,
    batch_size: int,
    refresh: bool = False,
) -> Flow[K, E]:
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
    found: Found[K, E]
    if refresh:
        found = Found(misses=[Miss(key, "refresh") for key in wanted])
    else:
        found = yield LookUp(wanted)
    outcomes = {key: Outcome(entry, "hit") for key, entry in found.hits.items()}
    outcomes |= yield from compute_missing(found.misses, flights, batch_size=batch_size)
    return {key: outcomes[key] for key in wanted}


def compute_missing(
    misses: Collection[Miss[K, E]], flights: FlightTable[K, E], *, batch_size: int
) -> Flow[K, E]:
    """Bring an outcome for every key that a look-up has just missed.

    Args:
        misses: each key once.
        flights: of all callers that share the store in this process.
        batch_size: how many entries are computed and recorded at a time.

    Returns:
        Key to outcome.
    """
    outcomes: dict[K, Outcome[E]] = {}
    left = misses
    while left:
        led, following = flights.board([miss.key for miss in left])
        yield from _Leader(flights, led, outcomes).lead(left, batch_size)
        if following:
            landed: dict[K, E] = yield Await(following)
            outcomes.update((key, Outcome(entry, "shared")) for key, entry in landed.items())
        left = [miss for miss in left if miss.key not in outcomes]
    return outcomes


@dataclass(frozen=True, slots=True)
class _Leader(Generic[K, E]):
    """Lands the flights that one flow leads.

    Attributes:
        flights: of all flows.
        aloft: the keys of those that this flow has yet to land.
        outcomes: takes what they land with.
    """

    flights: FlightTable[K, E]
    aloft: set[K]
    outcomes: dict[K, Outcome[E]]

    def lead(
        self, misses: Iterable[Miss[K, E]], batch_size: int
    ) -> Generator[Effect[K, E], Any, None]:
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
                    found: Found[K, E] = yield LookUp([miss.key for miss in left])
                    self._land(found.hits, "hit")
                    left = self._aloft_of(left)
        finally:
            self.flights.abandon(self.aloft)  # what was never tried did not fail

    def _bring(self, batch: Sequence[Miss[K, E]]) -> Generator[Effect[K, E], Any, None]:
        """Compute those of a batch that are still missing and not claimed elsewhere."""
        claimed: Claimed[K, E] = Claimed({})
        if batch[0].reason != "refresh":
            claimed = yield Claim([miss.key for miss in batch])
        self._land(claimed.hits, "hit")
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
        self, misses: Sequence[Miss[K, E]], held: HeldLease | None
    ) -> Generator[Effect[K, E], Any, None]:
        keys = [miss.key for miss in misses]
        try:
            entries: list[E] = yield Compute(misses)
            computed = dict(zip(keys, entries, strict=True))
        except Exception as error:
            self.aloft.difference_update(keys)
            self.flights.crash(keys, error)
            raise
        try:
            yield Record(computed, held)
        finally:  # kept or not, it is what the others wait for
            self._land(computed, "computed")

    def _aloft_of(self, misses: Iterable[Miss[K, E]]) -> list[Miss[K, E]]:
        return [miss for miss in misses if miss.key in self.aloft]

    def _land(self, entries: Mapping[K, E], origin: Origin) -> None:
        self.outcomes.update((key, Outcome(entry, origin)) for key, entry in entries.items())
        self.aloft.difference_update(entries)
        self.flights.land(entries)
