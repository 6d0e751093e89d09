"""What refusals mean, in the words of endpoints that people use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from renai.providers.openai.completion import Completion, read_completion
from renai.providers.openai.failures import Failure, Remedy, Slip, parsed, read_failure


def openai(message: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": message, **more}}


def google(message: str, status: str, *details: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"error": {"code": 400, "message": message, "status": status, "details": [*details]}}]


def routed(raw: str, code: int) -> dict[str, Any]:
    return openai("Provider returned error", code=code, metadata={"raw": raw})


OTHERWISE = [
    (400, openai("Invalid parameter: 'response_format' of type 'json_schema' is not supported.")),
    (400, openai("This response_format type is unavailable now", type="invalid_request_error")),
    (400, openai("This model does not support response format `json_schema`.")),
    (400, routed('{"error": {"message": "structured output is not supported"}}', 400)),
    (404, openai("No endpoints found that can handle the requested parameters.", code=404)),
    (422, {"detail": [{"loc": ["body", "response_format", "type"], "msg": "unexpected value"}]}),
    (422, {"message": {"detail": [{"loc": ["body", "response_format"], "msg": "extra"}]}}),
    (500, openai("failed to load model vocabulary required for format", type="api_error")),
    (500, openai("failed to parse grammar", code=500, type="server_error")),
    (500, {"error": "Compiling the JSON schema failed: unsupported type list"}),
    (501, openai("guided decoding is not enabled")),
    (400, openai("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.")),
    (400, openai("'temperature' does not support 0 with this model.", param="temperature")),
    (400, google('Unknown name "max_tokens"', "INVALID_ARGUMENT")),
    (500, openai("System role not supported")),
    (400, openai("Bad Request")),
    (422, "Unprocessable"),
]
KEYS = [
    (401, openai("Incorrect API key provided: sk-***", code="invalid_api_key")),
    (403, "<html>forbidden</html>"),
    (400, google("API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT")),
    (400, google("no", "INVALID_ARGUMENT", {"@type": "ErrorInfo", "reason": "API_KEY_INVALID"})),
    (400, openai("API key expired. Please renew the API key.")),
    (422, {"detail": "Missing API key"}),
    (500, {"error": "You did not provide an API key"}),
    (400, openai("Authentication Fails (no such user)", type="authentication_error")),
    (400, {"message": "Unauthorized"}),
]
LOADING = [
    (503, openai("Loading model", type="unavailable_error", code=503)),
    (503, {"error": "Model meta/llama is currently loading", "estimated_time": 20.5}),
    (500, openai("the model is still loading, retry later")),
    (400, {"error": "Model qwen2.5 is being loaded"}),
    (503, {"detail": "Model m is not ready"}),
    (503, {"message": "The model is not loaded yet, please wait"}),
]
AGAIN = [
    (429, openai("Rate limit reached for model `m` in json_schema mode")),
    (429, google("Quota exceeded for api key", "RESOURCE_EXHAUSTED")),
    (500, openai("Internal Server Error")),
    (502, "<html><title>502 Bad Gateway</title></html>"),
    (503, openai("The engine is currently overloaded")),
    (504, ""),
]
NOTHING = [
    (404, openai('model "llama3.2:3b" not found, try pulling it first', type="api_error")),
    (404, openai("The model `m` does not exist", code="model_not_found")),
    (404, openai("No endpoints found for no/such.", code=404)),
    (400, openai("too long", code="context_length_exceeded")),
    (403, openai("flagged", code=403, metadata={"reasons": ["violence"]})),
]
ADDRESS = [
    (404, "404 page not found"),
    (404, {"detail": "Not Found"}),
    (405, {"detail": "Method Not Allowed"}),
    (404, "<html><head><title>404 Not Found</title></head><body>nginx</body></html>"),
]


@pytest.mark.parametrize(
    ("remedy", "status", "body"),
    [
        *((Remedy.ASK_OTHERWISE, *case) for case in OTHERWISE),
        *((Remedy.CHANGE_KEY, *case) for case in KEYS),
        *((Remedy.WAIT_FOR_MODEL, *case) for case in LOADING),
        *((Remedy.CALL_AGAIN, *case) for case in AGAIN),
        *((Remedy.NONE, *case) for case in NOTHING),
        *((Remedy.MEND_ADDRESS, *case) for case in ADDRESS),
        (Remedy.CALL_AGAIN, 500, openai("Failed to load model")),
        (Remedy.ADD_CREDIT, 429, openai("quota", code="insufficient_quota")),
        (Remedy.ADD_CREDIT, 402, openai("Insufficient Balance")),
    ],
)
def test_a_refusal_means_what_its_words_say(remedy: Remedy, status: int, body: Any) -> None:
    raw = body if isinstance(body, str) else json.dumps(body)
    failure = read_failure(status, {}, parsed(raw.encode()))
    assert isinstance(failure, Failure)
    assert failure.remedy is remedy


@pytest.mark.parametrize(
    "body",
    [
        openai("no", code="json_validate_failed", failed_generation='{"title": "Du'),
        openai("Failed to generate JSON. Please adjust your prompt."),
        openai("Failed to validate JSON", type="invalid_request_error"),
        openai("Generated JSON does not match the expected schema."),
    ],
)
def test_a_slip_of_the_model_is_none_of_the_endpoint(body: Any) -> None:
    slip = read_failure(400, {}, body)
    assert isinstance(slip, Slip)
    assert slip.generated in {"", '{"title": "Du'}


REPLIES = [
    (Remedy.MEND_ADDRESS, b"<!doctype html><html><title>UI</title><body>Hi</body></html>", "UI Hi"),
    (Remedy.MEND_ADDRESS, b"Ollama is running", "Ollama is running"),
    (Remedy.MEND_ADDRESS, b'{"status": "ok"}', '{"status": "ok"}'),
    (Remedy.MEND_ADDRESS, b"null", "null"),
    (Remedy.MEND_ADDRESS, b'{"a":' * 20_000, '{"a":{"a":'),
    (Remedy.MEND_ADDRESS, b'{"error": "Unexpected endpoint or method. (POST /x)"}', "Unexpected"),
    (Remedy.MEND_ADDRESS, b'{"error": {"message": "Unexpected endpoint"}}', "Unexpected"),
    (Remedy.MEND_ADDRESS, b'{"error": true, "message": "no route"}', "no route"),
    (Remedy.MEND_ADDRESS, b'{"detail": "Not Found"}', "Not Found"),
    (Remedy.CALL_AGAIN, b'{"error": {"code": 502, "message": "upstream"}}', "upstream"),
    (Remedy.CALL_AGAIN, b'{"error": {"code": "503", "message": "x"}}', "x"),
    (Remedy.CALL_AGAIN, b'{"error": "rate limited, try again in 3s"}', "rate limited"),
    (Remedy.CHANGE_KEY, b'{"error": {"code": 401, "message": "User not found"}}', "User"),
    (Remedy.CHANGE_KEY, b'{"error": "Invalid API key"}', "Invalid"),
    (Remedy.ASK_OTHERWISE, b'{"error": "response_format is not supported"}', "response_format"),
    (Remedy.WAIT_FOR_MODEL, b'{"error": "model is loading"}', "loading"),
    (Remedy.CALL_AGAIN, b'{"choices": [{"finish_reason": "insufficient_system_resource"}]}', ""),
]


@pytest.mark.parametrize(("remedy", "body", "words"), REPLIES)
def test_what_is_said_under_status_200_instead_of_a_completion(
    remedy: Remedy, body: bytes, words: str
) -> None:
    failure = read_completion(body, {})
    assert isinstance(failure, Failure)
    assert failure.remedy is remedy
    assert words in failure.words
    assert failure.maybe_billed


def test_a_damaged_completion_is_an_empty_one() -> None:
    for body in (b'{"choices": [{"message": {"content": "{', b'{"x": "\xff"}'):
        completion = read_completion(body, {})
        assert isinstance(completion, Completion)
        assert completion.is_empty
