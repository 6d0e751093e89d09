"""What embedders report of tokens, and what the public list says these cost, is one bill."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from haystack import Document, component
from haystack.utils import Secret

from embedders import vector_of
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from haystack_integrations.components.embedders.renai.framework import Haystack
from haystack_integrations.components.embedders.renai.reported_usage import (
    Reported,
    UsagePrices,
    reported_in,
)
from renai.embedders.wrapped import WrappedEmbedder
from renai.errors import VectorError

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = [Document(content=text) for text in ("tides", "bread", "salt and smoke")]
A_MILLION = 1_000_000


@component
class OpenAIDocumentEmbedder:
    """Reports a million tokens a text; the class's module makes it a stranger to the price list."""

    def __init__(
        self,
        model: str = "text-embedding-3-small",
        api_base_url: str = "https://api.openai.com/v1",
        meta_fields_to_embed: list[str] | None = None,
    ) -> None:
        self.model = model
        self.api_base_url = api_base_url
        self.meta_fields_to_embed = meta_fields_to_embed
        self.usage: dict[str, Any] = {}
        self.without = False

    @component.output_types(documents=list[Document], meta=dict[str, Any])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        embedded = [
            replace(it, embedding=None if self.without else vector_of(it.content))
            for it in documents
        ]
        usage = {"prompt_tokens": A_MILLION * len(documents)} | self.usage
        return {"documents": embedded, "meta": {"model": self.model, "usage": usage}}


@component
class TextEmbedder:
    def __init__(self, model: str = "voyage-3", base_url: str = "https://api.voyageai.com/v1"):
        self.model = model
        self.base_url = base_url

    @component.output_types(embedding=list[float], meta=dict[str, Any])
    def run(self, text: str) -> dict[str, Any]:
        return {"embedding": vector_of(text), "meta": {"total_tokens": A_MILLION}}

    @component.output_types(embedding=list[float], meta=dict[str, Any])
    async def run_async(self, text: str) -> dict[str, Any]:
        return self.run(text)


