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
"""What is told of each request; it must not fail, nor take long."""


def unreported(attempt: Attempt) -> None:
    """For those who do not want to know."""


class Provider(Protocol):
    """One source of metadata: a model behind an endpoint, or heuristics in this process."""

    @property
    def name(self) -> str:
        """`offline`, `openai`, `deepinfra`, `openrouter` or `custom`."""
        ...

    @property
    def model(self) -> str:
        """The model's name as the endpoint knows it."""
        ...

    @property
    def paid(self) -> bool:
        """Whether a call may cost money, so that a person must be asked first."""
        ...

    @property
    def sees(self) -> bool:
        """Whether it can be shown pictures; whether its model takes them, a call will tell."""
        ...

    @property
    def calls(self) -> int:
        """How often a model has answered so far, also with what was of no use."""
        ...

    @property
    def revision(self) -> int:
        """Bumped by hand when the same extraction can give another answer than before."""
        ...

    def parameters(self) -> dict[str, Any]:
        """Everything besides the extraction that can change an answer, as JSON values."""
        ...

    def source(self, extraction: Extraction) -> str:
        """Digest (64 hex digits) of what this provider reads of an extraction."""
        ...

    def prompt_tokens(self, characters: int, pictures: int = 0) -> int:
        """Estimate the tokens of a prompt with so many characters of text, or so many pictures.

        Of a provider that counts no tokens, 0.
        """
        ...

    async def price(self) -> Tariff | None:
        """What its tokens cost; None if that is unknown."""
        ...

    async def ask(self, extraction: Extraction, report: Report = unreported) -> Answer:
        """Read.

        Args:
            extraction: what was read of a document.
            report: is told of each request to a model.

        Raises:
            RefusedKeyError: no call can succeed with this key.
            ProviderError: this call failed for good.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections; the provider cannot be used afterwards."""
        ...
