"""How the endpoints that people use behave, as data: what each takes, and how it answers.

Each profile is written down from the endpoint's public documentation and from public reports about
it; none was recorded by asking the endpoint. `double` makes a loopback endpoint of one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import endpoint as wire

if TYPE_CHECKING:
    from collections.abc import Callable

Refusal = tuple[int, Any]
"""A status, and the JSON value or the text of the body."""


def said(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


@dataclass(frozen=True)
class Profile:
    """One kind of endpoint.

    Attributes:
        forms: what it says to each type of `response_format` that it refuses.
        parameters: what it says to each parameter that it refuses.
        most_tokens: the highest limit of tokens that it takes, and what it says to a higher one.
        bad_key: what it says to a key that is not valid; None where it needs none.
        busy: what it says if it is asked too often, and the seconds it asks to wait.
        loading: what it says while it loads a model; None where that is never seen.
        nowhere: what stands at an address without an endpoint, such as the base URL without /v1.
        slip: what it says if a model's JSON is broken, and after how many answers once.
        place: where it puts the answer: a message made of its text.
        around: what it sends around the body.
    """

    forms: dict[str, Refusal] = field(default_factory=dict)
    parameters: dict[str, Refusal] = field(default_factory=dict)
    most_tokens: tuple[int, Refusal] | None = None
    bad_key: Refusal | None = None
    busy: tuple[Refusal, float] | None = None
    loading: Refusal | None = None
    nowhere: Refusal = (404, "404 page not found")
    slip: tuple[Refusal, int] | None = None
    place: Callable[[str], dict[str, Any]] = lambda text: {"content": text}
    around: Callable[[bytes], bytes] = lambda body: body


PROFILES = {
    "OpenAI": Profile(
        parameters={
            "max_tokens": (
                400,
                said(
                    "Unsupported parameter: 'max_tokens' is not supported with this model. "
                    "Use 'max_completion_tokens' instead.",
                    type="invalid_request_error",
                    param="max_tokens",
                    code="unsupported_parameter",
                ),
            ),
            "temperature": (
                400,
                said(
                    "Unsupported value: 'temperature' does not support 0 with this model. "
                    "Only the default (1) value is supported.",
                    param="temperature",
                    code="unsupported_value",
                ),
            ),
        },
        bad_key=(401, said("Incorrect API key provided: sk-***.", code="invalid_api_key")),
        busy=((429, said("Rate limit reached for m. Please try again in 6.2s.")), 6.2),
        nowhere=(404, said("Invalid URL (POST /chat/completions)", code=None)),
    ),
    "OpenRouter": Profile(
        forms={
            "json_schema": (
                404,
                said("No endpoints found that can handle the requested parameters.", code=404),
            )
        },
        bad_key=(401, said("User not found.", code=401)),
        busy=(
            (
                429,
                said(
                    "Provider returned error",
                    code=429,
                    metadata={"raw": "m is rate-limited upstream. Please retry in 8s."},
                ),
            ),
            8.0,
        ),
        nowhere=(200, "<!DOCTYPE html><html><head><title>OpenRouter</title></head></html>"),
        place=lambda text: {"content": "", "reasoning": text},
        around=lambda body: b"\n         \n\n         \n" + body,
    ),
    "DeepInfra": Profile(
        forms={
            "json_schema": (
                422,
                {"detail": [{"loc": ["body", "response_format", "type"], "msg": "unexpected"}]},
            )
        },
        bad_key=(401, {"detail": "User is not authenticated"}),
        busy=((429, {"detail": {"error": "Model busy, retry later"}}), 0.0),
        nowhere=(404, {"detail": "Not Found"}),
    ),
    "Ollama": Profile(
        forms={
            "json_schema": (
                500,
                said("failed to load model vocabulary required for format", type="api_error"),
            )
        },
        busy=((503, said("server busy, please try again. maximum pending requests exceeded")), 0.0),
        place=lambda text: {"content": text, "reasoning": "The user wants JSON."},
    ),
    "LM Studio": Profile(
        forms={
            "json_object": (
                400,
                {"error": "'response_format.type' must be 'json_schema' or 'text'"},
            )
        },
        loading=(400, {"error": "Model m is still loading"}),
        nowhere=(200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
        place=lambda text: {"content": "", "reasoning_content": text, "tool_calls": []},
    ),
    "vLLM": Profile(
        forms={
            "json_schema": (
                400,
                said("The provided JSON schema contains features not supported by xgrammar."),
            )
        },
        most_tokens=(
            3000,
            (
                400,
                said(
                    "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's "
                    "maximum context length is 4096 tokens and your request has 1096 input tokens "
                    "(4096 > 4096 - 1096).",
                    type="BadRequestError",
                    code=400,
                ),
            ),
        ),
        bad_key=(401, {"error": "Unauthorized"}),
        nowhere=(404, {"detail": "Not Found"}),
        place=lambda text: {"content": None, "reasoning_content": text},
    ),
    "llama.cpp": Profile(
        forms={
            "json_schema": (500, said("failed to parse grammar", code=500, type="server_error"))
        },
        bad_key=(401, said("Invalid API Key", code=401, type="authentication_error")),
        loading=(503, said("Loading model", code=503, type="unavailable_error")),
        nowhere=(404, said("File Not Found", code=404, type="not_found_error")),
        place=lambda text: {"content": f"<think>\nSo.\n</think>\n\n{text}"},
    ),
    "Groq": Profile(
        forms={
            "json_schema": (
                400,
                said(
                    "This model does not support response format `json_schema`.",
                    type="invalid_request_error",
                ),
            )
        },
        bad_key=(401, said("Invalid API Key", code="invalid_api_key")),
        busy=((429, said("Rate limit reached for m. Please try again in 7m12.5s.")), 432.5),
        nowhere=(404, said("Unknown request URL: POST /chat/completions.", code="unknown_url")),
        slip=(
            (
                400,
                said(
                    "Failed to generate JSON. Please adjust your prompt.",
                    code="json_validate_failed",
                    failed_generation='{"title": "Se',
                ),
            ),
            40,
        ),
        place=lambda text: {"content": text, "reasoning": "Let me see."},
    ),
    "Gemini": Profile(
        forms={
            "json_schema": (
                400,
                [
                    {
                        "error": {
                            "code": 400,
                            "message": "The specified schema produces a constraint that has too "
                            "many states for serving.",
                            "status": "INVALID_ARGUMENT",
                        }
                    }
                ],
            )
        },
        bad_key=(
            400,
            [
                {
                    "error": {
                        "code": 400,
                        "message": "API key not valid. Please pass a valid API key.",
                        "status": "INVALID_ARGUMENT",
                        "details": [{"reason": "API_KEY_INVALID"}],
                    }
                }
            ],
        ),
        busy=(
            (
                429,
                [
                    {
                        "error": {
                            "code": 429,
                            "message": "You exceeded your current quota.",
                            "status": "RESOURCE_EXHAUSTED",
                            "details": [{"@type": "RetryInfo", "retryDelay": "39.6s"}],
                        }
                    }
                ],
            ),
            39.6,
        ),
        nowhere=(404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>"),
        place=lambda text: {"content": f"```json\n{text}\n```"},
    ),
    "Mistral": Profile(
        forms={
            "json_schema": (
                422,
                {
                    "object": "error",
                    "message": {"detail": [{"type": "enum", "loc": ["body", "response_format"]}]},
                },
            )
        },
        bad_key=(401, {"detail": "Unauthorized"}),
        busy=((429, {"object": "error", "message": "Requests rate limit exceeded"}), 0.0),
        nowhere=(404, {"message": "no Route matched with those values"}),
        place=lambda text: {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
                {"type": "text", "text": text},
            ]
        },
    ),
    "DeepSeek": Profile(
        forms={
            "json_schema": (
                400,
                said("This response_format type is unavailable now", type="invalid_request_error"),
            )
        },
        bad_key=(401, said("Authentication Fails (no such user)", type="authentication_error")),
        busy=((503, said("Service is too busy. We advise users to switch temporarily.")), 0.0),
        nowhere=(404, ""),
        place=lambda text: {"content": text, "reasoning_content": "First, the title."},
        around=lambda body: b"\n\n\n" + body,
    ),
}


def reply(refusal: Refusal) -> wire.Reply:
    """Return a refusal as it goes over the wire."""
    status, body = refusal
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return wire.Reply(status=status, body=raw)


def double(profile: Profile) -> wire.Behaviour:
    """Return the behaviour of an endpoint of this profile, with a key that is valid."""
    answers = 0

    def behave(call: wire.Call) -> wire.Reply:
        nonlocal answers
        refused = [refusal for name, refusal in profile.parameters.items() if name in call.body]
        if call.form in profile.forms:
            refused.append(profile.forms[call.form])
        limit = call.body.get("max_tokens") or call.body.get("max_completion_tokens") or 0
        if profile.most_tokens and limit > profile.most_tokens[0]:
            refused.append(profile.most_tokens[1])
        if refused:
            return reply(refused[0])
        answers += 1
        if profile.slip and answers % profile.slip[1] == 0:
            return reply(profile.slip[0])
        message = profile.place(json.dumps(wire.metadata_of(call)))
        body = json.dumps(wire.completion(call, **message)).encode()
        return wire.Reply(body=profile.around(body))

    return behave
