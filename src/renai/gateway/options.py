"""What can be chosen of a gateway."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from renai.errors import UsageError


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What can be chosen of a gateway.

    Attributes:
        upstream: the base URL of the endpoint behind it, as a client would be given it; without a
            slash at its end.
        chat: whether chat completions are cached, where that is safe.
        shadow: whether nothing is answered from a cache, and only counted what could have been.
        shared: whether all callers share their answers; by default each has its own.
        accepted_for: the seconds for which a key that the upstream has accepted gets hits; after
            that, the upstream is asked again whether it is still accepted.
        max_body: the most bytes of a request that is looked into.
        timeout: the seconds for which the upstream may send nothing.
        ignored_headers: headers, in lower case, that make no difference to an answer although
            their names do not tell.

    Raises:
        UsageError: the upstream is no URL of a server, or a number makes no sense.
    """

    upstream: str
    chat: bool = False
    shadow: bool = False
    shared: bool = False
    accepted_for: float = 3600.0
    max_body: int = 64 << 20
    timeout: float = 600.0
    ignored_headers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "upstream", self.upstream.rstrip("/"))
        try:
            parts = urlsplit(self.upstream)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment:
            raise UsageError(
                f"--upstream is the base URL of an endpoint, such as https://api.openai.com/v1, "
                f"and not {self.upstream!r}"
            )
        if parts.username is not None or parts.password is not None:
            raise UsageError(
                "--upstream has a name or a password in it; the keys of those who call are sent "
                "to the upstream, so it needs none of its own"
            )
        if self.accepted_for < 0 or self.max_body < 1 or self.timeout <= 0:
            raise UsageError("times and sizes of a gateway are above zero")
