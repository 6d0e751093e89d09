"""What shares an answer, and what does not"""

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
    assert targets == [f"/v1/embeddings?api-version={version}" for version in ("2024-01", "2025-01")]
