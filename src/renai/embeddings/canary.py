"""Canaries: some texts that hit are embedded again, to notice that a model has other weights.

An endpoint can put other weights behind the same name. No recipe can tell that; its answers do. So
of the vectors that hit, a few are computed anew and compared. If they differ by more than the noise
of processors and batches, the recipe is stopped: a mark beside its vectors says so, and none of
them is returned, in any process that shares the store, until a person removes the mark.

    changed/<digest of what the names of its vectors have in common, 64 hex digits>
"""

from __future__ import annotations

import logging
import math
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.codecs.vector import as_sound_vectors
from renai.errors import (
    DamagedEntryError,
    StoreError,
    UsageError,
    VectorError,
    WeightsChangedError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from renai.codecs.vector import Dtype, Floats
    from renai.embeddings.recipe import EntryNames
    from renai.embeddings.rows import Rows
    from renai.stores.base import Store

CHANGED = "changed/"
"""The prefix of the names of marks."""

OnChange = Literal["warn", "raise"]
"""What a cache does when the weights have changed: go on without its vectors, or raise."""

_BOUNDS: dict[Dtype, float] = {"float32": 0.005, "float16": 0.005, "int8": 0.02}
"""The largest cosine distance of one text's vectors that is still noise, by the type of number."""

_SECONDS_OF_DAY = 86_400.0
_SECONDS_BETWEEN_LOOKS = 30.0
_MOST_KEYS = 10
"""Texts that a mark names."""

_log = logging.getLogger("renai")


class Change(NamedTuple):
    """What a mark says.

    Attributes:
        model: the name by which a person knows the model.
        digest: the digest in the name of the mark, 64 hex digits.
        keys: the keys of texts whose vectors differ, as `EmbeddingCache.key` returns them.
        distance: the largest cosine distance between a stored and a computed vector, 0 to 2.
        noticed_at: when that was, in seconds since 1970.
    """

    model: str
    digest: str
    keys: tuple[str, ...]
    distance: float
    noticed_at: float


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
        dtype: the type of number in which they are stored.
        canary: how many are computed anew; None for none, and only marks are heeded.
        on_change: what happens when the weights have changed.
    """

    def __init__(
        self,
        store: Store,
        names: EntryNames,
        dtype: Dtype,
        canary: Canary | None,
        on_change: OnChange,
    ) -> None:
        if on_change not in ("warn", "raise"):
            raise UsageError(f"on_change is 'warn' or 'raise', and not {on_change!r}")
        self._store = store
        self._names = names
        self._bound = _BOUNDS[dtype]
        self._canary = canary
        self._on_change = on_change
        self._random = random.Random()  # noqa: S311 - nobody gains by guessing it
        self._look_at = float("-inf")
        self._change: Change | None = None
        self._is_marked = False  # a store that fails does not take the mark
        self._due = time.monotonic()
        if canary is not None and canary.per_day:
            self._due += self._random.random() * _SECONDS_OF_DAY / canary.per_day

    def is_stopped(self) -> bool:
        """Return whether the recipe was stopped, here or elsewhere.

        Raises:
            WeightsChangedError: it was, and that is to be an error.
        """
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _SECONDS_BETWEEN_LOOKS
            if self._change is not None and not self._is_marked:
                self._mark(self._change)
            known, self._change = self._change, self._marked()
            if self._change is not None and known is None:
                _log.warning("%s", _said_of(self._change))
        if self._change is not None and self._on_change == "raise":
            raise WeightsChangedError(_said_of(self._change))
        return self._change is not None

    def choose(self, rows: Rows, most: int) -> list[str]:
        """Choose the canaries, at most so many, among the vectors that were there already."""
        canary = self._canary
        if canary is None or not rows.hits.any():
            return []
        hits = rows.hit_names()
        if canary.share:
            return [name for name in hits if self._random.random() < canary.share][:most]
        now = time.monotonic()
        if now < self._due:
            return []
        self._due = now + _SECONDS_OF_DAY / canary.per_day
        return [self._random.choice(hits)]

    def compare(self, names: Sequence[str], rows: Rows, answers: Sequence[ArrayLike]) -> bool:
        """Return whether the vectors of canaries are the same; if not, stop the recipe.

        Args:
            names: the n names of the canaries.
            rows: the rows with their stored vectors.
            answers: what the model said of them, (n, dim); empty if it said nothing.

        Raises:
            WeightsChangedError: they are not, and that is to be an error.
        """
        try:
            distances = [_distances(rows.vectors_of(names), answer) for answer in answers]
        except VectorError as error:
            _log.warning("Vectors could not be compared with those of today: %s", error)
            return True
        others = {at: its for each in distances for at, its in each.items() if its > self._bound}
        if not others:
            return True
        keys = tuple(names[at].rpartition("/")[2] for at in list(others)[:_MOST_KEYS])
        largest = max(others.values())
        model = str(getattr(self._names.recipe, "called", ""))
        self._change = Change(model, self._names.common, keys, largest, time.time())
        self._mark(self._change)
        if self._on_change == "raise":
            raise WeightsChangedError(_said_of(self._change))
        _log.warning("%s", _said_of(self._change))
        return False

    def _mark(self, change: Change) -> None:
        name = CHANGED + change.digest
        value = {
            "model": change.model,
            "keys": list(change.keys),
            "distance": change.distance,
            "noticed_at": change.noticed_at,
        }
        recipe = self._names.recipe
        data = JsonCodec().encode(name, Entry(value, {"step": recipe.step}, recipe.digest))
        try:
            self._store.put_many({name: data})
        except StoreError as error:
            self._is_marked = False
            _log.warning("Others are not told yet that the weights changed: %s", error)
        else:
            self._is_marked = True

    def _marked(self) -> Change | None:
        name = CHANGED + self._names.common
        if self._change is not None and not self._is_marked:
            return self._change
        try:
            data = self._store.get_many([name]).get(name)
        except StoreError:  # the look-up of the vectors tells
            return self._change
        self._is_marked = data is not None
        return None if data is None else read_change(name, data)


def read_change(name: str, data: bytes) -> Change:
    """Return what a mark says; of a damaged one no more than that there is one."""
    digest = name.removeprefix(CHANGED)
    try:
        value: dict[str, Any] = JsonCodec().decode(name, data).value
        return Change(
            str(value["model"]),
            digest,
            tuple(map(str, value["keys"])),
            float(value["distance"]),
            float(value["noticed_at"]),
        )
    except (DamagedEntryError, KeyError, TypeError, ValueError):
        return Change("", digest, (), math.nan, math.nan)


def changes_in(store: Store) -> list[Change]:
    """Return what the marks in a store say, the latest first.

    Raises:
        StoreError: the store fails.
    """
    names = [stat.name for stat in store.scan(CHANGED)]
    changes = [read_change(name, data) for name, data in store.get_many(names).items()]
    return sorted(changes, key=lambda change: (-change.noticed_at, change.digest))


def trust(store: Store, change: Change) -> None:
    """Remove a mark, so that the vectors of its recipe are returned again.

    Raises:
        StoreError: the store fails.
    """
    store.delete_many([CHANGED + change.digest])


def _distances(stored: Floats, answer: ArrayLike) -> dict[int, float]:
    """Return how far computed vectors are from stored ones, by row; those that failed are left out.

    Args:
        stored: the stored vectors, (n, dim).
        answer: what the model gave for their texts, a vector for each. An embedder that goes on
            after failures gives None for some texts, or for all of them in an outage.

    Returns:
        Cosine distances, 0 to 2; 2 where the dimension is another one.

    Raises:
        VectorError: the answer is not one vector for each text, or none of them is one.
    """
    computed, reasons = as_sound_vectors(answer, len(stored), None)
    sound = [
        row
        for row, vector in enumerate(computed)
        if row not in reasons and bool(np.isfinite(vector).all())
    ]
    if not sound:
        raise VectorError(f"a vector {next(iter(reasons.values()), 'holds NaN or infinity')}")
    if stored.shape[1] != computed.shape[1]:
        return dict.fromkeys(sound, 2.0)
    old, new = (vectors[sound].astype(np.float64) for vectors in (stored, computed))
    lengths = np.linalg.norm(old, axis=1), np.linalg.norm(new, axis=1)
    dots, norms = np.einsum("ij,ij->i", old, new), lengths[0] * lengths[1]
    # A vector of zeros has no direction: it is like another one, and unlike any other.
    blank = np.where(lengths[0] == lengths[1], 1.0, 0.0)
    cosines = np.divide(dots, norms, out=blank, where=norms > 0)
    return dict(zip(sound, (1.0 - cosines).tolist(), strict=True))


def _said_of(change: Change) -> str:
    model = change.model or "a model"
    return (
        f"The weights of {model} seem to have changed: a text embedded again is "
        f"{change.distance:.3f} (cosine distance) away from its stored vector (key "
        f"{change.keys[0][:12] if change.keys else 'unknown'}…). Its vectors in recipe "
        f"{change.digest[:12]} are not used any more. Give the new weights another revision; or, "
        f"if the old vectors are still right: renai cache trust {change.digest[:12]}"
    )
