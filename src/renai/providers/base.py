"""The interface of a provider: it gets what was extracted from a document and returns metadata.

One question may take several requests. Each request is reported when it ends, since requests
without a usable result cost money, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from renai.extraction import Extraction
    from renai.providers.prices import Tariff
    from renai.providers.schema import Metadata
    from renai.usage.cost import Cost


@dataclass(frozen=True, slots=True)
class Answer:
    """The metadata of a document, and what it cost to get it."""

    metadata: Metadata
    cost: Cost


class Attempt(NamedTuple):
    """One request to a model that has ended.

    Attributes:
        outcome: how it ended: `answered`, `unusable`, `declined`, or what failed, in our words.
        seconds: the time from its start to its end, in seconds.
        cost: the cost of this request; its `seconds` are left out.
    """

    outcome: str
    seconds: float
    cost: Cost


Report = Callable[[Attempt], None]
"""A function that is called with each request when it ends; it must neither fail nor take long."""


def unreported(attempt: Attempt) -> None:
    """Ignore the request; this is the report for callers that keep no log."""


class Provider(Protocol):
    """A source of metadata: a model behind an endpoint, or heuristics in this process."""

    @property
    def name(self) -> str:
        """The name of the provider's row in `providers.registry`; entries are named after it."""
        ...

    @property
    def model(self) -> str:
        """The name of the model, as the endpoint spells it."""
        ...

    @property
    def paid(self) -> bool:
        """Whether a call may cost money, so that a person must be asked first."""
        ...

    @property
    def sees(self) -> bool:
        """Whether pictures can be sent; only a call shows whether its model accepts them."""
        ...

    @property
    def calls(self) -> int:
        """The number of times a model has answered so far, unusable answers included."""
        ...

    @property
    def revision(self) -> int:
        """A number, raised by hand whenever the same extraction may get another answer."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Return everything besides the extraction that can change an answer, as JSON values."""
        ...

    def source(self, extraction: Extraction) -> str:
        """Return the digest, 64 hex digits, of the parts of an extraction that it uses."""
        ...

    def prompt_tokens(self, characters: int, pictures: int = 0) -> int:
        """Estimate the number of tokens of a prompt; 0 where the provider counts none.

        Args:
            characters: the number of characters of the document's text in the prompt.
            pictures: the number of pictures sent with the prompt.
        """
        ...

    async def price(self) -> Tariff | None:
        """Return what the model's tokens cost; None if that is unknown."""
        ...

    async def ask(self, extraction: Extraction, report: Report = unreported) -> Answer:
        """Ask what the document is, and return the answer with its cost.

        Args:
            extraction: what was extracted from the document.
            report: the function to call with each request to a model when the request ends.

        Raises:
            RefusedKeyError: no call can succeed with this key.
            ProviderError: this call failed for good.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; the provider cannot be used afterwards."""
        ...
