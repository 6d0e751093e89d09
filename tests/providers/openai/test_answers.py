from __future__ import annotations

import contextlib
import time

import pytest

from renai.providers.openai.answers import find_object

OBJECT = '{"title": "Dune", "authors": []}'
DUNE = {"title": "Dune", "authors": []}


@pytest.mark.parametrize(
    "answer",
    [
        OBJECT,
        f"```json\n{OBJECT}\n```",
        f"Sure, {{here}} it is:\n{OBJECT}\nAnything else?",
        f'<think>Maybe {{"title": "No", "authors": []}}</think>{OBJECT}',
        f'<THINKING mode="deep">{OBJECT.replace("Dune", "No")}</thinking>\n\n{OBJECT}',
        f'The template opened it: {{"title": "No", "authors": []}} </think> {OBJECT}',
        f'First {{"title": "Draft", "authors": []}}, then {OBJECT}',
        f'{OBJECT} {{"note": "done"}}',
        f"[{OBJECT}]",
        f"\ufeff{OBJECT}",
    ],
)
def test_the_object_is_found_in_whatever_surrounds_it(answer: str) -> None:
    assert find_object(answer) == DUNE


def test_a_title_may_hold_a_tag_or_a_line_end() -> None:
    assert find_object('{"title": "On <think> and </think>"}') == {
        "title": "On <think> and </think>"
    }
    assert find_object('{"title": "Two\nlines"}') == {"title": "Two\nlines"}


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I do not know.",
        "[1, 2]",
        '"Dune"',
        '{"title": "Du',
        "{'title': 'Dune'}",
        f"<think>{OBJECT}",
        "{" * 10_000,
    ],
)
def test_what_does_not_parse_is_the_models_to_mend(answer: str) -> None:
    with pytest.raises(ValueError, match="no complete, valid JSON object"):
        find_object(answer)


@pytest.mark.parametrize(
    "answer", ['{"a":' * 30_000, "{" * 190_000, '{"a":1}' * 25_000, "<think>" * 25_000, "x" * 10**7]
)
def test_a_hostile_answer_costs_no_time(answer: str) -> None:
    started = time.thread_time()
    with contextlib.suppress(ValueError):
        find_object(answer)
    assert time.thread_time() - started < 3
