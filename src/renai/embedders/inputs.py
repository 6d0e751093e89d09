"""The inputs of OpenAI's protocol for embeddings: texts, or texts that are tokens already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Inputs(NamedTuple):
    """The inputs of one request, each as a text to be keyed.

    Attributes:
        kind: `text` or `tokens`, which never share an entry.
        texts: a text for each input.
        by_text: what is sent for each text.
    """

    kind: str
    texts: list[str]
    by_text: dict[str, Any]


def inputs_of(given: Any) -> Inputs | None:
    """Return what a request asks to embed; None for what the endpoint has to judge.

    Args:
        given: a text or a list of tokens; or several of one of them.
    """
    if isinstance(given, str):
        return Inputs("text", [given], {given: given})
    if isinstance(given, bytes | dict) or not hasattr(given, "__iter__"):
        return None
    items = list(given)
    if _are_tokens(items):
        items = [items]
    if not items:
        return None
    if all(issubclass(kind, str) for kind in set(map(type, items))):
        return Inputs("text", items, dict(zip(items, items, strict=True)))
    if all(isinstance(each, list | tuple) and _are_tokens(each) for each in items):
        texts = [" ".join(map(str, each)) for each in items]
        return Inputs("tokens", texts, dict(zip(texts, items, strict=True)))
    return None


def _are_tokens(items: Sequence[Any]) -> bool:
    return bool(items) and all(isinstance(it, int) and not isinstance(it, bool) for it in items)
