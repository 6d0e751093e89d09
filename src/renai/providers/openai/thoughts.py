"""Tell what a model said from what it thought aloud before, where both stand in one text."""

from __future__ import annotations

import re

_TAG = re.compile(
    r"<(/?)(?:think|thinking|thought|reasoning|reflection)\b[^>]{0,100}>"
    r"|\[(/?)THINK\]|\u25c1(/?)think\u25b7",
    re.IGNORECASE,
)


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
        if any(tag.groups()):
            if not thinking:
                spoken.clear()
            thinking = False
        elif not thinking:
            spoken.append(answer[end : tag.start()])
            thinking = True
        end = tag.end()
    return "".join(spoken) if thinking else "".join(spoken) + answer[end:]


def ended_thoughts(answer: str) -> str:
    """Return what stands in the reasoning tags of an answer; nothing if the last one is open."""
    tags = [*_TAG.finditer(answer)]
    return _TAG.sub("", answer) if tags and any(tags[-1].groups()) else ""
