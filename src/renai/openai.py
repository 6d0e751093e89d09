"""`cached`: a client of OpenAI's SDK that never has the same text embedded twice."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

try:
    import openai
    import pydantic
    from openai.types import CreateEmbeddingResponse, Embedding
    from openai.types.create_embedding_response import Usage
except ImportError as error:
    raise ImportError("this needs OpenAI's SDK, which is missing: pip install openai") from error

from renai.cache.reservation import hop
from renai.embedders.answers import FORMS, Answers, as_base64, lists_of
from renai.embedders.caches import CacheOptions, RecipeCaches
from renai.embedders.counts import counts_of
from renai.embedders.house_code import methods_put_into, refuse_house_code
from renai.embedders.inputs import Inputs, inputs_of
from renai.embedders.parameters import BATCH_DEPENDENT
from renai.embedders.routes import canonical_url, routing_headers
from renai.embedders.sdk_clients import code_of_http
from renai.embedders.spelling import DEFAULT_DIMENSIONS
from renai.embeddings.recipe import EmbeddingRecipe, without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.codecs.vector import Floats
    from renai.embeddings.rows import Embedded

__all__ = ["cached"]

M = TypeVar("M", bound=openai.BaseModel)
Client = TypeVar("Client", openai.OpenAI, openai.AsyncOpenAI)

_LARGEST_REQUEST = 2048
"""How many inputs OpenAI's endpoint takes at once, so that one call stays one request."""

_SHAPES_NOTHING = ("encoding_format", "timeout", "user")
_FORMED_BY = ("input", "encoding_format")
_TO_THE_SDK = "x-stainless-"
"""How headers begin by which the SDK tells itself what to do, and the endpoint who is calling."""

_OWN_ENDPOINT = "https://api.openai.com/v1"
_SENT_BY_EVERY_CLIENT = (
    *("accept", "accept-encoding", "connection", "content-type", "user-agent"),
    *("openai-organization", "openai-project"),  # who pays
)

_new = object.__new__
_put = object.__setattr__  # past what pydantic does for every attribute
_IS_PYDANTIC_1 = pydantic.VERSION.startswith("1.")  # which the SDK works with as well
if not _IS_PYDANTIC_1:
    # The same in less time.
    _put_fields, _put_names, _put_extra, _put_private = (
        vars(pydantic.BaseModel)[name].__set__
        for name in (
            "__dict__",
            "__pydantic_fields_set__",
            "__pydantic_extra__",
            "__pydantic_private__",
        )
    )


def cached(
    client: Client,
    cache_url: str | list[str] | None = None,
    *,
    revision: str | None = None,
    **options: Unpack[CacheOptions],
) -> Client:
    """Return a copy of a client, of the same class, whose embeddings have a cache.

    That is so for `client.embeddings.create`. All else goes to OpenAI's code as before, also
    `client.embeddings.with_raw_response`. The copy shares the connections of the client that was
    given, which stays as it is; closing it closes them, and the store.

    In the key are the input, whether it is text or tokens, the model, the dimensions, the endpoint,
    headers and queries by which a gateway may route, and whatever else is asked in `extra_body`.
    Keys, organisation, project, `user`, `timeout` and `encoding_format` are not.

    An answer has one embedding for each input, in their order. Its `usage` is what this call was
    billed, and its `cache` counts `hits`, `misses` and `deduplicated` inputs; if the store fails,
    also how many vectors are `unstored`, and the `unstored_reason`.

    Args:
        client: an `OpenAI` or `AsyncOpenAI`, or one of their subclasses in the SDK.
        cache_url: the store for the vectors: a URL, two URLs as tiers, those of several servers, or
            None for renai's cache folder.
        revision: the identity of the weights; another one whenever they change behind the model's
            name. With it, clients with code of your own are accepted.
        **options: options of `renai.EmbeddingCache`.

    Raises:
        TypeError: it is no client, or there is no such option.
        UsageError: the client's class, or the HTTP client given to it, is code of your own.
    """
    if not isinstance(client, openai.OpenAI | openai.AsyncOpenAI):
        raise TypeError(f"cached takes a client of OpenAI's SDK, not {client!r:.80}")
    options.setdefault("batch_size", _LARGEST_REQUEST)
    return _with_cache(client, RecipeCaches(cache_url, options), revision)


