"""What both components share: checks of arguments, warming up and closing, spans, and counts."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from haystack.core.component.types import InputSocket
from haystack.tracing.tracer import tracer
from haystack.utils import Secret

from renai.embedders.counts import counts_of
from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from haystack.tracing.tracer import Span

    from haystack_integrations.components.embedders.renai.embedder_cache import (
        CacheUrl,
        EmbedderCache,
    )
    from renai.embedders.wrapped import WrappedEmbedder
    from renai.embeddings.result import Telling

_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class CachedEmbedder:
    """Base class of a component that has an `EmbedderCache`, with its parameters as attributes."""

    _cache: EmbedderCache

    def warm_up(self) -> None:
        """Open the cache; the embedder is loaded only if its weights cannot be known otherwise."""
        self._cache.opened()

    async def warm_up_async(self) -> None:
        """Do what `warm_up` does without blocking the event loop."""
        await asyncio.to_thread(self._cache.opened)

    def close(self) -> None:
        """Close the cache and the embedder; the next run opens them again."""
        self._cache.close()

    async def close_async(self) -> None:
        """Do what `close` does without blocking the event loop."""
        await self._cache.close_async()

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle the component by its parameters, since an open cache can be neither."""
        _, *names = inspect.signature(type(self).__init__).parameters
        return _made_of, (type(self), {name: getattr(self, name) for name in names})


def _made_of(kind: type[CachedEmbedder], parameters: dict[str, Any]) -> CachedEmbedder:
    return kind(**parameters)


def refuse_other_kind(embedder: Any, takes: str, here: str, other: str) -> None:
    """Raise if an object is not an embedder, or is one for the other component.

    Args:
        embedder: the object that is to be wrapped.
        takes: the parameter that the embedder's `run` must have.
        here: the name of the component that wraps it, for the message.
        other: the name of the other component, for the message.

    Raises:
        TypeError: the embedder's `run` does not have that parameter.
        UsageError: it has others, too, which must be given.
    """
    run = getattr(embedder, "run", None)
    if not callable(run) or isinstance(embedder, type):
        raise TypeError(f"{here} wraps an embedder, not {embedder!r:.80}")
    name = type(embedder).__name__
    known, needed = _inputs_of(embedder)
    if takes not in known:
        raise TypeError(
            f"{here} wraps an embedder that takes {takes}, and {name} does not; perhaps {other} is "
            "meant"
        )
    if others := [it for it in needed if it != takes]:
        raise UsageError(
            f"{name} takes {', '.join(others)} at every run, which is not in the key; make it a "
            "parameter of the embedder"
        )


def _inputs_of(embedder: Any) -> tuple[list[str], list[str]]:
    """Return the names of what an embedder's `run` takes, and of that what must be given.

    Where it is `**kwargs`, as a `SuperComponent`'s, Haystack knows the names from its sockets.
    """
    taken = inspect.signature(embedder.run).parameters
    named = {name: how for name, how in taken.items() if how.kind not in _REST}
    needed = [name for name, how in named.items() if how.default is how.empty]
    sockets = getattr(embedder, "__haystack_input__", None) if len(named) < len(taken) else None
    beside = {
        name: it.is_mandatory
        for name, it in getattr(sockets, "__dict__", {}).items()
        if isinstance(it, InputSocket) and name not in named
    }
    needed += [name for name, must in beside.items() if must]
    return [*named, *beside], needed


def serialise_url(cache_url: CacheUrl) -> Any:
    """Return `cache_url` as it may be written into a file; each of two tiers may be a `Secret`.

    Raises:
        UsageError: a plain URL contains a password.
    """
    if isinstance(cache_url, list | tuple):
        return [serialise_url(url) for url in cache_url]
    if isinstance(cache_url, Secret):
        return cache_url.to_dict()
    if isinstance(cache_url, str) and _may_hold_password(cache_url):
        raise UsageError(
            "cache_url holds a password, which would be written out; "
            "give it as Secret.from_env_var('RENAI_CACHE_URL')"
        )
    return cache_url


def with_url(data: dict[str, Any]) -> dict[str, Any]:
    """Return a serialised component with the `cache_url` that `serialise_url` wrote made anew."""
    parameters = dict(data.get("init_parameters", {}))
    parameters["cache_url"] = _deserialise_url(parameters.get("cache_url"))
    return {**data, "init_parameters": parameters}


def _deserialise_url(written: Any) -> Any:
    if isinstance(written, list):
        return [_deserialise_url(url) for url in written]
    return Secret.from_dict(written) if isinstance(written, dict) else written


def _may_hold_password(url: str) -> bool:
    """Return whether a URL may contain a password, in its usual place or in any other."""
    parts = urlsplit(url)
    beyond = f"{parts.path}?{parts.query}#{parts.fragment}"
    if parts.scheme in ("file", "sqlite"):
        return False
    return bool(parts.password) or "@" in beyond or "password=" in beyond


def only_if_set(**parameters: Any) -> dict[str, Any]:
    """Return the parameters that are not empty.

    Written out only then, they leave a pipeline readable for versions that do not know them.
    """
    return {name: value for name, value in parameters.items() if value}


def embedding_span(wrapped: WrappedEmbedder) -> AbstractContextManager[Span]:
    """Return a tracing span for an embedding through the cache, below the component's own span.

    It is seen by users who trace Haystack, and does nothing for others.
    """
    tags = {"renai.embedder": wrapped.class_name, "renai.model": wrapped.model_name}
    return tracer.trace("renai.embed", tags=tags, parent_span=tracer.current_span())


def meta_of(
    span: Span, metas: Sequence[Mapping[str, Any]], texts: Sequence[str], embedded: Telling
) -> dict[str, Any]:
    """Return the `meta` of an answer; its `cache` counts what happened to the items of the call.

    All counts are set as tags of the span as well.

    Args:
        span: the span of the call.
        metas: the embedder's `meta` for each batch.
        texts: the text that was embedded of each item.
        embedded: the result of the cache, with the hit or miss of each item.
    """
    counts = counts_of(texts, embedded)
    numbers = {name: it for name, it in counts.items() if isinstance(it, int)}
    span.set_tags({f"renai.cache.{name}": number for name, number in numbers.items()})
    return {**(_added_up(metas) if metas else {}), "cache": counts}


def _added_up(metas: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge an embedder's `meta` of several batches: numbers, such as of tokens, are added."""
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
