"""The right vector for each input"""

import base64
import json
import struct

import pytest

from embeddings_endpoint import inputs_of
from gateway.service import TOKENS, Answer, error, numbers_in


def test_a_second_request_calls_nothing(caller, service):
    """A text that was embedded before is not embedded again"""
    caller.right("once")
    caller.right("once")
    assert service.asked == ["once"]


def test_hits_and_misses_interleaved(caller, service):
    """Hits and misses in turns: only what is missing is asked, each vector in its place"""
    caller.right(["b", "d"])
    caller.right(["a", "b", "c", "d", "e"])
    assert sorted(service.asked) == ["a", "b", "c", "d", "e"]


def test_duplicates(caller, service):
    """A text that stands in a request several times is embedded once"""
    caller.right(["twice", "other", "twice", "twice"])
    assert sorted(service.asked) == ["other", "twice"]


def test_duplicated_hits_and_misses(caller, service):
    """Duplicates of hits and of misses, interleaved"""
    caller.right(["hit"])
    caller.right(["miss", "hit", "miss", "hit", "new", "miss"])
    assert sorted(service.asked) == ["hit", "miss", "new"]


def test_another_order(caller, service):
    """The same texts in another order and in smaller requests"""
    texts = [f"text {number}" for number in range(20)]
    caller.right(texts)
    caller.right(texts[::-1])
    for text in texts[::3]:
        caller.right(text)
    assert len(service.asked) == len(texts)


def test_growing_requests(caller, service):
    """Requests that overlap more and more, as while one types"""
    for number in range(1, 12):
        caller.right([f"word {n}" for n in range(number)])
    assert len(service.asked) == 11


@pytest.mark.parametrize("first", [0, 1, 2, 3, 4])
def test_kinds_of_inputs(caller, first):
    """Tokens and texts that look alike: `[1, 2]`, `[[1, 2]]`, `"[1, 2]"`, `["1 2"]`, `"1,2"`"""
    kinds = [[1, 2], [[1, 2]], "[1, 2]", ["1 2"], "1,2"]
    for given in kinds[first:] + kinds[:first]:
        caller.right(given)


def test_one_list_of_tokens_is_one_input(caller, service):
    """`[1, 2]` is one input, and the same one as in `[[1, 2]]`"""
    assert len(caller.right([1, 2]).vectors) == 1
    caller.right([[1, 2]])
    assert len(service.embeddings) == 1


def test_lists_of_tokens_mixed(caller, service):
    """Lists of tokens, some of them known"""
    caller.right([[3], [1, 2]])
    caller.right([[1, 2], [12], [3], [1, 2, 3], [1, 2]])
    assert len(service.asked) == 4


def test_numbers_after_base64(caller, service):
    """Stored from a request for base64, given as numbers: the same bits, without a call"""
    caller.right(["a", "b"], encoding_format="base64")
    rows = caller.right(["b", "a"], encoding_format="float").body["data"]
    assert all(isinstance(row["embedding"], list) for row in rows)
    assert len(service.embeddings) == 1


def test_base64_after_numbers(caller, service):
    """Stored from a request for numbers, given as base64: the same bits, without a call"""
    caller.right(["a", "b"], encoding_format="float")
    rows = caller.right(["b", "a"], encoding_format="base64").body["data"]
    assert all(isinstance(row["embedding"], str) for row in rows)
    assert len(service.embeddings) == 1


def test_no_form_asked_for(caller):
    """A request that names no `encoding_format` gets numbers, new and known"""
    for _ in range(2):
        assert isinstance(caller.right("a").body["data"][0]["embedding"], list)


def test_a_service_that_gives_numbers_always(caller, service):
    """A service that ignores `encoding_format` and gives numbers"""

    def in_numbers(request):
        answer = service.honest(request)
        rows = [{**row, "embedding": numbers_in(row["embedding"])} for row in answer.body["data"]]
        return answer.with_body({**answer.body, "data": rows})

    service.says = in_numbers
    for form in ("base64", "float", "base64"):
        answered = caller.right(["a", "b"], encoding_format=form)
        kind = str if form == "base64" else list
        assert all(isinstance(row["embedding"], kind) for row in answered.body["data"])
    assert len(service.asked) == 2


def test_a_service_that_refuses_base64(caller, service):
    """A service that answers 400 to base64, when the client wants numbers"""

    def no_base64(request):
        in_base64 = request.body.get("encoding_format") == "base64"
        return error(400, "encoding_format is not supported") if in_base64 else None

    service.says = no_base64
    caller.right(["a", "b"], encoding_format="float")
    caller.right(["a", "c"])
    assert caller.embed("d", encoding_format="base64").status in (200, 400)


