"""What a piece of work cost, as answers are billed and as entries remember it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any


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
            known = cost.seconds + cost.calls + cost.prompt_tokens + cost.completion_tokens
            return cost if isfinite(known + (cost.money or 0.0)) else None
        except TypeError:
            return None
