"""Shadow mode: what caching would have saved, counted while everything is passed on.

Of what goes by only digests are kept: the names that entries would have, which tell nothing of
texts, answers or callers. Each is forgotten after some weeks.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import orjson

from renai.codecs.binary import seal, unseal
from renai.errors import StoreError
from renai.locations import cache_folder
from renai.usage.counters import SHADOW, Counts, TotalCost, UsageKey
from renai.usage.database import open_counters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.gateway.counted_models import CountedModels
    from renai.gateway.metrics import GatewayMetrics
    from renai.gateway.model_prices import ModelPrices
    from renai.stores.base import Store

SEEN = "seen/"
"""The prefix of the names of what was seen in shadow mode."""

_KEPT_FOR = 30 * 24 * 3600.0  # seconds
_MOMENT_BYTES = 8


class Seen(NamedTuple):
    """A request that was passed on and answered.

    Attributes:
        names: the digest of each input, 64 hex digits.
        model: the model.
        body: the answer.
        seconds: how long the answer took.
    """

    names: Sequence[str]
    model: str
    body: bytes
    seconds: float


class Shadow:
    """Counts what caching would have saved.

    Args:
        store: the store for the digests.
        counted: the models that are counted by name.
        prices: what the upstream's models cost.
        metrics: count the same for Prometheus.
    """

    def __init__(
        self, store: Store, counted: CountedModels, prices: ModelPrices, metrics: GatewayMetrics
    ) -> None:
        self._store = store
        self._counted = counted
        self._prices = prices
        self._metrics = metrics
        self._counters = open_counters(cache_folder())

    def count(self, seen: Seen) -> None:
        """Count one request, and keep its digests; a store that fails only costs the counts."""
        names = [SEEN + digest for digest in seen.names]
        try:
            known = {
                name for name, data in self._store.get_many(names).items() if _holds(name, data)
            }
            moment = int(time.time() + _KEPT_FOR).to_bytes(_MOMENT_BYTES, "little")
            new = {name: seal(name, moment) for name in names if name not in known}
            self._store.put_many(new, _KEPT_FOR)
        except StoreError:
            return
        misses = len(new)
        hits = len(names) - misses  # a text that stands twice in a request is asked once
        share = hits / len(names)
        prompt, completion = (round(tokens * share) for tokens in _tokens_in(seen.body))
        money = self._prices.money_for(seen.model, prompt, completion)
        saved = TotalCost(
            calls=int(not misses),
            prompt_tokens=prompt,
            completion_tokens=completion,
            seconds=seen.seconds * share,
            money=money or 0.0,
            unpriced=hits if money is None else 0,
        )
        counts = Counts(saved=saved)
        counts.events.update(hit=hits, missing=misses)
        self._counted.accept(seen.model)  # only what the upstream has answered is counted
        self._counters.add({UsageKey(SHADOW, "gateway", self._counted.name_of(seen.model)): counts})
        self._metrics.would_have(hits, misses, saved.tokens)

    def close(self) -> None:
        """Write the counts."""
        self._counters.flush()


def _holds(name: str, data: bytes) -> bool:
    moment = unseal(name, data)
    return moment is not None and int.from_bytes(moment, "little") > time.time()


def _tokens_in(body: bytes) -> tuple[int, int]:
    """Return the tokens of the prompt and of the completion that an answer says were billed."""
    try:
        usage = orjson.loads(body)["usage"]
        completion = usage.get("completion_tokens", 0)
        prompt = usage.get("prompt_tokens", usage.get("total_tokens", 0))
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0, 0
    return _count(prompt), _count(completion)


def _count(stated: object) -> int:
    return stated if isinstance(stated, int) and stated > 0 else 0
