"""Who may use the page, and what of the machine it shows."""

import json

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from renai.errors import ConfigurationError, UsageError
from renai.web.options import Address
from renai.web.security import Guard

ORIGIN = "http://127.0.0.1:4321"
TOKEN = "a-token"


async def _answer(_):
    return JSONResponse({"answered": True})


@pytest.fixture
def guard():
    app = Starlette(routes=[Route("/{path:path}", _answer, methods=["GET", "POST"])])
    return Guard(app, TOKEN, Address().origins(4321))


@pytest.fixture
def client(guard):
    with TestClient(guard, base_url=ORIGIN) as client:
        yield client


@pytest.fixture
def known(client):
    """A browser that has shown the token."""
    assert client.get(f"/?token={TOKEN}").status_code == 200
    return client


def test_nothing_is_answered_without_the_token(client):
    for path in ("/", "/api/rows", "/static/style.css", "/events"):
        assert client.get(path).status_code == 403
    assert client.post("/api/apply", headers={"Origin": ORIGIN}).status_code == 403


def test_another_token_is_refused_and_sets_no_cookie(client):
    answer = client.get("/?token=that-of-an-earlier-start")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert client.get("/").status_code == 403


def test_the_token_becomes_a_cookie_that_no_script_and_no_other_site_has(client):
    answer = client.get(f"/?token={TOKEN}")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert TOKEN not in answer.text
    assert client.get("/api/rows").json() == {"answered": True}


def test_a_second_browser_needs_the_token(guard, known):
    assert known.get("/").status_code == 200
    with TestClient(guard, base_url=ORIGIN) as other:
        assert other.get("/").status_code == 403


def test_the_ticket_for_opening_a_browser_is_worth_one_visit(guard, client):
    ticket = guard.ticket
    assert client.get(f"/?token={ticket}").status_code == 200
    with TestClient(guard, base_url=ORIGIN) as other:
        assert other.get(f"/?token={ticket}").status_code == 403


def test_another_start_does_not_take_the_cookie(known):
    later = Guard(Starlette(), TOKEN, Address().origins(4321))
    with TestClient(later, base_url=ORIGIN, cookies=dict(known.cookies)) as client:
        assert client.get("/").status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:4321", "127.0.0.1", ""])
def test_another_host_is_refused_even_with_the_cookie(known, host):
    """So a foreign site that points its own name to this machine gets nothing."""
    assert known.get("/api/rows", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_posts_is_refused_even_with_the_cookie(known, headers):
    assert known.post("/api/apply", headers=headers).status_code == 403


def test_what_the_page_posts_is_taken(known):
    answer = known.post("/api/apply", headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200


def test_another_site_may_read_nothing_even_with_the_cookie(known):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        assert known.get("/api/rows", headers=headers).status_code == 403


def test_every_answer_says_what_a_browser_must_heed(known):
    for answer in (known.get("/"), known.get("/", headers={"Host": "evil.example"})):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers


def test_other_machines_reach_it_only_where_somebody_knows_what_that_means(tmp_path):
    key = tmp_path / "key.pem"
    for refused in (
        {"host": "0.0.0.0"},
        {"host": "0.0.0.0", "known": True},
        {"host": "192.0.2.1", "certificate": key, "private_key": key},
    ):
        with pytest.raises(ConfigurationError, match="--i-know"):
            Address(**refused)
    Address("192.0.2.1", certificate=key, private_key=key, known=True)
    behind = Address("0.0.0.0", proxy="https://renai.example", known=True)
    assert behind.origins(4321) == {"https://renai.example"}


@pytest.mark.parametrize("proxy", ["http://renai.example", "renai.example", "https://a/b"])
def test_a_proxy_is_an_address_with_tls(proxy):
    with pytest.raises(UsageError, match="--proxy"):
        Address(proxy=proxy)


def test_behind_tls_the_cookie_goes_by_tls_only():
    guard = Guard(Starlette(), TOKEN, frozenset({"https://renai.example"}))
    with TestClient(guard, base_url="https://renai.example") as client:
        assert "Secure" in client.get(f"/?token={TOKEN}").headers["set-cookie"]


def test_a_body_that_is_none_is_refused(session_client):
    for body in (b"[", b"[]", b"7", b'{"scan": 7}', b"[" * 100_000, b" " * (2 << 20)):
        answer = session_client.post("/api/choose", content=body, headers={"Origin": ORIGIN})
        assert answer.status_code == 400
        assert json.loads(answer.content)["error"]
