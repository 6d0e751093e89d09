"""Hit or compute: the logic of every cache here, written once and without I/O.

A flow is a generator. It yields what it wants done, and is sent what came of it; a reservation
does the doing, by blocking or by awaiting. What keys and entries are is nothing
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

from collections.abc import Collection, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from renai.batching import batched
from renai.cache.leases import HeldLease  # noqa: TC001 - likewise
from renai.cache.single_flight import FlightTable, Following  # noqa: TC001 - fields of dataclasses

K = TypeVar("K", bound=Hashable)
E = TypeVar("E")

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.2
_PAUSE_GROWTH = 1.5

Reason = Literal["missing", "stale", "damaged", "refresh"]
Origin = Literal["hit", "computed", "shared"]


class Miss(NamedTuple, Generic[E]):
    """Why a key must be computed.

    Attributes:
        reason: there is no entry, it was made by another recipe, it was damaged, or the caller
            wanted no cached one.
        stale: the entry of another recipe, from which a cheaper answer may be had.
    """

    reason: Reason
    stale: E | None = None


MISSING: Miss[Any] = Miss("missing")
"""There is no entry. Keys can be many, so those without one share this."""


class Outcome(NamedTuple, Generic[E]):
    """An entry and where it came from: the store, our computation, or somebody else's."""

    entry: E
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes(Mapping[K, Outcome[E]]):
    """Each key's outcome, kept without an object for each.

    Attributes:
        entries: of the keys, but for computed ones where those are not kept.
        origins: of all keys.
        keep_computed: whether entries that the caller computed are among them.
    """

    entries: dict[K, E] = field(default_factory=dict)
    origins: dict[K, Origin] = field(default_factory=dict)
    keep_computed: bool = True

    def add(self, entries: Mapping[K, E], origin: Origin) -> None:
        """Take in entries of one origin."""
        if origin != "computed" or self.keep_computed:
            self.entries.update(entries)
        self.origins.update(dict.fromkeys(entries, origin))

    def __getitem__(self, key: K) -> Outcome[E]:
        return Outcome(self.entries[key], self.origins[key])

    def __iter__(self) -> Iterator[K]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(frozen=True, slots=True)
class Found(Generic[K, E]):
    """What a look-up found, in the order of the keys."""

    hits: dict[K, E] = field(default_factory=dict)
    misses: dict[K, Miss[E]] = field(default_factory=dict)


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

    misses: Mapping[K, Miss[E]]


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
Flow = Generator[Effect[K, E], Any, Outcomes[K, E]]


def hit_or_compute(
    keys: Iterable[K],
    flights: FlightTable[K, E],
    *,
    batch_size: int,
    refresh: bool = False,
) -> Flow[K, E]:
    """Bring an outcome for every key, in their order; equal keys are worked on once.

    Args:
        keys: what is wanted.
        flights: of all callers that share the store in this process.
        batch_size: how many entries are computed and recorded at a time.
        refresh: take nothing from the store; what is computed is recorded all the same.
    """
    wanted = list(dict.fromkeys(keys))
    found: Found[K, E]
    if refresh:
        found = Found(misses=dict.fromkeys(wanted, Miss("refresh")))
    else:
        found = yield LookUp(wanted)
    outcomes = yield from compute_missing(found.misses, flights, batch_size=batch_size)
    outcomes.add(found.hits, "hit")
    return Outcomes({key: outcomes.entries[key] for key in wanted}, outcomes.origins)


def compute_missing(
    misses: Mapping[K, Miss[E]],
    flights: FlightTable[K, E],
    *,
    batch_size: int,
    keep_computed: bool = True,
) -> Flow[K, E]:
    """Bring an outcome for every key that a look-up has just missed.

    Args:
        misses: the keys, and why each must be computed.
        flights: of all callers that share the store in this process.
        batch_size: how many entries are computed and recorded at a time.
        keep_computed: keep computed entries beyond their batch, and bring them, too.
    """
    outcomes: Outcomes[K, E] = Outcomes(keep_computed=keep_computed)
    left = misses
    while left:
        led, following = flights.board(left)
        yield from _Leader(flights, led, outcomes).lead(left, batch_size)
        if following:
            landed: dict[K, E] = yield Await(following)
            outcomes.add(landed, "shared")
        left = {key: miss for key, miss in left.items() if key not in outcomes.origins}
    return outcomes


@dataclass(frozen=True, slots=True)
class _Leader(Generic[K, E]):
    """Lands the flights that one flow leads.

    Attributes:
        flights: of all flows.
        led: the keys of those that this flow has yet to land.
        outcomes: takes what they land with.
    """

    flights: FlightTable[K, E]
    led: set[K]
    outcomes: Outcomes[K, E]

    def lead(
        self, misses: Mapping[K, Miss[E]], batch_size: int
    ) -> Generator[Effect[K, E], Any, None]:
        """Land all of them; whatever happens, none is left behind."""
        pause = _FIRST_PAUSE
        left = self._still_led(misses)
        try:
            while left:
                for keys in batched(left, batch_size):
                    yield from self._bring({key: left[key] for key in keys})
                if left := self._still_led(left):  # claimed elsewhere
                    yield Pause(pause)
                    pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE)
                    found: Found[K, E] = yield LookUp(list(left))
                    self._land(found.hits, "hit")
                    left = self._still_led(left)
        finally:
            self.flights.abandon(self.led)  # what was never tried did not fail

    def _bring(self, batch: Mapping[K, Miss[E]]) -> Generator[Effect[K, E], Any, None]:
        """Compute those of a batch that are still missing and not claimed elsewhere."""
        claimed: Claimed[K, E] = Claimed({})
        if next(iter(batch.values())).reason != "refresh":
            claimed = yield Claim(list(batch))
        self._land(claimed.hits, "hit")
        missing = self._still_led(batch, claimed.elsewhere)
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
        self, misses: Mapping[K, Miss[E]], held: HeldLease | None
    ) -> Generator[Effect[K, E], Any, None]:
        try:
            entries: list[E] = yield Compute(misses)
            computed = dict(zip(misses, entries, strict=True))
        except Exception as error:
            self.led.difference_update(misses)
            self.flights.crash(misses, error)
            raise
        try:
            yield Record(computed, held)
        finally:  # kept or not, it is what the others wait for
            self._land(computed, "computed")

    def _still_led(
        self, misses: Mapping[K, Miss[E]], but: Collection[K] = frozenset()
    ) -> dict[K, Miss[E]]:
        if not but and self.led.issuperset(misses):
            return dict(misses)
        return {key: miss for key, miss in misses.items() if key in self.led and key not in but}

    def _land(self, entries: Mapping[K, E], origin: Origin) -> None:
        if not entries:
            return
        self.outcomes.add(entries, origin)
        self.led.difference_update(entries)
        self.flights.land(entries)
