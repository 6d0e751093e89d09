"""The table of all providers, to which other packages add rows.

A service that speaks OpenAI's Chat Completions protocol needs nothing but a row. The row of a
provider with a protocol of its own says how the provider is made. Packages add rows by entry points
in the group `renai.providers` (docs/extending.md).

This module is imported for the program's help, so it imports no provider.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from renai.errors import ConfigurationError, RenaiError
from renai.plugins import find_plugins, load_plugin, package_of
from renai.providers.local import refuse_distant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from renai.providers.base import Provider
    from renai.providers.budget import Budget
    from renai.settings import Price

GROUP = "renai.providers"
"""The group of the entry points by which other packages add rows."""


@dataclass(frozen=True, slots=True)
class ProviderSetup:
    """All that a person has set for a provider: what is needed to make it.

    Attributes:
        name: the provider's name.
        model: the name of the model, as the provider spells it.
        base_url: the URL of the provider's endpoint; empty if it has none.
        api_key: the API key; None where there is none.
        key_variable: the environment variable in which a person sets the key; empty for none.
        categories: the categories that a model chooses from.
        concurrency: the most requests in flight at once.
        prices: the prices of models as stated by a person, by provider and model.
        budget: the cap on what all calls together may cost; None for no limit.
        max_tokens: the most tokens of an answer; None for the provider's own choice.
        model_loading_seconds: how long a model that is still being loaded is waited for; None for
            the default.
    """

    name: str
    model: str
    base_url: str
    api_key: str | None = field(repr=False)
    key_variable: str
    categories: Sequence[str]
    concurrency: int
    prices: Mapping[str, Mapping[str, Price]]
    budget: Budget | None
    max_tokens: int | None = None
    model_loading_seconds: float | None = None


def chat_completions(setup: ProviderSetup) -> Provider:
    """Make a provider that speaks OpenAI's Chat Completions protocol.

    Raises:
        ConfigurationError: the URL of the endpoint or the key is not valid.
    """
    from renai.providers.openai.backoff import Backoff
    from renai.providers.openai.client import Endpoint
    from renai.providers.openai.dialect import MAX_TOKENS
    from renai.providers.openai.provider import OpenAIProvider

    loading = setup.model_loading_seconds
    return OpenAIProvider(
        Endpoint(setup.name, setup.base_url, setup.api_key, setup.key_variable),
        setup.model,
        categories=setup.categories,
        max_tokens=setup.max_tokens or MAX_TOKENS,
        concurrency=setup.concurrency,
        backoff=Backoff() if loading is None else Backoff(loading=loading),
        prices=setup.prices,
        budget=setup.budget,
    )


def _heuristics(setup: ProviderSetup) -> Provider:
    from renai.providers.offline.provider import OfflineProvider

    return OfflineProvider(categories=setup.categories)


@dataclass(frozen=True, slots=True)
class Service:
    """One row of the table: a provider, how it is made, and where its settings come from.

    Attributes:
        name: the provider's name; it is part of the names of entries in the cache.
        remark: a short description of the provider, for `doctor`.
        make: the function that makes the provider, without sending anything yet.
        model: the name of the default model; empty if there is no default.
        only_model: whether the provider has no other model than the default one.
        model_variable: the environment variable that names a model; empty for none.
        base_url: the URL of the default endpoint; empty for none.
        base_url_variable: the environment variable with another URL; empty for none.
        key_variable: the environment variable with the key; empty for none.
        key_needed: whether the provider cannot be used without a key.
        heeds_budget: whether the provider that `make` returns keeps to the budget of its setup.
        min_confidence: the confidence below which a file keeps its name, unless the user sets
            another; measured for a provider with calibrated confidence, else 0.
        tells_categories: whether the provider chooses a category for each document.
    """

    name: str
    remark: str
    make: Callable[[ProviderSetup], Provider] = chat_completions
    model: str = ""
    only_model: bool = False
    model_variable: str = ""
    base_url: str = ""
    base_url_variable: str = ""
    key_variable: str = ""
    key_needed: bool = True
    heeds_budget: bool = False
    min_confidence: float = 0.0
    tells_categories: bool = True

    def missing(self, environment: Mapping[str, str], base_urls: Mapping[str, str]) -> list[str]:
        """Return the environment variables that must be set before the provider can be used."""
        needs = {
            self.key_variable: self.key_needed,
            self.base_url_variable: not (self.base_url or base_urls.get(self.name)),
            self.model_variable: not self.model,
        }
        return [
            name
            for name, needed in needs.items()
            if needed and name and not _value(environment, name)
        ]


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        service.name: service
        for service in (
            Service(
                "offline",
                "reads what documents say of themselves; no key, no network, no cost",
                make=_heuristics,
                model="heuristics-1",
                only_model=True,
                key_needed=False,
                min_confidence=0.85,
                tells_categories=False,
            ),
            Service(
                "openai",
                "OpenAI",
                model="gpt-4o-mini",
                base_url="https://api.openai.com/v1",
                base_url_variable="OPENAI_BASE_URL",
                key_variable="OPENAI_API_KEY",
            ),
            Service(
                "deepinfra",
                "DeepInfra",
                model="meta-llama/Llama-3.3-70B-Instruct",
                base_url="https://api.deepinfra.com/v1/openai",
                key_variable="DEEPINFRA_API_KEY",
            ),
            Service(
                "openrouter",
                "OpenRouter",
                model="google/gemini-2.0-flash-001",
                base_url="https://openrouter.ai/api/v1",
                key_variable="OPENROUTER_API_KEY",
            ),
            Service(
                "custom",
                "any endpoint that speaks Chat Completions, such as Ollama or LM Studio",
                model_variable="CUSTOM_MODEL",
                base_url_variable="CUSTOM_API_BASE_URL",
                key_variable="CUSTOM_API_KEY",
                key_needed=False,
            ),
        )
    }
)
"""The rows that come with renai, by name; none of them can be replaced."""


def provider_names() -> tuple[str, ...]:
    """Return the names of all providers, renai's own first; no package is imported for that."""
    return (*SERVICES, *(name for name in find_plugins(GROUP) if name not in SERVICES))


