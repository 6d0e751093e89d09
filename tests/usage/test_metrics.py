"""What is counted becomes metrics where a program measures itself, and nothing elsewhere."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from renai import EmbeddingCache, Recipe
from renai.usage.cost import Cost
from renai.usage.counters import Counts, TotalCost, UsageKey
from renai.usage.database import open_counters

if TYPE_CHECKING:
    from pathlib import Path

CALL = Cost(0.5, 2, 100, 10, 0.25)


@pytest.fixture(scope="session")
def reader() -> InMemoryMetricReader:
    """Of the real SDK, which takes one provider for each process."""
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader], shutdown_on_exit=False))
    return reader


def points(reader: InMemoryMetricReader, model: str) -> dict[str, list[tuple[dict, Any]]]:
    """What was recorded of a model: attributes, and a sum or a histogram's sum."""
    data = reader.get_metrics_data()
    found: dict[str, list[tuple[dict, Any]]] = {}
    for resource in data.resource_metrics if data else []:
        for scope in resource.scope_metrics:
            assert scope.scope.name == "renai"
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    attributes = dict(point.attributes)
                    if model in attributes.values():
                        value = point.value if hasattr(point, "value") else point.sum
                        found.setdefault(metric.name, []).append((attributes, value))
    return found


def test_a_model_that_is_asked(reader: InMemoryMetricReader, tmp_path: Path) -> None:
    key = UsageKey("metadata", "openrouter", "asked")
    counters, cost = open_counters(tmp_path), TotalCost()
    cost.add(CALL, size=1000)
    for _ in range(2):
        counters.add({key: Counts(Counter(missing=1, hit=3), spent=cost)})
    counters.add({key: Counts(Counter(hit=1), saved=cost)})

    found = points(reader, "asked")
    named = {
        "renai.cache.layer": "metadata",
        "renai.provider": "openrouter",
        "renai.model": "asked",
    }
    lookups = {each["renai.cache.outcome"]: count for each, count in found["renai.cache.lookups"]}
    assert lookups == {"missing": 2, "hit": 7}
    io = {each["renai.cache.io.direction"]: count for each, count in found["renai.cache.io"]}
    assert io == {"read": 1000, "write": 2000}
    assert found["renai.model.calls"] == [(named, 4)]
    assert found["renai.model.cost"] == [(named, 0.5)]
    standard = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openrouter",
        "gen_ai.request.model": "asked",
    }
    assert found["gen_ai.client.operation.duration"] == [(standard, 1.0)]
    used = found["gen_ai.client.token.usage"]
    tokens = {each["gen_ai.token.type"]: total for each, total in used}
    assert tokens == {"input": 200, "output": 20}
    assert "renai.computation.duration" not in found


def test_work_that_asks_no_model(reader: InMemoryMetricReader) -> None:
    cost = TotalCost(seconds=0.25)
    open_counters(None).add({UsageKey("text", "pdfium-metrics"): Counts(spent=cost)})
    assert points(reader, "pdfium-metrics") == {
        "renai.computation.duration": [
            ({"renai.cache.layer": "text", "renai.provider": "pdfium-metrics"}, 0.25)
        ]
    }


@pytest.mark.parametrize("ledger", [True, False])
def test_vectors(
    reader: InMemoryMetricReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, ledger: bool
) -> None:
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path))
    model = f"toy with a usage database: {ledger}"
    with EmbeddingCache("memory://", Recipe(model), ledger=ledger) as cache:
        for _ in range(3):
            cache.embed(["a", "b"], lambda texts: np.ones((len(texts), 4)))
    found = points(reader, model)
    lookups = {each["renai.cache.outcome"]: count for each, count in found["renai.cache.lookups"]}
    assert lookups == {"missing": 2, "hit": 4}
    ((attributes, seconds),) = found["gen_ai.client.operation.duration"]
    assert attributes == {"gen_ai.operation.name": "embeddings", "gen_ai.request.model": model}
    assert seconds > 0
    assert found["renai.model.calls"][0][1] == 1
    assert (tmp_path / "ledger.sqlite").exists() == ledger


_ALONE = """
import sys
import numpy as np
from renai import EmbeddingCache, Recipe
with EmbeddingCache("memory://", Recipe("toy")) as cache:
    cache.embed(["a"], lambda texts: np.ones((len(texts), 4)))
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


def test_nothing_is_imported_for_it(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _ALONE],
        capture_output=True,
        text=True,
        check=True,
        env={"RENAI_CACHE_DIR": str(tmp_path), "PATH": ""},
    )
    assert ran.stdout == "[]\n"


def test_what_is_just_being_imported_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", type(sys)("half imported"))
    open_counters(None).add({UsageKey("text"): Counts(Counter(hit=1))})
