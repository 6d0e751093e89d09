"""A client that keeps its requests within a budget, prices them, and reports those that fail."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from renai.errors import ConfigurationError
from renai.providers.base import Attempt
from renai.providers.openai.client import Client
from renai.providers.openai.failures import Failure, Remedy
from renai.providers.openai.prompt import most_tokens
from renai.providers.prices import find_price, unknown_price
from renai.usage.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renai.providers.base import Report
    from renai.providers.budget import Budget
    from renai.providers.openai.client import Endpoint
    from renai.providers.openai.completion import Completion
    from renai.providers.openai.prompt import Message
    from renai.providers.prices import Tariff
    from renai.settings import Price


class MeteredClient:
    """Connections to one model, with a price for every request.

    Args:
        endpoint: the address and key of the endpoint.
        model: the name of the model, as the endpoint spells it.
        timeout: the seconds one request may take, from the first byte sent to the last received.
        prices: the prices of models as stated by a person, by provider and model.
        budget: the cap on what all requests together may cost; None for no limit.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        timeout: float,
        prices: Mapping[str, Mapping[str, Price]],
        budget: Budget | None,
    ) -> None:
        self._endpoint = endpoint
        self._model = model
        self._client = Client(endpoint, timeout)
        self._prices = prices
        self._budget = budget
        self._tariff: tuple[Tariff | None] | None = None  # None until it was looked up
        self._pricing = asyncio.Lock()

    async def price(self) -> Tariff | None:
        """Return what the model's tokens cost; None if that is unknown."""
        async with self._pricing:
            if self._tariff is None:
                name, url = self._endpoint.name, self._endpoint.base_url
                found = await asyncio.to_thread(find_price, name, url, self._model, self._prices)
                self._tariff = (found,)
            return self._tariff[0]

    async def send(
        self,
        messages: list[Message],
        optional: dict[str, Any],
        most_output: int | None,
        report: Report,
    ) -> Completion | Failure:
        """Send one request, as soon as the budget has room for it.

        Args:
            messages: the messages of the prompt.
            optional: further parameters of the request, in the form this endpoint accepts.
            most_output: the most tokens that the answer may have; None if these parameters set no
                limit.
            report: the function to call with a failure; completions are reported by the caller,
                once it has read them.

        Raises:
            BudgetError: the request might cost more than is left of the budget.
            ConfigurationError: there is a budget, and it is unknown what the request may cost.
        """
        price = await self.price()
        most = 0.0
        if self._budget is not None:
            most = self._most(messages, optional, most_output, price)
            await self._budget.reserve(most)
        started = time.monotonic()
        outcome: Completion | Failure | None = None
        try:
            outcome = await self._client.send(self._model, messages, optional)
        finally:
            if outcome is None:  # cancelled, for instance by Ctrl-C
                outcome = Failure("interrupted", Remedy.NONE, maybe_billed=True)
                outcome = replace(outcome, seconds=time.monotonic() - started)
            cost = _cost(outcome, price)
            if self._budget is not None:
                self._budget.settle(most, most if cost.money is None else cost.money)
            if isinstance(outcome, Failure):
                report(Attempt(outcome.what, outcome.seconds, cost))
        return outcome if isinstance(outcome, Failure) else replace(outcome, cost=cost)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _most(
        self,
        messages: list[Message],
        optional: dict[str, Any],
        most_output: int | None,
        price: Tariff | None,
    ) -> float:
        """Return the most that a request may cost, in US dollars."""
        name = self._endpoint.name
        if price is None:
            raise ConfigurationError(unknown_price(name, self._model))
        if most_output is None:
            raise ConfigurationError(
                f"{name}:{self._model} takes no limit of tokens, so nobody knows beforehand what "
                "a call costs. To ask it all the same: leave out --max-cost"
            )
        return price.of(most_tokens(messages, optional), most_output)


def _cost(outcome: Completion | Failure, price: Tariff | None) -> Cost:
    """Return what a request cost: as the endpoint states it, else its tokens times their price."""
    if isinstance(outcome, Failure):
        return Cost(calls=1) if outcome.maybe_billed else Cost(money=0.0)
    cost = outcome.cost
    if cost.money is not None or price is None or not outcome.metered:
        return cost
    return replace(cost, money=price.of(cost.prompt_tokens, cost.completion_tokens))
