"""Canaries: some texts that hit are embedded again, to notice that a model has other weights.

An endpoint can put other weights behind the same name. No recipe can tell that; its answers do. So
of the vectors that hit, a few are computed anew and compared. If they differ by more than the noise
of processors and batches, the recipe is stopped: a mark beside its vectors says so
(`renai.embeddings.marks`), and none of them is returned, in any process that shares the store,
until a person removes the mark.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from renai.embeddings.distances import BOUNDS
from renai.embeddings.marks import (
    CHANGED,
    MOST_KEYS,
    Change,
    framed_mark,
    mark_in,
    read_change,
    said_of,
    shown_name,
)
from renai.embeddings.recipe import usage_key_of
from renai.errors import (
    DamagedEntryError,
    StoreError,
    UsageError,
    VectorError,
    WeightsChangedError,
)
from renai.forks import renew_after_fork
from renai.stores.tiered import slowest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from renai.embeddings.recipe import EntryNames
    from renai.stores.base import Store

OnChange = Literal["warn", "raise"]
"""What a cache does when the weights have changed: go on without its vectors, or raise."""

STOPPED = "the weights of the model have changed"
"""Why vectors are not stored while their recipe is stopped."""

_SECONDS_OF_DAY = 86_400.0
_SECONDS_BETWEEN_LOOKS = 30.0
_log = logging.getLogger("renai")


@dataclass(frozen=True, slots=True)
class Canary:
    """How many of the vectors that hit are computed anew.

    Attributes:
        share: the chance of each, 0 to 1.
        per_day: how many a day, for each cache object; 0 if `share` counts.
    """

    share: float = 0.0
    per_day: int = 0

    @classmethod
    def of(cls, value: float | None) -> Canary | None:
        """Return what a user means by a number: a share if it is a float, so many a day if whole.

        Raises:
            UsageError: it is neither.
        """
        if value is None:
            return None
        if isinstance(value, float) and 0.0 < value <= 1.0:
            return cls(share=value)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return cls(per_day=value)
        raise UsageError(
            "canary is a share of the hits, above 0.0 and at most 1.0, or a whole number of texts "
            f"a day, and not {value!r}"
        )


class WeightsWatch:
    """Notices that the vectors of one recipe would come out otherwise today.

    Args:
        store: the store of the vectors.
        names: makes the names of the vectors.
        canary: how many are computed anew; None for none, and only marks are heeded.
        on_change: what happens when the weights have changed.
        distances: the function that returns how far computed vectors are from stored ones, by
            row. It raises VectorError where they cannot be compared.
    """

    def __init__(
        self,
        store: Store,
        names: EntryNames,
        canary: Canary | None,
        on_change: OnChange,
        distances: Callable[[Any, Any], dict[int, float]],
    ) -> None:
        if on_change not in ("warn", "raise"):
            raise UsageError(f"on_change is 'warn' or 'raise', and not {on_change!r}")
        self._store = slowest(store)
        self._names = names
        self._bound = BOUNDS[names.numbers]
        self._distances = distances
        self._canary = canary
        self._on_change = on_change
        self._random = random.Random()  # noqa: S311 - nobody gains by guessing it
        self._lock: threading.Lock  # never held while the store is asked
        renew_after_fork(self, _unlock)
        self._look_at = float("-inf")
        self._has_looked = False
        self._change: Change | None = None
        self._is_marked = False  # a store that fails does not take the mark
        self._damaged = b""
        self._due = time.monotonic()
        if canary is not None and canary.per_day:
            self._due += self._random.random() * _SECONDS_OF_DAY / canary.per_day

    def is_stopped(self) -> bool:
        """Return whether the recipe was stopped, here or elsewhere.

        Raises:
            WeightsChangedError: it was, and that is to be an error.
        """
        now = time.monotonic()
        with self._lock:
            # Whoever comes while the very first look is under way looks as well.
            is_due = now >= self._look_at or not self._has_looked
            if is_due:
                self._look_at = now + _SECONDS_BETWEEN_LOOKS
            known, is_marked = self._change, self._is_marked
        if is_due and known is not None and not is_marked:
            self._mark(known)
        elif is_due:
            self._look(known)
            self._has_looked = True
        change = self._change
        if change is not None and self._on_change == "raise":
            raise WeightsChangedError(said_of(change))
        return change is not None

    def choose(self, hits: Sequence[str], most: int) -> list[str]:
        """Choose the canaries, at most so many, by the names of the vectors that hit."""
        canary = self._canary
        if canary is None or not hits:
            return []
        if canary.share:
            return [name for name in hits if self._random.random() < canary.share][:most]
        now = time.monotonic()
        with self._lock:
            if now < self._due:
                return []
            self._due = now + _SECONDS_OF_DAY / canary.per_day
        return [self._random.choice(hits)]

    def compare(self, names: Sequence[str], stored: Any, answers: Sequence[Any]) -> bool:
        """Return whether the vectors of canaries are the same; if not, stop the recipe.

        Args:
            names: the n names of the canaries.
            stored: their n stored vectors.
            answers: what the model said of them, n vectors; empty if it said nothing.

        Raises:
            WeightsChangedError: they are not, and that is to be an error.
        """
        try:
            distances = [self._distances(stored, answer) for answer in answers]
        except VectorError as error:
            _log.warning("Vectors could not be compared with those of today: %s", error)
            return True
        others = {at: its for each in distances for at, its in each.items() if its > self._bound}
        if not others:
            return True
        keys = tuple(names[at].rpartition("/")[2] for at in list(others)[:MOST_KEYS])
        largest = max(others.values())
        model = usage_key_of(self._names.recipe).model
        change = Change(shown_name(model), self._names.common, keys, largest, time.time())
        with self._lock:
            self._change, self._is_marked = change, False
        self._mark(change)
        if self._on_change == "raise":
            raise WeightsChangedError(said_of(change))
        _log.warning("%s", said_of(change))
        return False

    def _mark(self, change: Change) -> None:
        try:
            self._store.put_many(framed_mark(change, self._names.recipe))
        except StoreError as error:
            _log.warning("Others are not told yet that the weights changed: %s", error)
            return
        with self._lock:
            if self._change is change:
                self._is_marked = True

    def _look(self, known: Change | None) -> None:
        """Read the mark; what it says counts unless another change was noticed meanwhile.

        Args:
            known: the change that was known, and marked, before the mark is read.
        """
        try:
            data = mark_in(self._store, self._names.common)
        except StoreError:  # the look-up of the vectors tells
            return
        found = None
        if data is not None and data != self._damaged:
            try:
                found = read_change(CHANGED + self._names.common, data)
            except DamagedEntryError as error:
                self._damaged = data
                _log.warning("A mark is passed over: %s", error)
        with self._lock:
            if self._change is not known:
                return
            self._change, self._is_marked = found, found is not None
        if found is not None and known is None:
            _log.warning("%s", said_of(found))


def _unlock(it: WeightsWatch) -> None:
    it._lock = threading.Lock()
