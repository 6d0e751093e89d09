"""Hit or compute: the logic of all caches, written once and without I/O.

A flow is a generator. It yields what is to be done, and is sent the result; a `Reservation` does
it, by blocking or by awaiting. The flow does not know what keys and entries are. The order:

1. look up all keys; nothing more happens where all are hits (`hit_or_compute`);
2. board the flights of the missing keys: this flow leads those that are not under way in this
   process (`compute_missing` begins here);
3. batch by batch, claim the keys that this flow leads, and look up once more those it got: they may
   have been computed since 1;
4. compute what is still missing, and record it before the next batch begins, so that what was paid
   for is kept if a later batch fails; what could not be computed costs itself, and not its batch;
5. pause, look up what another process had claimed, and go back to 3 with what is still missing;
6. await the flights that others in this process lead; go back to 2 with what a cancelled leader
   abandoned.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from renai.batching import batched
from renai.cache.leases import HeldLease  # noqa: TC001 - fields
from renai.cache.looked_up import MISSING, Found, Miss
from renai.cache.single_flight import FlightTable, Following  # noqa: TC001 - fields

K = TypeVar("K", bound=Hashable)
E = TypeVar("E")

_AT_ONCE = 16_384  # keys
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.2
_PAUSE_GROWTH = 1.5

Origin = Literal["hit", "computed", "shared"]


class Outcome(NamedTuple, Generic[E]):
    """An entry, and where it came from: the store, this computation, or another one."""

    entry: E
    origin: Origin


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes(Mapping[K, Outcome[E]]):
    """The outcome of each key, stored without an object for each.

    Attributes:
        entries: the entries by key; without computed ones if those are not kept.
        origins: the origins of all keys.
        keep_computed: whether entries that the caller computed are kept.
        failed: the keys for which computing brought no entry, here or where it was waited for.
        lost: the keys whose entries, computed here or where it was waited for, could not be stored,
            and cannot be stored later.
    """

    entries: dict[K, E] = field(default_factory=dict)
    origins: dict[K, Origin] = field(default_factory=dict)
    keep_computed: bool = True
    failed: set[K] = field(default_factory=set)
    lost: set[K] = field(default_factory=set)

    def add(self, entries: Mapping[K, E], origin: Origin) -> None:
        """Add entries of one origin."""
        if origin != "computed" or self.keep_computed:
            self.entries.update(entries)
        self.origins.update(dict.fromkeys(entries, origin))

    def __getitem__(self, key: K) -> Outcome[E]:
        return Outcome(self.entries[key], self.origins[key])

    def __iter__(self) -> Iterator[K]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


class LookUp(NamedTuple, Generic[K]):
    """Asks for a `Found` for these keys."""

    keys: Sequence[K]


class Claim(NamedTuple, Generic[K]):
    """Asks for a `Claimed` for these keys."""

    keys: Sequence[K]


class Claimed(NamedTuple, Generic[K, E]):
    """The result of a claim.

    Attributes:
        found: the result of a look-up after the claim, for the keys that are not elsewhere.
        elsewhere: the keys that other processes compute.
        lease: the lease on the other keys; None if the store has no leases.
    """

    found: Found[K, E]
    elsewhere: frozenset[K] = frozenset()
    lease: HeldLease | None = None


class Release(NamedTuple):
    """Asks for the release of this lease."""

    lease: HeldLease


class Pause(NamedTuple):
    """Asks for a pause of so many seconds."""

    seconds: float


class Compute(NamedTuple, Generic[K, E]):
    """Asks for a list with an entry for each of these keys, in their order.

    None stands for an entry that could not be computed, while the others could.
    """

    misses: Mapping[K, Miss[E]]


class Record(NamedTuple, Generic[K, E]):
    """Asks to store these entries, and to release the lease on them.

    What comes back are the keys of those that are lost: neither stored, nor to be stored later.
    """

    entries: Mapping[K, E]
    lease: HeldLease | None = None


class Await(NamedTuple, Generic[K, E]):
    """Asks for a dict with the results of the flights that land; None for those that failed."""

    following: Following[K, E | None]


Effect = LookUp[K] | Claim[K] | Release | Pause | Compute[K, E] | Record[K, E] | Await[K, E]
Flow = Generator[Effect[K, E], Any, Outcomes[K, E]]


def hit_or_compute(
    keys: Iterable[K],
    flights: FlightTable[K, E | None],
    *,
    batch_size: int,
    refresh: bool = False,
) -> Flow[K, E]:
    """Find or compute an outcome for every key, in their order; equal keys are handled once.

    Args:
        keys: the keys of the entries.
        flights: the flights of all callers that share the store in this process.
        batch_size: how many entries are computed and recorded at a time.
        refresh: compute all entries, and record them.
    """
    wanted = list(dict.fromkeys(keys))
    found: Found[K, E]
    if refresh:
        found = Found(misses=dict.fromkeys(wanted, Miss("refresh")))
    else:
        found = yield LookUp(wanted)
    outcomes = yield from compute_missing(found.misses, flights, batch_size=batch_size)
    outcomes.add(found.hits, "hit")
    entries = outcomes.entries
    return Outcomes(
        {key: entries[key] for key in wanted if key in entries},
        outcomes.origins,
        failed=outcomes.failed,
        lost=outcomes.lost,
    )


def compute_missing(
    misses: Mapping[K, Miss[E]],
    flights: FlightTable[K, E | None],
    *,
    batch_size: int,
    keep_computed: bool = True,
) -> Flow[K, E]:
    """Compute an outcome for every key that a look-up has just missed, or that nobody looked up.

    Args:
        misses: the keys, with the reason why each must be computed; `MISSING` also stands for one
            that is not known.
        flights: the flights of all callers that share the store in this process.
        batch_size: how many entries are computed and recorded at a time.
        keep_computed: whether the outcomes include computed entries.
    """
    outcomes: Outcomes[K, E] = Outcomes(keep_computed=keep_computed)
    # By parts of whole batches: a step for very many keys would hold up an event loop.
    for part in batched(misses, max(_AT_ONCE // batch_size, 1) * batch_size):
        left = {key: misses[key] for key in part}
        while left:
            led, following = flights.board(left)
            yield from _Leader(flights, led, outcomes).lead(left, batch_size)
            if following:
                landed: dict[K, E | None] = yield Await(following)
                outcomes.add({key: it for key, it in landed.items() if it is not None}, "shared")
                outcomes.failed.update(key for key, entry in landed.items() if entry is None)
                outcomes.lost.update(following.lost)
            left = {
                key: miss
                for key, miss in left.items()
                if key not in outcomes.origins and key not in outcomes.failed
            }
    return outcomes


@dataclass(frozen=True, slots=True)
class _Leader(Generic[K, E]):
    """Ends the flights that one flow leads.

    Attributes:
        flights: the flights of all flows.
        led: the keys of flights that this flow leads and that have not ended.
        outcomes: gets the results.
    """

    flights: FlightTable[K, E | None]
    led: set[K]
    outcomes: Outcomes[K, E]

    def lead(
        self, misses: Mapping[K, Miss[E]], batch_size: int
    ) -> Generator[Effect[K, E], Any, None]:
        """Land all flights; whatever happens, none is left under way."""
        pause = _FIRST_PAUSE
        try:
            left = self._still_led(misses)
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
            if self.led:
                self.flights.abandon(self.led)  # they were never tried, so they did not fail

    def _bring(self, batch: Mapping[K, Miss[E]]) -> Generator[Effect[K, E], Any, None]:
        """Compute those of a batch that are still missing and not claimed elsewhere."""
        claimed: Claimed[K, E] = Claimed(Found())
        if next(iter(batch.values())).reason != "refresh":
            claimed = yield Claim(list(batch))
        self._land(claimed.found.hits, "hit")
        missing = self._still_led(batch, claimed.elsewhere)
        # The first reason is the one: what is damaged is set aside, and missing from then on.
        missing |= {
            key: miss
            for key, miss in claimed.found.misses.items()
            if miss is not MISSING and missing.get(key) is MISSING
        }
        try:
            if missing:
                yield from self._compute(missing, claimed.lease)
            elif claimed.lease:
                yield Release(claimed.lease)
        except (
            GeneratorExit
        ):  # the flow is not driven any more; the lease is released when it is collected
            raise
        except BaseException:
            if claimed.lease:
                yield Release(claimed.lease)
            raise

    def _compute(
        self, misses: Mapping[K, Miss[E]], lease: HeldLease | None
    ) -> Generator[Effect[K, E], Any, None]:
        try:
            entries: list[E | None] = yield Compute(misses)
            pairs = list(zip(misses, entries, strict=True))
        except Exception as error:
            self.led.difference_update(misses)
            self.flights.crash(misses, error)
            raise
        computed = {key: entry for key, entry in pairs if entry is not None}
        if len(computed) < len(pairs):
            self._fail([key for key, entry in pairs if entry is None])
        if not computed:
            if lease:
                yield Release(lease)
            return
        lost: Collection[K] = ()
        try:
            lost = (yield Record(computed, lease)) or ()
            self.outcomes.lost.update(lost)
        finally:  # stored or not, the followers get it
            self._land(computed, "computed", lost)

    def _still_led(
        self, misses: Mapping[K, Miss[E]], but: Collection[K] = frozenset()
    ) -> dict[K, Miss[E]]:
        if not but and self.led.issuperset(misses):
            return dict(misses)
        return {key: miss for key, miss in misses.items() if key in self.led and key not in but}

    def _fail(self, keys: Collection[K]) -> None:
        self.outcomes.failed.update(keys)
        self.led.difference_update(keys)
        self.flights.land(dict.fromkeys(keys))

    def _land(self, entries: Mapping[K, E], origin: Origin, lost: Collection[K] = ()) -> None:
        if not entries:
            return
        self.outcomes.add(entries, origin)
        self.led.difference_update(entries)
        self.flights.land(entries, lost)
