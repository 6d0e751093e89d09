"""A request on its way through the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.gateway.senders import Sender


@dataclass(frozen=True, slots=True)
class Call:
    """A request on its way: who asks whom, and for what model.

    Attributes:
        sender: who asks.
        target: the URL that is asked.
        headers: the headers with which it goes on.
        model: the model.
    """

    sender: Sender
    target: str
    headers: Sequence[tuple[bytes, bytes]]
    model: str

    @property
    def endpoint(self) -> str:
        """The URL that is asked, without its query."""
        return self.target.partition("?")[0]

    @property
    def accepted_as(self) -> tuple[str, str, str]:
        """What the upstream accepts or refuses: a caller, an endpoint and a model."""
        return self.sender.identity, self.target, self.model
