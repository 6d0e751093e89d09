"""What a provider is: it is given what was extracted from a document and answers with metadata.

One question may take several requests. Each is reported as it ends, since those that come to
nothing cost money, too.
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
    """Metadata and what it cost to get it."""

    metadata: Metadata
    cost: Cost


class Attempt(NamedTuple):
    """One request, as it ended.

    Attributes:
        outcome: `answered`, `unusable`, `declined`, or what failed, in our words.
        seconds: until it ended.
        cost: of this request; without its seconds.
    """

    outcome: str
    seconds: float
    cost: Cost


Report = Callable[[Attempt], None]
"""Is called with each request as it ends; it must neither fail nor take long."""


def unreported(attempt: Attempt) -> None:
    """Ignore the request: for callers that keep no log."""


class Provider(Protocol):
    """A source of metadata: a model behind an endpoint, or heuristics in this process."""

    @property
    def name(self) -> str:
        """The name of its row in `providers.registry`; entries in the cache are named after it."""
        ...

    @property
    def model(self) -> str:
        """The model's name as the endpoint knows it."""
        ...

    @property
    def paid(self) -> bool:
        """Return whether a call may cost money, so that a person must be asked first."""
        ...

    @property
    def sees(self) -> bool:
        """Return whether it can be sent pictures; whether its model takes them, a call tells."""
        ...

    @property
    def calls(self) -> int:
        """Return how often a model has answered so far, unusable answers included."""
        ...

    @property
    def revision(self) -> int:
        """Return a number, raised by hand when the same extraction can get another answer."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Return all besides the extraction that can change an answer, as JSON values."""
        ...

    def source(self, extraction: Extraction) -> str:
        """Return a digest, 64 hex digits, of the parts of an extraction that this provider uses."""
        ...

    def prompt_tokens(self, characters: int, pictures: int = 0) -> int:
        """Estimate the tokens of a prompt; 0 where the provider counts none.

        Args:
            characters: of the document's text in it.
            pictures: that are sent with it.
        """
        ...

    async def price(self) -> Tariff | None:
        """Return what its tokens cost; None if that is unknown."""
        ...

    async def ask(self, extraction: Extraction, report: Report = unreported) -> Answer:
        """Say what the document is.

        Args:
            extraction: what was read of a document.
            report: is called with each request to a model, as it ends.

        Raises:
            RefusedKeyError: no call can succeed with this key.
            ProviderError: this call failed for good.
        """
        ...

    async def aclose(self) -> None:
        """Close connections; the provider cannot be used afterwards."""
        ...
