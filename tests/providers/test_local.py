"""With `local_only`, nothing is sent to hosts that nobody has named."""

from __future__ import annotations

import pytest

from renai.configuration import load_settings
from renai.errors import ConfigurationError
from renai.metadata.request import make_request
from renai.providers.local import is_loopback, refuse_distant
from renai.providers.registry import make_provider

HERE = ("http://localhost:1/v1", "http://LOCALHOST./v1", "http://127.0.0.1/v1", "http://127.9.9.9")
ELSEWHERE = (
    *("https://api.openai.com/v1", "http://localhost.example.org", "http://127.0.0.1.nip.io"),
    *("http://127.0.0.1@example.org", "http://10.0.0.1/v1", "http://0.0.0.0/v1", "http://[::2]/v1"),
    *("", "http://[", "http://example.org/localhost", "http://2130706434/"),
)


@pytest.mark.parametrize("url", [*HERE, "http://[::1]:8080/v1"])
def test_this_machine_is_told(url: str) -> None:
    assert is_loopback(url)
    refuse_distant("custom", url, ())


@pytest.mark.parametrize("url", ELSEWHERE)
def test_everything_else_is_refused(url: str) -> None:
    assert not is_loopback(url)
    with pytest.raises(ConfigurationError, match="local_only is set"):
        refuse_distant("custom", url, ("", "ollama.lan"))


def test_a_host_that_is_named_is_allowed() -> None:
    refuse_distant("custom", "http://Ollama.lan:11434/v1", (" ollama.LAN ",))


@pytest.mark.parametrize("provider", ["openai", "deepinfra", "openrouter"])
def test_providers_elsewhere_cannot_be_made(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENAI_LOCAL_ONLY", "true")
    monkeypatch.setenv(f"{provider.upper()}_API_KEY", "sk-0123456789")
    settings = load_settings()
    with pytest.raises(ConfigurationError, match="local_only is set"):
        make_request(settings, provider, None)
    assert make_request(settings, provider, None, may_ask=False)  # for what only looks up
    assert make_request(settings, "offline", None)


def test_the_address_that_is_used_decides() -> None:
    for url, variables in (("", {"OPENAI_BASE_URL": HERE[0]}), (HERE[0], {})):
        assert make_provider(
            "openai",
            environment={"OPENAI_API_KEY": "sk-0123456789", **variables},
            categories=(),
            base_urls={"openai": url} if url else {},
            local_only=True,
        )
