"""A quotation: find out what a run would ask, by doing all but putting the questions.

So texts are extracted, and stored, as in a run; and whatever saves a run a call saves it here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from renai.errors import NotAskedError
from renai.usage.counters import TotalCost, UsageKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renai.extraction import Extraction
    from renai.keys.recipe import Recipe
    from renai.providers.base import Provider
    from renai.usage.database import DayCounts

ANSWER_TOKENS = 300
"""The number of tokens assumed for one answer as long as the usage database has no answers of the
model: about what models write with evidence for each field."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take.

    Attributes:
        calls: the number of calls to the model.
        prompt_tokens: the number of tokens in all prompts together, roughly.
        answer_tokens: the number of tokens in one answer, on average.
        measured: whether that average is the model's so far, rather than an assumption.
        money: the cost in US dollars, roughly; None where the price is unknown.
    """

    calls: int
    prompt_tokens: int
    answer_tokens: int
    measured: bool
    money: float | None

    @property
    def completion_tokens(self) -> int:
        """The number of tokens in all answers together, roughly."""
        return self.calls * self.answer_tokens


class Quotation:
    """Takes the questions to a provider and counts them, one for each content, without asking."""

    def __init__(self) -> None:
        self._prompts: dict[str, int] = {}

    async def ask(
        self,
        provider: Provider,
        extraction: Extraction,
        file_hash: str,
        recipe: Recipe,  # noqa: ARG002 - as `ModelCalls.ask`
    ) -> NoReturn:
        """Count a question; takes the arguments of `ModelCalls.ask`.

        Raises:
            NotAskedError: always.
        """
        characters = 0 if extraction.pictures else len(extraction.text)
        tokens = provider.prompt_tokens(characters, len(extraction.pictures))
        self._prompts[file_hash] = tokens
        raise NotAskedError(f"{provider.name}:{provider.model} would be asked")

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    async def estimate(self, provider: Provider, history: Iterable[DayCounts]) -> Estimate:
        """Return what the counted questions would take.

        Args:
            provider: the provider that would be asked.
            history: the counts in the usage database, which tell how long the model's answers were.
        """
        return await estimate(provider, len(self._prompts), sum(self._prompts.values()), history)


async def estimate(
    provider: Provider, calls: int, prompt_tokens: int, history: Iterable[DayCounts]
) -> Estimate:
    """Return what calls to a model would take.

    Args:
        provider: the provider that would be asked.
        calls: the number of calls.
        prompt_tokens: the number of tokens in all prompts together, roughly.
        history: the counts in the usage database, which tell how long the model's answers were.
    """
    if not calls:
        return Estimate(0, 0, 0, measured=False, money=0.0)
    spent = _spent(UsageKey("metadata", provider.name, provider.model), history)
    measured = spent.calls > 0 and spent.completion_tokens > 0
    each = round(spent.completion_tokens / spent.calls) if measured else ANSWER_TOKENS
    price = await provider.price()
    money = calls * price.of(round(prompt_tokens / calls), each) if price else None
    return Estimate(calls, prompt_tokens, each, measured, money)


def _spent(usage_key: UsageKey, history: Iterable[DayCounts]) -> TotalCost:
    spent = TotalCost()
    for day in history:
        if day.key == usage_key:
            spent.merge(day.counts.spent)
    return spent
