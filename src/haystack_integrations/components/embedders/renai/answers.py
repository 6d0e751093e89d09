"""What both components check before they work and say after it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def refuse_other_kind(embedder: Any, takes: str, here: str, other: str) -> None:
    """Refuse what is no embedder, or one for `other`.

    Raises:
        TypeError: its `run` does not take what it should.
    """
    run = getattr(embedder, "run", None)
    if not callable(run) or isinstance(embedder, type):
        raise TypeError(f"{here} wraps an embedder, not {embedder!r:.80}")
    if takes not in inspect.signature(run).parameters:
        raise TypeError(
            f"{here} wraps an embedder that takes {takes}, and {type(embedder).__name__} does "
            f"not; perhaps {other} is meant"
        )


def refuse_password(cache_url: Any) -> None:
    """Keep passwords out of files.

    Raises:
        UsageError: a plain URL holds one.
    """
    urls = [cache_url] if isinstance(cache_url, str) else cache_url
    if isinstance(urls, list | tuple) and any(map(_may_hold_password, urls)):
        raise UsageError(
            "cache_url holds a password, which would be written out; "
            "give it as Secret.from_env_var('RENAI_CACHE_URL')"
        )


def _may_hold_password(url: str) -> bool:
    """Whether there is one where it belongs, among the parameters, or where it does not belong."""
    parts = urlsplit(url)
    beyond = f"{parts.path}?{parts.query}#{parts.fragment}"
    if parts.scheme in ("file", "sqlite"):
        return False
    return bool(parts.password) or "@" in beyond or "password=" in beyond


def count_items(subjects: Sequence[str], hits: Sequence[bool]) -> dict[str, int]:
    """Count what became of the items of a call; the counts add up to their number."""
    missed = [subject for subject, hit in zip(subjects, hits, strict=True) if not hit]
    computed = len(set(missed))
    return {
        "hits": len(hits) - len(missed),
        "misses": computed,
        "deduplicated": len(missed) - computed,
    }


def add_up(metas: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Make one of what an embedder said of several batches: numbers of tokens are added."""
    total: dict[str, Any] = {}
    for meta in metas:
        for name, value in meta.items():
            before = total.get(name)
            if isinstance(value, dict):
                total[name] = add_up([before or {}, value])
            elif isinstance(value, int | float) and isinstance(before, int | float):
                total[name] = before + value
            else:
                total[name] = value
    return total
