"""A value that a field might have, with how sure we are and the words it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Candidate(Generic[T]):
    """One proposal for one field.

    Attributes:
        value: the field's value.
        score: how likely it is right, 0 to 1.
        evidence: the words of the document or of its properties.
    """

    value: T
    score: float
    evidence: str


def best(candidates: Iterable[Candidate[T]]) -> Candidate[T] | None:
    """Return the one with the highest score, the first of equals; None if there is none."""
    return max(candidates, key=lambda candidate: candidate.score, default=None)
