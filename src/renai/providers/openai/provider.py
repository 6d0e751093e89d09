"""Ask a model through the OpenAI Chat Completions protocol.

In the normal case one `ask` is one request. It is two where the answer is not usable: the model is
told why, once. It is two as well where thoughts use up the limit of tokens, for the first answer
that shows this; all later ones get more room. `retrying_client` sends more where the endpoint is
busy or refuses the form of a request.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from renai.errors import AnswerError
from renai.keys.digest import digest_bytes, digest_text
from renai.providers.base import Answer, Attempt, Report, unreported
from renai.providers.openai.answers import find_metadata
from renai.providers.openai.backoff import Backoff
from renai.providers.openai.completion import REFUSAL
from renai.providers.openai.dialect import MAX_TOKENS, Dialect
from renai.providers.openai.failures import words_to_show
from renai.providers.openai.prompt import (
    PICTURE_TOKENS,
    PROMPT_REVISION,
    Message,
    messages_for,
    picture_messages,
    prompt_digest,
    repair_messages,
)
from renai.providers.openai.retrying_client import RetryingClient
from renai.providers.schema import Metadata, json_schema
from renai.settings import OTHER
from renai.usage.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renai.extraction import Extraction
    from renai.providers.budget import Budget
    from renai.providers.openai.client import Endpoint
    from renai.providers.openai.completion import Completion
    from renai.providers.prices import Tariff
    from renai.settings import Price

_log = logging.getLogger("renai")

_CHARACTERS_A_TOKEN = 4
_REPAIRED_CHARACTERS = 4000
_USUAL_TRIES = 2
_MOST_TRIES = 3
"""The tries where an endpoint refuses broken JSON by itself; the last asks without a schema."""
_LONGEST_REASON = 60


class OpenAIProvider:
    """A model behind an endpoint that speaks Chat Completions.

    Args:
        endpoint: the address and key of the endpoint.
        model: the name of the model, as the endpoint spells it.
        categories: the categories that the model may choose from; `Other` is added if missing.
        temperature: the sampling temperature; 0 makes answers as repeatable as the endpoint can.
        max_tokens: the most tokens of an answer; raised once if thoughts use it up.
        max_retries: the number of further attempts after a failure that may pass.
        timeout: the seconds one request may take, from the first byte sent to the last received.
        concurrency: the most requests in flight at once.
        backoff: the waits between attempts.
        prices: the prices of models as stated by a person, by provider and model.
        budget: the cap on what all calls together may cost; None for no limit.
    """

    revision = 1
    paid = True
    sees = True

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        categories: Sequence[str],
        temperature: float = 0.0,
        max_tokens: int = MAX_TOKENS,
        max_retries: int = 6,
        timeout: float = 120.0,
        concurrency: int = 8,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
        prices: Mapping[str, Mapping[str, Price]] = MappingProxyType({}),
        budget: Budget | None = None,
    ) -> None:
        self.name = endpoint.name
        self.model = model
        self._endpoint = endpoint
        self.categories = tuple(dict.fromkeys([*categories, OTHER]))
        self._schema = json_schema(self.categories)
        self._temperature = float(temperature)
        self._max_tokens = max_tokens
        self._slots = asyncio.Semaphore(concurrency)
        self._options: dict[str, Any] = {
            "temperature": self._temperature,
            "max_retries": max_retries,
            "timeout": timeout,
            "backoff": backoff,
            "prices": prices,
            "budget": budget,
        }
        self._client = self.new_client("json_schema")

    def __repr__(self) -> str:
        return f"OpenAIProvider({self.name}:{self.model} at {self._endpoint.base_url})"

    @property
    def calls(self) -> int:
        """The number of times the model has answered so far, unusable answers included."""
        return self._client.completions

    @property
    def waiting(self) -> str:
        """What calls wait for at this moment, in words; empty if they do not wait for long."""
        return self._client.waiting

    def parameters(self) -> dict[str, Any]:
        """Return everything besides the document that can change an answer, as JSON values."""
        return {
            "endpoint": self._endpoint.base_url,
            "prompt": PROMPT_REVISION,
            "prompt_digest": prompt_digest(),
            "schema_digest": digest_text(json.dumps(self._schema, sort_keys=True)),
            "categories": list(self.categories),
            "temperature": self._temperature,
            "max_tokens": self._max_tokens,
        }

    def source(self, reading: Extraction) -> str:
        """Return the digest of the text or the pictures; nothing else of a document is sent."""
        if reading.pictures:
            return digest_text(" ".join(map(digest_bytes, reading.pictures)))
        return digest_text(reading.text)

    def prompt_tokens(self, characters: int, pictures: int = 0) -> int:
        """Estimate the number of tokens of a prompt, at four characters each."""
        frame = sum(len(message["content"]) for message in messages_for("", self.categories))
        words = math.ceil((frame + characters) / _CHARACTERS_A_TOKEN)
        return words + pictures * PICTURE_TOKENS

    def new_client(self, form: str | None) -> RetryingClient:
        """Return a client with connections of its own, which begins with this form of a request.

        Args:
            form: the type of `response_format`; None to send none.
        """
        dialect = Dialect(form=form, max_tokens=self._max_tokens)
        return RetryingClient(
            self._endpoint, self.model, self._schema, dialect=dialect, **self._options
        )

    def first_request(self, extraction: Extraction) -> tuple[str, dict[str, Any]]:
        """Return the address and the body of the first request about an extraction."""
        dialect = Dialect(form="json_schema", max_tokens=self._max_tokens)
        return f"{self._endpoint.base_url}/chat/completions", {
            "messages": dialect.messages(self._messages(extraction)),
            "model": self.model,
            **dialect.parameters(self._schema, self._temperature),
        }

    async def price(self) -> Tariff | None:
        """Return what the model's tokens cost; None if that is unknown."""
        return await self._client.price()

    async def ask(self, reading: Extraction, report: Report = unreported) -> Answer:
        """Ask the model what the document is, and return its answer with the cost.

        Raises:
            RefusedKeyError: the key is refused, or its account has no credit left.
            AnswerError: there is no usable answer, even after the model was told why.
            ProviderError: the call failed for good.
            BudgetError: a call might cost more than is left of the budget.
            ConfigurationError: what answers there is no endpoint of this protocol; or there is a
                budget, and it is unknown what a call may cost.
        """
        known = self._client.refusal
        async with self._slots:
            started = time.monotonic()
            first = self._messages(reading)
            messages, costs, tries, simpler = first, list[Cost](), 0, False
            while True:
                asked = await self._client.complete(
                    messages, reading.text, report, known=known, simpler=simpler
                )
                completion = asked.completion
                costs.append(completion.cost)
                if completion.declined:
                    report(Attempt("declined", completion.seconds, completion.cost))
                    raise AnswerError(self._declined(completion, reading))
                try:
                    metadata = find_metadata(completion)
                except ValueError as error:
                    report(Attempt("unusable", completion.seconds, completion.cost))
                    ran_out = _ran_out(completion, asked.dialect.max_tokens)
                    fault = _fault(completion, error, ran_out=ran_out)
                else:
                    report(Attempt("answered", completion.seconds, completion.cost))
                    self._client.learn(asked.dialect)
                    cost = _total(costs, time.monotonic() - started)
                    return Answer(self._with_known_category(metadata), cost)
                if ran_out and self._client.raise_limit(asked.dialect):
                    messages, simpler = first, False
                    continue
                tries += 1
                if ran_out and _has_thought(completion):
                    tries = _MOST_TRIES
                if tries >= (_MOST_TRIES if completion.refused_as_json else _USUAL_TRIES):
                    raise AnswerError(f"{self.name}:{self.model} gave no usable answer. {fault}")
                _log.debug("%s:%s is asked to mend its answer: %s", self.name, self.model, fault)
                # An empty answer may be the fault of the form, and has nothing to mend.
                simpler = completion.is_empty or tries > 1
                answer = completion.text[:_REPAIRED_CHARACTERS]
                messages = [*first, *repair_messages(answer, fault)] if answer.strip() else first

    def _declined(self, completion: Completion, reading: Extraction) -> str:
        who = f"{self.name}:{self.model}"
        if completion.declined == REFUSAL:
            return f"{who} declined to answer."
        key, text = self._endpoint.api_key, reading.text
        reason = words_to_show(completion.declined, secret=key, document=text)
        return f"{who} declined to answer ({reason})."

    def _messages(self, reading: Extraction) -> list[Message]:
        if reading.pictures:
            of_pages = reading.pages is not None
            return picture_messages(reading.pictures, self.categories, of_pages=of_pages)
        return messages_for(reading.text, self.categories)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _with_known_category(self, metadata: Metadata) -> Metadata:
        if metadata.category is None:
            return metadata
        known = {category.casefold(): category for category in self.categories}
        category = known.get(metadata.category.casefold(), OTHER)
        return metadata.with_values(category=category)


