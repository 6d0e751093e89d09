"""The provider over real HTTP: the SDK on one side, a loopback endpoint on the other."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

import endpoint as wire
from renai.errors import AnswerError, ConfigurationError, ProviderError, RefusedKeyError
from renai.extraction import Extraction
from renai.providers.openai.backoff import Backoff, Pause
from renai.providers.openai.client import Endpoint
from renai.providers.openai.provider import OpenAIProvider
from waiting import until_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

KEY = "sk-proj-0123456789abcdefSECRET"
DUNE = Extraction("Dune\nby Frank Herbert\n1965\nArrakis, called the desert planet.")
FAST = Backoff(first=0.001, most=0.005, patience=5)


@asynccontextmanager
async def provider_at(url: str, **options: Any) -> AsyncIterator[OpenAIProvider]:
    name = options.pop("name", "custom")
    key = options.pop("key", KEY)
    provider = OpenAIProvider(
        Endpoint(name, url, key, "CUSTOM_API_KEY"),
        options.pop("model", "test-model"),
        **({"categories": ("Fiction", "History"), "backoff": FAST} | options),
    )
    try:
        yield provider
    finally:
        await provider.aclose()


async def ask(server: wire.Endpoint, reading: Extraction = DUNE, **options: Any) -> Any:
    async with provider_at(server.url, **options) as provider:
        return await provider.ask(reading)


async def test_one_ask_is_one_call_and_says_what_it_cost() -> None:
    with wire.Endpoint() as server:
        answer = await ask(server)
    assert len(server.calls) == 1
    assert answer.metadata.title == "Dune"
    assert answer.metadata.authors == ("Frank Herbert",)
    assert answer.metadata.year == 1965
    assert answer.metadata.category == "Fiction"
    assert answer.metadata.confidence == 0.9
    assert answer.cost.calls == 1
    assert answer.cost.prompt_tokens > 100
    assert answer.cost.completion_tokens > 10
    assert answer.cost.money is None
    call = server.calls[0]
    assert call.form == "json_schema"
    assert call.body["temperature"] == 0
    assert call.document == DUNE.text
    assert call.headers["authorization"] == f"Bearer {KEY}"


# What is said


@pytest.mark.parametrize("behaviour", [wire.chatter, wire.thinking])
async def test_chatter_and_thoughts_are_stripped(behaviour: wire.Behaviour) -> None:
    with wire.Endpoint(behaviour) as server:
        answer = await ask(server)
    assert answer.metadata.title == "Dune"
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (wire.broken_json, "no complete, valid JSON object"),
        (wire.truncated_json, "cut off"),
        (wire.says('{"file_name": "dune.pdf"}'), "none of the fields"),
        (wire.says("I would call it dune.pdf"), "no complete, valid JSON object"),
        (wire.says('{"title": "\ud800", "year"'), "no complete, valid JSON object"),
    ],
)
async def test_the_model_is_told_once_what_to_mend(behaviour: wire.Behaviour, fault: str) -> None:
    with wire.Endpoint(behaviour) as server:
        answer = await ask(server)
    assert answer.metadata.title == "Dune"
    assert answer.cost.calls == 2
    assert [message["role"] for message in server.calls[1].body["messages"]] == [
        *("system", "user", "assistant", "user")
    ]
    assert fault in server.calls[1].body["messages"][-1]["content"]
    first, second = (len(call.prompt) // wire.CHARACTERS_A_TOKEN for call in server.calls)
    assert answer.cost.prompt_tokens == first + second


@pytest.mark.parametrize(
    "behaviour",
    [wire.empty_choices, wire.no_content, wire.invalid_utf8],
)
async def test_a_reply_without_an_answer_is_asked_for_once_more(behaviour: wire.Behaviour) -> None:
    with wire.Endpoint(behaviour) as server:
        answer = await ask(server)
    assert answer.metadata.title == "Dune"
    assert server.calls[0].body["messages"] == server.calls[1].body["messages"]
    assert [call.form for call in server.calls] == ["json_schema", "json_object"]


async def test_a_form_that_brings_only_empty_answers_is_left_for_good() -> None:
    def empty_with_a_schema(call: wire.Call) -> wire.Reply:
        return wire.no_content(call) if call.form == "json_schema" else wire.answer(call)

    with wire.Endpoint(always=empty_with_a_schema) as server:
        async with provider_at(server.url) as provider:
            for _ in range(3):
                await provider.ask(DUNE)
    assert [call.form for call in server.calls] == ["json_schema", *["json_object"] * 3]
    with wire.Endpoint(wire.answer, wire.no_content) as server:
        async with provider_at(server.url) as provider:
            for _ in range(3):
                await provider.ask(DUNE)
    assert [call.form for call in server.calls] == [
        *("json_schema", "json_schema", "json_object", "json_schema")
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"\x1f\x8b",
        *(b'{"choices": 5}', b'{"choices": [null]}', b'{"choices": [{"message": 5}]}'),
        b'{"choices": [{"message": {"content": 5}}], "usage": [1]}',
    ],
)
async def test_a_reply_of_any_shape_is_survived(body: bytes) -> None:
    with (
        wire.Endpoint(always=lambda _: wire.Reply(body=body)) as server,
        pytest.raises(AnswerError, match="no usable answer"),
    ):
        await ask(server)
    assert len(server.calls) == 2


async def test_a_second_unusable_answer_is_final() -> None:
    with (
        wire.Endpoint(always=wire.broken_json) as server,
        pytest.raises(AnswerError, match=r"custom:test-model gave no usable answer. .*JSON"),
    ):
        await ask(server)
    assert len(server.calls) == 2


async def test_a_model_that_declines_is_not_asked_again_and_says_why() -> None:
    for behaviour, reason in (
        (wire.declined, r"\."),
        (wire.says(None, finish="content_filter"), "content_filter"),
        (wire.says(None, finish="content_filter: PROHIBITED_CONTENT"), "PROHIBITED_CONTENT"),
        (wire.says("", finish="SAFETY"), "SAFETY"),
        (wire.says('{"tit', finish="RECITATION"), "RECITATION"),
    ):
        with (
            wire.Endpoint(always=behaviour) as server,
            pytest.raises(AnswerError, match=f"declined to answer.*{reason}"),
        ):
            await ask(server)
        assert len(server.calls) == 1


async def test_another_reason_to_finish_without_a_word_is_named() -> None:
    with (
        wire.Endpoint(always=wire.says(None, finish="MALFORMED_CALL")) as server,
        pytest.raises(AnswerError, match=r"was empty .MALFORMED_CALL"),
    ):
        await ask(server)


async def test_a_whole_answer_counts_even_at_the_limit_of_tokens() -> None:
    with wire.Endpoint(wire.says('{"title": "Dune"} and so on and', finish="length")) as server:
        assert (await ask(server)).metadata.title == "Dune"


async def test_a_huge_answer_is_not_believed_and_not_sent_back_whole() -> None:
    with wire.Endpoint(wire.huge_answer) as server:
        assert (await ask(server)).metadata.title == "Dune"
    assert len(server.calls[1].prompt) < 20_000


@pytest.mark.parametrize(
    ("said", "category"),
    [("History", "History"), ("fiction", "Fiction"), ("Cats", "Other"), (None, None)],
)
async def test_a_category_outside_the_list_is_other(said: str | None, category: str | None) -> None:
    with wire.Endpoint(always=wire.fields(category=said)) as server:
        assert (await ask(server)).metadata.category == category


async def test_content_in_parts_is_one_answer() -> None:
    parts = [{"type": "text", "text": '{"title": '}, {"type": "text", "text": '"Dune"}'}]
    with wire.Endpoint(wire.says(parts)) as server:
        assert (await ask(server)).metadata.title == "Dune"


@pytest.mark.parametrize("name", ["cost", "estimated_cost"])
async def test_stated_money_is_summed_and_unknown_money_is_not_zero(name: str) -> None:
    def bad_but_priced(call: wire.Call) -> wire.Reply:
        return wire.as_json(wire.completion(call, "no") | {"usage": {name: 0.5}})

    with wire.Endpoint(bad_but_priced, wire.priced(0.25, name)) as server:
        assert (await ask(server)).cost.money == pytest.approx(0.75)
    with wire.Endpoint(wire.broken_json, wire.priced(0.25, name)) as server:
        assert (await ask(server)).cost.money is None


# What the endpoint takes


@pytest.mark.parametrize("name_it", [True, False])
@pytest.mark.parametrize(
    ("refused", "left"), [(("json_schema",), "json_object"), (("json_schema", "json_object"), None)]
)
async def test_a_refused_form_is_paid_one_probe_for_all(
    refused: tuple[str, ...], left: str | None, name_it: bool
) -> None:
    with wire.Endpoint(always=wire.refuses_forms(*refused, name_it=name_it), delay=0.01) as server:
        async with provider_at(server.url) as provider:
            answers = await asyncio.gather(*(provider.ask(DUNE) for _ in range(10)))
    assert all(answer.metadata.title == "Dune" for answer in answers)
    assert all(answer.cost.calls == 1 for answer in answers)
    assert [call.form for call in server.calls] == [*refused, *[left] * 10]


async def test_a_refused_parameter_is_left_out_from_then_on() -> None:
    with wire.Endpoint(always=wire.refuses_parameter("temperature")) as server:
        async with provider_at(server.url) as provider:
            await provider.ask(DUNE)
            await provider.ask(DUNE)
    assert ["temperature" in call.body for call in server.calls] == [True, False, False]
    assert server.calls[-1].form == "json_schema"


async def test_the_newer_name_of_the_limit_is_tried() -> None:
    with wire.Endpoint(always=wire.refuses_parameter("max_tokens")) as server:
        await ask(server)
    assert server.calls[-1].body["max_completion_tokens"] == server.calls[0].body["max_tokens"]


async def test_a_refusal_of_everything_names_the_endpoints_reason() -> None:
    with wire.Endpoint(always=wire.fails(404, "no such model", code="model_not_found")) as server:
        with pytest.raises(ProviderError, match=r"status 404 \(no such model\)"):
            await ask(server)
        assert len(server.calls) == 1
    with wire.Endpoint(always=wire.fails(400, "bad")) as server:
        async with provider_at(server.url) as provider:
            for _ in range(2):
                with pytest.raises(ProviderError, match="status 400"):
                    await provider.ask(DUNE)
    assert [call.form for call in server.calls] == ["json_schema", "json_object", None] * 2


async def test_a_later_refusal_of_one_document_does_not_change_the_form() -> None:
    with wire.Endpoint(wire.answer, wire.fails(400, "input too long")) as server:
        async with provider_at(server.url) as provider:
            await provider.ask(DUNE)
            with pytest.raises(ProviderError, match="input too long"):
                await provider.ask(DUNE)
            await provider.ask(DUNE)
    assert [call.form for call in server.calls] == ["json_schema"] * 3


# When it fails


@pytest.mark.parametrize(
    "behaviour",
    [
        wire.too_many_requests(),
        wire.fails(500),
        wire.fails(503),
        wire.fails(529),
        wire.cut_before_body,
        wire.cut_in_body,
        lambda call: wire.as_json({"error": {"code": 502, "message": "upstream"}}),
    ],
)
async def test_what_may_pass_is_tried_again_at_least_five_times(behaviour: wire.Behaviour) -> None:
    with wire.Endpoint(*[behaviour] * 5) as server:
        answer = await ask(server)
        assert answer.metadata.title == "Dune"
        assert answer.cost.calls == 1
        assert len(server.calls) == 6
    with wire.Endpoint(always=behaviour) as server:
        with pytest.raises(ProviderError, match="after 7 attempts"):
            await ask(server)
        assert len(server.calls) == 7


@pytest.mark.parametrize("behaviour", [wire.hang, wire.drip(0.02)])
async def test_neither_a_hanging_nor_a_dripping_reply_holds_a_call_forever(
    behaviour: wire.Behaviour,
) -> None:
    with wire.Endpoint(behaviour) as server:
        assert (await ask(server, timeout=2)).metadata.title == "Dune"
    with (
        wire.Endpoint(always=behaviour) as server,
        pytest.raises(ProviderError, match=r"no answer within 0\.2 seconds after 2 attempts"),
    ):
        await ask(server, timeout=0.2, max_retries=1)


async def test_an_endpoint_that_is_not_there_is_a_clear_error() -> None:
    with wire.Endpoint() as server:
        url = server.url
    async with provider_at(url) as provider:
        with pytest.raises(ProviderError, match=f"at {url} failed: the connection failed"):
            await provider.ask(DUNE)


@pytest.mark.parametrize(
    ("header", "value", "least", "most"),
    [
        ("retry_after", lambda: "0.3", 0.3, 0.3),
        ("retry_after_ms", lambda: "300", 0.3, 0.3),
        ("retry_after", lambda: formatdate(time.time() + 2, usegmt=True), 0, 2),
    ],
)
async def test_retry_after_is_obeyed(
    header: str,
    value: Callable[[], str],
    least: float,
    most: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(Pause, "extend", lambda _, seconds: waits.append(seconds))
    with wire.Endpoint(wire.too_many_requests(**{header: value()})) as server:
        answer = await ask(server)
    (wait,) = waits
    assert least <= wait <= most
    assert answer.cost.seconds >= wait


async def test_while_an_endpoint_asks_to_wait_nobody_calls() -> None:
    arrivals: list[float] = []

    def busy_once(call: wire.Call) -> wire.Reply:
        arrivals.append(time.monotonic())
        return (wire.too_many_requests(retry_after="0.4") if len(arrivals) == 2 else wire.answer)(
            call
        )

    with wire.Endpoint(always=busy_once) as server:
        async with provider_at(server.url) as provider:
            await provider.ask(DUNE)
            held = asyncio.create_task(provider.ask(DUNE))
            await until_async(lambda: provider._client._pause._until > 0)
            await asyncio.gather(held, *(provider.ask(DUNE) for _ in range(5)))
    assert len(arrivals) == 8
    assert min(arrivals[2:]) - arrivals[1] >= 0.4


async def test_an_endpoint_that_asks_for_too_long_a_wait_fails_the_call() -> None:
    with (
        wire.Endpoint(always=wire.too_many_requests(retry_after="86400")) as server,
        pytest.raises(ProviderError, match="asks to wait 86400 seconds"),
    ):
        await ask(server)
    assert len(server.calls) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_ends_it_at_once(status: int) -> None:
    with (
        wire.Endpoint(always=wire.fails(status, f"bad key {KEY}")) as server,
        pytest.raises(RefusedKeyError, match=f"refused the key .status {status}.*CUSTOM_API_KEY"),
    ):
        await ask(server)
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "behaviour", [wire.fails(429, "quota", code="insufficient_quota"), wire.fails(402, "pay")]
)
async def test_an_empty_account_is_not_asked_again(behaviour: wire.Behaviour) -> None:
    with (
        wire.Endpoint(always=behaviour) as server,
        pytest.raises(RefusedKeyError, match="no credit left"),
    ):
        await ask(server)
    assert len(server.calls) == 1


async def test_a_document_that_moderation_flags_does_not_condemn_the_key() -> None:
    flagged = wire.fails(403, "flagged", code=403, metadata={"reasons": ["violence"]})
    with wire.Endpoint(always=flagged) as server, pytest.raises(ProviderError) as caught:
        await ask(server)
    assert not isinstance(caught.value, RefusedKeyError)


async def test_no_more_calls_are_in_flight_than_allowed() -> None:
    all_have_arrived = wire.held_until(lambda: len(server.calls) >= 4)
    with wire.Endpoint(wire.answer, always=all_have_arrived) as server:  # the first goes alone
        async with provider_at(server.url, concurrency=3) as provider:
            await asyncio.gather(*(provider.ask(DUNE) for _ in range(12)))
    assert server.most_at_once == 3


@pytest.mark.usefixtures("no_old_garbage")
async def test_the_event_loop_runs_on_while_the_sdk_is_imported_and_called() -> None:
    longest, before = 0.0, time.thread_time()

    async def watch() -> None:
        nonlocal longest, before
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.005)
            longest = max(longest, time.thread_time() - before)

    with wire.Endpoint() as server:
        async with provider_at(server.url) as provider:
            await provider.ask(DUNE)
            watching = asyncio.create_task(watch())
            await asyncio.gather(*(provider.ask(DUNE) for _ in range(8)))
            watching.cancel()
    assert longest < 0.5


# What must not get out


@pytest.mark.parametrize(
    "behaviour",
    [
        wire.answer,
        wire.fails(400, f"key {KEY} and {DUNE.text}", param=KEY),
        wire.fails(400, f"no such project for {KEY}"),
        wire.fails(500, f"refused {KEY}", headers={"x-key": KEY[:4]}),
        wire.fails(401, f"Incorrect API key provided: {KEY}"),
        wire.fails(429, KEY, code="insufficient_quota"),
        wire.fails(500, f"{KEY} {DUNE.text}"),
        wire.says(f"{KEY} {DUNE.text}"),
        wire.cut_before_body,
        lambda _: wire.Reply(body=KEY.encode()),
    ],
)
async def test_neither_key_nor_document_gets_into_errors_or_logs(
    behaviour: wire.Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    with wire.Endpoint(always=behaviour) as server:
        async with provider_at(server.url) as provider:
            told += [repr(provider), str(provider.parameters()), repr(provider._endpoint)]
            try:
                told.append(repr(await provider.ask(DUNE)))
            except (ProviderError, ConfigurationError) as error:
                told += traceback.format_exception(error)
                chained = error.__cause__ or error.__context__
                assert chained is None, "an SDK error holds the request, and that the key"
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("renai")]
    everything = "\n".join([*told[3:], *ours])
    assert "Arrakis, called" not in everything
    # Version 2 of the SDK logs each request's body for those who debug it, here with what the
    # endpoint said of the key when the model is asked to mend its answer.
    logged = [line.getMessage() for line in caplog.records if not _is_the_sdks_request(line)]
    assert KEY not in "\n".join([*told, *logged])


def _is_the_sdks_request(record: logging.LogRecord) -> bool:
    return record.name.startswith("openai.") and record.getMessage().startswith("Request options")


async def test_no_key_of_another_service_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", "sk-of-another-service")
    monkeypatch.setenv(
        "OPENAI_CUSTOM_HEADERS",
        "User-Agent: sk-of-another-service\nX-Key: sk-of-another-service\nHost: elsewhere",
    )
    with wire.Endpoint() as server:
        await ask(server, key=None)
    assert "authorization" not in server.calls[0].headers
    assert "sk-of-another-service" not in str(server.calls[0].headers)
    assert server.calls[0].headers["host"] in server.url


async def test_what_the_environment_adds_for_openai_is_sent_to_openai(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Team: library\nAuthorization: Bearer other")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    with wire.Endpoint() as server:
        await ask(server, name="openai")
    headers = server.calls[0].headers
    assert (headers["x-team"], headers["openai-organization"]) == ("library", "org-1")
    assert headers["authorization"] == f"Bearer {KEY}"


# What is in the recipe


def test_parameters_hold_what_shapes_the_answer_and_nothing_else() -> None:
    def parameters(url: str = "https://host/v1", **options: Any) -> dict[str, Any]:
        key = options.pop("key", KEY)
        options = {"categories": ("Fiction",)} | options
        return OpenAIProvider(Endpoint("custom", url, key), "m", **options).parameters()

    assert parameters() == parameters(
        "https://HOST/v1/", key="other", timeout=5, max_retries=1, concurrency=1
    )
    assert parameters() != parameters("https://host/v2")
    assert parameters() != parameters(temperature=0.5)
    assert parameters()["schema_digest"] != parameters(categories=("History",))["schema_digest"]


def test_only_the_text_is_asked_about() -> None:
    provider = OpenAIProvider(Endpoint("custom", "http://host"), "m", categories=())
    assert provider.source(Extraction("a", {"title": "x"})) == provider.source(Extraction("a"))
    assert provider.source(Extraction("a")) != provider.source(Extraction("b"))
    assert provider.prompt_tokens(4000) - provider.prompt_tokens(0) == 1000
