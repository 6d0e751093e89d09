"""Refuse endpoints that are not on this machine, or on a host that a person has named."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from renai.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_loopback(base_url: str) -> bool:
    """Return whether a URL names this machine; no name but `localhost` is believed."""
    host = _host(base_url)
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_distant(provider: str, base_url: str, local_hosts: Iterable[str]) -> None:
    """Raise if documents would leave this machine for a host that nobody has allowed.

    Args:
        provider: the provider's name.
        base_url: the URL of its endpoint; empty if it is not known where the provider sends.
        local_hosts: the hosts that are allowed besides this machine.

    Raises:
        ConfigurationError: the endpoint is elsewhere, or it is not known where it is.
    """
    host = _host(base_url)
    if is_loopback(base_url) or (host and host in {x.strip().lower() for x in local_hosts}):
        return
    where = f"is at {host}" if host else "may be anywhere"
    raise ConfigurationError(
        f"local_only is set, and the provider {provider} {where}. Choose a provider on this "
        f"machine, or add its host to local_hosts"
    )


def _host(base_url: str) -> str:
    try:
        return (urlsplit(base_url.strip()).hostname or "").rstrip(".")
    except ValueError:
        return ""
