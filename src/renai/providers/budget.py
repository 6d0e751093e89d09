"""A cap on what all model calls of a run may cost together.

A call in flight counts with the most it may cost, and starts only if that still fits below the cap.
When the call has ended, its actual cost is counted instead; where that is unknown, the most it may
have cost.
"""

from __future__ import annotations

import asyncio
import logging
from math import isfinite

from renai.errors import BudgetError, UsageError

_log = logging.getLogger("renai")


class Budget:
    """The amount of US dollars that one run may spend. It belongs to one event loop.

    Args:
        cap: the most that all calls together may cost, in US dollars.

    Attributes:
        spent: the cost of all calls that have ended so far, in US dollars.

    Raises:
        UsageError: the cap is not an amount of money.
    """

    def __init__(self, cap: float) -> None:
        if not (isfinite(cap) and cap >= 0):
            raise UsageError(f"--max-cost {cap:g}: give an amount of US dollars, such as 0.50")
        self.cap = cap
        self.spent = 0.0
        self._reserved: list[float] = []
        self._settled = asyncio.Event()
        self._warned = False

    async def reserve(self, most: float) -> None:
        """Wait until a call fits below the cap, and reserve what it may cost.

        Args:
            most: the most that the call may cost, in US dollars; afterwards `settle` must be called
                with it in any case.

        Raises:
            BudgetError: the call does not fit, even if the calls in flight should cost nothing.
        """
        while self.spent + sum(self._reserved) + most > self.cap:
            if self.spent + most > self.cap:
                raise BudgetError(
                    f"${self.spent:.6f} of at most ${self.cap:g} is spent, "
                    f"and one more call may cost up to ${most:.6f}"
                )
            self._settled.clear()
            await self._settled.wait()
        self._reserved.append(most)

    def settle(self, most: float, spent: float) -> None:
        """Count what a call did cost, in US dollars, in place of the `most` reserved for it."""
        self._reserved.remove(most)
        self.spent += spent
        self._settled.set()
        if spent > most and not self._warned:
            self._warned = True
            _log.warning(
                "A call cost $%.6f, which by its price could cost $%.6f at most: "
                "the cap may be exceeded; put the right price into the config",
                spent,
                most,
            )
