"""Get a completion: ask in a form the endpoint accepts, and call again as long as that may help.

Endpoints that call themselves compatible differ in three ways: whether they accept a JSON schema or
at least JSON mode, under which name they accept a limit of tokens, and whether they let the
temperature be set. The first call starts with all of these and leaves out what is refused; the
result holds for all later calls.

The SDK retries too, but each call by itself, and it gives up where an endpoint asks for more than
two minutes. Here, once an endpoint says `Retry-After`, no worker calls it until then.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from renai.errors import ProviderError, RefusedKeyError
from renai.providers.openai.completion import Completion, Failure, Remedy, words_to_show
from renai.providers.openai.metered_client import MeteredClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renai.providers.base import Report
    from renai.providers.budget import Budget
    from renai.providers.openai.client import Endpoint
    from renai.providers.openai.prompt import Message
    from renai.providers.prices import Tariff
    from renai.settings import Price

_log = logging.getLogger("renai")

MAX_TOKENS = 4096
"""The most tokens of an answer: ten times a genuine one, so that there is room to think aloud."""

_NEXT_FORMAT = {"json_schema": "json_object", "json_object": None}
_NEXT_LIMIT = {"max_tokens": "max_completion_tokens", "max_completion_tokens": None}
_FORMAT_WORDS = ("response_format", "response format", "json_", "json mode", "schema", "structured")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The optional parameters that are sent with a request.

    Attributes:
        form: the type of `response_format`; None to send none.
        limit: the name of the parameter that limits the answer's tokens; None to send none.
        temperature: whether the temperature is sent.
    """

    form: str | None = "json_schema"
    limit: str | None = "max_tokens"
    temperature: bool = True

    def parameters(
        self, schema: dict[str, Any], max_tokens: int, temperature: float
    ) -> dict[str, Any]:
        """Return the optional parameters of a request in this dialect.

        Args:
            schema: the JSON Schema of the answers.
            max_tokens: the most tokens of an answer.
            temperature: the sampling temperature.
        """
        spelt: dict[str, Any] = {}
        if self.form == "json_schema":
            described = {"name": "metadata", "strict": True, "schema": schema}
            spelt["response_format"] = {"type": "json_schema", "json_schema": described}
        elif self.form is not None:
            spelt["response_format"] = {"type": self.form}
        if self.limit is not None:
            spelt[self.limit] = max_tokens
        if self.temperature:
            spelt["temperature"] = temperature
        return spelt

    def without(self, complaint: str, *, guess: bool) -> Dialect | None:
        """Return a dialect without the parameter that a refusal complains about.

        Args:
            complaint: the endpoint's words.
            guess: whether a complaint that names no parameter is taken to mean `response_format`.

        Returns:
            The simpler dialect; None if there is nothing left to leave out.
        """
        words = complaint.casefold()
        if self.limit is not None and self.limit in words:
            return replace(self, limit=_NEXT_LIMIT[self.limit])
        if self.temperature and "temperature" in words:
            return replace(self, temperature=False)
        if self.form is not None and (guess or any(word in words for word in _FORMAT_WORDS)):
            return replace(self, form=_NEXT_FORMAT[self.form])
        return None


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before each further attempt, in seconds.

    Attributes:
        first: the wait before the second attempt; doubled before each later one.
        most: the longest wait of our own choosing.
        patience: the longest wait an endpoint may ask for; beyond it the call counts as failed.
    """

    first: float = 0.5
    most: float = 20.0
    patience: float = 900.0

    def delay(self, attempt: int) -> float:
        """Return the seconds to wait after a failed attempt (0 for the first), with jitter."""
        doubled = self.first * 2.0 ** min(attempt, 64)
        return random.uniform(0.5, 1.0) * min(self.most, doubled)  # noqa: S311 - no secret


class Pause:
    """A moment before which no worker sends a request."""

    def __init__(self) -> None:
        self._until = 0.0

    def extend(self, seconds: float) -> None:
        """Pause for this many seconds from now, unless a longer pause is set."""
        self._until = max(self._until, time.monotonic() + seconds)

    async def wait(self) -> None:
        """Wait until requests are allowed again."""
        while (left := self._until - time.monotonic()) > 0:  # noqa: ASYNC110 - a time, not an event
            await asyncio.sleep(left)


class RetryingClient:
    """Connections to one model, for calls that ask for an object of one schema.

    Args:
        endpoint: the address and key of the endpoint.
        model: the name of the model, as the endpoint spells it.
        schema: the JSON Schema of the answers.
        temperature: the sampling temperature; 0 makes answers as repeatable as the endpoint can.
        max_retries: the number of further attempts after a failure that may pass.
        timeout: the seconds one request may take, from the first byte sent to the last received.
        backoff: the waits between attempts.
        prices: the prices of models as stated by a person, by provider and model.
        budget: the cap on what all calls together may cost; None for no limit.

    Attributes:
        completions: the number of times the model has answered so far.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        schema: dict[str, Any],
        *,
        temperature: float,
        max_retries: int,
        timeout: float,
        backoff: Backoff,
        prices: Mapping[str, Mapping[str, Price]],
        budget: Budget | None,
    ) -> None:
        self.completions = 0
        self._endpoint = endpoint
        self._model = model
        self._schema = schema
        self._temperature = temperature
        self._max_retries = max_retries
        self._backoff = backoff
        self._client = MeteredClient(endpoint, model, timeout=timeout, prices=prices, budget=budget)
        self._pause = Pause()
        self._dialect = Dialect()
        self._dialect_known = False
        self._troubled = False
        self._first_contact = asyncio.Lock()

    async def price(self) -> Tariff | None:
        """Return what the model's tokens cost; None if that is unknown."""
        return await self._client.price()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def complete(self, messages: list[Message], document: str, report: Report) -> Completion:
        """Get a completion, calling again as long as that may help.

        Args:
            messages: the messages of the prompt.
            document: the document's text, which no error message may repeat.
            report: the function to call with each request that fails.

        Raises:
            RefusedKeyError: the key is refused, or its account has no credit left.
            ProviderError: the call failed for good.
            BudgetError: a call might cost more than is left of the budget.
            ConfigurationError: there is a budget, and it is unknown what a call may cost.
        """
        for attempt in itertools.count():
            await self._pause.wait()
            outcome = await self._in_known_dialect(messages, report)
            if isinstance(outcome, Completion):
                return outcome
            asked = outcome.wait or 0.0
            may_pass = outcome.remedy is Remedy.CALL_AGAIN and asked <= self._backoff.patience
            if attempt == self._max_retries or not may_pass:
                raise self._error(outcome, attempt + 1, document)
            self._say_once(outcome)
            self._pause.extend(asked)
            await asyncio.sleep(asked + self._backoff.delay(attempt))
        raise AssertionError("unreachable")

    def _say_once(self, failure: Failure) -> None:
        """Log the first failure that is retried, so that a person knows why nothing happens."""
        if not self._troubled:
            self._troubled = True
            _log.warning("%s:%s: %s; trying again", self._endpoint.name, self._model, failure.what)

    async def _in_known_dialect(
        self, messages: list[Message], report: Report
    ) -> Completion | Failure:
        """Make one attempt; until the endpoint has answered once, only one call runs at a time."""
        if not self._dialect_known:
            async with self._first_contact:
                if not self._dialect_known:
                    return await self._finding_the_dialect(messages, report)
        return await self._finding_the_dialect(messages, report)

    async def _finding_the_dialect(
        self, messages: list[Message], report: Report
    ) -> Completion | Failure:
        dialect = self._dialect
        while True:
            outcome = await self._send(messages, dialect, report)
            if isinstance(outcome, Completion):
                if dialect != self._dialect:
                    _log.debug("%s takes %s", self._endpoint.base_url, dialect)
                self._dialect, self._dialect_known = dialect, True
                return outcome
            if outcome.remedy is not Remedy.ASK_OTHERWISE:
                return outcome
            # Once the endpoint has accepted a form, a refusal that does not name it means
            # something else.
            simpler = dialect.without(outcome.words, guess=not self._dialect_known)
            if simpler is None:
                return outcome
            dialect = simpler

    async def _send(
        self, messages: list[Message], dialect: Dialect, report: Report
    ) -> Completion | Failure:
        """Send one request."""
        optional = dialect.parameters(self._schema, MAX_TOKENS, self._temperature)
        most_output = MAX_TOKENS if dialect.limit else None
        outcome = await self._client.send(messages, optional, most_output, report)
        self.completions += isinstance(outcome, Completion)
        return outcome

    def _error(self, failure: Failure, attempts: int, document: str) -> ProviderError:
        who = f"{self._endpoint.name}:{self._model} at {self._endpoint.base_url}"
        variable = self._endpoint.key_variable or "the key"
        if failure.remedy is Remedy.CHANGE_KEY:
            return RefusedKeyError(f"{who} refused the key ({failure.what}). Check {variable}.")
        if failure.remedy is Remedy.ADD_CREDIT:
            return RefusedKeyError(
                f"{who} has no credit left for this key ({failure.what}). "
                f"Add credit to the account or change {variable}."
            )
        words = words_to_show(failure.words, secret=self._endpoint.api_key, document=document)
        parts = [
            f"{who} failed: {failure.what}",
            f"after {attempts} attempts" if attempts > 1 else "",
        ]
        if failure.wait is not None and failure.wait > self._backoff.patience:
            parts.append(f"; it asks to wait {failure.wait:.0f} seconds")
        return ProviderError(" ".join(filter(None, parts)) + (f" ({words})" if words else "") + ".")
