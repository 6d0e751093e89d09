"""Certainties are probabilities: in order, and on the same side of the usual threshold."""

from __future__ import annotations

from itertools import pairwise

import pytest

from renai.providers.offline.certainty import of_print
from renai.providers.registry import SERVICES

CHANCES = [place / 1000 for place in range(1001)]


def test_print_keeps_its_order() -> None:
    said = list(map(of_print, CHANCES))
    assert (said[0], said[-1]) == (0.0, 1.0)
    assert all(lower < higher for lower, higher in pairwise(said))


def test_print_that_is_right_less_often_than_asked_stays_below_the_threshold() -> None:
    bar = SERVICES["offline"].min_confidence
    assert of_print(0.79) < bar <= of_print(0.8)


@pytest.mark.parametrize(("chance", "said"), [(0.48, 0.66), (0.8, 0.75), (0.9, 0.92)])
def test_the_middle_says_more_than_the_coefficients(chance: float, said: float) -> None:
    assert of_print(chance) == pytest.approx(said)
