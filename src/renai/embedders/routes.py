"""Where an embedder's requests go: endpoints, and the headers and queries by which gateways route.

A model's name means something only at one endpoint. Where that is not among the parameters, the SDK
takes it from environment variables or a configuration file; once a client exists, it is asked. What
identifies the caller (keys, tokens, cookies) does not route, and stands in no recipe.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from renai.keys.digest import digest_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WORD = re.compile(r"[a-z]+")
_CREDENTIALS = frozenset(
    {
        *("authorization", "cookie", "cookies", "key", "keys", "token", "tokens"),
        *("secret", "secrets", "password", "passwords"),
        *("accesskey", "accesstoken", "apikey", "apitoken", "authtoken", "secretkey"),
    }
)
"""Words in the names of headers that say who is calling. `portkey` is none: it is a gateway."""

_PERHAPS_CREDENTIAL = re.compile("authorization|cookie|key|token|secret|password", re.IGNORECASE)
_OF_EVERY_CLIENT = frozenset(
    {
        *("accept", "accept-encoding", "connection", "content-type", "user-agent"),
        "x-goog-api-client",  # which release of an SDK it is
    }
)
_PORTS = {"http": 80, "https": 443}

ENDPOINTS = ("api_base_url", "base_url", "api_url", "url", "azure_endpoint", "endpoint", "host")
"""The parameters that say where an embedder's requests go."""


class Service(NamedTuple):
    """How the SDK of a service finds its endpoint when no parameter says it.

    Attributes:
        variables: the environment variables with the endpoint, the first one that is set counting.
        own: a pattern of the endpoints that the service itself has.
        clients: where an embedder keeps its client, and the client its endpoint.
        headers: the environment variable with headers that go with every request.
        sent: where a client keeps the headers and queries that go with every request.
        switches: further environment variables that make the SDK go elsewhere.
    """

    variables: tuple[str, ...] = ()
    own: str = ""
    clients: tuple[str, ...] = ()
    headers: str = ""
    sent: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()


_OPENAI_CLIENTS = ("client.base_url", "async_client.base_url")
_OPENAI_SENT = tuple(
    f"{client}.{kept}"
    for client in ("client", "async_client")
    for kept in ("_custom_headers", "_custom_query", "_client.headers")
)
_GENAI = "_api_client._http_options.base_url"

SERVICES = {
    "azure_": Service(headers="OPENAI_CUSTOM_HEADERS", sent=_OPENAI_SENT),
    "openai_": Service(
        ("OPENAI_BASE_URL",),
        r"https://api\.openai\.com/v1",
        _OPENAI_CLIENTS,
        "OPENAI_CUSTOM_HEADERS",
        _OPENAI_SENT,
    ),
    "vllm": Service(
        clients=("_client.base_url", "_async_client.base_url"), headers="OPENAI_CUSTOM_HEADERS"
    ),
    "google_genai": Service(
        ("GOOGLE_GEMINI_BASE_URL",),
        r"https://[\w.-]+\.googleapis\.com",
        (f"_client.{_GENAI}", f"_async_client.{_GENAI}"),
        switches=(
            "GOOGLE_GENAI_USE_VERTEXAI",
            "GOOGLE_GENAI_USE_ENTERPRISE",
            "GOOGLE_GENAI_API_VERSION",
        ),
    ),
    "amazon_bedrock": Service(
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"),
        r"https://bedrock-runtime[\w.-]*\.(amazonaws\.com|api\.aws|amazonaws\.com\.cn)",
        ("_client.meta.endpoint_url",),
    ),
    "cohere": Service(
        ("CO_API_URL",),
        r"https://api\.cohere\.(com|ai)(/v1)?",
        (
            "_client._client_wrapper._base_url",
            "_async_client._client_wrapper._base_url",
        ),
    ),
    "ollama": Service(
        ("OLLAMA_HOST",),
        r"http://(localhost|127\.0\.0\.1):11434",
        ("_client._client.base_url", "_async_client._client.base_url"),
    ),
    "nvidia": Service(
        ("NVIDIA_API_URL",), r"https://[\w.-]+\.api\.nvidia\.com(/.*)?", ("backend.api_url",)
    ),
    "jina": Service((), r"https://api\.jina\.ai/v1/embeddings"),
    "voyage_embedders": Service((), r"https://(api\.voyageai\.com|ai\.mongodb\.com)/v1"),
    "huggingface_api": Service(
        ("HF_INFERENCE_ENDPOINT", "HF_ENDPOINT"),
        r"https://(api-inference\.|router\.)?huggingface\.co",
    ),
    "mixedbread_ai_haystack": Service(
        ("MIXEDBREAD_BASE_URL",),
        r"https://api\.mixedbread\.com",
        ("client.base_url", "aclient.base_url"),
        "MIXEDBREAD_CUSTOM_HEADERS",
    ),
    "isaacus": Service(
        ("ISAACUS_BASE_URL",),
        r"https://api\.isaacus\.com/v1",
        ("_client.base_url",),
        "ISAACUS_CUSTOM_HEADERS",
    ),
    "twelvelabs": Service(("TWELVELABS_BASE_URL",), r"https://api\.twelvelabs\.io(/v1\.\d+)?"),
}
"""The services whose SDKs are known, by a part of the name of the module with the embedder."""

