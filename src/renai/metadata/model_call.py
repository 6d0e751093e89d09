"""Ask a provider, and book what it took: also where nothing comes of it, for that costs as well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from renai.usage.cost import Cost
from renai.usage.counters import Account

if TYPE_CHECKING:
    from renai.extraction import Extraction
    from renai.providers.base import Answer, Attempt, Provider
    from renai.usage.call_log import EvalLog
    from renai.usage.counters import Ledger


@dataclass(frozen=True, slots=True)
class Question:
    """What a provider is asked.

    Attributes:
        provider: who.
        reading: what of.
        file_hash: SHA-256 of the document's bytes, 64 hex digits.
        recipe: digest of how the answer is come by, 64 hex digits.
    """

    provider: Provider
    reading: Extraction
    file_hash: str
    recipe: str


class Desk:
    """Where questions are put.

    Args:
        ledger: adds up what they cost.
        log: gets a line for each request; None for no log.
    """

    def __init__(self, ledger: Ledger, log: EvalLog | None = None) -> None:
        self._ledger = ledger
        self._log = log

    async def ask(self, question: Question) -> Answer:
        """Put a question; raises as the provider's `ask` does."""
        provider = question.provider
        attempts: list[Attempt] = []

        def report(attempt: Attempt) -> None:
            attempts.append(attempt)
            if self._log is not None:
                self._log.add(_record(question, attempt))

        answer: Answer | None = None
        try:
            answer = await provider.ask(question.reading, report)
            return answer
        finally:
            seconds = answer.cost.seconds if answer else sum(each.seconds for each in attempts)
            account = Account("metadata", provider.name, provider.model)
            self._ledger.spend(
                account, [Cost(seconds=seconds), *(attempt.cost for attempt in attempts)]
            )

    def close(self) -> None:
        """Write what is left for the log."""
        if self._log is not None:
            self._log.flush()


def _record(question: Question, attempt: Attempt) -> dict[str, Any]:
    """A request as a line of the log; money is null where it is unknown."""
    money = attempt.cost.money
    began = datetime.now(UTC) - timedelta(seconds=attempt.seconds)
    return {
        "time": began.isoformat(timespec="milliseconds"),
        "file_hash": question.file_hash,
        "provider": question.provider.name,
        "model": question.provider.model,
        "kind": "vision" if question.reading.pictures else "text",
        "outcome": attempt.outcome,
        "seconds": round(attempt.seconds, 3),
        "prompt_tokens": attempt.cost.prompt_tokens,
        "completion_tokens": attempt.cost.completion_tokens,
        "money": None if money is None else round(money, 9),
        "recipe": question.recipe,
    }
