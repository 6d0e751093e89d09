"""What the ledger says of a cache: per account what was hit and missed, spent and saved.

A hit on a vector saves what its model's vectors took on average, since a vector's entry is too
small to hold what it cost.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from renai.usage.cost import Cost
from renai.usage.counters import Account, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renai.usage.database import DayTally

VECTORS = "embedding"


@dataclass(frozen=True, slots=True)
class Stats:
    """What was counted.

    Attributes:
        since: the first day on which anything was; None where nothing was.
        accounts: by layer, provider and model; those that saved most calls and hits first.
        days: all accounts of a day together, the first day first.
    """

    since: date | None
    accounts: dict[Account, Tally]
    days: dict[date, Tally]

    @property
    def total(self) -> Tally:
        """All accounts together."""
        total = Tally()
        for tally in self.accounts.values():
            total.merge(tally)
        return total


def gather(history: Sequence[DayTally], since: date | None = None) -> Stats:
    """Add up a ledger.

    Args:
        history: the whole of it, for the averages.
        since: the first day that counts.
    """
    averages = _averages(history)
    accounts = defaultdict[Account, Tally](Tally)
    days = defaultdict[date, Tally](Tally)
    for day, account, tally in history:
        if since is None or day >= since:
            if account.layer == VECTORS:
                average = averages.get(account, _NOTHING)
                tally.saved.seconds = tally.hits * average.seconds
                tally.saved.calls = round(tally.hits * average.calls)
                tally.saved.unpriced, tally.spent.unpriced = tally.hits, tally.misses
            accounts[account].merge(tally)
            days[day].merge(tally)
    most_first = sorted(accounts, key=lambda a: (a.layer, -accounts[a].hits, a))
    return Stats(min(days, default=None), {a: accounts[a] for a in most_first}, dict(days))


def average_cost(history: Iterable[DayTally], account: Account) -> Cost | None:
    """What one answer of a model has cost on average; None where it gave none yet."""
    total = Tally()
    for _, its, tally in history:
        if its == account:
            total.merge(tally)
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
    """What one vector took: a share of a call, and of its seconds."""

    calls: float
    seconds: float


_NOTHING = _Average(0.0, 0.0)


def _averages(history: Iterable[DayTally]) -> dict[Account, _Average]:
    sums = defaultdict[Account, Tally](Tally)
    for _, account, tally in history:
        if account.layer == VECTORS:
            sums[account].merge(tally)
    return {
        account: _Average(tally.spent.calls / tally.misses, tally.spent.seconds / tally.misses)
        for account, tally in sums.items()
        if tally.misses
    }
