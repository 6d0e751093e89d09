"""How embedders say what they were made with that keep it in attributes, or in fields of pydantic.

LangChain's and LlamaIndex's are such. What an embedder keeps under the name of a parameter, in a
field, or privately as a plain value, is what it was made with. Of anything else nothing is known,
and it is refused.
"""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Any

from renai.embedders.hidden import kept_by, parameters_of
from renai.embedders.loaded import models_of
from renai.embedders.parameters import CREDENTIALS, ENDS_OF_CREDENTIALS, NEVER_SHAPES
from renai.embedders.routes import SERVICES, Service, is_credential, route_of, stated_endpoint
from renai.embedders.sdk_clients import CLIENTS, ENDPOINTS, SENT, code_of, facts_of
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
    "num_workers",
    "parallel_process",
    "rate_limiter",
    "show_progress",
    "show_progress_bar",
    "target_devices",
    # how long to wait, and how often to try again
    "request_timeout",
    "retry_exponential_base",
    "retry_max_seconds",
    "retry_min_seconds",
    "wait_time",
    # who is calling
    "azure_ad_async_token_provider",
    "use_azure_ad",
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
    "langchain_aws": {"config", "credentials_profile_name"},  # the client shows what they say
    "langchain_google_genai": {"credentials"},
    "langchain_mistralai": {"tokenizer"},  # counts tokens, to fill requests
    "langchain_nvidia_ai_endpoints": {"max_batch_size", "usage_telemetry_enabled"},
    "langchain_openai": {"chunk_size"},  # texts in a request
    "llama_index.embeddings.bedrock": {
        *("botocore_config", "botocore_session", "profile_name"),  # the client shows what they say
        *("completion_to_prompt", "messages_to_prompt", "output_parser"),  # taken, and not used
        *("pydantic_program_mode", "system_prompt"),
    },
}
"""The same for single packages."""

ONLY_WHEN_ON = frozenset(
    {
        "multi_process",  # LangChain then leaves out `encode_kwargs`
    }
)
"""Parameters that are in the key only where they are switched on."""

SHOWN_ELSEWHERE = {
    # by the model that was loaded by them
    "HuggingFaceEmbedding": frozenset(
        {"model", "model_kwargs", "pooling", "tokenizer", "tokenizer_name", "trust_remote_code"}
    ),
    # by the names of the two models that they are translated to
    "OpenAIEmbedding": frozenset({"mode", "model"}),
    # by another parameter
    "AzureOpenAIEmbedding": frozenset({"deployment_name"}),
    "NVIDIAEmbeddings": frozenset({"trucate"}),
    # by the client that was made with them
    "GoogleGenAIEmbedding": frozenset({"debug_config", "http_options", "vertexai_config"}),
    "OllamaEmbedding": frozenset({"client_kwargs"}),
}
"""Parameters that classes of released packages do not keep by name, and that show all the same."""

_ENDPOINTS = ("api_base", "openai_api_base", "base_url", "endpoint", "host", "api_url")
_SHARED = ("langchain_community", "llama_index")
"""The packages that stand for many services."""

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
        shown = _shown_elsewhere(embedder)
        for name in _counting(embedder):
            kept = kept_by(embedder, name, _NOTHING)
            if name in CLIENTS or _is_credential(name, kept):
                continue
            if name in ONLY_WHEN_ON and kept is False:
                continue
            kept = _plain(kept)
            if kept is not _NOTHING:
                values[name] = kept
            elif name not in shown:
                unseen.append(name)
        for name, fact in facts_of(embedder).items():
            values[name] = kept = _plain(fact)
            if kept is _NOTHING:
                unseen.append(name)
                del values[name]
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
        kept = [kept_by(embedder, name, None) for name in _counting(embedder)]
        return [*kept, *code_of(embedder)]

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


def _shown_elsewhere(embedder: object) -> set[str]:
    """Return the parameters that an embedder's class, or one that it stands on, shows elsewhere."""
    names = [kind.__name__ for kind in type(embedder).__mro__]
    return {shown for name in names for shown in SHOWN_ELSEWHERE.get(name, ())}


def _is_credential(name: str, value: Any) -> bool:
    """Return whether a parameter says who is calling; `max_tokens` and `sep_token` do not."""
    if hasattr(value, "get_secret_value"):
        return is_credential(name)
    return name in CREDENTIALS or name.endswith(ENDS_OF_CREDENTIALS)


def _package_of(embedder: object) -> str:
    """Return the package of a class; below `embeddings`, each service has one of its own."""
    parts = type(embedder).__module__.split(".")
    return ".".join(
        parts[:3] if parts[1:2] == ["embeddings"] and parts[0] in _SHARED else parts[:1]
    )


def _service_of(embedder: object) -> Service:
    """Return how the SDK of the service behind an embedder finds its endpoint."""
    vendor = _package_of(embedder).rpartition(".")[2].removeprefix("langchain_")
    aliases = {"openai": "openai_", "voyageai": "voyage_embedders"}
    if "Endpoint" in type(embedder).__name__ or "API" in type(embedder).__name__:
        aliases["huggingface"] = "huggingface_api"
    known = SERVICES.get(aliases.get(vendor, vendor))
    if known is None:
        variables = (f"{vendor.upper()}_BASE_URL", f"{vendor.upper()}_API_BASE")
        known = Service(variables)
    return known._replace(clients=ENDPOINTS, sent=SENT)


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
    if callable(getattr(value, "model_dump", None)):  # a model of pydantic, which is data
        value = value.model_dump(exclude_none=True)
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
