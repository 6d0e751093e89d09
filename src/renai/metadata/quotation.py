"""Quotation: what a run would ask, found by going all the way to the question and not putting it.

So texts are read, and kept, as a run would; whatever spares a run a call spares it here, too.
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
"""Of an answer, as long as the usage database has none of the model's: about what models write with
a field of evidence for each field."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would take.

    Attributes:
        calls: to the model.
        prompt_tokens: of all prompts, about.
        answer_tokens: of one answer, on average.
        measured: whether that is the model's average so far, and not an assumption.
        money: US dollars, about; None where the price is unknown.
    """

    calls: int
    prompt_tokens: int
    answer_tokens: int
    measured: bool
    money: float | None

    @property
    def completion_tokens(self) -> int:
        """Of all answers, about."""
        return self.calls * self.answer_tokens


class Quotation:
    """Takes questions and puts none; of one content it counts one."""

    def __init__(self) -> None:
        self._prompts: dict[str, int] = {}

    async def ask(
        self,
        provider: Provider,
        extraction: Extraction,
        file_hash: str,
        recipe: Recipe,  # noqa: ARG002 - as `ModelCalls.ask`
    ) -> NoReturn:
        """Count a question; takes what `ModelCalls.ask` takes.

        Raises:
            NotAskedError: in any case.
        """
        characters = 0 if extraction.pictures else len(extraction.text)
        tokens = provider.prompt_tokens(characters, len(extraction.pictures))
        self._prompts[file_hash] = tokens
        raise NotAskedError(f"{provider.name}:{provider.model} would be asked")

    def close(self) -> None:
        """Nothing to let go of."""

    async def estimate(self, provider: Provider, history: Iterable[DayCounts]) -> Estimate:
        """Say what the questions would take.

        Args:
            provider: who would be asked.
            history: the usage database, for how long the model's answers were.
        """
        calls, prompt_tokens = len(self._prompts), sum(self._prompts.values())
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
