"""Figures from answers and a truth, each small enough to be checked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.evaluation.candidates import Answers, Said
from renai.evaluation.scores import Share, agreements, calibrate, score
from renai.providers.schema import Metadata
from renai.usage.cost import Cost

FREE = Cost(seconds=1.0)


def answers(name: str, cost: Cost | None = FREE, **titles: str | None) -> Answers:
    said = {
        content: Said(Metadata(title=title, year=1999, confidence=0.8), cost)
        for content, title in titles.items()
    }
    return Answers(name, "model", said, 0)


def test_accuracy_counts_what_is_known_and_could_be_read() -> None:
    truth = {
        "a": Metadata(title="Salt", year=1999),
        "b": Metadata(title="Tides"),
        "c": Metadata(title="Maps"),
        "nobody could read it": Metadata(title="Lost"),
    }
    first, second = score(
        [answers("first", a="SALT", b="Other", c=None), answers("second", b="Tides")], truth
    )
    assert first.accuracy == {
        "title": Share(1, 3),
        "authors": Share(0, 0),
        "year": Share(1, 1),
        "category": Share(0, 0),
    }
    assert first.accuracy["authors"].value is None
    assert second.accuracy["title"] == Share(1, 3)
    assert second.accuracy["year"] == Share(0, 1)
    assert first.calibration is not None
    assert first.calibration.error == pytest.approx(0.8 - 1 / 3)


def test_without_a_truth_nobody_is_judged() -> None:
    (only,) = score([answers("only", a="Salt")])
    assert (only.accuracy, only.calibration) == ({}, None)


def test_agreement_is_over_what_both_answered_and_one_knows() -> None:
    (pair,) = agreements(
        [answers("one", a="Salt", b="Tides", c="Maps"), answers("two", a="salt", b=None, d="X")]
    )
    assert (pair.one, pair.other) == ("one:model", "two:model")
    assert pair.fields == {
        "title": Share(1, 2),
        "authors": Share(0, 0),
        "year": Share(2, 2),
        "category": Share(0, 0),
    }


def test_calibration_by_bins() -> None:
    calibration = calibrate(
        [(0.95, True), (1.0, False), (0.12, False), (0.18, False), (None, True)]
    )
    low, high = calibration.bins
    assert (low.low, low.answers, low.accuracy) == (0.1, 2, 0.0)
    assert low.confidence == pytest.approx(0.15)
    assert (high.low, high.answers, high.accuracy) == (0.9, 2, 0.5)
    assert calibration.error == pytest.approx((2 * 0.15 + 2 * (0.975 - 0.5)) / 4)
    assert calibration.unsure == 1
    assert calibrate([]).error is None


@given(st.lists(st.tuples(st.none() | st.floats(0, 1), st.booleans())))
def test_every_answer_is_in_one_bin(judged: list[tuple[float | None, bool]]) -> None:
    calibration = calibrate(judged)
    assert sum(each.answers for each in calibration.bins) + calibration.unsure == len(judged)
    assert calibration.error is None or 0 <= calibration.error <= 1


def test_what_answers_took() -> None:
    costs = [
        Cost(seconds=3.0, calls=1, prompt_tokens=100, completion_tokens=10, money=0.25),
        Cost(seconds=1.0, calls=2, prompt_tokens=200, completion_tokens=20, money=0.5),
        Cost(seconds=2.0, calls=1, prompt_tokens=50),
        None,
    ]
    said = {str(at): Said(Metadata(), cost) for at, cost in enumerate(costs)}
    (only,) = score([Answers("only", "model", said, 0)])
    spent = only.spent
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens) == (4, 350, 30)
    assert (spent.money, spent.unpriced) == (0.75, 2)
    assert (spent.seconds, spent.slow_seconds) == (2.0, 3.0)
    (free,) = score([answers("free", a="Salt")])
    assert (free.spent.money, free.spent.unpriced) == (0.0, 0)
    (nobody,) = score([answers("nobody")])
    assert (nobody.spent.seconds, nobody.spent.slow_seconds) == (None, None)
