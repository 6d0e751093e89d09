"""What embedders tell by their clients: held privately, made by others, with code of one's own."""

from typing import Any

import httpx
import openai
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import BaseModel, PrivateAttr

from embeddings_endpoint import vector_of
from renai.embedders.attributes import Attributes
from renai.embedders.wrapped import WrappedEmbedder
from renai.errors import UsageError
from renai.llama_index import CachedEmbedding

pytestmark = pytest.mark.usefixtures("released")


class Own(httpx.BaseTransport):
    """Answers requests by code of the user's own."""

    def handle_request(self, request):
        raise AssertionError


class WithClient(BaseEmbedding):
    """Keeps its clients privately, as LlamaIndex's classes do."""

    model_name: str = "m"
    _client: Any = PrivateAttr(default=None)
    _http_client: Any = PrivateAttr(default=None)

    def __init__(self, client: Any = None, http_client: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._client = client
        self._http_client = http_client

    def _get_text_embedding(self, text):
        return vector_of(text)

    def _get_query_embedding(self, query):
        return vector_of(query)

    async def _aget_query_embedding(self, query):
        return vector_of(query)


class Record:
    """Has the attributes that it is given."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


def key(embedder):
    return WrappedEmbedder(embedder, Attributes(), None).recipe("document", ()).digest


def sdk(**more):
    return openai.OpenAI(**{"api_key": "k", "base_url": "http://a/v1", **more})


@pytest.mark.parametrize("hidden", ["client", "http_client", "in the client"])
def test_a_transport_of_ones_own_is_found_wherever_it_hides(hidden):
    http = httpx.Client(transport=Own())
    given = {
        "client": {"client": http},
        "http_client": {"http_client": http},
        "in the client": {"client": sdk(http_client=http)},
    }[hidden]
    assert http._transport in Attributes().code_in(WithClient(**given))


def test_a_hook_of_ones_own_is_refused(url):
    http = httpx.Client(event_hooks={"request": [own_hook()]})
    with pytest.raises(UsageError, match="code of your own"):
        CachedEmbedding(WithClient(client=sdk(http_client=http)), url)
    assert CachedEmbedding(WithClient(client=sdk()), url)


def test_what_is_changed_on_a_client_that_is_kept_privately_is_refused(url):
    model = WithClient(client=sdk())
    cached = CachedEmbedding(model, url)
    assert cached.get_text_embedding("a") == vector_of("a")
    model._client.base_url = "http://b/v1"
    with pytest.raises(UsageError, match="was changed after it was wrapped"):
        cached.get_text_embedding("a")


def own_hook():
    return eval("lambda request: None", {"__name__": "own"})


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("params", {"deployment": "b"}, "sent"),
        ("event_hooks", {"request": [own_hook()]}, "_event_hooks"),
        ("_transport", Own(), "_transport"),
    ],
    ids=["params", "hooks", "transport"],
)
def test_what_is_changed_on_an_http_client_is_refused(url, name, value, path):
    http = httpx.Client()
    cached = CachedEmbedding(WithClient(client=sdk(http_client=http)), url)
    assert cached.get_text_embedding("a") == vector_of("a")
    setattr(http, name, value)
    with pytest.raises(UsageError, match=rf"changed after it was wrapped \(.*{path}"):
        cached.get_text_embedding("a")


def test_who_vouches_for_code_may_change_it(url):
    http = httpx.Client()
    model = WithClient(client=sdk(http_client=http))
    cached = CachedEmbedding(model, url, revision="1")
    cached.get_text_embedding("a")
    http.event_hooks = {"request": [own_hook()]}
    assert cached.get_text_embedding("a") == vector_of("a")


def test_headers_of_an_http_client_are_in_the_key():
    keys = [
        key(WithClient(http_client=httpx.Client(headers=headers)))
        for headers in ({}, {"x-route": "b"}, {"authorization": "Bearer k"})
    ]
    assert keys[0] == keys[2] != keys[1]


def google(**options):
    options = {"base_url": None, "headers": {}, "api_version": "v1", **options}
    where = {name: options.pop(name) for name in ("vertexai", "project") if name in options}
    return Record(_api_client=Record(_http_options=Record(**options), **where))


@pytest.mark.parametrize(
    "other",
    [
        google(api_version="v2"),
        google(extra_body={"a": 1}),
        google(headers={"x-route": "b"}),
        google(vertexai=True, project="ours"),
        google(base_url="http://gateway"),
        Record(meta=Record(region_name="eu-west-3", endpoint_url=None)),
    ],
    ids=range(6),
)
def test_what_a_client_alone_knows_is_in_the_key(other):
    assert key(WithClient(client=other)) != key(WithClient(client=google()))


def test_which_release_of_an_sdk_it_is_leaves_the_key():
    newer = google(headers={"x-goog-api-client": "google-genai-sdk/9"})
    assert key(WithClient(client=newer)) == key(WithClient(client=google()))


def test_what_a_client_is_given_and_nobody_can_look_into_is_refused(url):
    with pytest.raises(UsageError, match="does not show its client_args"):
        CachedEmbedding(WithClient(client=google(client_args={"transport": object()})), url)


class Options(BaseModel):
    """Options of a request, as SDKs have them."""

    size: int | None = None


class WithOptions(WithClient):
    """Is given options as a dictionary or as an object."""

    options: Any = None


def test_an_object_of_options_is_read_as_its_dictionary():
    asked = key(WithOptions(options=Options(size=3)))
    assert asked == key(WithOptions(options={"size": 3})) != key(WithOptions(options=Options()))
