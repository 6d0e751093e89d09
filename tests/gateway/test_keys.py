"""What shares an answer, and what does not"""

import base64
import json

import pytest


def test_dimensions(caller, service):
    """Other `dimensions` have other vectors"""
    for dimensions in (8, 4, 16, None):
        caller.right("a", **({"dimensions": dimensions} if dimensions else {}))
    assert len(caller.right("a", dimensions=4).vectors[0]) == 4
    assert len(service.embeddings) in (3, 4)  # whether 8 is the default, only the service knows


def test_models(caller, service):
    """Other models have other vectors, also where they differ by case alone"""
    names = [caller.model, caller.model.upper(), caller.model + "-large", "org/" + caller.model]
    for name in names + names:
        caller.right("a", model=name)
    assert len(service.embeddings) == 4


def test_user(caller, service):
    """`user` makes no difference to a vector"""
    caller.right("a", user="alice")
    caller.right("a", user="bob")
    caller.right("a")
    assert len(service.embeddings) == 1


def test_unknown_fields(caller):
    """A field of the body that OpenAI does not have goes on, and makes a difference"""
    caller.right("a")
    for fields in (
        {"input_type": "query"},
        {"input_type": "passage"},
        {"truncate": "END"},
        {"normalize": True},
        {"normalize": 1},
        {"normalize": "true"},
        {"task": {"kind": "a", "of": [1, 2]}},
        {"task": {"kind": "a", "of": [2, 1]}},
    ):
        caller.right("a", **fields)
    caller.right("a", input_type="query")


def test_unknown_fields_are_cached(caller, service):
    """Requests with a field that OpenAI does not have are answered from the cache, too"""
    caller.right("a", input_type="query")
    caller.right("a", input_type="query")
    assert len(service.embeddings) == 1


def test_fields_of_the_text_in_base64(caller, service):
    """So are those whose field says how a text is read, in base64 as OpenAI's client asks"""
    for form in ("base64", "float", "base64"):
        caller.right("a", input_type="query", encoding_format=form)
    assert len(service.embeddings) == 1


def test_numbers_of_another_type(caller, service):
    """Base64 of numbers of another type, which a field asks for, comes back as it is"""
    encoded = base64.b64encode(bytes(range(8))).decode()

    def as_bytes(request):
        answer = service.honest(request)
        rows = [{**row, "embedding": encoded} for row in answer.body["data"]]
        return answer.with_body({**answer.body, "data": rows})

    service.says = as_bytes
    for _ in range(2):
        answered = caller.embed("a", output_dtype="int8", encoding_format="base64")
        assert answered.body["data"][0]["embedding"] == encoded


def test_vectors_that_depend_on_their_neighbours(caller, service):
    """Where a text's vector depends on the others in its request (`late_chunking`), none is kept"""
    for texts in (["a", "b"], ["b", "a"], ["a", "b"]):
        caller.right(texts, late_chunking=True)
    assert service.asked == ["a", "b", "b", "a", "a", "b"]


def test_order_and_spaces_of_the_body(caller, service):
    """The order of fields and the spaces between them make no difference"""
    body = {"model": caller.model, "input": "a", "task": {"b": 1, "c": 2}}
    swapped = {"task": {"c": 2, "b": 1}, "input": "a", "model": caller.model}
    for content in (json.dumps(body), json.dumps(swapped, indent=4)):
        assert caller.send(content.encode()).status_code == 200
    assert len(service.embeddings) == 1


def test_organisation(caller, service):
    """The headers for organisation and project reach the service"""
    names = {"OpenAI-Organization": "org-1", "OpenAI-Project": "proj-1"}
    caller.right("a", headers=names)
    sent = dict(service.embeddings[0].headers)
    assert sent["openai-organization"] == "org-1"
    assert sent["openai-project"] == "proj-1"


@pytest.mark.parametrize("header", ["x-model-revision", "x-portkey-provider"])
def test_headers_by_which_a_service_may_route(caller, service, header):
    """A header by which a service may choose another model makes a difference"""
    caller.right("a", headers={header: "one"})
    caller.right("a", headers={header: "two"})
    assert len(service.embeddings) == 2
    assert [dict(it.headers)[header] for it in service.embeddings] == ["one", "two"]


def test_headers_of_the_client(caller, service):
    """What a client says of itself, and marks of tracing, make no difference"""
    for number in range(3):
        marks = {
            "User-Agent": f"client/{number}",
            "X-Stainless-Retry-Count": str(number),
            "X-Request-Id": f"request-{number}",
            "traceparent": f"00-{number:032x}-{number:016x}-01",
        }
        caller.right("a", headers=marks)
    assert len(service.embeddings) == 1


def test_query(caller, service):
    """A query goes on, and another one has another answer"""
    content = json.dumps({"model": caller.model, "input": "a"}).encode()
    for version in ("2024-01", "2025-01", "2024-01"):
        assert caller.send(content, path=f"/embeddings?api-version={version}").status_code == 200
    targets = [it.target for it in service.embeddings]
    assert targets == [
        f"/v1/embeddings?api-version={version}" for version in ("2024-01", "2025-01")
    ]
