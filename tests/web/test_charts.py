"""Where the bars of a chart stand, and what its table says."""

import pytest

from renai.web.charts import HEIGHT, WIDTH, chart


def shown(values, *, stacked):
    return chart("Look-ups", ("hits", "misses"), values, "{:g}".format, stacked=stacked)


def test_bars_are_as_high_as_their_values_and_say_them():
    tall, short = shown([("Monday", (8, 2))], stacked=False).bars
    assert tall.height == pytest.approx(4 * short.height)
    assert tall.y + tall.height == pytest.approx(short.y + short.height)
    assert short.x == pytest.approx(tall.x + tall.width)
    assert (tall.said, short.said) == ("Monday: 8 hits", "Monday: 2 misses")


def test_stacked_bars_stand_on_one_another():
    lower, upper = shown([("Monday", (8, 2))], stacked=True).bars
    assert lower.x == upper.x
    assert upper.y + upper.height == pytest.approx(lower.y)


def test_what_is_nothing_has_no_bar_but_stands_in_the_table():
    drawn = shown([("Monday", (0, 3)), ("Tuesday", (0, 0))], stacked=True)
    assert [bar.said for bar in drawn.bars] == ["Monday: 3 misses"]
    assert drawn.rows == [("Monday", "0", "3"), ("Tuesday", "0", "0")]
    assert [mark.text for mark in drawn.heights] == ["0", "1.5", "3"]


def test_a_chart_of_nothing_has_an_axis_all_the_same():
    drawn = shown([], stacked=False)
    assert drawn.bars == drawn.labels == drawn.rows == []
    assert len(drawn.heights) == 3


def test_many_days_stay_within_the_chart_and_have_few_labels():
    drawn = shown([(str(day), (day, 1)) for day in range(365)], stacked=False)
    assert len(drawn.labels) <= 6
    assert len(drawn.rows) == 365
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in drawn.bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= HEIGHT for bar in drawn.bars)
