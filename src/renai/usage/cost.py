"""The cost of one piece of work, as answers are billed and as entries store it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

_NUMBER = (int, float)
MOST = 1e12
"""The largest plausible value of any part of a cost; more is a mistake, and would spoil sums."""


def is_plausible(value: object) -> bool:
    """Return whether a value can be a part of a cost, in any unit."""
    return isinstance(value, _NUMBER) and not isinstance(value, bool) and 0 <= value <= MOST


@dataclass(frozen=True, slots=True)
class Cost:
    """What one answer, or one extraction of a document's text, cost.

    Attributes:
        seconds: wall time, including waits for retries.
        calls: the requests that reached a model; 0 for work that asks none.
        prompt_tokens: the prompt tokens of all calls, as the endpoint reported them.
        completion_tokens: the completion tokens of all calls, as the endpoint reported them.
        money: US dollars, as the endpoint states or its prices tell; None if that is unknown,
            which is not the same as 0.
    """

    seconds: float = 0.0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    money: float | None = None

    @staticmethod
    def is_one(stored: Any) -> bool:
        """Return whether `from_json` would return a cost, without making one."""
        if not isinstance(stored, dict) or not _NAMES.issuperset(stored):
            return False
        for name, value in stored.items():
            # As `is_plausible` has it; each entry that is read comes here.
            if type(value) in _NUMBER:
                if not 0 <= value <= MOST:
                    return False
            elif value is not None or name != "money":
                return False
        return True

    @classmethod
    def from_json(cls, stored: Any) -> Cost | None:
        """Read a cost from an entry's header; return None where there is no valid one."""
        try:
            cost = cls(**stored)
        except TypeError:
            return None
        parts = [cost.seconds, cost.calls, cost.prompt_tokens, cost.completion_tokens]
        if cost.money is not None:
            parts.append(cost.money)
        return cost if all(map(is_plausible, parts)) else None


_NAMES = frozenset(part.name for part in fields(Cost))
