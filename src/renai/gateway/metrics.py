"""What a gateway counts, for Prometheus."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Mapping


class GatewayMetrics:
    """What a gateway counts. No label comes from outside, so there are few series."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "renai_gateway_requests",
            "Requests, by what they ask for and the status of the answer.",
            ["route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "renai_gateway_request_seconds",
            "Time until an answer is complete, or begins to stream.",
            ["route"],
            registry=self._registry,
        )
        # To find a series by its labels takes longer than to count.
        self._series = cache(
            lambda route, status: (
                self._requests.labels(route, str(status)),
                self._seconds.labels(route),
            )
        )
        self._under_way = 0
        Gauge(
            "renai_gateway_requests_under_way", "Requests under way.", registry=self._registry
        ).set_function(lambda: self._under_way)
        self._inputs = Counter(
            "renai_gateway_inputs",
            "Inputs, by what became of them.",
            ["outcome"],
            registry=self._registry,
        )
        outcomes = ("hits", "misses", "deduplicated")
        self._by_outcome = {outcome: self._inputs.labels(outcome) for outcome in outcomes}
        self._unstored = Counter(
            "renai_gateway_unstored",
            "Vectors that the store did not take.",
            registry=self._registry,
        )
        self._upstream = Counter(
            "renai_gateway_upstream_requests",
            "Requests to the upstream for what is cached, by the status of its answer.",
            ["status"],
            registry=self._registry,
        )
        self._tokens = Counter(
            "renai_gateway_billed_tokens", "Tokens that were billed.", registry=self._registry
        )
        self._shadow_inputs = Counter(
            "renai_gateway_shadow_inputs",
            "In shadow mode: inputs, by what would have become of them.",
            ["outcome"],
            registry=self._registry,
        )
        self._shadow_tokens = Counter(
            "renai_gateway_shadow_saved_tokens",
            "In shadow mode: tokens that would not have been billed.",
            registry=self._registry,
        )

    def begun(self) -> None:
        """Count a request that comes in."""
        self._under_way += 1

    def ended(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._under_way -= 1
        requests, time = self._series(route, status)
        requests.inc()
        time.observe(seconds)

    def embedded(self, counts: Mapping[str, Any]) -> None:
        """Count the inputs of a request, as `counts_of` tells them."""
        for outcome, counter in self._by_outcome.items():
            if counts[outcome]:
                counter.inc(counts[outcome])
        if "unstored" in counts:
            self._unstored.inc(counts["unstored"])

    def asked(self, status: int) -> None:
        """Count a request to the upstream."""
        self._upstream.labels(str(status)).inc()

    def billed(self, tokens: int) -> None:
        """Count what the upstream has billed."""
        self._tokens.inc(tokens)

    def would_have(self, hits: int, misses: int, saved_tokens: int) -> None:
        """Count what would have become of inputs, and how many tokens that would have saved."""
        if hits:
            self._shadow_inputs.labels("hits").inc(hits)
        if misses:
            self._shadow_inputs.labels("misses").inc(misses)
        self._shadow_tokens.inc(saved_tokens)

    def shown(self) -> bytes:
        """Return all of it in Prometheus's format."""
        return generate_latest(self._registry)
