"""Ask a model for vectors that are stored already, and compare the two.

Both caches of vectors do this in the same way, whatever their vectors are: `names` are those of the
canaries, `stored` what is stored under them, and `answer` what the model gives for their texts.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from renai.cache.reservation import hop
from renai.embeddings.canary import Canary, OnChange, WeightsWatch
from renai.embeddings.questions import Questions
from renai.embeddings.recipe import usage_key_of
from renai.errors import ProviderError, RenaiError, VectorError
from renai.usage.counters import Counts, TotalCost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from renai.embeddings.recipe import EntryNames
    from renai.stores.base import Store
    from renai.usage.counters import UsageCounters

_FAILURES_OF_MODELS = (ProviderError, VectorError)
"""Errors of renai that say that a model has failed; all others say something of the call."""

_log = logging.getLogger("renai")


class Comparison:
    """Compares some vectors that hit with those that the model gives today.

    Args:
        store: the store of the vectors.
        names: makes the names of the vectors.
        counters: count what the model's answers took.
        canary: how many are computed anew, as for `EmbeddingCache`.
        on_change: what happens when the weights have changed.
        distances: the function that compares stored vectors with computed ones.

    Attributes:
        watch: knows whether the recipe is stopped.
        questions: those that were put to the model.
        is_wanted: whether vectors are compared at all.
    """

    def __init__(
        self,
        store: Store,
        names: EntryNames,
        counters: UsageCounters,
        canary: float | None,
        on_change: OnChange,
        distances: Callable[[Any, Any], dict[int, float]],
    ) -> None:
        self.watch = WeightsWatch(store, names, Canary.of(canary), on_change, distances)
        self.questions = Questions()
        self.is_wanted = canary is not None
        self._counters = counters
        self._usage_key = usage_key_of(names.recipe)

    def choose(self, hits: Sequence[str], most: int) -> list[str]:
        """Return the names of the vectors that are compared, of those that hit; mostly none."""
        return [] if self.questions.is_open else self.watch.choose(hits, most)

    def is_same(
        self,
        names: Sequence[str],
        stored: Any,
        texts: list[str],
        compute: Callable[[list[str]], Any],
        *,
        waits: bool,
    ) -> bool:
        """Embed the texts of canaries again; return whether their vectors are the stored ones.

        Args:
            names: their names.
            stored: their stored vectors.
            texts: their texts.
            compute: the function that computes vectors.
            waits: whether the call needs other answers of the model and waits for this one too;
                else a late answer counts from the next call on, and this is True.

        Raises:
            WeightsChangedError: they are others, and that is to be an error.
        """

        def ask() -> bool:
            with self._asking() as answers:
                answers.append(compute(texts))
            return self.watch.compare(names, stored, answers)

        return ask() if waits else self.questions.ask(ask)

    async def ais_same(
        self,
        names: Sequence[str],
        stored: Any,
        texts: list[str],
        compute: Callable[[list[str]], Awaitable[Any]],
        *,
        waits: bool,
    ) -> bool:
        """Do what `is_same` does for tasks."""

        async def ask() -> bool:
            with self._asking() as answers:
                answers.append(await compute(texts))
            return await hop(partial(self.watch.compare, names, stored, answers))

        return await (ask() if waits else self.questions.aask(ask))

    @contextmanager
    def _asking(self) -> Iterator[list[Any]]:
        """Yield a list for the answer to canaries, and count what it took.

        A failure of the model does not fail the work, for which its answer is not needed.

        Raises:
            RenaiError: what was raised is about the call itself, such as an embedder that was
                changed or brings other weights, and would be raised by any text that is missing.
        """
        begun = time.perf_counter()
        try:
            yield []
        except Exception as error:
            if isinstance(error, RenaiError) and not isinstance(error, _FAILURES_OF_MODELS):
                raise
            _log.warning("Vectors could not be compared with those of today: %s", error)
        spent = TotalCost(calls=1, seconds=time.perf_counter() - begun)
        self._counters.add({self._usage_key: Counts(spent=spent)})
