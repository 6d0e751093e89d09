"""What a piece of work cost, as answers are billed and as entries remember it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST = 1e12
"""Of anything that one piece of work may have taken: more is a mistake, and would spoil sums."""


def is_plausible(value: object) -> bool:
    """Whether a value can be a part of a cost, whatever its unit."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST


@dataclass(frozen=True, slots=True)
class Cost:
    """What one answer, or one reading of a document, cost.

    Attributes:
        seconds: wall time, waits for retries included.
        calls: requests that reached a model; 0 for work that asks none.
        prompt_tokens: as the endpoint reported them, summed over the calls.
        completion_tokens: likewise.
        money: US dollars, as the endpoint states them or its price tells; None where neither is
            known, for unknown is not zero.
    """

    seconds: float = 0.0
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    money: float | None = None

    @classmethod
    def from_json(cls, stored: Any) -> Cost | None:
        """Read what stands in an entry's header; None where that is no cost."""
        try:
            cost = cls(**stored)
        except TypeError:
            return None
        parts = [cost.seconds, cost.calls, cost.prompt_tokens, cost.completion_tokens]
        if cost.money is not None:
            parts.append(cost.money)
        return cost if all(map(is_plausible, parts)) else None