_VERTEX = ("GOOGLE_VERTEX_BASE_URL",)

_LIKELY = ("_BASE_URL", "_API_BASE_URL", "_API_BASE", "_API_URL", "_ENDPOINT", "_ENDPOINT_URL")
"""How SDKs that are not in the table end the name of the variable with their endpoint."""


class Route(NamedTuple):
    """What says where requests go, beside the parameters.

    Attributes:
        endpoint: the endpoint, if it is not the service's own; None if it is.
        others: whatever else makes requests go elsewhere, by name.
    """

    endpoint: str | None
    others: dict[str, Any]


def route_of(
    embedder: object,
    parameters: Mapping[str, Any],
    environment: Mapping[str, str],
    service: Service | None = None,
) -> Route:
    """Return what says where an embedder's requests go, beside its parameters.

    Args:
        embedder: the embedder.
        parameters: its parameters.
        environment: the environment variables.
        service: how its SDK finds its endpoint; None to tell it from the embedder's module.
    """
    service = service or _service_of(embedder, parameters)
    others: dict[str, Any] = {}
    if known := routing_headers(_parsed(environment.get(service.headers, ""))):
        others[service.headers] = known
    if sent := _sent(embedder, service, parameters, known):
        others["sent"] = sent
    asked = _asked(embedder, service)
    if "aws_region_name" in parameters:
        region, configured = _at_aws(embedder, environment)
        others |= {"region": region} if region else {}
    else:
        others |= _switches(service, parameters, environment)
        configured = _configured(service, environment)
    stated = stated_endpoint(parameters)
    if asked is None:
        found = None if stated else configured
    else:
        found = None if stated and _is_same(asked, canonical_url(stated), service) else asked
    if found is None or (not stated and re.fullmatch(service.own, found)):
        return Route(None, others)
    return Route(found, others)


def stated_endpoint(parameters: Mapping[str, Any]) -> str | None:
    """Return the endpoint that stands in an embedder's parameters."""
    places = (parameters, parameters.get("api_params"))
    for place in filter(None, places):
        for name in ENDPOINTS:
            if isinstance(place.get(name), str):
                return str(place[name])
    return None


def is_own_endpoint(embedder: object, url: str | None) -> bool:
    """Return whether an endpoint is that of the service for which an embedder was made.

    Args:
        embedder: the embedder.
        url: the endpoint; None for the one that the service's SDK has by default.
    """
    own = _service_of(embedder, {}).own
    return bool(own) and (url is None or re.fullmatch(own, canonical_url(url)) is not None)