def is_provider(name: object) -> bool:
    """Return whether there is a provider of this name; no package is imported for that."""
    return isinstance(name, str) and (name in SERVICES or name in find_plugins(GROUP))


def find_service(name: str) -> Service:
    """Return the row of a provider.

    Raises:
        ConfigurationError: there is no such provider, or the package that adds it is broken.
    """
    if name in SERVICES:
        return SERVICES[name]
    point = find_plugins(GROUP).get(name)
    if point is None:
        raise ConfigurationError(
            f"There is no provider {name!r}. Choose from {', '.join(provider_names())}."
        )
    service = load_plugin(point, Service)
    if service.name != name:
        raise ConfigurationError(
            f"The package {package_of(point)} adds the provider {name!r} under the name "
            f"{service.name!r}; mend that package, or uninstall it"
        )
    return service


def ignored_packages() -> dict[str, str]:
    """Return the packages that try to replace a provider of renai's own, by the provider's name."""
    points = find_plugins(GROUP).items()
    return {name: package_of(point) for name, point in points if name in SERVICES}


def make_provider(
    name: str,
    model: str | None = None,
    *,
    environment: Mapping[str, str],
    categories: Sequence[str],
    base_urls: Mapping[str, str] = MappingProxyType({}),
    concurrency: int = 8,
    prices: Mapping[str, Mapping[str, Price]] = MappingProxyType({}),
    budget: Budget | None = None,
    max_tokens: Mapping[str, int] = MappingProxyType({}),
    model_loading_seconds: float | None = None,
    local_only: bool = False,
    local_hosts: Sequence[str] = (),
) -> Provider:
    """Make a provider that is ready to be asked; nothing is sent yet.

    Args:
        name: one of `provider_names`.
        model: the name of the model, as the provider spells it; None for the default.
        environment: the environment variables, as `os.environ` holds them.
        categories: the categories that a model chooses from.
        base_urls: the URLs of endpoints from the config, by provider; they go before environment
            and default.
        concurrency: the most requests in flight at once.
        prices: the prices of models as stated by a person, by provider and model.
        budget: the cap on what all calls together may cost; None for no limit.
        max_tokens: the most tokens of an answer, by provider.
        model_loading_seconds: how long a model that is still being loaded is waited for; None for
            the default.
        local_only: whether only providers on this machine or on `local_hosts` may be asked.
        local_hosts: the names of further hosts that may be asked.

    Raises:
        ConfigurationError: there is no such provider, or a setting is missing; the message says
            which. Or the provider is elsewhere, and must not be.
    """
    service = find_service(name)
    if service.only_model and model not in (None, service.model):
        raise ConfigurationError(
            f"Provider {name} has one model, {service.model}, and not {model!r}."
        )
    model = model or _value(environment, service.model_variable) or service.model
    missing = service.missing(environment, base_urls)
    if model and service.model_variable in missing:
        missing.remove(service.model_variable)
    if missing:
        words = {service.model_variable: f"{service.model_variable} (or --model)"}
        needs = " and ".join(words.get(variable, variable) for variable in missing)
        raise ConfigurationError(f"Provider {name} cannot be asked yet: set {needs}.")
    base_url = base_urls.get(name) or _value(environment, service.base_url_variable)
    base_url = base_url or service.base_url
    if local_only and service is not SERVICES["offline"]:
        refuse_distant(name, base_url, local_hosts)
    setup = ProviderSetup(
        name=name,
        model=model,
        base_url=base_url,
        api_key=_value(environment, service.key_variable) or None,
        key_variable=service.key_variable,
        categories=categories,
        concurrency=concurrency,
        prices=prices,
        budget=budget,
        max_tokens=max_tokens.get(name),
        model_loading_seconds=model_loading_seconds,
    )
    return service.make(setup) if name in SERVICES else _made_by_a_package(service, setup)


def _made_by_a_package(service: Service, setup: ProviderSetup) -> Provider:
    """Make a provider that another package adds.

    Raises:
        ConfigurationError: the provider cannot be made, or its answers would be kept under another
            name, or it would spend more than the budget allows.
    """
    package = package_of(find_plugins(GROUP)[setup.name])
    try:
        provider = service.make(setup)
    except RenaiError:
        raise
    except Exception as error:
        raise ConfigurationError(
            f"The provider {setup.name!r} of the package {package} cannot be made "
            f"({type(error).__name__}: {error})"
        ) from error
    if provider.name != setup.name:
        raise ConfigurationError(
            f"The provider {setup.name!r} of the package {package} calls itself {provider.name!r}"
        )
    heeds_budget = service.heeds_budget or service.make is chat_completions
    if provider.paid and setup.budget is not None and not heeds_budget:
        raise ConfigurationError(
            f"The provider {setup.name!r} of the package {package} cannot be kept below --max-cost"
        )
    return provider


def _value(environment: Mapping[str, str], variable: str) -> str:
    """Return the value of a variable; a variable that is set to nothing counts as not set."""
    return environment.get(variable, "").strip() if variable else ""
