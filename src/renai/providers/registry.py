"""The providers there are, as a table, and how one is made from a person's settings."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from renai.errors import ConfigurationError
from renai.providers.offline.provider import MODEL, OfflineProvider
from renai.providers.openai.endpoint import Endpoint
from renai.providers.openai.prompt import OTHER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renai.providers.base import Provider
    from renai.providers.budget import Budget
    from renai.providers.prices import Price

DEFAULT_CATEGORIES = (
    *("Fiction", "Poetry & Drama", "Comics", "Children", "Biography & Memoir", "History"),
    *("Philosophy & Religion", "Social Sciences", "Politics & Law", "Business & Economics"),
    *("Psychology & Self-Help", "Education & Language", "Computers", "Mathematics", "Sciences"),
    *(
        "Engineering",
        "Medicine & Health",
        "Art & Music",
        "Cooking",
        "Travel & Nature",
        "Research Paper",
    ),
    *("Report", "Manual", "Magazine & News", "Contract & Invoice", "Letter & Form"),
    OTHER,
)


@dataclass(frozen=True, slots=True)
class Service:
    """One row of the table: a provider, and where its settings come from.

    Attributes:
        name: the provider's name.
        remark: what it is, for `doctor`.
        model: the default model.
        model_variable: the environment variable that names a model, where there is one.
        base_url: the default endpoint; empty for none.
        base_url_variable: the environment variable that moves it, where there is one.
        key_variable: the environment variable with the key; empty for none.
        key_needed: whether it cannot be asked without a key.
    """

    name: str
    remark: str
    model: str = ""
    model_variable: str = ""
    base_url: str = ""
    base_url_variable: str = ""
    key_variable: str = ""
    key_needed: bool = True

    def missing(self, environment: Mapping[str, str], base_urls: Mapping[str, str]) -> list[str]:
        """Name the environment variables that must be set before it can be asked."""
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


OFFLINE = "offline"

SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        service.name: service
        for service in (
            Service(
                OFFLINE,
                "reads what documents say of themselves; no key, no network, no cost",
                model=MODEL,
                key_needed=False,
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


def make_provider(
    name: str,
    model: str | None = None,
    *,
    environment: Mapping[str, str],
    base_urls: Mapping[str, str] = MappingProxyType({}),
    categories: Sequence[str] = DEFAULT_CATEGORIES,
    concurrency: int = 8,
    prices: Mapping[str, Mapping[str, Price]] = MappingProxyType({}),
    budget: Budget | None = None,
) -> Provider:
    """Make a provider ready to be asked; nothing is sent yet.

    Args:
        name: one of `SERVICES`.
        model: its name at the provider; None for the default.
        environment: environment variables, as `os.environ` holds them.
        base_urls: endpoints from the config by provider, which go before environment and default.
        categories: what a model chooses from.
        concurrency: requests in flight at once.
        prices: what a person says that models cost, by provider and model.
        budget: what all calls together may cost; None for no limit.

    Raises:
        ConfigurationError: there is no such provider, or a setting is missing; says which.
    """
    service = SERVICES.get(name)
    if service is None:
        raise ConfigurationError(
            f"There is no provider {name!r}. Choose from {', '.join(SERVICES)}."
        )
    if name == OFFLINE:
        if model not in {None, MODEL}:
            raise ConfigurationError(f"Provider offline has one model, {MODEL}, and not {model!r}.")
        return OfflineProvider(categories=categories)
    from renai.providers.openai.provider import OpenAIProvider  # a run without it need not wait

    model = model or _value(environment, service.model_variable) or service.model
    missing = service.missing(environment, base_urls)
    if model and service.model_variable in missing:
        missing.remove(service.model_variable)
    if missing:
        words = {service.model_variable: f"{service.model_variable} (or --model)"}
        needs = " and ".join(words.get(variable, variable) for variable in missing)
        raise ConfigurationError(f"Provider {name} cannot be asked yet: set {needs}.")
    endpoint = Endpoint(
        name=name,
        base_url=base_urls.get(name)
        or _value(environment, service.base_url_variable)
        or service.base_url,
        api_key=_value(environment, service.key_variable) or None,
        key_variable=service.key_variable,
    )
    return OpenAIProvider(
        endpoint,
        model,
        categories=categories,
        concurrency=concurrency,
        prices=prices,
        budget=budget,
    )


def _value(environment: Mapping[str, str], variable: str) -> str:
    """Read a variable; one that is set to nothing counts as not set."""
    return environment.get(variable, "").strip()
