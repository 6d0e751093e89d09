"""What the models of an upstream cost."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from renai.configuration import load_settings
from renai.providers.prices import find_price
from renai.providers.registry import SERVICES

if TYPE_CHECKING:
    from renai.providers.prices import Tariff

_MOST = 1000


class ModelPrices:
    """Tells what calls cost, as a person states it in `config.toml`, else as the public list does.

    Args:
        upstream: the base URL of the upstream, by which the list is searched.

    Raises:
        ConfigurationError: the settings cannot be read.
    """

    def __init__(self, upstream: str) -> None:
        names = {service.base_url: name for name, service in SERVICES.items()}
        provider, stated = names.get(upstream, "custom"), load_settings().prices

        @lru_cache(maxsize=_MOST)
        def tariff_of(model: str) -> Tariff | None:
            return find_price(provider, upstream, model, stated)

        self._tariff_of = tariff_of

    def money_for(self, model: str, prompt_tokens: int, completion_tokens: int = 0) -> float | None:
        """Return what a call cost, in US dollars; None if that is unknown.

        The public list is read when this is called for the first time, which blocks.
        """
        tariff = self._tariff_of(model)
        return None if tariff is None else tariff.of(prompt_tokens, completion_tokens)
