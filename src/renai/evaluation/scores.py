"""Score candidates: accuracy, agreement, calibration, latency and cost.

These are pure functions of answers and truth. Every content counts once, however many copies of it
there are. A share of nothing is None, not 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

from renai.evaluation.fields import SPELLINGS, agree, knows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from renai.evaluation.candidates import Answers, Said
    from renai.evaluation.truth import Truth
    from renai.providers.schema import Metadata
    from renai.usage.cost import Cost

BINS = 10
"""The number of bins, of equal width, in which confidence is compared with accuracy."""

_JUDGED_BY_CONFIDENCE = ("title", "authors")
"""The fields that a model's confidence is about, as `providers.openai.prompt` tells it."""


class Share(NamedTuple):
    """A part of a whole, both counted."""

    same: int
    of: int

    @property
    def value(self) -> float | None:
        """The share from 0 to 1; None if the whole is 0."""
        return self.same / self.of if self.of else None


class Bin(NamedTuple):
    """Answers with about the same confidence.

    Attributes:
        low: the least confidence; a bin ends where the next one begins, and the last one with 1.
        answers: the number of answers.
        confidence: their mean confidence.
        accuracy: the share of right ones.
    """

    low: float
    answers: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well confidence matches accuracy.

    Attributes:
        bins: the bins that have answers.
        error: the expected calibration error: the distance of confidence and accuracy in the bins,
            weighted by their answers (Naeini, Cooper and Hauskrecht, AAAI 2015); None without any.
        unsure: the number of answers that could be judged but had no confidence.
    """

    bins: list[Bin]
    error: float | None
    unsure: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a candidate's answers cost when they were made, now or before.

    Attributes:
        calls: the calls to a model.
        prompt_tokens: the prompt tokens of all calls.
        completion_tokens: the completion tokens of all calls.
        money: US dollars, for the answers whose price is known.
        unpriced: the number of answers whose price is unknown.
        seconds: the median time of an answer; None without any.
        slow_seconds: the time that 95 of 100 answers stay within.
    """

    calls: int
    prompt_tokens: int
    completion_tokens: int
    money: float
    unpriced: int
    seconds: float | None
    slow_seconds: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one candidate.

    Attributes:
        answers: its answers.
        accuracy: the right values by field, among the contents whose truth is known in that field
            and that any candidate could read; no answer counts as wrong. Empty without a truth.
        calibration: how well its confidence matches accuracy; None without a truth.
        spent: what its answers cost.
    """

    answers: Answers
    accuracy: dict[str, Share]
    calibration: Calibration | None
    spent: Spent


class Agreement(NamedTuple):
    """How often two candidates agree, by field, on the contents that both answered about.

    Fields that both left empty are not counted.
    """

    one: str
    other: str
    fields: dict[str, Share]


class Comparison(NamedTuple):
    """The result of a comparison.

    Attributes:
        documents: the number of contents that were found.
        read: the number of those that any candidate answered about.
        truth: the truth, if there is one.
        scores: the scores of the candidates, in their order.
        agreements: one for every two candidates.
    """

    documents: int
    read: int
    truth: Truth | None
    scores: list[Score]
    agreements: list[Agreement]


def compare(
    candidates: Sequence[Answers], documents: int, truth: Truth | None = None
) -> Comparison:
    """Score candidates and compare them with each other."""
    return Comparison(
        documents,
        len({content for answers in candidates for content in answers.said}),
        truth,
        score(candidates, truth.known if truth else None),
        agreements(candidates),
    )


def score(
    candidates: Sequence[Answers], truth: Mapping[str, Metadata] | None = None
) -> list[Score]:
    """Score candidates by content (SHA-256, 64 hex digits), against a truth if there is one."""
    read = {content for answers in candidates for content in answers.said}
    known = {content: truth[content] for content in truth if content in read} if truth else {}
    return [
        Score(
            answers,
            {field: _accuracy(answers.said, known, field) for field in SPELLINGS}
            if truth is not None
            else {},
            calibrate(_judged(answers.said, known)) if truth is not None else None,
            _spent([said.cost for said in answers.said.values()]),
        )
        for answers in candidates
    ]


def agreements(candidates: Sequence[Answers]) -> list[Agreement]:
    """Return how often every two candidates agree."""
    return [
        Agreement(
            one.name,
            other.name,
            {field: _agreement(one.said, other.said, field) for field in SPELLINGS},
        )
        for one, other in combinations(candidates, 2)
    ]


def calibrate(judged: Iterable[tuple[float | None, bool]]) -> Calibration:
    """Compare confidences (0 to 1, or None) with whether what was said was right."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    unsure = 0
    for confidence, right in judged:
        if confidence is None:
            unsure += 1
        else:
            at = min(int(confidence * BINS), BINS - 1)
            bins.setdefault(at, []).append((confidence, right))
    found = []
    for at, some in sorted(bins.items()):
        confidences, rights = zip(*some, strict=True)
        found.append(Bin(at / BINS, len(some), fmean(confidences), fmean(rights)))
    total = sum(each.answers for each in found)
    gaps = math.fsum(each.answers * abs(each.confidence - each.accuracy) for each in found)
    return Calibration(found, gaps / total if total else None, unsure)


def _accuracy(said: Mapping[str, Said], known: Mapping[str, Metadata], field: str) -> Share:
    judged = {content: true for content, true in known.items() if knows(true, field)}
    right = sum(
        content in said and agree(said[content].metadata, true, field)
        for content, true in judged.items()
    )
    return Share(right, len(judged))


def _judged(
    said: Mapping[str, Said], known: Mapping[str, Metadata]
) -> Iterable[tuple[float | None, bool]]:
    for content in said.keys() & known.keys():
        metadata, true = said[content].metadata, known[content]
        fields = [field for field in _JUDGED_BY_CONFIDENCE if knows(true, field)]
        if fields:
            yield metadata.confidence, all(agree(metadata, true, field) for field in fields)


def _agreement(one: Mapping[str, Said], other: Mapping[str, Said], field: str) -> Share:
    pairs = [
        (one[content].metadata, other[content].metadata) for content in one.keys() & other.keys()
    ]
    judged = [pair for pair in pairs if any(knows(metadata, field) for metadata in pair)]
    return Share(sum(agree(*pair, field) for pair in judged), len(judged))


def _spent(costs: Sequence[Cost | None]) -> Spent:
    known = [cost for cost in costs if cost]
    # An answer without calls costs nothing; one with calls and no stated price may cost something.
    priced = [0.0 if cost.calls == 0 else cost.money for cost in known]
    money = [amount for amount in priced if amount is not None]
    seconds = sorted(cost.seconds for cost in known)
    return Spent(
        calls=sum(cost.calls for cost in known),
        prompt_tokens=sum(cost.prompt_tokens for cost in known),
        completion_tokens=sum(cost.completion_tokens for cost in known),
        money=math.fsum(money),
        unpriced=len(costs) - len(money),
        seconds=median(seconds) if seconds else None,
        slow_seconds=seconds[math.ceil(0.95 * len(seconds)) - 1] if seconds else None,
    )
