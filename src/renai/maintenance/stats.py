"""Add up what usage counters have counted: hits, misses, and what was spent and saved.

An entry of a vector is too small to hold its cost, so a hit on one is taken to save what the
vectors of its model took on average: calls, seconds, and also tokens and money where the embedder
reported tokens. Where it did not, what vectors cost is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from renai.usage.cost import Cost
from renai.usage.counters import SHADOW, Counts, UsageKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renai.usage.database import DayCounts

VECTORS = "embedding"


@dataclass(frozen=True, slots=True)
class Stats:
    """What was counted.

    Attributes:
        since: the first day on which anything was counted; None where nothing was.
        by_key: counts by layer, provider and model; in each layer, most hits first.
        days: the counts of each day, the first day first.
        shadow: what the gateway only watched; its hits and savings are those that caching would
            have had, and are in none of the above.
    """

    since: date | None
    by_key: dict[UsageKey, Counts]
    days: dict[date, Counts]
    shadow: Counts = field(default_factory=Counts)

    @property
    def total(self) -> Counts:
        """The counts of all keys together."""
        total = Counts()
        for counts in self.by_key.values():
            total.merge(counts)
        return total


def gather(history: Sequence[DayCounts], since: date | None = None) -> Stats:
    """Add up what a usage database holds.

    Args:
        history: all of it, since averages are taken over all of it.
        since: the first day that counts.
    """
    averages = _averages(history)
    by_key = defaultdict[UsageKey, Counts](Counts)
    days = defaultdict[date, Counts](Counts)
    shadow = Counts()
    for day, key, counts in history:
        if since is None or day >= since:
            if key.layer == SHADOW:
                shadow.merge(counts)
                continue
            if key.layer == VECTORS:
                average = averages.get(key, _NOTHING)
                saved = counts.saved
                saved.seconds = counts.hits * average.seconds
                saved.calls = round(counts.hits * average.calls)
                saved.prompt_tokens = round(counts.hits * average.tokens)
                saved.money = counts.hits * (average.money or 0.0)
                saved.unpriced = counts.hits if average.money is None else 0
                counts.spent.unpriced = _unpriced(counts)
            by_key[key].merge(counts)
            days[day].merge(counts)
    most_first = sorted(by_key, key=lambda a: (a.layer, -by_key[a].hits, a))
    return Stats(min(days, default=None), {a: by_key[a] for a in most_first}, dict(days), shadow)


def average_cost(history: Iterable[DayCounts], key: UsageKey) -> Cost | None:
    """Return what one answer of a model has cost on average; None if it has given none."""
    total = Counts()
    for _, its, counts in history:
        if its == key:
            total.merge(counts)
    spent, answers = total.spent, total.misses
    if not answers or not spent.calls:
        return None
    return Cost(
        seconds=spent.seconds / answers,
        calls=max(1, round(spent.calls / answers)),
        prompt_tokens=round(spent.prompt_tokens / answers),
        completion_tokens=round(spent.completion_tokens / answers),
        money=None if spent.unpriced else spent.money / answers,
    )


class _Average(NamedTuple):
    """What one vector took: a share of a call, of its seconds, tokens and US dollars.

    The money is None where no price is known.
    """

    calls: float
    seconds: float
    tokens: float = 0.0
    money: float | None = None


_NOTHING = _Average(0.0, 0.0)


def _averages(history: Iterable[DayCounts]) -> dict[UsageKey, _Average]:
    sums = defaultdict[UsageKey, Counts](Counts)
    for _, key, counts in history:
        if key.layer == VECTORS:
            total = sums[key]
            unpriced = total.spent.unpriced + _unpriced(counts)
            total.merge(counts)
            total.spent.unpriced = unpriced
    return {key: _average(counts) for key, counts in sums.items() if counts.misses}


def _average(counts: Counts) -> _Average:
    spent, vectors = counts.spent, counts.misses
    priced = vectors - spent.unpriced
    return _Average(
        spent.calls / vectors,
        spent.seconds / vectors,
        spent.prompt_tokens / vectors,
        spent.money / priced if priced > 0 else None,
    )


def _unpriced(counts: Counts) -> int:
    """Return how many computed vectors have no known price.

    Where no tokens were reported, that is none of them; such vectors are not counted one by one.
    """
    return min(counts.spent.unpriced, counts.misses) if counts.spent.tokens else counts.misses
