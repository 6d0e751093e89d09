from __future__ import annotations

import contextlib
import json
import time

import pytest

from renai.providers.openai.answers import find_object
from renai.providers.schema import json_schema, read_answer

OBJECT = '{"title": "Dune", "authors": []}'
DUNE = {"title": "Dune", "authors": []}
SCHEMA = json_schema(["Fiction"])


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
        f"<think>{OBJECT}",
        "{" * 10_000,
    ],
)
def test_what_does_not_parse_is_the_models_to_mend(answer: str) -> None:
    with pytest.raises(ValueError, match="no complete, valid JSON object"):
        find_object(answer)


WHOLE = (
    '{"title": "Dune", "authors": ["Frank Herbert"], "year": 1965, '
    '"evidence": {"title": "DUNE, a novel", "authors": "by F. Herbert", "year": "1965"}}'
)


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE[:-1] + ",}",
        WHOLE.replace('"year": 1965,', '"year": 1965, // as printed\n', 1),
        WHOLE.replace('"', "'"),
        WHOLE.replace('"title": "Dune"', 'title: "Dune"'),
        WHOLE.replace('"Dune", "authors"', '"Dune" "authors"'),
        WHOLE[:-1],
        f"```json\n{WHOLE[:-1]},}}\n```",
        f'{{"metadata": {WHOLE[:-1]},}}}}',
        f'Perhaps {{"title": "No" , or}} so: {WHOLE}',
    ],
)
def test_a_broken_object_is_repaired_where_nothing_is_lost(answer: str) -> None:
    assert find_object(answer) == json.loads(WHOLE)


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE[:-1] + ', "publ',
        WHOLE.replace('"Dune"', '"The "Dune""'),
        WHOLE.replace('"Dune"', '"The "Dune"'),
        WHOLE.replace('"', "'").replace("Dune'", "Don't'"),
        WHOLE.replace('"year": 1965', '"year": [1965'),
        WHOLE.replace('"year": 1965', '"year": 1965 "or" 1966'),
        WHOLE.replace('"title": "Dune",', '"name": "Dune" '),
        f'{{"note": "a" b, "metadata": {WHOLE}',
    ],
)
def test_a_broken_object_is_not_replaced_by_what_stands_in_it(answer: str) -> None:
    with pytest.raises(ValueError, match="no complete, valid JSON object"):
        find_object(answer)


def test_what_was_cut_off_is_not_repaired() -> None:
    assert find_object(WHOLE[:-1])
    with pytest.raises(ValueError, match="no complete, valid JSON object"):
        find_object(WHOLE[:-1], cut_off=True)


@pytest.mark.parametrize(
    "answer",
    [
        *(f'{{"{name}": {OBJECT}}}' for name in ("metadata", "properties", "result", "data")),
        f'{{"result": [{OBJECT}]}}',
        f'{{"type": "object", "title": "Metadata", "properties": {OBJECT}}}',
        json.dumps({"name": "metadata", "arguments": OBJECT}),
        json.dumps(OBJECT),
        '{"Title": "Dune", "Authors": []}',
        f"[THINK]{OBJECT.replace('Dune', 'No')}[/THINK]{OBJECT}",
        f"<tool_call>{json.dumps({'name': 'x', 'arguments': DUNE})}</tool_call>",
    ],
)
def test_an_object_is_found_one_level_deeper(answer: str) -> None:
    assert find_object(answer) == DUNE


def test_evidence_is_no_answer() -> None:
    assert "title" not in find_object('{"file_name": "x", "evidence": {"title": "DUNE"}}')
    with pytest.raises(ValueError, match="No usable value"):
        read_answer(find_object(json.dumps({"type": "object", "properties": SCHEMA["properties"]})))


@pytest.mark.parametrize(
    "answer",
    [
        '{"a":' * 30_000,
        "{" * 190_000,
        '{"a":1}' * 25_000,
        "{'a" * 60_000,
        '{"a":' * 90,
        '{"title" "' * 1_900,
        "<think>" * 25_000,
        "x" * 10**7,
    ],
)
def test_a_hostile_answer_costs_no_time(answer: str) -> None:
    started = time.thread_time()
    with contextlib.suppress(ValueError):
        find_object(answer)
    assert time.thread_time() - started < 3
