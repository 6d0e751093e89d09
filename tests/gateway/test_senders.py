"""Who sends a request, and which of its headers shape the answer."""

import pytest

from renai.gateway.senders import SHARED, Senders

KEY = (b"authorization", b"Bearer sk-1")


def sender(*headers, query=b"", **options):
    return Senders(**{"shared": False, **options}).of(headers, query)


def test_callers_are_told_apart_by_what_identifies_them():
    assert sender(KEY) == sender(KEY)
    others = (
        [(b"authorization", b"Bearer sk-2")],
        [(b"api-key", b"sk-1")],
        [KEY, (b"cookie", b"session=1")],
        [],
    )
    namespaces = {sender(*headers).namespace for headers in ([KEY], *others)}
    assert len(namespaces) == 5
    assert sender(query=b"key=a").namespace != sender(query=b"key=b").namespace


def test_a_key_is_nowhere_in_clear():
    assert "sk-1" not in repr(sender(KEY)) + repr(sender(query=b"key=sk-1"))


def test_all_callers_share_only_where_that_is_chosen():
    one, other = sender(KEY, shared=True), sender((b"api-key", b"x"), shared=True)
    assert one.namespace == other.namespace == SHARED
    assert one.identity != other.identity  # each is still accepted or refused by itself


def test_who_pays_shapes_no_vector_but_may_be_refused():
    plain, paid = sender(KEY), sender(KEY, (b"openai-organization", b"org-1"))
    assert plain.namespace == paid.namespace
    assert plain.identity != paid.identity
    assert not paid.routing


@pytest.mark.parametrize(
    "name",
    [
        *("accept", "accept-encoding", "user-agent", "host", "content-length", "connection"),
        *("x-stainless-retry-count", "traceparent", "x-request-id", "idempotency-key"),
        *("sec-fetch-mode", "x-forwarded-for", "sentry-trace", "x-title", "origin"),
    ],
)
def test_what_differs_from_request_to_request_makes_no_difference(name):
    assert sender(KEY, (name.encode(), b"1")) == sender(KEY, (name.encode(), b"2")) == sender(KEY)


@pytest.mark.parametrize("name", ["x-portkey-config", "x-model-version", "anthropic-beta", "model"])
def test_what_may_route_is_in_the_key(name):
    one, other = sender(KEY, (name.encode(), b"1")), sender(KEY, (name.encode(), b"2"))
    assert len({one.routing, other.routing, sender(KEY).routing}) == 3
    assert one.namespace == other.namespace
    ignored = [sender(KEY, (name.encode(), it), ignored=[name]) for it in (b"1", b"2")]
    assert ignored == [sender(KEY)] * 2


def test_a_query_routes():
    assert (
        sender(KEY, query=b"api-version=1").routing != sender(KEY, query=b"api-version=2").routing
    )


def test_a_header_that_is_sent_twice_is_both():
    twice = sender((b"x-route", b"a"), (b"x-route", b"b")).routing
    assert twice != sender((b"x-route", b"b")).routing


@pytest.mark.parametrize(
    "name",
    [
        *("cf-access-client-secret", "cf-access-jwt-assertion", "cf-aig-authorization"),
        *("x-forwarded-user", "x-forwarded-email", "x-forwarded-access-token"),
    ],
)
def test_what_a_proxy_says_of_the_caller_tells_callers_apart(name):
    one, other = sender((name.encode(), b"1")), sender((name.encode(), b"2"))
    assert (one.namespace, one.routing) != (other.namespace, other.routing)
    assert one.identity != other.identity


def test_who_was_accepted_with_one_header_is_not_with_another():
    one, other = sender((b"x-auth", b"good")), sender((b"x-auth", b"withdrawn"))
    assert one.identity != other.identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"x=a&x=b", b"x=a%26b"),
        (b"x=%ff", b"x=%fe"),
        (b"x%ff=1", b"x%fe=1"),
        (b"key%41=1", b"key%41=2"),
        (b"x=1", b"x=1&y=2"),
    ],
)
def test_other_queries_are_other_keys(one, other):
    assert sender(query=one) != sender(query=other)
    assert sender(query=one) == sender(query=one)


def test_a_key_in_a_query_is_one_however_its_name_is_written():
    assert not sender(query=b"api%2Dkey=a").routing
    assert not sender(query=b"%6bey=a").routing


def test_cookies_tell_callers_apart_but_not_those_of_a_balancer():
    def with_cookie(content):
        return sender(KEY, (b"cookie", content))

    assert with_cookie(b"session=1") != with_cookie(b"session=2")
    assert with_cookie(b"session=1; a=2") != with_cookie(b"session=1")
    assert with_cookie(b"AWSALB=1; session=1") == with_cookie(b"session=1; AWSALB=2; AWSALBCORS=3")
    assert with_cookie(b"__cf_bm=x") == sender(KEY)