def account() -> dict[str, Any]:
    command = [sys.executable, "-m", "renai", "cache", "stats", "--json"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (account,) = json.loads(shown)["accounts"]
    return dict(account)


def test_tokens_and_money_of_what_is_computed_and_of_what_is_saved(url: str) -> None:
    embedder = CachedDocumentEmbedder(OpenAIDocumentEmbedder(), url, batch_size=2)
    for _ in range(3):
        embedder.run(DOCUMENTS)
    embedder.close()
    told = account()
    assert (told["model"], told["hits"], told["misses"]) == ("text-embedding-3-small", 6, 3)
    assert (told["spent"]["prompt_tokens"], told["saved"]["prompt_tokens"]) == (
        3 * A_MILLION,
        6 * A_MILLION,
    )
    assert told["spent"]["money"] == pytest.approx(3 * 0.02)
    assert told["saved"]["money"] == pytest.approx(6 * 0.02)
    assert told["spent"]["unpriced"] == told["saved"]["unpriced"] == 0
    command = [sys.executable, "-m", "renai", "cache", "stats"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "$0.06" in shown
    assert "$0.12" in shown


async def test_queries_and_tasks(url: str) -> None:
    embedder = CachedTextEmbedder(TextEmbedder(), url)
    embedder.run("When is low tide?")
    await embedder.run_async("And high tide?")
    embedder.close()
    spent = account()["spent"]
    assert spent["prompt_tokens"] == 2 * A_MILLION
    assert spent["money"] == pytest.approx(2 * 0.06)


def test_what_the_endpoint_states_goes_first(url: str) -> None:
    wrapped = OpenAIDocumentEmbedder()
    wrapped.usage = {"cost": 0.5}
    embedder = CachedDocumentEmbedder(wrapped, url)
    embedder.run(DOCUMENTS)
    embedder.close()
    assert account()["spent"]["money"] == 0.5


def test_a_price_that_a_person_states(url: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    config = tmp_path / "config" / "renAI" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[prices.custom]\n"house-model" = {input = 3, output = 0}\n')
    wrapped = OpenAIDocumentEmbedder("house-model", "http://127.0.0.1:9/v1")
    embedder = CachedDocumentEmbedder(wrapped, url)
    embedder.run(DOCUMENTS)
    embedder.close()
    assert account()["spent"]["money"] == 9


def test_settings_that_cannot_be_read_cost_a_warning_and_no_vector(
    url: str, tmp_path: Path, monkeypatch, caplog
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    config = tmp_path / "config" / "renAI" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("no = toml = at all")
    embedder = CachedDocumentEmbedder(OpenAIDocumentEmbedder(), url)
    assert embedder.run(DOCUMENTS)["documents"][0].embedding
    embedder.close()
    assert "of prices is not heeded" in caplog.text
    config.unlink()
    assert account()["spent"]["money"] == pytest.approx(3 * 0.02)


def test_an_unknown_price_is_shown_as_unknown(url: str) -> None:
    wrapped = OpenAIDocumentEmbedder("house-model", "http://127.0.0.1:9/v1")
    embedder = CachedDocumentEmbedder(wrapped, url)
    for _ in range(2):
        embedder.run(DOCUMENTS)
    embedder.close()
    told = account()
    for side, count in (("spent", 3), ("saved", 3)):
        assert told[side]["prompt_tokens"] == 3 * A_MILLION
        assert (told[side]["money"], told[side]["unpriced"]) == (0, count)


def test_what_came_without_vectors_was_paid_all_the_same(url: str) -> None:
    wrapped = OpenAIDocumentEmbedder()
    wrapped.without = True
    embedder = CachedDocumentEmbedder(wrapped, url)
    with pytest.raises(VectorError):
        embedder.run(DOCUMENTS)
    embedder.close()
    assert account()["spent"]["prompt_tokens"] == 3 * A_MILLION


def test_nothing_is_counted_without_a_ledger(url: str, tmp_path: Path) -> None:
    embedder = CachedDocumentEmbedder(OpenAIDocumentEmbedder(), url, ledger=False)
    embedder.run(DOCUMENTS)
    embedder.close()
    assert not (tmp_path / "renai" / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    ("meta", "tokens"),
    [
        ({"model": "m", "usage": {"prompt_tokens": 4, "total_tokens": 5}}, 4),
        ({"usage": {"total_tokens": 5}}, 5),
        ({"usage": SimpleNamespace(prompt_tokens=4, total_tokens=4)}, 4),
        ({"api_version": {"version": "1"}, "billed_units": {"input_tokens": 4.0}}, 4),
        ({"total_tokens": 7}, 7),
        ({"usage": {}, "total_tokens": 7}, 7),
        ({"usage": {"prompt_tokens": 0}}, 0),
        ({"usage": {"prompt_tokens": -1}}, None),
        ({"usage": {"prompt_tokens": True}}, None),
        ({"usage": {"prompt_tokens": float("nan")}}, None),
        ({"usage": {"prompt_tokens": "4"}}, None),
        ({"usage": None}, None),
        ({"model": "m"}, None),
        ({}, None),
        (None, None),
        ("usage", None),
    ],
)
def test_how_embedders_spell_it(meta: Any, tokens: int | None) -> None:
    reported = reported_in(meta)
    assert (reported and reported.tokens) == tokens
    if reported:
        assert reported.money is None


def money_for(embedder: Any, model: str = "") -> float | None:
    return UsagePrices(WrappedEmbedder(embedder, Haystack(), None)).money_for(
        Reported(A_MILLION, None, model)
    )


def test_endpoints_that_no_parameter_names(monkeypatch) -> None:
    from haystack.components.embedders import (
        AzureOpenAIDocumentEmbedder,
        MockDocumentEmbedder,
        OpenAITextEmbedder,
    )

    key = Secret.from_token("sk-1")
    openai = OpenAITextEmbedder(key, "text-embedding-ada-002")
    assert money_for(openai) == pytest.approx(0.1)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert money_for(openai) is None
    assert money_for(MockDocumentEmbedder(model="text-embedding-ada-002")) is None
    azure = AzureOpenAIDocumentEmbedder(
        azure_endpoint="https://house.openai.azure.com",
        azure_deployment="ours",
        api_key=key,
    )
    assert money_for(azure, "text-embedding-3-small") == pytest.approx(0.02)
    assert money_for(azure) is None
