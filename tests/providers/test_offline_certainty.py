"""Certainties are probabilities: in order, and on the same side of the usual threshold."""

from __future__ import annotations

from itertools import pairwise

import pytest

from renai.extraction import Extraction
from renai.providers.offline import certainty
from renai.providers.offline.certainty import KNOWN, of_print
from renai.providers.registry import SERVICES


def of_title(
    known: float, title: str, text: str, *, is_credited: bool = False, is_embedded: bool = False
) -> float:
    """Return how certain a title is by its text, and by what the file says."""
    said = {"title": title} if is_embedded else {}
    return certainty.of_title(known, title, Extraction(text, said), is_credited=is_credited)


CHANCES = [place / 1000 for place in range(1001)]


def test_print_keeps_its_order() -> None:
    said = list(map(of_print, CHANCES))
    assert (said[0], said[-1]) == (0.0, 1.0)
    assert all(lower < higher for lower, higher in pairwise(said))


def test_print_that_is_right_less_often_than_asked_stays_below_the_threshold() -> None:
    assert of_print(0.79) < KNOWN <= of_print(0.8)


@pytest.mark.parametrize(("chance", "said"), [(0.48, 0.66), (0.8, 0.75), (0.9, 0.92)])
def test_the_middle_says_more_than_the_coefficients(chance: float, said: float) -> None:
    assert of_print(chance) == pytest.approx(said)


PROSE = "The keeper climbed the stairs of the tower, and the fog came in slowly.\n" * 30
ABOUT_LAMPS = f"{PROSE}A lamp burns oil. Trim the lamp. Lamps of the coast; the coast has lamps.\n"


def test_hardly_any_text_bears_no_title_out() -> None:
    bar = SERVICES["offline"].min_confidence
    little = "Lamps of Aden\n\nA lamp, and a lamp."
    of_work = of_title(0.97, "Lamps of Aden", ABOUT_LAMPS * 4, is_embedded=True)
    of_little = of_title(0.97, "Lamps of Aden", little, is_embedded=True)
    assert of_little < bar <= of_work


def test_a_text_that_never_says_a_word_of_its_title_bears_none_out() -> None:
    bar = SERVICES["offline"].min_confidence
    assert of_title(0.97, "Lamps of Aden", PROSE * 4) < bar


@pytest.mark.parametrize(
    "imprint", ["\u00a9 2014 Ann Ash", "Copyright (c) 1998", "ISBN 0-306-40615-2"]
)
def test_a_short_text_with_an_imprint_is_a_work(imprint: str) -> None:
    text = "Lamps of Aden\n\nA lamp, and another lamp."
    bar = SERVICES["offline"].min_confidence
    assert of_title(0.97, "Lamps of Aden", text) < bar
    assert of_title(0.97, "Lamps of Aden", f"{text}\n\n{imprint}") >= bar


def test_a_title_page_bears_its_title_out() -> None:
    page = "Lamps of Aden\n\nby Ann Ash\n\nA lamp burns oil."
    bar = SERVICES["offline"].min_confidence
    for known in (0.9, 0.97):  # a title above a by-line in a text, and the style of a title
        whole = of_title(known, "Lamps of Aden", f"{page}\n\n\u00a9 2014", is_credited=True)
        signed = of_title(known, "Lamps of Aden", page, is_credited=True)
        assert whole >= bar > signed > of_title(known, "Lamps of Aden", page)


def test_a_text_that_speaks_of_what_a_title_says_bears_it_out() -> None:
    for title, text in (
        ("Lamps on the Coasts", ABOUT_LAMPS),
        ("灯台の手引き", "灯台の手引きを読む。灯台の手引きは、灯台の手引きである。" * 9),
    ):
        assert of_title(0.9, title, text) > of_title(0.9, "A Weir, and Cogs", PROSE) + 0.1


def test_one_word_is_less_certain_than_two() -> None:
    assert of_title(0.9, "Lamp", ABOUT_LAMPS) < of_title(0.9, "A Lamp", ABOUT_LAMPS)


def test_a_doubt_is_dispelled_by_no_text() -> None:
    assert of_title(KNOWN - 0.01, "Lamp Coast", ABOUT_LAMPS * 9) < KNOWN
    assert of_title(0.2, "Lamp Coast", ABOUT_LAMPS * 9) <= 0.2


def test_more_text_than_is_read_by_default_makes_nothing_more_certain() -> None:
    text = PROSE * 6
    assert len(text) > 10_000
    assert of_title(0.9, "A Weir, and Cogs", text) == of_title(0.9, "A Weir, and Cogs", text * 9)
