"""A preview: find out what a run would send, word for word, by doing all but sending it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, runtime_checkable

from renai.errors import ConfigurationError, NotAskedError

if TYPE_CHECKING:
    from renai.extraction import Extraction
    from renai.keys.recipe import Recipe
    from renai.providers.base import Provider


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that would be sent.

    Attributes:
        url: the address that it would go to.
        body: what would stand in it, as JSON values.
    """

    url: str
    body: dict[str, Any]


@runtime_checkable
class Previewable(Protocol):
    """A provider that can say what it would send."""

    def first_request(self, extraction: Extraction) -> tuple[str, dict[str, Any]]:
        """Return the address and the body of the first request about an extraction."""
        ...


class Preview:
    """Takes the questions to a provider and keeps what they would send, one for each content."""

    def __init__(self) -> None:
        self.requests: dict[str, Sent] = {}

    @staticmethod
    def concerns(provider: Provider) -> bool:
        """Return whether a provider may send anything; renai's own heuristics never do."""
        return provider.name != "offline"

    async def ask(
        self,
        provider: Provider,
        extraction: Extraction,
        file_hash: str,
        recipe: Recipe,  # noqa: ARG002 - as `ModelCalls.ask`
    ) -> NoReturn:
        """Keep a question; takes the arguments of `ModelCalls.ask`.

        Raises:
            NotAskedError: always.
            ConfigurationError: the provider cannot say what it would send.
        """
        if not isinstance(provider, Previewable):
            raise ConfigurationError(f"The provider {provider.name} cannot say what it would send")
        self.requests[file_hash] = Sent(*provider.first_request(extraction))
        raise NotAskedError(f"{provider.name}:{provider.model} would be asked")

    def close(self) -> None:
        """Do nothing: there is nothing to release."""