def _with_cache(client: Client, caches: RecipeCaches, revision: str | None) -> Client:
    it = copy.copy(client)
    for name in list(it.__dict__):
        if isinstance(getattr(type(it), name, None), cached_property):
            del it.__dict__[name]  # else it would go on with the client that was given
    kind = _Embeddings if isinstance(client, openai.OpenAI) else _AsyncEmbeddings
    replaced: dict[str, Any] = methods_put_into(client.__dict__.get("embeddings"))
    embeddings: Any = kind(it, caches, _Recipes(it, revision, [*replaced.values()]))
    embeddings._without_cache.__dict__.update(replaced)
    it.__dict__["embeddings"] = embeddings

    made_by: Any = type(it)

    def copied(*arguments: Any, **changes: Any) -> Client:
        copied_client: Client = made_by.copy(it, *arguments, **changes)
        return _with_cache(copied_client, caches, revision)

    def close() -> None:
        caches.close()
        made_by.close(it)

    async def aclose() -> None:
        await hop(caches.close)
        await made_by.close(it)

    is_async = isinstance(client, openai.AsyncOpenAI)
    it.__dict__.update(copy=copied, with_options=copied, close=aclose if is_async else close)
    return it


class _Embeddings(openai.resources.Embeddings):
    """The embeddings of a client, through a cache."""

    def __init__(self, client: openai.OpenAI, caches: RecipeCaches, recipes: _Recipes) -> None:
        super().__init__(client)
        self._caches = caches
        self._recipes = recipes
        self._without_cache = openai.resources.Embeddings(client)

    def create(self, **request: Any) -> CreateEmbeddingResponse:
        inputs = _inputs_of(request)
        if inputs is None:
            return self._without_cache.create(**request)
        call = _Call(request, inputs)
        cache = self._caches.of(self._recipes.of(request, inputs.kind))

        def compute(missing: list[str]) -> list[Any]:
            answer = self._without_cache.create(**call.missing(missing))
            return call.answers.take(answer, len(missing), cache)

        return call.answer(cache.embed(call.texts, compute))

    @property
    def with_raw_response(self) -> Any:
        return self._without_cache.with_raw_response

    @property
    def with_streaming_response(self) -> Any:
        return self._without_cache.with_streaming_response


class _AsyncEmbeddings(openai.resources.AsyncEmbeddings):
    """The embeddings of an asynchronous client, through a cache."""

    def __init__(self, client: openai.AsyncOpenAI, caches: RecipeCaches, recipes: _Recipes) -> None:
        super().__init__(client)
        self._caches = caches
        self._recipes = recipes
        self._without_cache = openai.resources.AsyncEmbeddings(client)

    async def create(self, **request: Any) -> CreateEmbeddingResponse:
        inputs = _inputs_of(request)
        if inputs is None:
            return await self._without_cache.create(**request)
        call = _Call(request, inputs)
        cache = await hop(self._caches.of, self._recipes.of(request, inputs.kind))

        async def compute(missing: list[str]) -> list[Any]:
            answer = await self._without_cache.create(**call.missing(missing))
            return call.answers.take(answer, len(missing), cache)

        return call.answer(await cache.aembed(call.texts, compute))

    @property
    def with_raw_response(self) -> Any:
        return self._without_cache.with_raw_response

    @property
    def with_streaming_response(self) -> Any:
        return self._without_cache.with_streaming_response


