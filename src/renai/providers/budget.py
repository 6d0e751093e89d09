"""Budget: a cap on what calls cost, that calls in flight count against with the most they may cost.

A call begins only when it fits in its dearest case beside all that are under way. When it has
ended, what it did cost takes that place; where nobody can say, it counts in full.
"""

from __future__ import annotations

import asyncio
import logging
from math import isfinite

from renai.errors import BudgetError, UsageError

_log = logging.getLogger("renai")


class Budget:
    """US dollars that one run may spend. It belongs to one event loop.

    Args:
        cap: the most it may come to.

    Attributes:
        spent: so far, by calls that have ended.

    Raises:
        UsageError: that is no amount of money.
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
        """Let a call begin, once it fits.

        Args:
            most: what it may cost; `settle` it in any case.

        Raises:
            BudgetError: it will not fit any more, whatever the calls in flight come to.
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
        """Say what a call did cost for which `most` was reserved."""
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
