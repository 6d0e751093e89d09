"""Which of an embedder's parameters shape its vectors, each in one spelling.

The rule is caution: what stands in no table counts. At worst a text is then embedded once more than
needed; the other way round a wrong vector would be returned. Spellings that mean the same have the
one that today's keys have: that of the default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haystack.utils import Secret

from haystack_integrations.components.embedders.renai.inputs import meta_fields
from haystack_integrations.components.embedders.renai.parameters import is_of_haystack
from renai.embedders.hidden import parameters_of
from renai.embedders.parameters import CREDENTIALS, NEVER_SHAPES
from renai.embedders.routes import (
    ENDPOINTS,
    is_own_endpoint,
    route_of,
    routing_headers,
    stated_endpoint,
)
from renai.embedders.spelling import DEFAULT_DIMENSIONS, spelled
from renai.keys.digest import digest_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

HARMLESS_OPTIONS = {
    "http_client_kwargs": frozenset(
        {
            "auth",
            "cert",
            "cookies",
            "default_encoding",
            "follow_redirects",
            "http1",
            "http2",
            "limits",
            "max_redirects",
            "proxies",
            "proxy",
            "timeout",
            "trust_env",
            "verify",
        }
    ),
    "boto3_config": frozenset(
        {
            "client_cert",
            "connect_timeout",
            "disable_request_compression",
            "max_pool_connections",
            "parameter_validation",
            "proxies",
            "proxies_config",
            "read_timeout",
            "request_min_compression_size_bytes",
            "retries",
            "signature_version",
            "tcp_keepalive",
            "user_agent",
            "user_agent_appid",
            "user_agent_extra",
        }
    ),
}
"""Options of clients, most of which say how a request is sent; any other says where to."""

_DIMENSIONS = ("dimensions", "output_dimension", "embedding_dimension")
_EMPTY_IS_NONE = ("model_kwargs", "tokenizer_kwargs", "config_kwargs", "encode_kwargs")


def shapes_of(
    embedder: object, parameters: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, Any]:
    """Return what can change an embedder's vectors, by the names of its parameters.

    Parameters that are None are left out: it then does not matter whether a version of the embedder
    knows them already. A secret that is not a credential, such as an endpoint, is replaced by its
    digest; so are the values of headers.

    Args:
        embedder: the embedder.
        parameters: its parameters, as `read_parameters` returns them.
        environment: the environment variables, some of which say where requests go.
    """
    route = route_of(embedder, parameters, environment)
    shapes = _in_one_spelling(embedder, _counting(parameters), route.endpoint)
    for name, harmless in HARMLESS_OPTIONS.items():
        if routing := _routing(parameters.get(name), harmless):
            shapes[name] = routing
    if route.endpoint is not None:
        name = next((each for each in ENDPOINTS if each in parameters), "endpoint")
        shapes[name] = route.endpoint
    return {**shapes, **route.others}


def former_shapes(
    embedder: object,
    parameters: Mapping[str, Any],
    environment: Mapping[str, str],
    shapes: Mapping[str, Any],
) -> dict[str, Any] | None:
    """Return what these same shapes were called in keys before spellings were made one.

    Args:
        embedder: the embedder.
        parameters: its parameters.
        environment: the environment variables.
        shapes: what `shapes_of` returned for them.

    Returns:
        None if they were called the same, or if something counts today that did not count then:
        vectors of that time may have come from anywhere.
    """
    former = _counting(parameters, NEVER_SHAPES - {"organization"})
    if "api_base_url" in parameters and "api_base_url" not in former:
        former |= _counting({"api_base_url": environment.get("OPENAI_BASE_URL")})
    same = {name: value for name, value in former.items() if name not in NEVER_SHAPES}
    endpoint = same.get("api_base_url")
    is_same = _in_one_spelling(embedder, same, endpoint) == dict(shapes)
    return former if is_same and former != shapes else None


def _counting(
    parameters: Mapping[str, Any], harmless: Collection[str] = NEVER_SHAPES
) -> dict[str, Any]:
    """Return the parameters that count and are not None, as they are spelled."""
    counting = {
        name: _digested(value) for name, value in parameters.items() if name not in harmless
    }
    return {name: value for name, value in counting.items() if value is not None}


def _routing(options: Any, harmless: Collection[str]) -> dict[str, Any]:
    """Return those options of a client that can make its requests go elsewhere."""
    if not isinstance(options, dict):
        return {}
    counting = {
        name: routing_headers(value)
        if name in ("headers", "params") and isinstance(value, dict | list | tuple | str)
        else spelled(name, value)
        for name, value in options.items()
        if name not in harmless and name not in CREDENTIALS
    }
    return {name: value for name, value in counting.items() if value}


def _in_one_spelling(
    embedder: object, counting: Mapping[str, Any], endpoint: str | None
) -> dict[str, Any]:
    """Return parameters in the one spelling of all those that mean the same.

    Args:
        embedder: the embedder.
        counting: those of its parameters that count.
        endpoint: the endpoint that something else than its parameters states, if it does.
    """
    defaults = {name: each.default for name, each in parameters_of(embedder).items()}
    shapes = {name: spelled(name, value) for name, value in counting.items()}
    shapes |= {
        name: default
        for name, default in defaults.items()
        if isinstance(default, str) and shapes.get(name) == spelled(name, default)
    }
    if "embedding_separator" in shapes and is_of_haystack(embedder) and not meta_fields(counting):
        default = defaults.get("embedding_separator")
        shapes["embedding_separator"] = default if isinstance(default, str) else "\n"
    for name in _EMPTY_IS_NONE:
        if shapes.get(name) == {} and defaults.get(name, ...) is None:
            del shapes[name]
    if is_own_endpoint(embedder, endpoint or stated_endpoint(counting)):
        known = DEFAULT_DIMENSIONS.get(str(counting.get("model")), ...)
        implied = [name for name in ENDPOINTS if defaults.get(name, ...) is None]
        implied += [name for name in _DIMENSIONS if shapes.get(name) == known]
        shapes = {name: value for name, value in shapes.items() if name not in implied}
    return {name: value for name, value in shapes.items() if value is not None}


def _digested(value: Any) -> Any:
    if isinstance(value, Secret):
        value = value.to_dict() if value.type.value == "env_var" else None
    if isinstance(value, dict) and value.get("type") == "env_var":
        resolved = Secret.from_dict(value).resolve_value()
        return None if resolved is None else digest_text(str(resolved))
    return value
