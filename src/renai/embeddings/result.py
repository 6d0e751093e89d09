"""What `embed` says besides the vectors: what could not be stored, and what got no vector."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from renai.errors import VectorError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from renai.cache.base import Unstored


class Telling:
    """What a result says of the store, beside the vectors and hits that it consists of.

    Attributes:
        unstored: the number of different texts of the call whose vectors are not in the store when
            the call ends. They wait in memory and are stored when the store is back; or they are
            lost, if too much waits already.
        unstored_reason: what the store said; empty if all is stored.
        failed: the texts that got no vector which can be stored, each with the reason; always empty
            where such a text is an error.
    """

    unstored: int = 0
    unstored_reason: str = ""
    failed: Mapping[str, str] = MappingProxyType({})

    def telling(self, unstored: Unstored, failed: Mapping[str, str]) -> Self:
        """Return this result, which says from now on what is not stored and what failed."""
        if unstored.entries:
            self.unstored, self.unstored_reason = unstored
        if failed:
            self.failed = failed
        return self


class PartlyFailedError(VectorError):
    """Some texts got no vector that can be stored.

    Args:
        reasons: for each of these texts, what is wrong with its vector; at least one.
        rest: what became of all other texts, for the message.

    Attributes:
        reasons: the same.
    """

    def __init__(self, reasons: Mapping[str, str], rest: str) -> None:
        first, *more = reasons.values()
        also = f"; and {len(more)} more cannot be stored" if more else ""
        super().__init__(f"{first}{also}; {rest}")
        self.reasons = reasons


def rest_said(unstored: Unstored) -> str:
    """Return what became of the other texts of a call, of which some got no vector."""
    if not unstored.entries:
        return "the vectors of all other texts are stored"
    return f"of the others, {unstored.entries} are not stored: {unstored.reason}"


def refuse_without_hope(reasons: Mapping[str, str], asked: int) -> None:
    """Raise if not one of the several texts of a batch got a vector that can be stored.

    A model that fails at everything shall not be asked, and paid, to the end.

    Args:
        reasons: for each text that got none, what is wrong.
        asked: the number of texts in the batch.

    Raises:
        PartlyFailedError: that is so.
    """
    if len(reasons) == asked > 1:
        raise PartlyFailedError(reasons, "the whole batch failed, so no other was tried")
