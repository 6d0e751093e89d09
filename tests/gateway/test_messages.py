"""What is passed on, where to, and how much is read."""

import pytest

from renai.gateway.messages import passed_on, sent_upstream, upstream_target
from renai.gateway.replies import GatewayError

UPSTREAM = "https://api.example.com/openai/v1"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        (b"/v1/embeddings", "/embeddings"),
        (b"/v1", ""),
        (b"/v1/", "/"),
        (b"/embeddings", "/embeddings"),
        (b"/v10/embeddings", "/v10/embeddings"),
        (b"/v1/files/a%2Fb", "/files/a%2Fb"),
        (b"/v1//evil.example.com/x", "//evil.example.com/x"),
        (b"/v1/@evil.example.com", "/@evil.example.com"),
    ],
)
def test_a_path_is_put_behind_the_upstreams(path, target):
    assert upstream_target(UPSTREAM, path, b"") == UPSTREAM + target
    assert upstream_target(UPSTREAM, path, b"a=b%20c&d") == f"{UPSTREAM}{target}?a=b%20c&d"


@pytest.mark.parametrize(
    "path",
    [
        *(b"/v1/../admin", b"/v1/%2e%2E/admin", b"/v1/.%2e/admin", b"/v1/x/..", b"/v1/./x"),
        *(b"/v1/..%2fadmin", b"/v1/..\\admin", b"/../x"),
        *(b"/v1/x%2f..%2F..%2fadmin", b"/v1/x\\..", b"/v1/x%5c..", b"/v1/..;/x", b"/v1/.%2E%3Bx"),
    ],
)
def test_no_path_leads_out_of_it(path):
    with pytest.raises(GatewayError) as refused:
        upstream_target(UPSTREAM, path, b"")
    assert refused.value.status == 400


def test_what_concerns_one_connection_stays_there():
    came = [
        (b"Connection", b"keep-alive, X-Mine"),
        (b"X-Mine", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"TE", b"trailers"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Proxy-Authorization", b"Basic x"),
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"X-Yours", b"1"),
    ]
    assert list(passed_on(came)) == [
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"x-yours", b"1"),
    ]
    assert list(passed_on(came, without=frozenset({b"set-cookie"}))) == [(b"x-yours", b"1")]


def test_what_is_sent_arrives_as_it_came():
    came = [(b"host", b"here"), (b"x-title", "café".encode()), (b"x-old", b"caf\xe9")]
    assert sent_upstream(came) == [("x-title", "café"), ("x-old", "café")]
