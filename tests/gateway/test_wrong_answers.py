"""A service that answers wrongly"""

import base64
import json
import struct
from dataclasses import replace

import pytest

from gateway.running import is_ours
from gateway.service import Answer, numbers_in


def _changed(change):
    """Change the rows of an answer."""

    def lie(answer):
        return answer.with_body({**answer.body, "data": change(answer.body["data"])})

    return lie


def _numbers(change):
    """Change the numbers of the second row."""

    def of(rows):
        numbers = change(numbers_in(rows[1]["embedding"]))
        if isinstance(rows[1]["embedding"], str):
            encoded = base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
            return [rows[0], {**rows[1], "embedding": encoded}, *rows[2:]]
        return [rows[0], {**rows[1], "embedding": numbers}, *rows[2:]]

    return _changed(of)


def _fields(**fields):
    """Replace fields of the second row."""
    return _changed(lambda rows: [rows[0], {**rows[1], **fields}, *rows[2:]])


WRONG = {
    "an index twice": _fields(index=0),
    "an index too large": _fields(index=3),
    "a negative index": _fields(index=-1),
    "an index that is a text": _fields(index="1"),
    "indexes from 1 on": _changed(lambda rows: [{**it, "index": it["index"] + 1} for it in rows]),
    "no index": _changed(lambda rows: [{"embedding": it["embedding"]} for it in rows]),
    "a vector too few": _changed(lambda rows: rows[:-1]),
    "a vector too many": _changed(lambda rows: [*rows, {**rows[0], "index": len(rows)}]),
    "a vector twice": _changed(lambda rows: [*rows, rows[0]]),
    "no vectors": _changed(lambda rows: []),
    "NaN": _numbers(lambda numbers: [float("nan"), *numbers[1:]]),
    "infinity": _numbers(lambda numbers: [float("inf"), *numbers[1:]]),
    "a shorter vector": _numbers(lambda numbers: numbers[:-1]),
    "an empty vector": _numbers(lambda numbers: []),
    "null for a vector": _fields(embedding=None),
    "no base64": _fields(embedding="not base64 at all!"),
    "half a number in base64": _fields(embedding="AAAAAAA="),
    "texts for numbers": _fields(embedding=["a"] * 8),
    "lists for numbers": _fields(embedding=[[1.0]] * 8),
    "HTML under 200": lambda answer: Answer(
        200, b"<html>Please log in</html>", (("Content-Type", "text/html"),)
    ),
    "an error under 200": lambda answer: answer.with_body({"error": {"message": "overloaded"}}),
    "nothing under 200": lambda answer: Answer(200, b""),
    "null under 200": lambda answer: Answer(200, b"null"),
    "half an answer": lambda answer: replace(
        answer, content=answer.content[: len(answer.content) // 2], states=len(answer.content)
    ),
    "half an answer with its length": lambda answer: replace(
        answer, content=answer.content[: len(answer.content) // 2]
    ),
    "a connection that is cut": lambda answer: replace(answer, cut=True),
    "too much compressed": lambda answer: replace(
        answer, headers=(*answer.headers, ("Content-Encoding", "gzip"))
    ),
}


@pytest.mark.parametrize("lie", list(WRONG))
def test_wrong_answers(caller, service, lie):
    """A wrong answer is an error for the client, and nothing of it is stored"""
    service.says = lambda request: WRONG[lie](service.honest(request))
    for form in ("base64", "float"):
        answered = caller.embed([f"a {form}", "b", "c"], encoding_format=form)
        assert answered.status >= 400, answered.response.text[:300]
        if is_ours():
            assert answered.status == 502
        assert answered.body["error"].keys() >= {"message", "type", "param", "code"}
    service.says = None
    caller.right(["c", "a base64", "b", "a float"])


def test_another_dimension_than_before(caller, service):
    """Vectors that are longer than those known of this model are not mixed with them"""
    caller.right(["a", "b"])
    service.says = lambda request: service.honest(
        replace(request, content=json.dumps({**request.body, "dimensions": 16}).encode())
    )
    answered = caller.embed(["a", "new", "b"])
    if answered.status == 200:  # all from the same answer
        assert {len(it) for it in answered.vectors} == {16}
    service.says = None
    caller.right(["b", "a"])


def test_redirects_are_not_followed(caller, service):
    """A redirect is not followed: a key would be sent where it does not belong"""
    elsewhere = (("Location", f"http://127.0.0.1:{service.port}/elsewhere/embeddings"),)
    service.says = lambda request: Answer(307, b"", elsewhere)
    assert caller.embed("a").status >= 300
    assert [it.path for it in service.requests] == ["/v1/embeddings"]