def canonical_url(url: str) -> str:
    """Return a URL without what makes no difference, and without names and passwords."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    query = parts.query
    if _PERHAPS_CREDENTIAL.search(query):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([pair for pair in pairs if not is_credential(pair[0])])
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), query, parts.fragment))


def routing_headers(sent: Mapping[str, Any] | Sequence[Any] | str) -> dict[str, str]:
    """Return the digest of every header, or parameter of a query, by which a gateway may route.

    Args:
        sent: the headers or parameters: by name, as pairs, or as one text with a query.
    """
    pairs: Any = parse_qsl(sent, keep_blank_values=True) if isinstance(sent, str) else sent
    values: dict[str, list[str]] = {}
    for name, value in pairs.items() if hasattr(pairs, "items") else pairs:
        if not is_credential(str(name)) and value is not None:
            values.setdefault(str(name).lower(), []).append(str(value))
    return {
        name: digest_text(several[0] if len(several) == 1 else repr(several))
        for name, several in values.items()
    }


@functools.lru_cache(maxsize=4096)  # names of headers come from outside, too
def is_credential(name: str) -> bool:
    """Return whether a header, or a parameter of a query, says who is calling."""
    return not _CREDENTIALS.isdisjoint(_WORD.findall(name.lower()))


def _service_of(embedder: object, parameters: Mapping[str, Any]) -> Service:
    modules = [kind.__module__ for kind in type(embedder).__mro__]
    for part in (part for module in modules for part in module.split(".")):
        for name, service in SERVICES.items():
            if part == name or (name.endswith("_") and part.startswith(name)):
                return service._replace(variables=_VERTEX) if _is_vertex(parameters) else service
    top, *_ = modules[0].split(".")
    *_, vendor = modules[0].rpartition(".embedders.")
    vendor = (vendor.partition(".")[0] or top).removesuffix("_haystack").upper()
    compatible = ("OPENAI_BASE_URL",) if "api_base_url" in parameters else ()
    return Service((*compatible, *(vendor + ending for ending in _LIKELY)))


def _is_vertex(parameters: Mapping[str, Any]) -> bool:
    return parameters.get("api") == "vertex" and "vertex_ai_project" in parameters


def _is_same(asked: str, stated: str, service: Service) -> bool:
    """Return whether two endpoints are one; SDKs complete what is stated without a scheme."""
    if asked == stated or ("://" not in stated and stated in asked):
        return True
    return all(re.fullmatch(service.own, each) for each in (asked, stated))


def _asked(embedder: object, service: Service) -> str | None:
    """Return the endpoint that an embedder's client has, if it has one already."""
    for way in service.clients:
        if found := at(embedder, way):
            return canonical_url(str(found))
    return None


def _sent(
    embedder: object,
    service: Service,
    parameters: Mapping[str, Any],
    known: Mapping[str, str],
) -> dict[str, str]:
    """Return what an embedder's client sends with every request, and nothing else states."""
    options = parameters.get("http_client_kwargs") or {}
    stated = [parameters.get("default_headers"), options.get("headers"), options.get("params")]
    expected = dict(known)
    for headers in filter(None, stated):
        expected |= routing_headers(headers)
    found: dict[str, str] = {}
    for way in service.sent:
        headers = at(embedder, way)
        if hasattr(headers, "items"):
            found |= {
                name: value
                for name, value in routing_headers(dict(headers.items())).items()
                if name not in _OF_EVERY_CLIENT and expected.get(name) != value
            }
    return found


def at(thing: Any, way: str) -> Any:
    """Return what stands at the end of a row of attributes; None if one of them is not there."""
    for name in way.split("."):
        thing = getattr(thing, name, None)
    return thing


def _configured(service: Service, environment: Mapping[str, str]) -> str | None:
    """Return the endpoint that the environment states."""
    value = next((environment[name] for name in service.variables if environment.get(name)), None)
    return None if value is None else canonical_url(value)


def _parsed(lines: str) -> dict[str, str]:
    """Return the headers in an environment variable: one a line, with a colon."""
    pairs = (line.partition(":") for line in lines.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _switches(
    service: Service, parameters: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment variables that make an SDK go elsewhere, if they are set."""
    names = service.switches
    if _is_vertex(parameters):  # the embedder itself says what these would
        names = tuple(name for name in names if "_USE_" not in name)
    values = {name: environment.get(name, "") for name in names}
    off = ("", "0", "false")
    return {name: value for name, value in values.items() if value.lower() not in off}


def _at_aws(embedder: object, environment: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return the region and the endpoint that do not stand in an embedder's parameters."""
    region = _resolved(getattr(embedder, "aws_region_name", None))
    configured = _aws_profile(_resolved(getattr(embedder, "aws_profile_name", None)), environment)
    endpoint, found = configured
    meta = getattr(getattr(embedder, "_client", None), "meta", None)
    found = getattr(meta, "region_name", None) or region or found
    if not isinstance(found, str) or found == region:
        return None, endpoint
    return digest_text(found), endpoint


def _aws_profile(
    profile: str | None, environment: Mapping[str, str]
) -> tuple[str | None, str | None]:
    """Return the endpoint and the region that botocore finds for a profile."""
    try:
        from botocore.configprovider import ConfiguredEndpointProvider
        from botocore.session import Session

        session = Session(profile=profile)
        endpoint = ConfiguredEndpointProvider(
            full_config=session.full_config,
            scoped_config=session.get_scoped_config(),
            client_name="bedrock-runtime",
            environ=dict(environment),
        ).provide()
        region = session.get_config_variable("region")
    except Exception:  # noqa: BLE001 - where this fails, so does the client, and there are no vectors
        return None, None
    return endpoint and canonical_url(endpoint), region


def _resolved(value: Any) -> str | None:
    found = value.resolve_value() if hasattr(value, "resolve_value") else value
    return found if isinstance(found, str) else None
