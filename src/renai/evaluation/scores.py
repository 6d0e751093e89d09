"""What candidates are worth: accuracy, agreement, calibration, latency and cost.

Pure: answers and truth go in, figures come out. Every content counts once, however many copies of
it there are. A share of nothing is None, not 0.
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
"""Of equal width, in which confidence is compared with what came true."""

_JUDGED_BY_CONFIDENCE = ("title", "authors")
"""What a model is told that its confidence is about (`providers.openai.prompt`)."""


class Share(NamedTuple):
    """So many of so many."""

    same: int
    of: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.same / self.of if self.of else None


class Bin(NamedTuple):
    """Answers of about one confidence.

    Attributes:
        low: the least confidence; the bin ends where the next begins, the last one with 1.
        answers: how many.
        confidence: their mean.
        accuracy: the share of them that were right.
    """

    low: float
    answers: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether confidence can be believed.

    Attributes:
        bins: those with answers.
        error: the expected calibration error: the distance of confidence and accuracy in the bins,
            weighted by their answers (Naeini, Cooper and Hauskrecht, AAAI 2015); None of nothing.
        unsure: answers that could be judged but came without a confidence.
    """

    bins: list[Bin]
    error: float | None
    unsure: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a candidate's answers took when they were made, whenever that was.

    Attributes:
        calls: to a model.
        prompt_tokens: of all calls.
        completion_tokens: of all calls.
        money: US dollars, of those answers whose price is known.
        unpriced: answers whose price is not known.
        seconds: the median of an answer; None if there are none.
        slow_seconds: what 95 of 100 answers stay within.
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
    """One candidate's.

    Attributes:
        answers: what it said.
        accuracy: right values by field, of the contents whose truth is known in that field and
            that any candidate could read; no answer is a wrong one. Empty without a truth.
        calibration: None without a truth.
        spent: what its answers took.
    """

    answers: Answers
    accuracy: dict[str, Share]
    calibration: Calibration | None
    spent: Spent


class Agreement(NamedTuple):
    """How often two candidates say the same, by field, of the contents both answered for.

    What neither of them says anything about is not counted.
    """

    one: str
    other: str
    fields: dict[str, Share]


class Comparison(NamedTuple):
    """What came of it.

    Attributes:
        documents: contents that were found.
        read: those of them that any candidate answered for.
        truth: if there is one.
        scores: of the candidates, in their order.
        agreements: of every two of them.
    """

    documents: int
    read: int
    truth: Truth | None
    scores: list[Score]
    agreements: list[Agreement]


def compare(
    candidates: Sequence[Answers], documents: int, truth: Truth | None = None
) -> Comparison:
    """Work out everything there is to say of candidates."""
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
    """Score candidates; by content, SHA-256 as 64 hex digits, against a truth if there is one."""
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
    """Compare every two candidates."""
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
    # Who asks nobody costs nothing, but an endpoint that does not state a price may.
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
