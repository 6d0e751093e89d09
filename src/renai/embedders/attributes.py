"""How embedders say what they were made with that keep it in attributes, or in fields of pydantic.

LangChain's and LlamaIndex's are such. What an embedder keeps under the name of a parameter, in a
field, or privately as a plain value, is what it was made with. Of anything else nothing is known,
and it is refused.
"""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Any

from renai.embedders.hidden import kept_by, parameters_of, values_of
from renai.embedders.loaded import models_of
from renai.embedders.parameters import CREDENTIALS, NEVER_SHAPES
from renai.embedders.routes import SERVICES, Service, is_credential, route_of, stated_endpoint
from renai.embedders.spelling import DEFAULT_DIMENSIONS, spelled
from renai.errors import UsageError
from renai.keys.digest import digest_text

if TYPE_CHECKING:
    from collections.abc import Mapping

HARMLESS = NEVER_SHAPES | {
    # how many texts are embedded at once, by how many, and how that is shown
    "callback_manager",
    "embed_batch_size",
    "max_concurrent_requests",
    "multi_process",
    "num_workers",
    "parallel_process",
    "rate_limiter",
    "show_progress",
    "show_progress_bar",
    "target_devices",
    # how long to wait, and how often to try again
    "request_timeout",
    "retry_max_seconds",
    "retry_min_seconds",
    "wait_time",
    # how requests are sent
    "openai_proxy",
    "reuse_client",
    "user_agent",
    # who pays
    "openai_organization",
    # where files are, and what is kept there
    "cache_folder",
    "embeddings_cache",
    "validate_model_on_init",
}
"""The parameters of these frameworks' embedders that cannot change a vector."""

HARMLESS_IN = {
    "langchain_openai": {"chunk_size"},  # texts in a request
    "langchain_mistralai": {"tokenizer"},  # counts tokens, to fill requests
}
"""The same for single packages."""

CLIENTS = frozenset({"async_client", "client", "http_async_client", "http_client"})
"""The parameters with clients: where requests go is read off them, and their code must be known."""

SHOWN_BY_THE_MODEL = {
    "HuggingFaceEmbedding": frozenset(
        {"model", "model_kwargs", "pooling", "tokenizer", "tokenizer_name", "trust_remote_code"}
    ),
}
"""Parameters that classes do not keep, and that the model which they have loaded by them shows."""

_CLIENTS = tuple(
    f"{holder}.{way}"
    for holder in ("client", "_client", "async_client", "_async_client", "_aclient")
    for way in (
        "base_url",
        "_base_url",
        "_client.base_url",
        "_client._client.base_url",
        "_client_wrapper._base_url",
        "_api_client._http_options.base_url",
        "meta.endpoint_url",
    )
)
"""Where embedders keep clients, and clients of all kinds their endpoints."""

_SENT = tuple(
    f"{holder}.{way}{kept}"
    for holder in ("client", "_client", "async_client", "_async_client", "_aclient")
    for way in ("", "_client.")
    for kept in ("_custom_headers", "_custom_query", "_client.headers")
)

_ENDPOINTS = ("api_base", "openai_api_base", "base_url", "endpoint", "host", "api_url")
_CREDENTIALS = ("api_key", "api_token", "access_key", "access_token", "password", "secret_key")
_NOTHING = object()


