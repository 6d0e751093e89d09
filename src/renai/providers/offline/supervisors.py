"""Who has read a thesis and not written it: lines that say so are no authors'."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from renai.providers.offline.names import names_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

L = TypeVar("L")

_LONGEST_LINE = 400
"""Characters; longer ones name nobody."""
_SUPERVISOR = re.compile(
    r"^(?:(?:thesis |academic )?(?:supervis(?:ors?|ed by)|advis[oe]rs?|mentors?|tutors?|examiners?)"
    r"|promotor|opiekun|pod kierunkiem|(?:erst|zweit)?(?:betreuer|gutachter|prüfer)(?:in)?"
    r"|konzulens|témavezető|vedoucí|školiteľ?|relatore|relatrice|correlatore|(?:co)?orientador[ae]?"
    r"|encadr(?:ant|eur|ée? par)|sous la direction|direct(?:or|ora|eur|rice)(?= de |:)|ohjaaja"
    r"|tarkastaja|handledare|veileder|begeleider|danışman|(?:научный )?руководитель|指导教师)\b",
    re.IGNORECASE,
)
"""Who stands behind it, or below."""


def without_supervisors(lines: Sequence[L], text_of: Callable[[L], str]) -> list[L]:
    """Return lines without those that name supervisors: behind that word, or below it.

    Args:
        lines: those around a title, in their order.
        text_of: returns the words of one.
    """
    kept: list[L] = []
    are_below = False
    for line in lines:
        text = text_of(line)[:_LONGEST_LINE]
        label = _SUPERVISOR.match(text)
        if label:
            are_below = not names_in(text[label.end() :].strip(" :."))
        elif not (are_below and names_in(text)):
            are_below = False
            kept.append(line)
    return kept
