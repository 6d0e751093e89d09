"""Record what usage counters count as metrics of OpenTelemetry.

Nothing is imported for it: a program that measures itself has imported OpenTelemetry's metrics
before, by hand or through `opentelemetry-instrument`. Usage counters call this module only then.
Names and buckets of `gen_ai.*` are those of OpenTelemetry's semantic conventions
for clients of generative AI (https://github.com/open-telemetry/semantic-conventions-genai).
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from renai.usage.counters import METRICS_API
from renai.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renai.usage.counters import Counts, TotalCost, UsageKey

_OPERATIONS = {"metadata": "chat", "chat": "chat", "embedding": "embeddings"}
"""The conventions' name for the work of each layer that calls a model."""

_SECONDS_BUCKETS = tuple(0.01 * 2**step for step in range(14))
_TOKEN_BUCKETS = tuple(4**step for step in range(14))

Attributes = dict[str, str]


def record_metrics(counted: Mapping[UsageKey, Counts]) -> None:
    """Record what was counted, in a program that has imported OpenTelemetry's metrics."""
    api = sys.modules.get(METRICS_API)
    if not hasattr(api, "get_meter"):  # the import is still under way
        return
    instruments = _instruments_of(api)
    for key, counts in counted.items():
        instruments.record(key, counts)


@cache
def _instruments_of(api: Any) -> _Instruments:
    """Return the instruments, which are created once in a process."""
    return _Instruments(api)


class _Instruments:
    def __init__(self, api: Any) -> None:
        meter = api.get_meter("renai", __version__)
        self._lookups = meter.create_counter(
            "renai.cache.lookups", "{lookup}", "Look-ups, by what became of them."
        )
        self._io = meter.create_counter(
            "renai.cache.io", "By", "Entries of hits that were read, and entries written."
        )
        self._calls = meter.create_counter("renai.model.calls", "{call}", "Calls of models.")
        self._cost = meter.create_counter(
            "renai.model.cost", "{USD}", "What calls of models cost, as far as that is known."
        )
        self._computation = meter.create_histogram(
            "renai.computation.duration",
            "s",
            "Work on missing entries that asked no model.",
            explicit_bucket_boundaries_advisory=_SECONDS_BUCKETS,
        )
        self._operation = meter.create_histogram(
            "gen_ai.client.operation.duration",
            "s",
            "GenAI operation duration.",
            explicit_bucket_boundaries_advisory=_SECONDS_BUCKETS,
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=_TOKEN_BUCKETS,
        )

    def record(self, key: UsageKey, counts: Counts) -> None:
        """Record the counts of one key."""
        named = _filled(
            {
                "renai.cache.layer": key.layer,
                "renai.provider": key.provider,
                "renai.model": key.model,
            }
        )
        for outcome, count in counts.events.items():
            if count:
                self._lookups.add(count, {**named, "renai.cache.outcome": outcome})
        for direction, cost in (("read", counts.saved), ("write", counts.spent)):
            if cost.bytes:
                self._io.add(cost.bytes, {**named, "renai.cache.io.direction": direction})
        self._record_spent(key, named, counts.spent)

    def _record_spent(self, key: UsageKey, named: Attributes, spent: TotalCost) -> None:
        standard = _filled(
            {
                "gen_ai.operation.name": _OPERATIONS.get(key.layer, ""),
                "gen_ai.provider.name": key.provider,
                "gen_ai.request.model": key.model,
            }
        )
        if spent.calls:
            self._calls.add(spent.calls, named)
            self._operation.record(spent.seconds, standard)
        elif spent.seconds:
            self._computation.record(spent.seconds, named)
        if spent.money:
            self._cost.add(spent.money, named)
        for kind, tokens in (("input", spent.prompt_tokens), ("output", spent.completion_tokens)):
            if tokens:
                self._tokens.record(tokens, {**standard, "gen_ai.token.type": kind})


def _filled(attributes: Attributes) -> Attributes:
    return {name: value for name, value in attributes.items() if value}
