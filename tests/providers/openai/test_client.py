from __future__ import annotations

import pytest

from renai.errors import ConfigurationError
from renai.providers.openai.client import Endpoint

KEY = "sk-0123456789"


@pytest.mark.parametrize(
    "url", ["https://Host:8080/v1/", " https://host:8080/v1", "https://host:8080/v1//"]
)
def test_one_endpoint_has_one_spelling(url: str) -> None:
    assert Endpoint("custom", url).base_url == "https://host:8080/v1"


@pytest.mark.parametrize(
    "url", ["", "localhost:80/v1", "ftp://host", "http://", "http://[::1", "//h"]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="endpoint of custom"):
        Endpoint("custom", url)


@pytest.mark.parametrize("url", [f"https://me:{KEY}@host/v1", f"https://host/v1?key={KEY}"])
def test_a_secret_in_the_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="CUSTOM_API_KEY") as caught:
        Endpoint("custom", url, key_variable="CUSTOM_API_KEY")
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY}\u2026", f"{KEY}\x00"])
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(ConfigurationError, match="paste it again") as caught:
        Endpoint("custom", "http://host", key)
    assert KEY not in str(caught.value)


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(Endpoint("custom", "http://host", KEY))
