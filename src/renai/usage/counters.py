"""What was hit, missed, spent and saved.

`UsageCounters` count for one cache and one process. They may hand on what they count to a usage
database, which adds it up by day and key for good.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from renai.usage.cost import MOST, Cost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Event = Literal["hit", "shared", "missing", "stale", "damaged", "refresh"]

MISSES: tuple[Event, ...] = ("missing", "stale", "damaged", "refresh")
EVENTS: tuple[Event, ...] = ("hit", "shared", *MISSES)

METRICS_API = "opentelemetry.metrics"

_PARTS = ("calls", "prompt_tokens", "completion_tokens", "seconds", "money")


class UsageKey(NamedTuple):
    """What counts are kept apart by.

    Attributes:
        layer: `text`, `metadata` or `embedding`.
        provider: who was asked; for texts the reader, for vectors the embedder's class where there
            is one.
        model: which of its models; for texts empty.
    """

    layer: str = ""
    provider: str = ""
    model: str = ""


@dataclass(slots=True)
class TotalCost:
    """Work, added up.

    Attributes:
        bytes: of entries, written or read.
        calls: to a model.
        prompt_tokens: as endpoints reported them.
        completion_tokens: likewise.
        seconds: the work took.
        money: US dollars, as far as they are known.
        unpriced: answers for which they are not.
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
        """Of prompts and completions."""
        return self.prompt_tokens + self.completion_tokens

    def add(self, cost: Cost | None, size: int = 0) -> None:
        """Add one piece of work, and the bytes of its entry."""
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
        """Add what stands in entries' headers; what is no cost there adds nothing.

        A warm run is made of hits, so their costs are added column by column.
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
        """Add what another sum holds."""
        for name in COST_PARTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


COST_PARTS = tuple(each.name for each in fields(TotalCost))
"""What a total is made of, in the order of its fields."""


@dataclass(slots=True)
class Counts:
    """What became of look-ups, and what the work took or would have taken.

    Every key that was asked for counts once: as a `hit`, as `shared` where another flight brought
    it, or as a computation, under the reason for it.
    """

    events: Counter[str] = field(default_factory=Counter)
    spent: TotalCost = field(default_factory=TotalCost)
    saved: TotalCost = field(default_factory=TotalCost)

    @property
    def hits(self) -> int:
        """Keys answered without computing."""
        return self.events["hit"] + self.events["shared"]

    @property
    def misses(self) -> int:
        """Keys that had to be computed, whatever the reason."""
        return sum(self.events[reason] for reason in MISSES)

    def merge(self, other: Counts) -> None:
        """Add what others hold."""
        self.events.update(other.events)
        self.spent.merge(other.spent)
        self.saved.merge(other.saved)


class Sink(Protocol):
    """Where counts are kept for good."""

    def add(self, counted: Mapping[UsageKey, Counts]) -> None:
        """Take in what was counted, without blocking."""
        ...

    def flush(self) -> None:
        """Write what is not yet written. This may block."""
        ...


class UsageCounters:
    """Count what became of look-ups; one object may be shared by several caches and threads.

    Args:
        sink: keeps what is counted for good.
        metrics: records what is counted, in programs that have imported OpenTelemetry's metrics.
    """

    def __init__(
        self,
        sink: Sink | None = None,
        *,
        metrics: Callable[[Mapping[UsageKey, Counts]], None] | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._sink = sink
        self._metrics = metrics
        self._total = Counts()

    def add(self, counted: Mapping[UsageKey, Counts]) -> None:
        """Add what was counted, by key."""
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
        """Have what was counted written."""
        if self._sink is not None:
            self._sink.flush()

    def spend(self, key: UsageKey, costs: Iterable[Cost]) -> None:
        """Add what calls cost, whether or not an entry came of them."""
        counts = Counts()
        for cost in costs:
            counts.spent.add(cost)
        self.add({key: counts})

    def __getitem__(self, event: Event) -> int:
        return self._total.events[event]

    @property
    def hits(self) -> int:
        """Keys answered without computing."""
        return self._total.hits

    @property
    def misses(self) -> int:
        """Keys that had to be computed, whatever the reason."""
        return self._total.misses
