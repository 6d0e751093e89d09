"""Count what is hit, missed, spent and saved.

`UsageCounters` count for one cache in one process. They may pass on what they count to a usage
database, which adds it up by day and key, and keeps it.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from renai.forks import renew_after_fork
from renai.usage.cost import MOST, Cost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Event = Literal["hit", "shared", "missing", "stale", "damaged", "refresh"]

MISSES: tuple[Event, ...] = ("missing", "stale", "damaged", "refresh")
EVENTS: tuple[Event, ...] = ("hit", "shared", *MISSES)

SHADOW = "shadow"
"""The layer of what was passed on and only watched: hits and savings that could have been."""

METRICS_API = "opentelemetry.metrics"

_PARTS = ("calls", "prompt_tokens", "completion_tokens", "seconds", "money")


class UsageKey(NamedTuple):
    """What is counted separately: a layer, a provider and a model.

    Attributes:
        layer: `text`, `metadata`, `embedding`, `chat` or `shadow`.
        provider: the provider; for texts the reader, for vectors the class of the embedder, if
            there is one.
        model: the provider's model; empty for texts.
    """

    layer: str = ""
    provider: str = ""
    model: str = ""


@dataclass(slots=True)
class TotalCost:
    """The sum of the costs of many pieces of work.

    Attributes:
        bytes: the size of the entries that were written or read.
        calls: the calls to a model.
        prompt_tokens: the prompt tokens, as endpoints reported them.
        completion_tokens: the completion tokens, as endpoints reported them.
        seconds: the wall time of the work.
        money: US dollars, as far as they are known.
        unpriced: the number of answers whose price is unknown.
    """

    bytes: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    money: float = 0.0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        """The tokens of prompts and completions."""
        return self.prompt_tokens + self.completion_tokens

    def add(self, cost: Cost | None, size: int = 0) -> None:
        """Add the cost of one piece of work, and the size of its entry in bytes."""
        self.bytes += size
        if cost is None:
            return
        self.calls += cost.calls
        self.prompt_tokens += cost.prompt_tokens
        self.completion_tokens += cost.completion_tokens
        self.seconds += cost.seconds
        if cost.money is not None:
            self.money += cost.money
        elif cost.calls:
            self.unpriced += 1

    def add_stored(self, costs: Sequence[Any]) -> None:
        """Add costs from the headers of entries, ignoring invalid ones.

        A warm run consists of hits, so for speed their costs are added column by column.
        """
        try:
            calls, prompts, completions, seconds, money = (
                [cost[name] for cost in costs] for name in _PARTS
            )
            asked = zip(calls, money, strict=True)
            sums = TotalCost(
                calls=sum(calls),
                prompt_tokens=sum(prompts),
                completion_tokens=sum(completions),
                seconds=sum(seconds),
                money=sum(filter(None, money)),
                unpriced=sum(1 for made, amount in asked if made and amount is None),
            )
            known = [amount for amount in money if amount is not None]
            columns = (calls, prompts, completions, seconds, known)
            # NaN can hide from `min` and `max`, and not from the sum.
            whole = all(
                min(column, default=0) >= 0 and max(column, default=0) <= MOST for column in columns
            ) and isfinite(sums.calls + sums.tokens + sums.seconds + sums.money)
        except (TypeError, KeyError, ValueError, OverflowError):
            whole = False
        if whole:
            self.merge(sums)
        else:
            for cost in costs:
                self.add(Cost.from_json(cost))

    def merge(self, other: TotalCost) -> None:
        """Add another sum."""
        self.bytes += other.bytes
        self.calls += other.calls
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.seconds += other.seconds
        self.money += other.money
        self.unpriced += other.unpriced


COST_PARTS = tuple(each.name for each in fields(TotalCost))
"""The names of the parts of a total, in the order of its fields."""


@dataclass(slots=True)
class Counts:
    """The outcomes of look-ups, and what the work cost or would have cost.

    Every key that was looked up counts once: as a `hit`, as `shared` where another thread or task
    computed it meanwhile, or as a miss, under the reason for it.
    """

    events: Counter[str] = field(default_factory=Counter)
    spent: TotalCost = field(default_factory=TotalCost)
    saved: TotalCost = field(default_factory=TotalCost)

    @property
    def hits(self) -> int:
        """The number of keys whose entries had not to be computed."""
        return self.events["hit"] + self.events["shared"]

    @property
    def misses(self) -> int:
        """The number of keys that had to be computed, for any reason."""
        return sum(self.events[reason] for reason in MISSES)

    def merge(self, other: Counts) -> None:
        """Add other counts."""
        for event, count in other.events.items():
            self.events[event] += count
        self.spent.merge(other.spent)
        self.saved.merge(other.saved)


class Sink(Protocol):
    """A place where counts are kept."""

    def add(self, counted: Mapping[UsageKey, Counts]) -> None:
        """Add counts without blocking."""
        ...

    def flush(self) -> None:
        """Write what is not yet written. This may block."""
        ...


class UsageCounters:
    """Count the outcomes of look-ups; several caches and threads may share one object.

    Args:
        sink: keeps what is counted.
        metrics: records what is counted in programs that have imported OpenTelemetry's metrics.
    """

    def __init__(
        self,
        sink: Sink | None = None,
        *,
        metrics: Callable[[Mapping[UsageKey, Counts]], None] | None = None,
    ) -> None:
        self._lock: threading.Lock
        renew_after_fork(self, _unlock)
        self._sink = sink
        self._metrics = metrics
        self._total = Counts()

    def add(self, counted: Mapping[UsageKey, Counts]) -> None:
        """Add counts, by key."""
        if not counted:
            return
        with self._lock:
            for counts in counted.values():
                self._total.merge(counts)
        if self._sink is not None:
            self._sink.add(counted)
        if self._metrics is not None and METRICS_API in sys.modules:
            self._metrics(counted)

    def flush(self) -> None:
        """Write what was counted, where it is kept. This blocks."""
        if self._sink is not None:
            self._sink.flush()

    def spend(self, key: UsageKey, costs: Iterable[Cost]) -> None:
        """Add the costs of calls, whether they led to an entry or not."""
        counts = Counts()
        for cost in costs:
            counts.spent.add(cost)
        self.add({key: counts})

    def __getitem__(self, event: Event) -> int:
        return self._total.events[event]

    @property
    def hits(self) -> int:
        """The number of keys whose entries had not to be computed."""
        return self._total.hits

    @property
    def misses(self) -> int:
        """The number of keys that had to be computed, for any reason."""
        return self._total.misses


def _unlock(it: UsageCounters) -> None:
    it._lock = threading.Lock()
