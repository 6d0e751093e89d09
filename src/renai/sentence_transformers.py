"""`CachedSentenceTransformer`: a sentence-transformers model that never encodes a text twice."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Self, Unpack

try:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.util import get_device_name
except ImportError as error:
    raise ImportError(
        "this needs sentence-transformers, which is missing: pip install sentence-transformers"
    ) from error

from renai.embedders.calls import CachedCalls
from renai.errors import UsageError
from renai.forks import renew_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from renai.codecs.vector import Floats
    from renai.embedders.caches import CacheOptions

__all__ = ["CachedSentenceTransformer"]

_HARMLESS = frozenset(
    {
        *("cache_folder", "device", "local_files_only", "model_card_data", "similarity_fn_name"),
        *("token", "use_auth_token"),
    }
)
"""The arguments of `SentenceTransformer` that cannot change a vector."""

_POSITIONAL = ("prompt_name", "prompt", "batch_size", "show_progress_bar")
"""The first arguments of `encode` after its inputs."""

_ONLY_HOW = frozenset({"batch_size", "chunk_size", "device", "show_progress_bar"})
"""The arguments of `encode` that cannot change a vector."""

_FORMS = {
    "convert_to_numpy": True,
    "convert_to_tensor": False,
    "output_value": "sentence_embedding",
    "pool": None,
    "precision": "float32",
}
"""The arguments of `encode` that say what it returns, with the values that a cache can serve."""


_RETURN_THE_MODEL = frozenset(
    {
        *("bfloat16", "cpu", "cuda", "double", "eval", "float", "half", "requires_grad_"),
        *("share_memory", "to", "train", "type", "xpu"),
    }
)
"""The methods of PyTorch's modules that return the module, so that calls can be chained."""


class CachedSentenceTransformer:
    """A model whose `encode`, `encode_query` and `encode_document` have a cache.

    It is called for texts that have no vector yet, and loaded only then. Everything else it is
    asked for, such as `similarity`, the model answers; so does `encode` where it is to return
    something else than float32 vectors of texts.

    In the key are the text, the method, its prompt, `normalize_embeddings`, `truncate_dim` and
    whatever else is given to it, the arguments that the model is loaded with, what was set on it,
    and the digest of its weights. Batch size, device and progress bar are not.

    Args:
        model: the name of a model or its folder, or a `SentenceTransformer`.
        cache_url: the store for the vectors: a URL, two URLs as tiers, those of several servers, or
            None for renai's cache folder.
        revision: the identity of the weights, if they cannot be told from the files here; another
            one whenever they change. It also vouches for a model with code of your own.
        load_with: the arguments for `SentenceTransformer` beside the name, such as `device` or a
            `revision` on the hub.
        **options: options of `renai.EmbeddingCache`.

    Raises:
        TypeError: this is no model, or there is no such option.
        UsageError: its vectors cannot be cached safely; the message says why, and what to do.
    """

    def __init__(
        self,
        model: str | SentenceTransformer,
        cache_url: str | list[str] | None = None,
        *,
        revision: str | None = None,
        load_with: Mapping[str, Any] | None = None,
        **options: Unpack[CacheOptions],
    ) -> None:
        if not isinstance(model, str | SentenceTransformer):
            raise TypeError(f"CachedSentenceTransformer wraps a model, not {model!r:.80}")
        if isinstance(model, str):
            self._model = SentenceTransformerOnDemand(model, dict(load_with or {}))
        elif load_with:
            raise UsageError("load_with is for a model that is given by its name")
        else:
            self._model = SentenceTransformerOnDemand.of(model)
        self._calls = CachedCalls(self._model, _Framework(), revision, cache_url, options)

    def encode(self, inputs: Any = None, *positional: Any, **asked: Any) -> Any:
        """Return what `SentenceTransformer.encode` does; arguments are the same."""
        return self._encode("encode", "text", inputs, positional, asked)

    def encode_query(self, inputs: Any = None, *positional: Any, **asked: Any) -> Any:
        """Return what `SentenceTransformer.encode_query` does; arguments are the same."""
        return self._encode("encode_query", "query", inputs, positional, asked)

    def encode_document(self, inputs: Any = None, *positional: Any, **asked: Any) -> Any:
        """Return what `SentenceTransformer.encode_document` does; arguments are the same."""
        return self._encode("encode_document", "document", inputs, positional, asked)

    def close(self) -> None:
        """Close the store; the next call opens it again."""
        self._calls.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # before the model is there, or while this is copied
            raise AttributeError(name)
        loaded = self._model.loaded()
        found = getattr(loaded, name)
        return partial(self._chained, found) if name in _RETURN_THE_MODEL else found

    def __getitem__(self, at: Any) -> Any:
        return self._model.loaded()[at]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._model.loaded())

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
        else:
            setattr(self._model.loaded(), name, value)

    def _chained(self, method: Callable[..., Any], *given: Any, **more: Any) -> Any:
        """Call a method of the model; return this object where that returns the model itself."""
        answer = method(*given, **more)
        return self if answer is self._model.in_memory else answer

    def _encode(
        self,
        method: str,
        role: str,
        inputs: Any,
        positional: tuple[Any, ...],
        asked: dict[str, Any],
    ) -> Any:
        inputs = asked.pop("sentences", None) if inputs is None else inputs  # its former name
        named = dict(zip(_POSITIONAL, positional, strict=False)) | asked
        forms = {name: named.pop(name) for name in _FORMS if name in named}
        single = isinstance(inputs, str)
        texts = [inputs] if single else _listed(inputs)
        if len(positional) > len(_POSITIONAL) or not _is_of_texts(texts) or not _can_serve(forms):
            return getattr(self._model.loaded(), method)(inputs, *positional, **asked)

        def call(missing: list[str]) -> Floats:
            made: Floats = getattr(self._model.loaded(), method)(missing, **named)
            return made

        vectors = self._calls.embed(list(texts), role, call, _shaping(named)).vectors
        return self._in_form(vectors[0] if single else vectors, forms, asked.get("device"))

    def _in_form(self, vectors: Floats, forms: dict[str, Any], device: Any) -> Any:
        if not forms.get("convert_to_tensor") and forms.get("convert_to_numpy", True):
            return vectors
        import torch

        tensor = torch.from_numpy(vectors).to(device or self._model.device)
        if forms.get("convert_to_tensor") or tensor.dim() == 1:
            return tensor
        return list(tensor)


