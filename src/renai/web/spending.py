"""What was spent and saved, hit and missed, as the charts and tables of the dashboard."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from renai.counting import lasted, money_of
from renai.maintenance.stats import gather
from renai.usage.counters import MISSES, Counts
from renai.usage.database import USAGE_FILE, UsageDatabase
from renai.web.charts import chart

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from renai.maintenance.stats import Stats
    from renai.web.charts import Chart

_MOST_DAYS = 92
"""Over a longer time each bar is a month."""


@dataclass(frozen=True, slots=True)
class Spending:
    """What the dashboard shows of the counts.

    Attributes:
        stats: the counts.
        total: all of them together.
        charts: what was spent and saved, and what was hit and missed, over time.
        reasons: how often look-ups missed, by layer and reason, the most frequent first.
    """

    stats: Stats
    total: Counts
    charts: list[Chart]
    reasons: list[tuple[str, str, int]]


def spending(folder: Path, days: int | None) -> Spending:
    """Read what was counted.

    Args:
        folder: the cache folder.
        days: only the last ones, today included; None for all.

    Raises:
        StoreError: the counts cannot be read.
    """
    since = None if days is None else date.today() - timedelta(days=days - 1)
    stats = gather(UsageDatabase(folder / USAGE_FILE).read(), since)
    by_time = _filled(stats.days, since)
    priced = any(counts.saved.money or counts.spent.money for counts in by_time.values())
    worth = [
        (label, [_worth(counts, "spent", priced), _worth(counts, "saved", priced)])
        for label, counts in by_time.items()
    ]
    looked_up = [(label, [counts.hits, counts.misses]) for label, counts in by_time.items()]
    reasons = Counter[tuple[str, str]]()
    for key, counts in stats.by_key.items():
        reasons.update({(key.layer, reason): counts.events[reason] for reason in MISSES})
    return Spending(
        stats,
        stats.total,
        [
            chart(
                "Spent and saved, in US dollars" if priced else "Spent and saved, in time",
                ("spent", "saved"),
                worth,
                money_of if priced else lasted,
                stacked=False,
            ),
            chart("Look-ups", ("hits", "misses"), looked_up, lambda n: f"{n:,.0f}", stacked=True),
        ],
        [(*reason, count) for reason, count in reasons.most_common() if count],
    )


def _worth(counts: Counts, side: str, priced: bool) -> float:
    cost = counts.spent if side == "spent" else counts.saved
    return cost.money if priced else cost.seconds


def _filled(days: Mapping[date, Counts], since: date | None) -> dict[str, Counts]:
    """Return counts by day without gaps, or by month where there are too many days."""
    if not days:
        return {}
    first, last = max(min(days), since or date.min), max(max(days), date.today())
    length = (last - first).days + 1
    by_time: dict[str, Counts] = {}
    for number in range(length):
        day = first + timedelta(days=number)
        label = day.isoformat()[:7] if length > _MOST_DAYS else day.isoformat()
        total = by_time.setdefault(label, Counts())
        if day in days:
            total.merge(days[day])
    return by_time