def _ran_out(completion: Completion, limit: int) -> bool:
    """Return whether thoughts have used up the limit of tokens, so that no answer could follow."""
    used, spoken = completion.cost.completion_tokens, completion.spoken
    if not (completion.cut_off or (used >= limit and not spoken)):
        return False
    # Not every endpoint counts thoughts; then they are known by their length.
    thoughts = max(len(completion.reasoning), len(completion.text) - len(spoken))
    return not spoken or 2 * completion.thoughts > used or thoughts > len(spoken)


def _has_thought(completion: Completion) -> bool:
    return bool(completion.thoughts or completion.reasoning or completion.text.strip())


def _fault(completion: Completion, error: ValueError, *, ran_out: bool) -> str:
    if ran_out:
        return (
            "Thinking used up the limit of tokens before there was an answer; "
            "raise max_tokens for this provider."
        )
    if completion.cut_off:
        return "The answer was cut off at the limit of tokens; answer briefly, without evidence."
    if completion.refused_as_json and completion.is_empty:
        return "It was no valid JSON."
    if completion.is_empty:
        finish = completion.finish
        known = finish.casefold() in {"", "stop"} or len(finish) > _LONGEST_REASON
        return "The answer was empty." if known else f"The answer was empty ({finish})."
    return str(error)


def _total(costs: list[Cost], seconds: float) -> Cost:
    stated = [cost.money for cost in costs if cost.money is not None]
    return Cost(
        seconds=seconds,
        calls=sum(cost.calls for cost in costs),
        prompt_tokens=sum(cost.prompt_tokens for cost in costs),
        completion_tokens=sum(cost.completion_tokens for cost in costs),
        money=sum(stated) if len(stated) == len(costs) else None,
    )