def _shaping(asked: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return the arguments of `encode` that shape a vector and are not the defaults."""
    given = {name: value for name, value in asked.items() if name not in _ONLY_HOW}
    if not given.get("normalize_embeddings"):
        given.pop("normalize_embeddings", None)
    return tuple(sorted((name, value) for name, value in given.items() if value is not None))


def _listed(inputs: Any) -> Any:
    """Return the texts in an array of NumPy, or in a series of pandas, as a list."""
    return inputs.tolist() if hasattr(inputs, "tolist") else inputs


def _is_of_texts(texts: Any) -> bool:
    return isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts)


def _can_serve(forms: dict[str, Any]) -> bool:
    free = ("convert_to_numpy", "convert_to_tensor")
    return all(value == _FORMS[name] for name, value in forms.items() if name not in free)


def _name_of(model: SentenceTransformer) -> str:
    """Return the name or folder that a model was loaded from; "" where it does not say."""
    transformer: Any = next(iter(model), None)
    configuration = getattr(getattr(transformer, "auto_model", None), "config", None)
    return str(getattr(configuration, "_name_or_path", "") or "")


class SentenceTransformerOnDemand:
    """A model that is loaded when it is first needed.

    Args:
        model: its name or folder.
        arguments: the arguments with which it is loaded.
    """

    def __init__(self, model: str, arguments: dict[str, Any]) -> None:
        self.model = model
        self.arguments = arguments
        self.in_memory: SentenceTransformer | None = None
        self._lock: threading.RLock
        renew_after_fork(self, _unlock)

    @classmethod
    def of(cls, loaded: SentenceTransformer) -> Self:
        """Return a model that the user has loaded."""
        it = cls(_name_of(loaded), {})
        it.in_memory = loaded
        return it

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle without the lock."""
        return _with_loaded, (type(self), self.model, self.arguments, self.in_memory)

    def warm_up(self) -> None:
        """Load the model."""
        self.loaded()

    def loaded(self) -> SentenceTransformer:
        """Return the model, loaded."""
        with self._lock:  # else threads would have two models, of which only one is watched
            if self.in_memory is None:
                self.in_memory = SentenceTransformer(self.model, **self.arguments)
            return self.in_memory

    @property
    def device(self) -> Any:
        """The device on which the model computes, or would."""
        if self.in_memory is not None:
            return self.in_memory.device
        return self.arguments.get("device") or get_device_name()


def _with_loaded(
    kind: type[SentenceTransformerOnDemand],
    model: str,
    arguments: dict[str, Any],
    loaded: SentenceTransformer | None,
) -> SentenceTransformerOnDemand:
    it = kind(model, arguments)
    it.in_memory = loaded
    return it


def _unlock(it: SentenceTransformerOnDemand) -> None:
    it._lock = threading.RLock()


class _Framework:
    """How such a model says what it was made with, as a `renai.embedders.framework.Framework`."""

    def class_name(self, _embedder: object) -> str:
        return "sentence_transformers.SentenceTransformer"

    def read(self, embedder: Any, *, vouched: bool) -> dict[str, Any]:
        given = {
            name: value
            for name, value in embedder.arguments.items()
            if name not in _HARMLESS and value is not None
        }
        if "modules" in given and not vouched:
            raise UsageError(
                "modules of your own tell nobody their weights: save the model and give its "
                "folder, or say revision='…', and another one whenever they change"
            )
        given.pop("modules", None)
        return {"model": embedder.model, **given}

    def shapes(
        self, _embedder: Any, parameters: Mapping[str, Any], _environment: Mapping[str, str]
    ) -> dict[str, Any]:
        return dict(parameters)

    def code_in(self, embedder: Any) -> list[Any]:
        loaded = embedder.in_memory
        return [] if loaded is None else [loaded, *loaded]

    def former_shapes(self, *_: Any) -> None:
        return None

    def loader_of(self, embedder: Any, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        folder = embedder.arguments.get("cache_folder")
        return {**parameters, "device": None, "cache_folder": folder}
