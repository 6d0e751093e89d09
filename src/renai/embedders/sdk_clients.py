"""The clients of services' SDKs that embedders of LangChain and LlamaIndex hold.

A client says where requests go, also where its embedder does not keep what it was told. The HTTP
client in it may have a transport or a hook that is code of the user's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renai.embedders.routes import at

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = frozenset(
    {
        *("async_client", "client", "http_async_client", "http_client"),
        *("async_http_client", "httpx_async_client", "httpx_client"),
    }
)
"""The parameters with clients: where requests go is read off them, and their code must be known."""

_HOLDERS = (
    *("client", "_client", "async_client", "_async_client", "_aclient"),
    *("http_client", "_http_client", "http_async_client", "_async_http_client"),
    *("_httpx_client", "_httpx_async_client"),
)
"""Where embedders keep clients."""

ENDPOINTS = tuple(
    f"{holder}.{way}"
    for holder in _HOLDERS[:5]
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
"""Where clients of all kinds keep their endpoints."""

SENT = (
    *(
        f"{holder}.{way}{kept}"
        for holder in _HOLDERS[:5]
        for way in ("", "_client.")
        for kept in ("_custom_headers", "_custom_query", "_client.headers", "_client.params")
    ),
    *(f"{holder}.{kept}" for holder in _HOLDERS[5:] for kept in ("headers", "params")),
    *(f"{holder}._api_client._http_options.headers" for holder in _HOLDERS[:2]),
)
"""Where clients keep the headers and queries that go with every request."""

_FACTS = {
    "region_name": ("meta.region_name",),
    "vertexai": ("_api_client.vertexai",),
    "project": ("_api_client.project",),
    "location": ("_api_client.location",),
    "api_version": ("_api_client._http_options.api_version",),
    "extra_body": ("_api_client._http_options.extra_body",),
    "client_args": ("_api_client._http_options.client_args",),
    "async_client_args": ("_api_client._http_options.async_client_args",),
    "replay": ("_debug_config.client_mode",),
}
"""What else clients of Google and AWS say of where requests go, and what is sent."""

_HTTP = (
    "_client",
    "_client._client",
    "_client_wrapper.httpx_client.httpx_client",
    "_api_client._httpx_client",
    "_api_client._async_httpx_client",
    "_api_client._http_options.httpx_client",
    "_api_client._http_options.httpx_async_client",
    "_api_client._http_options.aiohttp_client",
)
"""Where clients keep the HTTP client that they send requests with."""


def facts_of(embedder: object) -> dict[str, Any]:
    """Return what an embedder's client says beside its endpoint, where it says it, by name."""
    found: dict[str, Any] = {}
    for client in _held(embedder):
        for name, ways in _FACTS.items():
            for way in ways:
                value = at(client, way)
                if value not in (None, False, {}):
                    found.setdefault(name, value)
    return found


def code_of(embedder: object) -> list[Any]:
    """Return what an embedder's clients call to send requests."""
    clients = list(_held(embedder))
    inner = [at(client, way) for client in clients for way in _HTTP]
    return [code for client in (*clients, *inner) for code in _code_in(client)]


def code_of_http(client: Any) -> list[Any]:
    """Return what an HTTP client calls, any of which may be code of the user's own."""
    return [client, client.event_hooks, client._transport, list(client._mounts.values())]


def _held(embedder: object) -> Iterator[Any]:
    for holder in _HOLDERS:
        client = at(embedder, holder)
        if client is not None:
            yield client


def _code_in(client: Any) -> list[Any]:
    if client is None:
        return []
    if all(hasattr(client, name) for name in ("event_hooks", "_transport", "_mounts")):
        return code_of_http(client)
    return [client]
