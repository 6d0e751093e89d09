from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib.metadata import Distribution
from typing import TYPE_CHECKING, Any

import pytest

import distribution
import endpoint as wire
from renai.errors import ConfigurationError
from renai.extraction import Extraction
from renai.providers import registry
from renai.providers.budget import Budget
from renai.providers.registry import SERVICES, Service
from renai.settings import DEFAULT_CATEGORIES

if TYPE_CHECKING:
    from pathlib import Path

make_provider = partial(registry.make_provider, categories=DEFAULT_CATEGORIES)

KEYS = dict.fromkeys(("OPENAI_API_KEY", "DEEPINFRA_API_KEY", "OPENROUTER_API_KEY"), "sk-0123456789")
OLLAMA = {"CUSTOM_API_BASE_URL": "http://localhost:11434/v1", "CUSTOM_MODEL": "llama3.2"}


@pytest.mark.parametrize(
    ("name", "model", "url", "paid"),
    [
        ("offline", "heuristics-1", None, False),
        ("openai", "gpt-4o-mini", "https://api.openai.com/v1", True),
        (
            "deepinfra",
            "meta-llama/Llama-3.3-70B-Instruct",
            "https://api.deepinfra.com/v1/openai",
            True,
        ),
        ("openrouter", "google/gemini-2.0-flash-001", "https://openrouter.ai/api/v1", True),
        ("custom", "llama3.2", "http://localhost:11434/v1", True),
    ],
)
def test_every_provider_has_its_defaults(
    name: str, model: str, url: str | None, paid: bool
) -> None:
    provider = make_provider(name, environment=KEYS | OLLAMA)
    assert (provider.name, provider.model, provider.paid) == (name, model, paid)
    assert provider.parameters().get("endpoint") == url


def test_the_limit_of_tokens_is_set_for_each_provider_by_itself() -> None:
    limits = {"custom": 9000}
    for name, limit in (("custom", 9000), ("openai", 4096)):
        provider = make_provider(name, environment=KEYS | OLLAMA, max_tokens=limits)
        assert provider.parameters()["max_tokens"] == limit


@pytest.mark.parametrize(
    ("name", "environment", "message"),
    [
        ("openai", {}, "set OPENAI_API_KEY"),
        ("openai", {"OPENAI_API_KEY": "  "}, "set OPENAI_API_KEY"),
        ("deepinfra", {}, "set DEEPINFRA_API_KEY"),
        ("openrouter", {}, "set OPENROUTER_API_KEY"),
        ("custom", {"CUSTOM_MODEL": "m"}, "set CUSTOM_API_BASE_URL"),
        ("custom", {"CUSTOM_API_BASE_URL": "http://host"}, "CUSTOM_MODEL"),
        ("custom", OLLAMA | {"CUSTOM_API_BASE_URL": "host:80"}, "http://"),
        ("chatgpt", {}, "no provider 'chatgpt'. Choose from offline, openai,"),
    ],
)
def test_what_is_missing_is_named(name: str, environment: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make_provider(name, environment=environment)
    if name in SERVICES and "host:80" not in environment.values():
        (missing,) = SERVICES[name].missing(environment, {})
        assert missing in message


def test_offline_has_one_model() -> None:
    with pytest.raises(ConfigurationError, match="heuristics-1"):
        make_provider("offline", "gpt-4o-mini", environment={})


@pytest.mark.parametrize(
    ("base_urls", "environment", "url"),
    [
        ({"openai": "http://config/v1"}, {"OPENAI_BASE_URL": "http://env/v1"}, "http://config/v1"),
        ({}, {"OPENAI_BASE_URL": "http://env/v1"}, "http://env/v1"),
        ({"custom": "http://config/v1"}, {"OPENAI_BASE_URL": ""}, "https://api.openai.com/v1"),
    ],
)
def test_the_config_goes_before_the_environment(
    base_urls: dict[str, str], environment: dict[str, str], url: str
) -> None:
    provider = make_provider("openai", environment=KEYS | environment, base_urls=base_urls)
    assert provider.parameters()["endpoint"] == url


def test_a_model_given_goes_before_the_default() -> None:
    assert make_provider("custom", "mine", environment=OLLAMA).model == "mine"


async def test_a_local_server_needs_no_key() -> None:
    with wire.Endpoint() as server:
        environment: dict[str, Any] = OLLAMA | {"CUSTOM_API_BASE_URL": server.url}
        provider = make_provider("custom", environment=environment)
        answer = await provider.ask(Extraction("Dune"))
        await provider.aclose()
    assert answer.metadata.title == "Dune"
    assert answer.metadata.category in DEFAULT_CATEGORIES


def test_the_categories_end_with_other() -> None:
    assert DEFAULT_CATEGORIES[-1] == "Other"
    assert len(set(DEFAULT_CATEGORIES)) == len(DEFAULT_CATEGORIES)


class _Paid:
    paid = True

    def __init__(self, setup: registry.ProviderSetup) -> None:
        self.name = setup.name


@pytest.mark.parametrize(
    ("make", "heeds_budget", "refusal"),
    [
        (_Paid, True, None),
        (_Paid, False, "of the package toys cannot be kept below --max-cost"),
        (registry.chat_completions, False, None),
        (lambda setup: _Paid(replace(setup, name="toy2")), True, "toys calls itself 'toy2'"),
        (lambda setup: 1 / 0, True, r"toys cannot be made \(ZeroDivisionError: "),
    ],
)
def test_what_a_package_makes_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    make: Any,
    heeds_budget: bool,
    refusal: str | None,
) -> None:
    row = Service("toy", "", make, model="m", base_url="http://host", heeds_budget=heeds_budget)
    distribution.install(tmp_path, "toys", {}, {registry.GROUP: {"toy": "toys:TOY"}})
    (point,) = Distribution.at(tmp_path / "toys-1.0.dist-info").entry_points
    monkeypatch.setattr(registry, "find_plugins", lambda group: {"toy": point})
    monkeypatch.setattr(registry, "load_plugin", lambda point, kind: replace(row, key_needed=False))
    if refusal is None:
        assert make_provider("toy", environment={}, budget=Budget(1)).name == "toy"
        return
    with pytest.raises(ConfigurationError, match=refusal):
        make_provider("toy", environment={}, budget=Budget(1))
