"""Ask a provider, and book what it took: also where nothing comes of it, for that costs as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from renai.cache.ledger import Account
from renai.cost import Cost

if TYPE_CHECKING:
    from renai.cache.ledger import Ledger
    from renai.documents.reading import Reading
    from renai.providers.base import Answer, Attempt, Provider


@dataclass(frozen=True, slots=True)
class Question:
    """What a provider is asked.

    Attributes:
        provider: who.
        reading: what of.
    """

    provider: Provider
    reading: Reading


class Desk:
    """Where questions are put.

    Args:
        ledger: counts what they cost.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def ask(self, question: Question) -> Answer:
        """Put a question; raises as the provider's `ask` does."""
        provider = question.provider
        attempts: list[Attempt] = []
        answer: Answer | None = None
        try:
            answer = await provider.ask(question.reading, attempts.append)
            return answer
        finally:
            seconds = answer.cost.seconds if answer else sum(each.seconds for each in attempts)
            account = Account("metadata", provider.name, provider.model)
            self._ledger.spend(
                account, [Cost(seconds=seconds), *(attempt.cost for attempt in attempts)]
            )