def test_numbers_of_full_precision(caller, service):
    """Numbers that need all digits of float32, and the smallest and largest there are"""
    numbers = [0.1, -1 / 3, 1.1754944e-38, 1e-45, 3.4028235e38, -0.0, 16777217.0, 7e-10]
    exact = list(struct.unpack("<8f", struct.pack("<8f", *numbers)))

    def precise(request):
        answer = service.honest(request)
        encoded = base64.b64encode(struct.pack("<8f", *numbers)).decode()
        as_text = request.body.get("encoding_format") == "base64"
        rows = [{**it, "embedding": encoded if as_text else exact} for it in answer.body["data"]]
        return answer.with_body({**answer.body, "data": rows})

    service.says = precise
    for form in ("float", "base64", "float"):
        given = caller.embed("a", encoding_format=form).vectors[0]
        assert struct.pack("<8f", *given) == struct.pack("<8f", *numbers)


def test_indexes_in_another_order(caller, service):
    """A service that lists its embeddings in another order, each with its index"""

    def backwards(request):
        answer = service.honest(request)
        return answer.with_body({**answer.body, "data": answer.body["data"][::-1]})

    service.says = backwards
    texts = [f"text {number}" for number in range(5)]
    for _ in range(2):
        answered = caller.embed(texts)
        assert answered.status == 200
        found = {row["index"]: numbers_in(row["embedding"]) for row in answered.body["data"]}
        assert [found[index] for index in range(5)] == caller.expected(texts)


def test_the_largest_request(caller, service):
    """2,048 inputs, a third of them known, are one request for the rest"""
    texts = [f"text {number}" for number in range(2048)]
    caller.right(texts[::3])
    caller.right(texts)
    assert len(service.embeddings) == 2
    assert len(service.asked) == 2048


def test_texts_of_all_scripts(caller, service):
    """Texts that look alike, and all of Unicode: each has its own vector"""
    texts = [
        *("caf\u00e9", "cafe\u0301", "\ufb01", "fi", "\u212b", "\u00c5", "A", "a"),
        *(" a", "a ", "a\n", "a\r\n", "a\t", "a\u200b", "a\u00a0", "\ufeffa", "a\u0000", "\u0000"),
        *("\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "日本語", "עברית", "\u202ea"),
        *("null", "true", "1", "1.0", "{}", "[]", '"a"', "\\u0061", "\\", "%61", "a\u2028b"),
    ]
    assert len(set(texts)) == len(texts)
    caller.right(texts)
    caller.right(texts[::-1])
    for text in texts:
        caller.right(text)
    assert len(service.asked) == len(texts)


def test_lone_surrogates(caller):
    """Half of a surrogate pair in a JSON escape is not taken for another text"""
    for given in ("?", "\ufffd", "\ud800", "\udfff", ["\ud800", "?"], "a\ud83d", "a"):
        answered = caller.embed(given)
        if answered.status == 200:
            assert answered.vectors == caller.expected(given)
        else:  # it may also be refused
            assert 400 <= answered.status < 500
            assert any(
                "\ud800" <= c <= "\udfff" for text in inputs_of({"input": given}) for c in text
            )


def test_escapes_are_read(caller, service):
    """The same text in JSON's escapes and plain is one text"""
    body = {"model": caller.model, "input": "é\U0001f600"}
    for ascii_only in (True, False):
        assert caller.send(json.dumps(body, ensure_ascii=ascii_only).encode()).status_code == 200
    assert len(service.embeddings) == 1


def test_a_long_text(caller, service):
    """A text of 100,000 characters"""
    text = "long " * 20_000
    caller.right(text)
    caller.right([text, text[:-1]])
    assert len(service.asked) == 2


def test_usage_is_what_was_billed(caller):
    """`usage` says what this request was billed: nothing for hits"""
    assert caller.embed(["a", "b"]).body["usage"]["total_tokens"] == 2 * TOKENS
    assert caller.embed(["a", "c", "b"]).body["usage"]["total_tokens"] == TOKENS
    assert caller.embed(["a", "b"]).body["usage"]["total_tokens"] == 0


@pytest.mark.ours
def test_headers_say_what_was_hit(caller):
    """Headers say how many inputs were hits and misses"""
    assert caller.embed(["a", "b"]).counts == (0, 2)
    assert caller.embed(["a", "c", "b"]).counts == (2, 1)
    assert caller.embed("a").counts == (1, 0)


def test_the_form_of_an_answer(caller):
    """A known answer has all fields that a new one has"""
    new, known = caller.embed(["a"]).body, caller.embed(["a"]).body
    assert new["object"] == known["object"] == "list"
    assert new["model"] == known["model"] == caller.model
    assert new.keys() <= known.keys()
    assert new["data"][0].keys() <= known["data"][0].keys()
    assert known["usage"].keys() >= {"prompt_tokens", "total_tokens"}


def test_answers_of_the_service_change(caller, service):
    """A stored vector stays what it was when the service's later answers differ"""
    caller.right("a")
    service.says = lambda request: Answer(500)
    caller.right("a")
