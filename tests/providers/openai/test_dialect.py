"""Which form of a request comes next after a refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from renai.providers.openai.dialect import Dialect

FULL = Dialect()


@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        ("response_format is not supported", replace(FULL, form="json_object")),
        ("failed to load model vocabulary required for format", replace(FULL, form="json_object")),
        (
            "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens'.",
            replace(FULL, limit="max_completion_tokens"),
        ),
        ("temperature does not support 0. Only the default (1)", replace(FULL, temperature=False)),
        ("System role not supported", replace(FULL, system=False)),
        (
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            replace(FULL, system=False),
        ),
        ("Only user and assistant roles are supported!", replace(FULL, system=False)),
        ("Unexpected role 'system' in message 0", replace(FULL, system=False)),
        ("`max_tokens` must be less than or equal to `1024`", replace(FULL, max_tokens=1024)),
        ("max_tokens is too large: 4096. At most 2048", replace(FULL, max_tokens=2048)),
        (
            "Invalid max_tokens value, the valid range of max_tokens is [1, 4000]",
            replace(FULL, max_tokens=4000),
        ),
        (
            "'max_tokens' is too large: 4096. This model's maximum context length is 4096 tokens",
            replace(FULL, limit=None),
        ),
        ("something else", None),
    ],
)
def test_what_is_refused_is_left_out(complaint: str, expected: Dialect | None) -> None:
    assert FULL.without(complaint, guess=False) == expected


def test_a_guess_simplifies_the_form_until_there_is_none() -> None:
    second = FULL.without("Bad Request", guess=True)
    assert second == replace(FULL, form="json_object")
    third = second.without("Bad Request", guess=True)
    assert third == replace(FULL, form=None)
    assert third.without("Bad Request", guess=True) is None


def test_without_a_system_message_its_words_stand_before_the_question() -> None:
    system = {"role": "system", "content": "Rules"}
    plain = replace(FULL, system=False)
    text = [system, {"role": "user", "content": "Text"}, {"role": "assistant", "content": "x"}]
    assert FULL.messages(text) is text
    assert plain.messages(text) == [{"role": "user", "content": "Rules\n\nText"}, text[2]]
    parts = [{"type": "text", "text": "Pages"}]
    assert plain.messages([system, {"role": "user", "content": parts}]) == [
        {"role": "user", "content": [{"type": "text", "text": "Rules"}, *parts]}
    ]
