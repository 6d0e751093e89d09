"""What is asked again, in which form, after what wait, and what ends it at once."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import endpoint as wire
from renai.errors import AnswerError, ConfigurationError, ProviderError, RefusedKeyError
from renai.extraction import Extraction
from renai.providers.openai.backoff import Backoff, Pause
from renai.providers.openai.client import Endpoint
from renai.providers.openai.provider import OpenAIProvider

if TYPE_CHECKING:
    from collections.abc import Callable

DUNE = Extraction("Dune\nby Frank Herbert\n1965")
FAST = {"first": 0.001, "most": 0.005}


def provider_at(url: str, *, loading: float = 300.0, **options: Any) -> OpenAIProvider:
    options = {"backoff": Backoff(**FAST, loading=loading)} | options
    return OpenAIProvider(Endpoint("custom", url, "sk-1", "KEY"), "m", categories=(), **options)


async def ask(server: wire.Endpoint, times: int = 1, **options: Any) -> list[Any]:
    provider = provider_at(server.url, **options)
    try:
        return [await provider.ask(DUNE) for _ in range(times)]
    finally:
        await provider.aclose()


def when(condition: Callable[[wire.Call], bool], otherwise: wire.Behaviour) -> wire.Behaviour:
    """Answer well where the condition holds."""
    return lambda call: wire.answer(call) if condition(call) else otherwise(call)


# Refusals of a form


@pytest.mark.parametrize(
    "refusal",
    [
        wire.fails(500, "failed to load model vocabulary required for format"),
        wire.fails(422, "grammar: unsupported"),
        wire.fails(404, "No endpoints found that can handle the requested parameters."),
        lambda call: wire.as_json({"error": "response_format is not supported"}),
    ],
)
async def test_a_schema_refused_in_words_is_left_out_whatever_the_status(
    refusal: wire.Behaviour,
) -> None:
    plain = when(lambda call: call.form != "json_schema", refusal)
    with wire.Endpoint(always=plain) as server:
        await ask(server, 3)
    assert [call.form for call in server.calls] == ["json_schema", *["json_object"] * 3]


async def test_an_unexplained_failure_of_the_first_call_is_probed_without_the_schema() -> None:
    plain = when(lambda call: call.form != "json_schema", wire.fails(500, "oops"))
    with wire.Endpoint(always=plain) as server:
        await ask(server, 2)
    assert [call.form for call in server.calls] == [
        *("json_schema", "json_schema", "json_object", "json_object")
    ]
    with wire.Endpoint(wire.answer, *[wire.fails(500, "oops")] * 3) as server:
        await ask(server, 2)
    assert {call.form for call in server.calls} == {"json_schema"}


async def test_a_limit_that_is_too_high_is_lowered_for_good() -> None:
    refusal = wire.fails(400, "max_tokens must be less than or equal to 1000")
    low = when(lambda call: call.body["max_tokens"] <= 1000, refusal)
    with wire.Endpoint(always=low) as server:
        await ask(server, 2)
    assert [call.body["max_tokens"] for call in server.calls] == [4096, 1000, 1000]


async def test_a_template_without_a_system_message_gets_none() -> None:
    def has_none(call: wire.Call) -> bool:
        return call.body["messages"][0]["role"] == "user"

    with wire.Endpoint(
        always=when(has_none, wire.fails(500, "System role not supported"))
    ) as server:
        await ask(server, 2)
    assert [has_none(call) for call in server.calls] == [False, True, True]


# Slips of the model


async def test_a_slip_that_the_endpoint_refuses_is_asked_for_again() -> None:
    slip = wire.fails(400, "Failed", code="json_validate_failed", failed_generation='{"title": "Se')
    with wire.Endpoint(slip) as server:
        (answer,) = await ask(server)
    assert answer.metadata.title == "Dune"
    assert [call.form for call in server.calls] == ["json_schema"] * 2
    assert server.calls[1].body["messages"][-2]["content"] == '{"title": "Se'


async def test_a_slip_that_repeats_is_asked_for_in_a_simpler_form_and_fails_one_file() -> None:
    slip = wire.fails(400, "Failed to generate JSON")
    with wire.Endpoint(slip, slip) as server:
        (answer,) = await ask(server)
    assert answer.metadata.title == "Dune"
    assert [call.form for call in server.calls] == ["json_schema", "json_object", "json_object"]
    with wire.Endpoint(always=slip) as server, pytest.raises(AnswerError, match="no valid JSON"):
        await ask(server)
    assert len(server.calls) == 3


async def test_a_refused_answer_that_is_whole_is_taken() -> None:
    written = json.dumps({"title": "Dune", "authors": [], "shelf": 7})
    slip = wire.fails(400, "no", code="json_validate_failed", failed_generation=written)
    with wire.Endpoint(always=slip) as server:
        (answer,) = await ask(server)
    assert answer.metadata.title == "Dune"
    assert len(server.calls) == 1


# Keys and addresses


@pytest.mark.parametrize(
    "refusal",
    [
        lambda _: wire.as_json(
            [{"error": {"code": 400, "message": "API key not valid.", "status": "X"}}], status=400
        ),
        wire.fails(400, "Invalid API key"),
        lambda _: wire.as_json({"error": "Unauthorized: invalid API key"}),
    ],
)
async def test_a_refused_key_ends_all_calls_at_the_first(refusal: wire.Behaviour) -> None:
    with wire.Endpoint(always=refusal) as server:
        provider = provider_at(server.url)
        results = await asyncio.gather(
            *(provider.ask(DUNE) for _ in range(20)), return_exceptions=True
        )
        assert len(server.calls) == 1
        with pytest.raises(RefusedKeyError, match="Check KEY"):  # a later run asks again
            await provider.ask(DUNE)
        await provider.aclose()
    assert {type(result) for result in results} == {RefusedKeyError}
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("reply", "quoted"),
    [
        (wire.Reply(body=b"<!doctype html><html><title>Open WebUI</title></html>"), "Open WebUI"),
        (wire.Reply(body=b"Ollama is running"), "Ollama is running"),
        (wire.as_json({"error": "Unexpected endpoint or method."}), "Unexpected endpoint"),
        (wire.as_json({"detail": "Not Found"}, status=404), "Not Found"),
        (wire.Reply(status=404, body=b"404 page not found"), "404 page not found"),
    ],
)
async def test_an_address_without_an_endpoint_is_quoted_after_one_request(
    reply: wire.Reply, quoted: str
) -> None:
    with wire.Endpoint(always=lambda _: reply) as server:
        provider = provider_at(server.url)
        provider._client._endpoint = Endpoint("custom", server.url.removesuffix("/v1"))
        results = await asyncio.gather(
            *(provider.ask(DUNE) for _ in range(9)), return_exceptions=True
        )
        await provider.aclose()
    assert len(server.calls) == 1
    (error,) = {str(result) for result in results if isinstance(result, ConfigurationError)}
    assert quoted in error
    assert f"try {server.url}" in error
    assert "\n" not in error


async def test_a_stray_page_from_an_endpoint_that_has_answered_may_pass() -> None:
    page = wire.Reply(body=b"<html>one moment</html>")
    with wire.Endpoint(wire.answer, lambda _: page) as server:
        await ask(server, 2)
    assert len(server.calls) == 3
    with (
        wire.Endpoint(wire.answer, always=lambda _: page) as server,
        pytest.raises(ProviderError, match=r"web page after 7 attempts .one moment"),
    ):
        await ask(server, 2)


# Waits


async def test_a_wait_stated_in_the_body_is_obeyed_said_and_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(Pause, "extend", lambda _, seconds: waits.append(seconds))
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("renai.providers.openai.retrying_client.asyncio.sleep", sleep)
    with wire.Endpoint(wire.fails(429, "Quota exceeded. Please retry in 39.6s.")) as server:
        await ask(server)
    assert waits == [39.6]
    assert max(slept) >= 39.6
    assert "custom:m asks to wait 40 seconds (status 429); waiting" in caplog.text


async def test_what_a_call_waits_for_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    async def sleep(_: float) -> None:
        shown.append(provider.waiting)

    with wire.Endpoint(wire.fails(429), wire.fails(502)) as server:
        provider = provider_at(server.url, backoff=Backoff(first=8, most=8))
        monkeypatch.setattr("renai.providers.openai.retrying_client.asyncio.sleep", sleep)
        await provider.ask(DUNE)
        assert not provider.waiting
        await provider.aclose()
    said = [what for what in shown if what]  # the endpoint sleeps, too
    assert all(re.fullmatch(r".*; trying again in [4-8] s", what) for what in said)
    assert list(dict.fromkeys(what.partition(";")[0] for what in said)) == [
        "custom: status 429",
        "custom: status 502",
    ]


async def test_a_call_without_an_answer_is_shown_after_some_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    limit = "renai.providers.openai.retrying_client._LONG_FOR_AN_ANSWER"

    def slow(call: wire.Call) -> wire.Reply:
        shown.append(provider.waiting)
        monkeypatch.setattr(limit, 0.0)
        shown.append(provider.waiting)
        return wire.answer(call)

    with wire.Endpoint(slow) as server:
        provider = provider_at(server.url)
        await provider.ask(DUNE)
        assert not provider.waiting
        await provider.aclose()
    assert shown == ["", "m has not answered for 0 s"]


async def test_a_model_that_loads_is_waited_for_without_losing_attempts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loading = wire.fails(503, "Loading model", type="unavailable_error")
    shown: list[str] = []
    with wire.Endpoint(*[loading] * 12) as server:
        provider = provider_at(server.url)

        def noting(call: wire.Call) -> wire.Reply:
            shown.append(provider.waiting)
            return loading(call)

        server._script = iter([loading, noting, *[loading] * 10])
        assert (await provider.ask(DUNE)).metadata.title == "Dune"
        assert not provider.waiting
        await provider.aclose()
    assert len(server.calls) == 13
    assert shown == ["m is loading, 0 s so far"]
    assert caplog.text.count("still loading; it is waited for up to 300 seconds") == 1


async def test_a_model_is_not_waited_for_longer_than_is_set() -> None:
    with (
        wire.Endpoint(always=wire.fails(503, "Loading model")) as server,
        pytest.raises(ProviderError, match="still not loaded after 0 seconds"),
    ):
        await ask(server, loading=0.0)
    assert len(server.calls) == 1


# The limit of tokens


def thinks_up_to(limit: int) -> wire.Behaviour:
    def behave(call: wire.Call) -> wire.Reply:
        if call.body["max_tokens"] > limit:
            return wire.answer(call)
        return wire.says("", finish="length", reasoning_content='Perhaps {"title": "No"}')(call)

    return behave


async def test_a_limit_used_up_by_thoughts_is_raised_once_for_all_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with wire.Endpoint(always=thinks_up_to(4096), delay=0.01) as server:
        provider = provider_at(server.url)
        answers = await asyncio.gather(*(provider.ask(DUNE) for _ in range(20)))
        await provider.aclose()
    assert {answer.metadata.title for answer in answers} == {"Dune"}
    limits = [call.body["max_tokens"] for call in server.calls]
    assert limits.count(16_384) == 20
    assert limits.count(4096) <= 9  # the first, and those that were in flight then
    assert caplog.text.count("used up 4,096 tokens by thinking; from now on it may use 16,384") == 1


async def test_a_raised_limit_that_does_not_suffice_is_said_after_two_requests() -> None:
    with (
        wire.Endpoint(always=thinks_up_to(10**6)) as server,
        pytest.raises(AnswerError, match="raise max_tokens for this provider"),
    ):
        await ask(server)
    assert [call.body["max_tokens"] for call in server.calls] == [4096, 16_384]


@pytest.mark.parametrize(
    ("content", "finish", "usage", "more"),
    [
        ("", "length", {}, {}),
        ("", "MAX_TOKENS", {}, {}),
        ("", "stop", {"completion_tokens": 4096}, {}),
        ("<think>Hm, hm", "length", {}, {}),
        ("<think>Hm, hm, hm, hm, hm</think>{", "length", {}, {}),
        ('{"title": "Du', "length", {}, {"reasoning_content": "Hm, hm, hm, hm, hm"}),
        (
            '{"title": "Du',
            "length",
            {"completion_tokens": 4096, "completion_tokens_details": {"reasoning_tokens": 4000}},
            {},
        ),
    ],
)
async def test_thoughts_that_use_up_the_limit_are_known_in_any_form(
    content: str, finish: str, usage: dict[str, Any], more: dict[str, str]
) -> None:
    def mostly_thoughts(call: wire.Call) -> wire.Reply:
        body = wire.completion(call, content, finish=finish, **more)
        body["usage"] |= usage
        return wire.as_json(body)

    with wire.Endpoint(mostly_thoughts) as server:
        await ask(server)
    assert [call.body["max_tokens"] for call in server.calls] == [4096, 16_384]


def test_the_limit_is_set_and_in_the_recipe() -> None:
    assert provider_at("http://h", max_tokens=999).parameters()["max_tokens"] == 999
    assert provider_at("http://h").parameters()["max_tokens"] == 4096
