"""How certain a title is: the probability that it is right, by where it stands.

One table. Each row is a way to know a title, and its figure is how often titles that were known so
were right, measured on documents of strangers that were labelled by hand (docs/reading.md). Print
alone is judged by its size and place (`titles`), and by a second table.
"""

from __future__ import annotations

from itertools import pairwise

EMBEDDED_AND_HEADING = 0.99
"""The file says it and a line or block of its first pages is the same."""
EMBEDDED_AND_WORDS = 0.97
"""The file says it, and its words stand together in the text."""
EMBEDDED_IN_BOOK = 0.92
"""An e-book says it; reading software shows it, so it is tended."""
EMBEDDED_MOSTLY_PRINTED = 0.93
"""The file says it, and most of its words stand on the first page."""
EMBEDDED_WITHOUT_TEXT = 0.82
"""A PDF says it in several words, and there is no text that could contradict."""
EMBEDDED_HALF_SEEN_IN_PAGE = 0.9
"""A web page says it in several words, and half of them and more stand in its text."""
EMBEDDED_UNSEEN_IN_PAGE = 0.7
"""A web page says it in several words, which its text does not bear out."""
EMBEDDED_ONE_WORD = 0.6
"""The file says one word, which may be its name, and shows it nowhere as a heading."""
EMBEDDED_UNSEEN = 0.45
"""A PDF or an office document says it, and its first pages say something else.

All that is made of one template may.
"""

MARKED = 0.93
"""The writer of an office document marked it, by a style or its place on the title slide."""
LARGEST_PRINT = 0.93
"""An office document begins with a paragraph in the largest print of all that follows."""
MARKED_DOUBTFULLY = 0.6
"""It is marked so, and may be a template's, a name, an event, or a word that many works have."""

LABELLED = 0.93
"""The text has a line "Title: …"."""
BANNER = 0.9
"""The text begins as those of Project Gutenberg do."""
MARKED_HEADING = 0.97
"""The text begins with a heading that is marked as one."""
ONE_OF_SEVERAL_HEADINGS = 0.7
"""The text begins with a word for a heading, which is marked like others below it."""
LATER_HEADING = 0.15
"""The text has a marked heading, and other text before it."""
BY_LINE_BELOW = 0.9
"""The text begins with a line of its own, and the next one names the author."""
LINE_ABOVE_PROSE = 0.9
"""The text begins with a line of its own, and goes on in sentences that fill lines."""
LINE_OF_ITS_OWN = 0.68
"""The text begins with a short line of its own, written like a title."""
FIRST_LINE = 0.6
"""The text begins with a line of its own."""
LINE_OF_LITTLE_TEXT = 0.12
"""The text has little more than that line."""

AUTHOR_BAR = 0.6
"""Authors below it are left out: a wrong one is worse than none."""

_PRINT = (
    (0.0, 0.0),
    (0.1, 0.09),
    (0.29, 0.2),
    (0.48, 0.66),
    (0.66, 0.72),
    (0.8, 0.75),
    (0.82, 0.86),
    (0.9, 0.92),
    (0.96, 0.98),
    (1.0, 1.0),
)
"""What the coefficients of `titles` give, and how often print of which they gave it was right.

They were fitted with wrong titles weighing more than right ones, so that they say too little in the
middle. What is right less often than the usual threshold asks stays below it.
"""


_HOPELESS = 0.33
_DOUBTFUL = 0.5
_NAMING = 0.75
"""The least that names a file, unless a person asks for another."""


def stated(score: float) -> float:
    """Return the probability that is said of a title with a score.

    What does not name a file is right about as often in all of a step: one of ten, two of
    five, two of three. More figures than that would be noise; within a step the order stays.
    """
    if score < _HOPELESS:
        return 0.06 + 0.12 * score
    if score < _DOUBTFUL:
        return 0.42
    return 0.62 + 0.3 * (score - _DOUBTFUL) if score < _NAMING else score


def of_print(chance: float) -> float:
    """Return how certain print is to be the title, of which the coefficients give a chance."""
    for (below, least), (above, most) in pairwise(_PRINT):
        if chance <= above:
            return least + (most - least) * (chance - below) / (above - below)
    return 1.0
