"""What an embedder reports of its use in `meta`, and what that costs.

Embedders spell it differently; those of OpenAI's protocol as `{"usage": {"prompt_tokens": …}}`,
Cohere's as `{"billed_units": {"input_tokens": …}}`, Voyage's as `{"total_tokens": …}`. What an
embedder does not report is not guessed.

The price is found as for models that are asked about documents: as the endpoint states it, else as
a person does in `config.toml`, else by the public list, which is searched by the endpoint's
address. Where none of them tells, it is unknown.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from haystack.utils import Secret

from renai.errors import RenaiError
from renai.forks import renew_after_fork
from renai.usage.cost import is_plausible

if TYPE_CHECKING:
    from renai.embedders.wrapped import WrappedEmbedder
    from renai.providers.prices import Tariff

_log = logging.getLogger("renai")

_PLACES = ("usage", "billed_units")
_TOKENS = ("prompt_tokens", "input_tokens", "total_tokens")
_MONEY = ("cost", "estimated_cost")

_ENDPOINT_PARAMETERS = ("api_base_url", "azure_endpoint", "base_url", "api_url")
_DEFAULT_ENDPOINTS = {
    "OpenAI": "https://api.openai.com/v1",
    "Voyage": "https://api.voyageai.com/v1",
    "Mistral": "https://api.mistral.ai/v1",
    "Cohere": "https://api.cohere.com",
}
"""The endpoints of embedders without a parameter for it, or where it is None, by the beginning of
their class's name."""


class Reported(NamedTuple):
    """What an embedder reported of one call.

    Attributes:
        tokens: the tokens of all texts.
        money: US dollars, as the endpoint states it; None if it does not.
        model: the name of the model, as the endpoint spells it; "" if it does not say.
    """

    tokens: int
    money: float | None
    model: str


def reported_in(meta: Any) -> Reported | None:
    """Return what an embedder's `meta` says of its use; None if it says nothing that is usable."""
    if not isinstance(meta, Mapping):
        return None
    places = [*(meta.get(place) for place in _PLACES), meta]
    for place in places:
        tokens = _first(place, _TOKENS)
        if tokens is not None:
            model = meta.get("model")
            return Reported(
                round(tokens), _first(place, _MONEY), model if isinstance(model, str) else ""
            )
    return None


class UsagePrices:
    """Tells what the calls of one embedder cost.

    Args:
        wrapped: the embedder.
    """

    def __init__(self, wrapped: WrappedEmbedder) -> None:
        self._wrapped = wrapped
        self._tariffs: dict[str, Tariff | None] = {}
        self._lock: threading.Lock
        renew_after_fork(self, _unlock)

    def money_for(self, reported: Reported) -> float | None:
        """Return what a call cost, in US dollars; None if that is unknown.

        This blocks while the public list is read for the first time.
        """
        if reported.money is not None:
            return reported.money
        for model in dict.fromkeys((self._wrapped.model_name, reported.model)):
            tariff = self._tariff_of(model) if model else None
            if tariff is not None:
                return tariff.of(reported.tokens, 0)
        return None

    def _tariff_of(self, model: str) -> Tariff | None:
        from renai.providers.prices import find_price
        from renai.providers.registry import SERVICES

        with self._lock:
            if model not in self._tariffs:
                endpoint = _endpoint_of(self._wrapped)
                names = {service.base_url: name for name, service in SERVICES.items()}
                provider = names.get(endpoint, "custom")
                self._tariffs[model] = find_price(provider, endpoint, model, _stated_prices())
            return self._tariffs[model]


def _stated_prices() -> Any:
    """Return the prices in `config.toml`; none, with a warning, if it cannot be read."""
    from renai.configuration import load_settings

    try:
        return load_settings().prices
    except RenaiError as error:
        _log.warning("What your settings say of prices is not heeded: %s", error)
        return {}


def _endpoint_of(wrapped: WrappedEmbedder) -> str:
    """Return the URL of an embedder's endpoint; "" if it has none that is known."""
    for name in _ENDPOINT_PARAMETERS:
        value = wrapped.parameters.get(name)
        if isinstance(value, dict) and value.get("type") == "env_var":
            value = Secret.from_dict(value).resolve_value()
        if isinstance(value, str) and value:
            return value.rstrip("/")
    if wrapped.class_name.startswith("OpenAI") and (url := os.environ.get("OPENAI_BASE_URL")):
        return url.rstrip("/")
    for beginning, url in _DEFAULT_ENDPOINTS.items():
        if wrapped.class_name.startswith(beginning):
            return url
    return ""


def _first(place: Any, names: tuple[str, ...]) -> float | None:
    """Return the first plausible number that stands in a mapping, or an object, by these names."""
    for name in names:
        value = place.get(name) if isinstance(place, Mapping) else getattr(place, name, None)
        if is_plausible(value):
            return float(value)  # type: ignore[arg-type]  # it is a number
    return None


def _unlock(it: UsagePrices) -> None:
    it._lock = threading.Lock()
