"""What was chosen of `renai web`, and where it may be reached."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from renai.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from renai.settings import Settings


@dataclass(frozen=True, slots=True)
class WebOptions:
    """What was chosen of the page.

    Attributes:
        paths: the files and folders that it shows; no other file is ever read for a browser.
        settings: the settings of its runs.
        max_cost: the most that all questions of a session may cost, in US dollars; None for no
            limit.
        force: whether files are renamed also where they belong to another program's library.
        words: what the user asked for, for the history of runs.
    """

    paths: tuple[Path, ...]
    settings: Settings
    max_cost: float | None = None
    force: bool = False
    words: str = "web"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page listens, and where browsers find it.

    Attributes:
        host: the address on which it listens.
        port: its port; 0 for a free one.
        certificate: the file with the certificate for TLS; None without TLS.
        private_key: the file with the certificate's key.
        proxy: the address that browsers use where a proxy stands in front; empty without one.
        known: whether the person said to know what another address than the own machine's means.

    Raises:
        UsageError: these do not go together.
        ConfigurationError: others could reach the page, and nothing protects it on the way.
    """

    host: str = "127.0.0.1"
    port: int = 0
    certificate: Path | None = None
    private_key: Path | None = None
    proxy: str = ""
    known: bool = False

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.private_key is None):
            raise UsageError("--tls-cert and --tls-key belong together")
        if self.proxy and not _is_origin(self.proxy):
            raise UsageError(
                f"--proxy is an address such as https://renai.example, not {self.proxy!r}"
            )
        if is_loopback(self.host):
            return
        if not (self.known and (self.certificate or self.proxy)):
            raise ConfigurationError(
                f"--host {self.host} lets other machines reach your files: it takes --i-know, and "
                "either --tls-cert with --tls-key, or --proxy with the address of a proxy that "
                "speaks TLS"
            )

    def origins(self, port: int) -> frozenset[str]:
        """Return the origins that the page has in a browser.

        Args:
            port: the port on which it listens.
        """
        if self.proxy:
            return frozenset({self.proxy.rstrip("/").lower()})
        names = ("127.0.0.1", "localhost", "[::1]") if is_loopback(self.host) else (self._name,)
        return frozenset(f"{self._scheme}://{name}:{port}" for name in names)

    def url(self, port: int) -> str:
        """Return the address for a person, without a token.

        Args:
            port: the port on which it listens.
        """
        return (self.proxy.rstrip("/") or f"{self._scheme}://{self._name}:{port}") + "/"

    @property
    def _scheme(self) -> str:
        return "https" if self.certificate else "http"

    @property
    def _name(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host.lower()


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_origin(address: str) -> bool:
    parts = urlsplit(address)
    bare = not (parts.query or parts.fragment or parts.username) and parts.path in ("", "/")
    return parts.scheme == "https" and bool(parts.hostname) and bare
