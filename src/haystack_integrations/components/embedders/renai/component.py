"""What both components share: what they refuse, their life, their span, and what they count."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from haystack.tracing.tracer import tracer

from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from haystack.tracing.tracer import Span

    from haystack_integrations.components.embedders.renai.embedder_cache import EmbedderCache
    from haystack_integrations.components.embedders.renai.wrapped import WrappedEmbedder


class CachedEmbedder:
    """Base of a component that has an `EmbedderCache` and keeps its parameters as attributes."""

    _cache: EmbedderCache

    def warm_up(self) -> None:
        """Open the cache; the embedder is loaded only if its weights cannot be known otherwise."""
        self._cache.opened()

    async def warm_up_async(self) -> None:
        """`warm_up` for tasks."""
        await asyncio.to_thread(self._cache.opened)

    def close(self) -> None:
        """Close the cache and the embedder; the next run opens them again."""
        self._cache.close()

    async def close_async(self) -> None:
        """`close` for tasks."""
        await self._cache.close_async()

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle as what it was made from; an open cache can be neither."""
        _, *names = inspect.signature(type(self).__init__).parameters
        return _made_of, (type(self), {name: getattr(self, name) for name in names})


def _made_of(kind: type[CachedEmbedder], parameters: dict[str, Any]) -> CachedEmbedder:
    return kind(**parameters)


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


def embedding_span(wrapped: WrappedEmbedder) -> AbstractContextManager[Span]:
    """Return a span for an embedding through the cache, below the component's own.

    It is for whoever traces Haystack; nothing for who does not.
    """
    tags = {"renai.embedder": wrapped.class_name, "renai.model": wrapped.model_name}
    return tracer.trace("renai.embed", tags=tags, parent_span=tracer.current_span())


def meta_of(
    span: Span, metas: Sequence[Mapping[str, Any]], subjects: Sequence[str], hits: Sequence[bool]
) -> dict[str, Any]:
    """Return the `meta` of an answer; its `cache` says what became of the items of a call.

    The counts add up to the number of items, and stand in the span as well.

    Args:
        span: of the call.
        metas: what the embedder said of each batch.
        subjects: what was embedded, item by item.
        hits: for each, whether its vector was there.
    """
    missed = [subject for subject, hit in zip(subjects, hits, strict=True) if not hit]
    computed = len(set(missed))
    cache = {
        "hits": len(hits) - len(missed),
        "misses": computed,
        "deduplicated": len(missed) - computed,
    }
    span.set_tags({f"renai.cache.{name}": count for name, count in cache.items()})
    return {**_added_up(metas), "cache": cache}


def _added_up(metas: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Make one of what an embedder said of several batches: numbers of tokens are added."""
    total: dict[str, Any] = {}
    for meta in metas:
        for name, value in meta.items():
            before = total.get(name)
            if isinstance(value, dict):
                total[name] = _added_up([before or {}, value])
            elif isinstance(value, int | float) and isinstance(before, int | float):
                total[name] = before + value
            else:
                total[name] = value
    return total
