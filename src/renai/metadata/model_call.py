"""Ask a provider, and count what that took, whether or not it brought an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from renai.errors import ProviderError, RenaiError
from renai.usage.cost import Cost
from renai.usage.counters import UsageKey

if TYPE_CHECKING:
    from renai.extraction import Extraction
    from renai.keys.recipe import Recipe
    from renai.providers.base import Answer, Attempt, Provider, Report
    from renai.usage.call_log import CallLog
    from renai.usage.counters import UsageCounters


class ModelCalls:
    """Asks providers, and counts and logs what each request took.

    Args:
        counters: the usage counters to which the costs are added.
        log: the log that gets one line for each request; None for no log.
    """

    def __init__(self, counters: UsageCounters, log: CallLog | None = None) -> None:
        self._counters = counters
        self._log = log

    async def ask(
        self, provider: Provider, extraction: Extraction, file_hash: str, recipe: Recipe
    ) -> Answer:
        """Ask a provider about a file, and return its answer.

        Args:
            provider: the provider to ask.
            extraction: what the provider is shown of the file.
            file_hash: the SHA-256 of the file's bytes, 64 hex digits.
            recipe: the recipe of the answer.

        Raises:
            ProviderError: the call failed for good, or the provider raised what it should not.
            RenaiError: as the provider's `ask` says.
        """
        attempts: list[Attempt] = []

        def report(attempt: Attempt) -> None:
            attempts.append(attempt)
            if self._log is not None:
                self._log.add(_record(provider, extraction, file_hash, recipe, attempt))

        answer: Answer | None = None
        try:
            answer = await _ask(provider, extraction, report)
            return answer
        finally:
            seconds = answer.cost.seconds if answer else sum(each.seconds for each in attempts)
            usage_key = UsageKey("metadata", provider.name, provider.model)
            self._counters.spend(
                usage_key, [Cost(seconds=seconds), *(attempt.cost for attempt in attempts)]
            )

    def close(self) -> None:
        """Write the remaining lines of the log."""
        if self._log is not None:
            self._log.flush()


async def _ask(provider: Provider, extraction: Extraction, report: Report) -> Answer:
    try:
        return await provider.ask(extraction, report)
    except RenaiError:
        raise
    except Exception as error:  # no provider's mistake may cost another file
        # What such an error says may hold the key, or the document.
        raise ProviderError(f"{provider.name} failed with {type(error).__name__}") from error


def _record(
    provider: Provider, extraction: Extraction, file_hash: str, recipe: Recipe, attempt: Attempt
) -> dict[str, Any]:
    """Return a request as a line of the log, as JSON values; money is None where it is unknown."""
    money = attempt.cost.money
    began = datetime.now(UTC) - timedelta(seconds=attempt.seconds)
    return {
        "time": began.isoformat(timespec="milliseconds"),
        "file_hash": file_hash,
        "provider": provider.name,
        "model": provider.model,
        "kind": "vision" if extraction.pictures else "text",
        "outcome": attempt.outcome,
        "seconds": round(attempt.seconds, 3),
        "prompt_tokens": attempt.cost.prompt_tokens,
        "completion_tokens": attempt.cost.completion_tokens,
        "money": None if money is None else round(money, 9),
        "recipe": recipe.digest,
    }
