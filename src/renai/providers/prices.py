"""Find out what tokens cost: the price a person states, else that of the public list, else unknown.

The public list is that of the package genai-prices. It is searched by the address of the endpoint,
since a price depends on who is paid. A gateway on this machine may charge as much as any other, so
nothing is free unless a person or the list says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from renai.settings import Price

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tariff(Protocol):
    """What the tokens of one model cost."""

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the price of one call in US dollars; more tokens never cost less."""
        ...


FREE = Price(0.0, 0.0)


class ListedPrice(NamedTuple):
    """A price in the public list, with its steps for long prompts.

    Input tokens that the endpoint had cached are charged in full.

    Attributes:
        base_url: the URL of the endpoint.
        model: the name of the model, as the endpoint spells it.
    """

    base_url: str
    model: str

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the price of one call in US dollars.

        Raises:
            LookupError: the model is not in the list.
        """
        from genai_prices import Usage, calc_price

        usage = Usage(input_tokens=prompt_tokens, output_tokens=completion_tokens)
        price = calc_price(usage, model_ref=self.model, provider_api_url=self.base_url)
        return float(price.total_price)


def find_price(
    provider: str, base_url: str, model: str, stated: Mapping[str, Mapping[str, Price]]
) -> Tariff | None:
    """Return what a model costs; None if that is unknown. This blocks while the list is read.

    Args:
        provider: the provider's name.
        base_url: the URL of the provider's endpoint.
        model: the name of the model, as the provider spells it.
        stated: the prices of models as stated by a person, by provider and model.
    """
    if price := stated.get(provider, {}).get(model):
        return price
    listed = ListedPrice(base_url, model)
    try:
        listed.of(1, 1)
    except LookupError:
        return None
    return listed


def unknown_price(provider: str, model: str) -> str:
    """Return the error message for a model whose price is unknown, with what to do about it."""
    return (
        f"Nobody knows what {provider}:{model} costs, so it cannot be kept below --max-cost. "
        f"Put its price into config.toml, in US dollars for a million tokens: "
        f'[prices.{provider}] "{model}" = {{input = 0.15, output = 0.60}} (0 for what is free)'
    )