class _Call:
    """One request to a client's embeddings.

    Args:
        request: the arguments of `client.embeddings.create`.
        inputs: what is to be embedded.

    Attributes:
        texts: a text for each input.
        answers: what the endpoint has answered.
    """

    def __init__(self, request: dict[str, Any], inputs: Inputs) -> None:
        self._request = request
        self._inputs = inputs
        self.answers = Answers()
        self.texts = inputs.texts

    def missing(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the request that asks for some of the texts."""
        return {**self._request, "input": [self._inputs.by_text[text] for text in texts]}

    def answer(self, embedded: Embedded) -> CreateEmbeddingResponse:
        """Return what `client.embeddings.create` answers."""
        as_text = self._request.get("encoding_format") == "base64"
        answer = {
            "data": [],
            "model": self.answers.last.model if self.answers.last else self._request["model"],
            "object": "list",
            "usage": _made(Usage, self.answers.billed),
        }
        made = _made(CreateEmbeddingResponse, answer, {"cache": counts_of(self.texts, embedded)})
        answer["data"] = _embeddings_of(embedded.vectors, as_text=as_text)
        return made


def _inputs_of(request: dict[str, Any]) -> Inputs | None:
    """Return the inputs of a request; None for one that the endpoint has to judge.

    Besides what is no input at all, these are requests without a model, those whose `extra_body`
    states inputs or the form of the answer anew, those for an answer whose numbers are of another
    type, or may be, those for vectors that depend on the neighbours of a text, and those that the
    SDK makes for `client.with_raw_response`.
    """
    if hasattr(request.get("input"), "__next__"):  # to look at it would use it up
        request["input"] = list(request["input"])
    extra, form = (_if_given(request.get(name)) for name in ("extra_body", "encoding_format"))
    headers = _if_given(request.get("extra_headers")) or {}
    if not request.get("model") or not isinstance(request["model"], str):
        return None
    if form not in FORMS or (form == "base64" and extra):
        return None
    if extra and not (isinstance(extra, Mapping) and extra.keys().isdisjoint(_FORMED_BY)):
        return None
    if any(str(name).lower().startswith(_TO_THE_SDK) for name in headers):
        return None
    stated = {**(extra or {}), "model": request["model"]}
    if any(each.holds(openai.OpenAI, stated) for each in BATCH_DEPENDENT):
        return None
    return inputs_of(request.get("input"))


class _Recipes:
    """Makes the recipes of a client's calls, each from what the client is at that time.

    Args:
        client: the client.
        revision: the identity of the weights, if the user states it.
        replaced: what was put in the place of methods of the client's embeddings.

    Raises:
        UsageError: the client has code of the user's own, and nobody vouches for that.
    """

    def __init__(self, client: Any, revision: str | None, replaced: Sequence[Any]) -> None:
        self._client = client
        self._revision = revision
        self._replaced = replaced
        self._released = ""
        self._refuse_house_code()

    def of(self, request: dict[str, Any], kind: str) -> EmbeddingRecipe:
        """Return everything besides the inputs that shapes the vectors of a request.

        Args:
            request: the arguments of `client.embeddings.create`.
            kind: whether the inputs are `text` or `tokens`.

        Raises:
            UsageError: the client was given code of the user's own since it was wrapped.
        """
        self._refuse_house_code()
        return _recipe_of(self._client, request, kind, self._revision)

    def _refuse_house_code(self) -> None:
        own = methods_put_into(self._client).values()
        code = [*code_of_http(self._client._client), *self._replaced, *own]
        if self._revision is None and repr(code) != self._released:  # with the address of each
            refuse_house_code(self._client, code)
            self._released = repr(code)


def _recipe_of(
    client: Any, request: dict[str, Any], kind: str, revision: str | None
) -> EmbeddingRecipe:
    """Return everything besides the inputs that shapes a vector, as the client stands now."""
    model = str.__str__(request["model"])  # what is sent of a member of an Enum, too
    asked = {
        name: _sent(value) if name in ("extra_headers", "extra_query") else _as_json(value)
        for name, value in request.items()
        if name not in _SHAPES_NOTHING and name not in ("input", "model") and _is_given(value)
    }
    endpoint = canonical_url(str(client.base_url))
    if endpoint == _OWN_ENDPOINT:
        if asked.get("dimensions") == DEFAULT_DIMENSIONS.get(model):
            asked.pop("dimensions", None)
    else:
        asked["endpoint"] = endpoint
    http = client._client
    pool = getattr(http._transport, "_pool", None)
    sent = {
        "headers": _sent({**client.default_headers, **http.headers}),
        "query": _sent({**client.default_query, **http.params}),
        "socket": getattr(pool, "_uds", None),
    }
    recipe = EmbeddingRecipe(
        model,
        revision=revision,
        symmetric=True,
        embedder="openai.embeddings",
        input=kind,
        parameters={name: it for name, it in (asked | sent).items() if it},
    )
    recipe.called = without_secrets(model)
    return recipe


def _sent(values: Mapping[str, Any]) -> dict[str, str]:
    """Return headers, or parameters of a query, by which a gateway may route, as digests."""
    given = {name: value for name, value in values.items() if _is_given(value)}
    return {
        name: digest
        for name, digest in routing_headers(given).items()
        if name not in _SENT_BY_EVERY_CLIENT and not name.startswith(_TO_THE_SDK)
    }


def _as_json(value: Any) -> Any:
    """Return a value as it is sent, so that what is sent alike shares entries."""
    return json.loads(json.dumps(value))


def _is_given(value: Any) -> bool:
    return _if_given(value) is not None


def _if_given(value: Any) -> Any:
    return None if isinstance(value, openai.Omit | openai.NotGiven) else value


def _embeddings_of(vectors: Floats, *, as_text: bool) -> list[Embedding]:
    """Return the SDK's objects for vectors.

    The SDK's own ways to make one look at every number of it. The lists of numbers come last:
    whatever is made after them makes the collector of garbage look through them.
    """
    items: list[dict[str, Any]] = [
        {"embedding": [], "index": index, "object": "embedding"} for index in range(len(vectors))
    ]
    made = [_made(Embedding, item) for item in items]
    numbers = map(as_base64, vectors) if as_text else lists_of(vectors)
    for item, its_numbers in zip(items, numbers, strict=True):
        item["embedding"] = its_numbers
    return made


def _made(kind: type[M], fields: dict[str, Any], extra: dict[str, Any] | None = None) -> M:
    """Return an object of the SDK as its `construct` makes it; `fields` are its own from now on."""
    it: M = _new(kind)
    if _IS_PYDANTIC_1:
        fields |= extra or {}
        _put(it, "__dict__", fields)
        _put(it, "__fields_set__", set(fields))
        return it
    _put_fields(it, fields)
    _put_names(it, set(fields))
    _put_extra(it, extra or {})
    _put_private(it, None)
    return it
