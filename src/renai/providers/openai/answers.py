"""Find the JSON object in the text that a model wrote around it.

Models think aloud in tags, greet, explain, and fence their code, whatever they were told. An object
is taken only if it parses as it stands: one that is cut off or misspelt is for the model to
correct.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from renai.providers.schema import QUOTABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER_LIMIT = 200_000
"""The most characters of an answer that are accepted; a genuine answer has a few hundred."""

_MOST_OBJECTS = 50
_TAG = re.compile(
    r"<(/?)(?:think|thinking|thought|reasoning|reflection)\b[^>]{0,100}>", re.IGNORECASE
)
_DECODER = json.JSONDecoder(strict=False)


def find_object(answer: str) -> dict[str, Any]:
    """Return the answer's JSON object; if there are several, the last with the most known fields.

    Raises:
        ValueError: no object parses, or the answer is too long; the message is worded for the
            model.
    """
    if len(answer) > ANSWER_LIMIT:
        raise ValueError("The answer was far too long.")
    found = max(
        enumerate(_objects(without_thoughts(answer))),
        key=lambda numbered: (len(numbered[1].keys() & {*QUOTABLE}), numbered[0]),
        default=None,
    )
    if found is None:
        raise ValueError("It holds no complete, valid JSON object.")
    return found[1]


def without_thoughts(answer: str) -> str:
    """Return an answer without what stands in reasoning tags.

    The chat template may have opened the first tag, so everything before a closing tag counts as
    reasoning too. Reasoning that never ends leaves nothing. An answer that starts with a brace is
    left as it is, since a title may contain such a tag.
    """
    if answer.lstrip().startswith("{"):
        return answer
    spoken: list[str] = []
    thinking, end = False, 0
    for tag in _TAG.finditer(answer):
        if tag[1]:
            if not thinking:
                spoken.clear()
            thinking = False
        elif not thinking:
            spoken.append(answer[end : tag.start()])
            thinking = True
        end = tag.end()
    return "".join(spoken) if thinking else "".join(spoken) + answer[end:]


def _objects(text: str) -> Iterator[dict[str, Any]]:
    start = text.find("{")
    for _ in range(_MOST_OBJECTS):
        if start < 0:
            return
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield value
        start = text.find("{", end)
