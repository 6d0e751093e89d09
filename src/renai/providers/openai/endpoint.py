"""Where a provider's models are reached, and with which key."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from renai.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The root of an API that speaks Chat Completions.

    Attributes:
        name: the provider's name.
        base_url: such as `https://api.openai.com/v1`, spelt in one way, so that it can stand in
            recipes, logs and errors: no credentials, no query, no closing slash.
        api_key: None where none is needed.
        key_variable: the environment variable a person sets the key in.

    Raises:
        ConfigurationError: the URL is none, or holds what must not be shown; the key cannot be one.
    """

    name: str
    base_url: str
    api_key: str | None = field(default=None, repr=False)
    key_variable: str = "the API key"

    def __post_init__(self) -> None:
        try:
            url = urlsplit(self.base_url.strip())
        except ValueError:
            url = urlsplit("")
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ConfigurationError(
                f"The endpoint of {self.name} must be a URL that starts with http:// or https://."
            )
        if "@" in url.netloc or url.query or url.fragment:
            raise ConfigurationError(
                f"The endpoint of {self.name} must hold no user, password or query: "
                f"URLs are logged. Put the key into {self.key_variable}."
            )
        if self.api_key is not None and not (self.api_key.isascii() and self.api_key.isprintable()):
            raise ConfigurationError(
                f"{self.key_variable} holds characters that no key has; paste it again."
            )
        plain = urlunsplit((url.scheme, url.netloc.lower(), url.path.rstrip("/"), "", ""))
        object.__setattr__(self, "base_url", plain)