class Attributes:
    """Embedders that keep what they were made with, as a `renai.embedders.framework.Framework`."""

    def class_name(self, embedder: object) -> str:
        """Return the package and the name of a class; where it stands in the package may change."""
        return f"{_package_of(embedder)}.{type(embedder).__qualname__}"

    def read(self, embedder: object, *, vouched: bool) -> dict[str, Any]:
        """Return the parameters that an embedder keeps, as plain values.

        Raises:
            UsageError: it does not keep one of them, or what it keeps cannot be looked into.
        """
        values: dict[str, Any] = {}
        unseen = []
        for name in _counting(embedder):
            kept = kept_by(embedder, name, _NOTHING)
            if name in CLIENTS or _is_credential(name, kept):
                continue
            kept = _plain(kept)
            if kept is not _NOTHING:
                values[name] = kept
            elif name not in SHOWN_BY_THE_MODEL.get(type(embedder).__name__, ()):
                unseen.append(name)
        if unseen and not vouched:
            raise UsageError(
                f"{type(embedder).__name__} does not show its {', '.join(unseen)}: say "
                "revision='…', and another one whenever what cannot be seen changes the vectors"
            )
        return values

    def shapes(
        self, embedder: object, parameters: Mapping[str, Any], environment: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return what can change an embedder's vectors; parameters that are None are left out."""
        service = _service_of(embedder)
        named = next((parameters[name] for name in _ENDPOINTS if parameters.get(name)), None)
        stated = {**parameters, "api_base_url": named}
        route = route_of(embedder, stated, environment, service)
        shapes = {name: spelled(name, value) for name, value in parameters.items()}
        if stated_endpoint(stated) is None and route.endpoint is None:
            model = parameters.get("model") or parameters.get("model_name")
            if shapes.get("dimensions") == DEFAULT_DIMENSIONS.get(str(model)):
                shapes["dimensions"] = None
        shapes |= {"route": route.endpoint, "type": _types_in(models_of(embedder)), **route.others}
        return {name: value for name, value in shapes.items() if value not in (None, {}, [])}

    def code_in(self, embedder: object) -> list[Any]:
        """Return the values of the parameters that may shape vectors, clients among them."""
        return values_of(embedder, _counting(embedder))

    def former_shapes(
        self,
        _embedder: object,
        _parameters: Mapping[str, Any],
        _environment: Mapping[str, str],
        _shapes: Mapping[str, Any],
    ) -> None:
        """Return None: these keys have never been others."""

    def loader_of(self, embedder: object, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters by which weights are found; none if no model is in memory."""
        if not models_of(embedder):
            return {}
        given = parameters.get("model_kwargs") or {}
        return {
            "device": None,
            "model": parameters.get("model_name") or parameters.get("model"),
            "revision": given.get("revision"),
            "tokenizer_kwargs": given.get("tokenizer_kwargs"),
            "truncate_dim": given.get("truncate_dim"),
            "cache_folder": getattr(embedder, "cache_folder", None) or _default_folder(embedder),
        }


def _counting(embedder: object) -> list[str]:
    """Return the names of an embedder's parameters, without those that cannot change a vector."""
    harmless = HARMLESS | HARMLESS_IN.get(_package_of(embedder), set())
    return [name for name in parameters_of(embedder) if name.lstrip("_") not in harmless]


def _is_credential(name: str, value: Any) -> bool:
    """Return whether a parameter says who is calling; `max_tokens` and `sep_token` do not."""
    if hasattr(value, "get_secret_value"):
        return is_credential(name)
    return name in CREDENTIALS or name.endswith(_CREDENTIALS)


def _package_of(embedder: object) -> str:
    """Return the package of a class, which for LlamaIndex is one below its namespace."""
    parts = type(embedder).__module__.split(".")
    return ".".join(parts[:3] if parts[:2] == ["llama_index", "embeddings"] else parts[:1])


def _service_of(embedder: object) -> Service:
    """Return how the SDK of the service behind an embedder finds its endpoint."""
    vendor = _package_of(embedder).rpartition(".")[2].removeprefix("langchain_")
    aliases = {"openai": "openai_", "voyageai": "voyage_embedders"}
    known = SERVICES.get(aliases.get(vendor, vendor))
    if known is None:
        variables = (f"{vendor.upper()}_BASE_URL", f"{vendor.upper()}_API_BASE")
        known = Service(variables, own=rf"https://[\w.-]*{vendor}[\w.-]*(/.*)?")
    return known._replace(clients=_CLIENTS, sent=_SENT)


def _types_in(models: list[Any]) -> list[str]:
    """Return the types of number that the weights of models in memory have."""
    parameters = (it.parameters() for it in models if callable(getattr(it, "parameters", None)))
    return sorted({str(tensor.dtype) for tensors in parameters for tensor in tensors})


def _default_folder(embedder: object) -> str | None:
    """Return the folder in which LlamaIndex keeps models, if the embedder is one of its own."""
    utilities = sys.modules.get("llama_index.core.utils")
    if utilities is None or not type(embedder).__module__.startswith("llama_index."):
        return None
    return str(utilities.get_cache_dir())


def _plain(value: Any) -> Any:
    """Return a value as it may stand in a recipe, without credentials; else nothing."""
    if isinstance(value, Enum):
        return _plain(value.value)
    if hasattr(value, "get_secret_value"):
        return digest_text(str(value.get_secret_value()))
    if isinstance(value, dict):
        items = {str(key): _plain(it) for key, it in value.items() if key not in CREDENTIALS}
        return _NOTHING if _NOTHING in items.values() else items
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        listed = [_plain(it) for it in value]
        return _NOTHING if _NOTHING in listed else listed
    if value is None or isinstance(value, str | bytes | bool | int | float):
        return value
    return _NOTHING
