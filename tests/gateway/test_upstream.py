"""How the upstream is reached."""

import pytest

from renai.gateway.upstream import Upstream

OPENAI = "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("url", "variables", "proxy"),
    [
        (OPENAI, {}, None),
        (OPENAI, {"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        (OPENAI, {"HTTP_PROXY": "http://proxy:3128"}, None),
        (OPENAI, {"ALL_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        (OPENAI, {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "openai.com"}, None),
        ("http://127.0.0.1:1", {"HTTP_PROXY": "http://proxy:1", "NO_PROXY": "127.0.0.1"}, None),
    ],
)
async def test_a_proxy_of_the_environment_is_used(url, variables, proxy, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with Upstream(url, 1.0) as upstream:
        found = upstream._session._default_proxy
    assert (found and str(found).rstrip("/")) == proxy


async def test_no_password_of_the_gateways_own_is_sent(tmp_path, monkeypatch, service):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    async with Upstream(service.url, 5.0) as upstream:
        await upstream.ask("POST", f"{service.url}/embeddings", [], b"{}")
    assert not any(each.key for each in service.requests)
