"""Get a completion: ask in a form the endpoint accepts, and call again as long as that may help.

The first call starts with the whole form and leaves out what is refused (`dialect`); the result
holds for all later calls.

The SDK retries too, but each call by itself, and it gives up where an endpoint asks for more than
two minutes. Here, once an endpoint asks to wait, no worker calls it until then.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from renai.errors import ConfigurationError, ProviderError, RefusedKeyError
from renai.providers.openai.backoff import Pause
from renai.providers.openai.completion import Completion
from renai.providers.openai.failures import Failure, Remedy, words_to_show
from renai.providers.openai.metered_client import MeteredClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renai.errors import RenaiError
    from renai.providers.base import Report
    from renai.providers.budget import Budget
    from renai.providers.openai.backoff import Backoff
    from renai.providers.openai.client import Endpoint
    from renai.providers.openai.dialect import Dialect
    from renai.providers.openai.prompt import Message
    from renai.providers.prices import Tariff
    from renai.settings import Price

_log = logging.getLogger("renai")

_WORTH_SAYING = 2.0
"""The shortest wait, in seconds, that a person is told of."""
_LONG_FOR_AN_ANSWER = 5.0
"""The seconds after which a person is told that a call has had no answer yet."""
_PROBED_AT = 2
"""The attempt at which an unexplained failure of the first call is taken to mean the form."""


class RetryingClient:
    """Connections to one model, for calls that ask for an object of one schema.

    Args:
        endpoint: the address and key of the endpoint.
        model: the name of the model, as the endpoint spells it.
        schema: the JSON Schema of the answers.
        temperature: the sampling temperature; 0 makes answers as repeatable as the endpoint can.
        dialect: the form in which the first request is sent.
        max_retries: the number of further attempts after a failure that may pass.
        timeout: the seconds one request may take, from the first byte sent to the last received.
        backoff: the waits between attempts.
        prices: the prices of models as stated by a person, by provider and model.
        budget: the cap on what all calls together may cost; None for no limit.

    Attributes:
        completions: the number of times the model has answered so far.
        refusal: the last error that every other call would have met with as well.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        schema: dict[str, Any],
        *,
        temperature: float,
        dialect: Dialect,
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
        self._dialect = dialect
        self._dialect_known = False
        self._form_proven = False
        self._limit_raised = False
        self._troubled = False
        self.refusal: RenaiError | None = None
        self._loading_since: float | None = None
        self._in_flight: dict[int, float] = {}
        self._trying_again: dict[int, tuple[float, str]] = {}
        self._first_contact = asyncio.Lock()

    @property
    def waiting(self) -> str:
        """What calls wait for at this moment, in words; empty if they do not wait for long."""
        if self._loading_since is not None:
            return (
                f"{self._model} is loading, {time.monotonic() - self._loading_since:.0f} s so far"
            )
        left = self._pause.left
        if left > 1:
            return f"{self._endpoint.name} asks to wait, {left:.0f} s left"
        now = time.monotonic()
        until, what = min(self._trying_again.copy().values(), default=(0.0, ""))
        if until > now + 1:
            return f"{self._endpoint.name}: {what}; trying again in {until - now:.0f} s"
        waited = now - min(self._in_flight.copy().values(), default=now)
        if waited > _LONG_FOR_AN_ANSWER:
            return f"{self._model} has not answered for {waited:.0f} s"
        return ""

    async def price(self) -> Tariff | None:
        """Return what the model's tokens cost; None if that is unknown."""
        return await self._client.price()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def complete(
        self,
        messages: list[Message],
        document: str,
        report: Report,
        *,
        known: RenaiError | None = None,
        simpler: bool = False,
    ) -> Asked:
        """Get a completion, calling again as long as that may help.

        Args:
            messages: the messages of the prompt.
            document: the document's text, which no error message may repeat.
            report: the function to call with each request that fails.
            known: the `refusal` there was when this question came up. A later one ends it, too.
            simpler: whether this one call asks for less of a form than the others.

        Returns:
            The completion, and the dialect in which it was asked for.

        Raises:
            RefusedKeyError: the key is refused, or its account has no credit left.
            ConfigurationError: what answers there is no endpoint of this protocol; or there is a
                budget, and it is unknown what a call may cost.
            ProviderError: the call failed for good.
            BudgetError: a call might cost more than is left of the budget.
        """
        attempt = 0
        while True:
            await self._pause.wait()
            self._raise_new(known)
            probing = attempt == _PROBED_AT and not self._dialect_known
            asked = await self._in_known_dialect(messages, report, known, simpler or probing)
            outcome = asked.outcome
            if isinstance(outcome, Completion):
                self._loading_since = None
                return Asked(outcome, asked.dialect)
            wait = self._wait_after(outcome, attempt)
            if wait is None:
                raise self._error(outcome, attempt + 1, document)
            attempt += outcome.remedy is not Remedy.WAIT_FOR_MODEL
            waits = object()
            self._trying_again[id(waits)] = time.monotonic() + wait, outcome.what
            try:
                await asyncio.sleep(wait)
            finally:
                del self._trying_again[id(waits)]

    def raise_limit(self, asked: Dialect) -> bool:
        """Return whether an answer that reached the limit of tokens can be given more room.

        The limit is raised once, and for all later calls as well.

        Args:
            asked: the dialect in which the answer was asked for.
        """
        if asked.limit is None or self._dialect.limit is None:
            return False
        if self._dialect.max_tokens > asked.max_tokens:
            return True  # raised meanwhile, for another answer
        if self._limit_raised:
            return False
        self._limit_raised = True
        self._dialect = self._dialect.roomier()
        _log.warning(
            "%s:%s used up %s tokens by thinking; from now on it may use %s (max_tokens)",
            self._endpoint.name,
            self._model,
            f"{asked.max_tokens:,}",
            f"{self._dialect.max_tokens:,}",
        )
        return True

    def learn(self, asked: Dialect) -> None:
        """Note that an answer in this dialect was usable.

        A simpler form holds from then on if no answer in the fuller one was ever usable.
        """
        if asked.form == self._dialect.form:
            self._form_proven = True
        elif not self._form_proven:
            self._dialect = replace(self._dialect, form=asked.form)
            self._form_proven = True

    def _raise_new(self, known: RenaiError | None) -> None:
        """Raise the refusal that another call met with since this one began."""
        if self.refusal is not None and self.refusal is not known:
            raise type(self.refusal)(*self.refusal.args)

    def _wait_after(self, failure: Failure, attempt: int) -> float | None:
        """Return how many seconds to wait before the next attempt; None if there is none."""
        asked = failure.wait or 0.0
        if failure.remedy is Remedy.WAIT_FOR_MODEL:
            return self._wait_for_model(failure)
        once_answered = failure.remedy is Remedy.MEND_ADDRESS and failure.maybe_billed
        may_pass = failure.remedy is Remedy.CALL_AGAIN or (once_answered and self._dialect_known)
        if attempt == self._max_retries or not may_pass or asked > self._backoff.patience:
            return None
        self._say_what_is_waited_for(failure)
        self._pause.extend(asked)
        return asked + self._backoff.delay(attempt)

    def _wait_for_model(self, failure: Failure) -> float | None:
        now = time.monotonic()
        if self._loading_since is None:
            self._loading_since = now
            _log.warning(
                "%s:%s is still loading; it is waited for up to %.0f seconds "
                "(model_loading_seconds)",
                self._endpoint.name,
                self._model,
                self._backoff.loading,
            )
        left = self._loading_since + self._backoff.loading - now
        if left <= 0:
            self._loading_since = None
            return None
        longest = self._backoff.most / 4
        wait = min(left, longest if failure.wait is None else max(failure.wait, 0.001))
        self._pause.extend(wait)
        return wait

    def _say_what_is_waited_for(self, failure: Failure) -> None:
        """Log why nothing happens: a wait that was asked for, else the first failure."""
        asked, who = failure.wait or 0.0, f"{self._endpoint.name}:{self._model}"
        if asked >= _WORTH_SAYING and asked > self._pause.left + 1:
            _log.warning("%s asks to wait %.0f seconds (%s); waiting", who, asked, failure.what)
        elif not self._troubled and asked < _WORTH_SAYING:
            _log.warning("%s: %s; trying again", who, failure.what)
        self._troubled = True

    async def _in_known_dialect(
        self, messages: list[Message], report: Report, known: RenaiError | None, simpler: bool
    ) -> _Outcome:
        """Make one attempt; until the endpoint has answered once, only one call runs at a time."""
        if not self._dialect_known:
            async with self._first_contact:
                if not self._dialect_known:
                    self._raise_new(known)
                    await self._pause.wait()
                    return await self._finding_the_dialect(messages, report, simpler=simpler)
        return await self._finding_the_dialect(messages, report, simpler=simpler)

    async def _finding_the_dialect(
        self, messages: list[Message], report: Report, *, simpler: bool
    ) -> _Outcome:
        dialect = self._dialect.simpler() if simpler else self._dialect
        while True:
            outcome = await self._send(messages, dialect, report)
            if isinstance(outcome, Completion):
                self._keep(dialect, simpler=simpler)
                return _Outcome(outcome, dialect)
            if outcome.remedy is not Remedy.ASK_OTHERWISE:
                return _Outcome(outcome, dialect)
            # Once the endpoint has accepted a form, a refusal that does not name it means
            # something else.
            other = dialect.without(outcome.words, guess=not (self._dialect_known or outcome.named))
            if other is None:
                return _Outcome(outcome, dialect)
            dialect = other

    def _keep(self, dialect: Dialect, *, simpler: bool) -> None:
        """Keep what a successful call has shown of the endpoint, for all later calls."""
        known = self._dialect
        form = known.form if simpler and self._dialect_known else dialect.form
        # Another call may have raised the limit meanwhile.
        lowered = dialect.max_tokens < known.max_tokens and not self._limit_raised
        most = dialect.max_tokens if lowered else known.max_tokens
        self._dialect = replace(dialect, form=form, max_tokens=most)
        if self._dialect != known:
            _log.debug("%s takes %s", self._endpoint.base_url, self._dialect)
        self._dialect_known = True

    async def _send(
        self, messages: list[Message], dialect: Dialect, report: Report
    ) -> Completion | Failure:
        """Send one request."""
        optional = dialect.parameters(self._schema, self._temperature)
        most_output = dialect.max_tokens if dialect.limit else None
        call = object()
        self._in_flight[id(call)] = time.monotonic()
        try:
            outcome = await self._client.send(
                dialect.messages(messages), optional, most_output, report
            )
        finally:
            del self._in_flight[id(call)]
        self.completions += isinstance(outcome, Completion)
        return outcome

    def _error(self, failure: Failure, attempts: int, document: str) -> RenaiError:
        """Return the error of a call that failed for good; keep it if others would fail as well."""
        who = f"{self._endpoint.name}:{self._model} at {self._endpoint.base_url}"
        variable = self._endpoint.key_variable or "the key"
        words = words_to_show(failure.words, secret=self._endpoint.api_key, document=document)
        said = f" ({words})" if words else ""
        if failure.remedy is Remedy.CHANGE_KEY:
            self.refusal = RefusedKeyError(
                f"{who} refused the key ({failure.what}). Check {variable}."
            )
            return self.refusal
        if failure.remedy is Remedy.ADD_CREDIT:
            self.refusal = RefusedKeyError(
                f"{who} has no credit left for this key ({failure.what}). "
                f"Add credit to the account or change {variable}."
            )
            return self.refusal
        if failure.remedy is Remedy.MEND_ADDRESS and not self._dialect_known:
            self.refusal = ConfigurationError(
                f"{who} is no endpoint for Chat Completions: {failure.what}{said}. "
                f"{better_address(self._endpoint.base_url)}"
            )
            return self.refusal
        parts = [
            f"{who} failed: {failure.what}",
            f"after {attempts} attempts" if attempts > 1 else "",
        ]
        if failure.remedy is Remedy.WAIT_FOR_MODEL:
            parts.append(
                f"; the model is still not loaded after {self._backoff.loading:.0f} seconds"
            )
        if failure.wait is not None and failure.wait > self._backoff.patience:
            parts.append(f"; it asks to wait {failure.wait:.0f} seconds")
        return ProviderError(" ".join(filter(None, parts)) + said + ".")


class Asked(NamedTuple):
    """A completion, and the dialect in which it was asked for."""

    completion: Completion
    dialect: Dialect


class _Outcome(NamedTuple):
    outcome: Completion | Failure
    dialect: Dialect


def better_address(base_url: str) -> str:
    """Return what to do about a base URL behind which there is no endpoint."""
    if base_url.endswith("/chat/completions"):
        return f"The base URL ends before that: {base_url.removesuffix('/chat/completions')}"
    if re.search(r"/v\d", urlsplit(base_url).path):
        return "Check the base URL."
    return f"The base URL may lack /v1: try {base_url}/v1"
