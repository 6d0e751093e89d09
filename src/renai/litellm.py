"""`cached`: LiteLLM's `embedding` and `aembedding`, which never have the same text embedded twice.

LiteLLM finds out where a request goes in a way of its own for each of its providers: from the call,
from variables of its module, from the environment. Whatever may say so is in the key, whichever
provider is called.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Self, Unpack

try:
    import litellm
    from litellm import EmbeddingResponse
    from litellm.integrations.custom_logger import CustomLogger
except ImportError as error:
    raise ImportError("this needs LiteLLM, which is missing: pip install litellm") from error

from renai.cache.reservation import hop
from renai.embedders.answers import FORMS, Answers, as_base64, lists_of
from renai.embedders.caches import CacheOptions, RecipeCaches
from renai.embedders.counts import counts_of
from renai.embedders.inputs import Inputs, inputs_of
from renai.embedders.parameters import (
    BATCH_DEPENDENT,
    CREDENTIALS,
    ENDS_OF_CREDENTIALS,
)
from renai.embedders.routes import is_credential, routing_headers
from renai.embedders.spelling import spelled
from renai.embeddings.recipe import EmbeddingRecipe, without_secrets
from renai.errors import UsageError
from renai.keys.canonical import encode
from renai.keys.digest import digest_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from renai.embeddings.rows import Embedded

__all__ = ["cached"]

_LARGEST_REQUEST = 2048
"""How many inputs OpenAI's endpoint takes at once, so that one call stays one request."""

_SHAPES_NOTHING = frozenset(
    {
        *("caching", "encoding_format", "force_timeout", "litellm_call_id", "litellm_metadata"),
        *("litellm_session_id", "litellm_trace_id", "logger_fn", "max_retries", "metadata"),
        *("no-log", "num_retries", "organization", "request_timeout", "retry_policy"),
        *("retry_strategy", "shared_session", "tags", "timeout", "user", "verbose"),
    }
)
"""The arguments of `embedding` that cannot change a vector, besides those that say who calls."""

_WITHOUT_CACHE = ("aembedding", "cache", "caching", "fallbacks", "mock_response")
"""The arguments by which something else is wanted, or something else may answer."""

_NUMBERS_ARE_FLOATS = frozenset({"api_base", "custom_llm_provider", "dimensions", "extra_headers"})
"""The arguments that cannot ask for numbers of another type, so that base64 is that of float32."""

_OF_THE_MODULE = (
    *("api_base", "api_version", "drop_params", "gdc_api_base", "headers", "network_mock"),
    *("use_litellm_proxy", "vertex_location", "vertex_project"),
)
"""The variables of LiteLLM's module that say where requests go, or what is sent."""

_OF_THE_ENVIRONMENT = re.compile(
    r"\w+_(API_BASE|API_TYPE|API_URL|API_VERSION|BASE_URL|CUSTOM_HEADERS)|USE_LITELLM_PROXY|"
    r"(AWS|AZURE|DATABRICKS|DATAROBOT|GOOGLE_CLOUD|HF|OCI|OLLAMA|SNOWFLAKE|VERTEX|VERTEXAI|WATSONX|"
    r"WML|WX)_\w*(ACCOUNT_ID|CONFIG_FILE|ENDPOINT|HOST|LOCATION|PROFILE|PROJECT|REGION|SPACE|URL)\w*"
)
"""The names of variables by which LiteLLM, and the SDKs below it, find where requests go."""

_REFERENCE = re.compile(r"(data|gs|s3):|files/|https://generativelanguage\.googleapis\.com/")
"""How inputs begin that are no texts to providers of multimodal models."""

_OPAQUE = ("aclient_session", "client_session", "secret_manager_client")
"""The variables of LiteLLM's module that may say anything."""

_SAY_WHERE_AS_WELL = ("aws_profile_name", "vertex_ai_credentials", "vertex_credentials")
"""The credentials in which a region or a project stands, too."""

_HOOKS = ("async_pre_call_deployment_hook", "async_post_call_success_deployment_hook")
"""The methods by which a callback changes what is sent, or what comes back."""


def cached(
    cache_url: str | list[str] | None = None,
    *,
    revision: str | None = None,
    **options: Unpack[CacheOptions],
) -> CachedLiteLLM:
    """Return LiteLLM with a cache for `embedding` and `aembedding`; all else is its module's.

    In the key are the input, whether it is text or tokens, the model, and whatever else is asked,
    unless it is known to shape no vector; also what LiteLLM takes from the variables of its module
    and from the environment to know where requests go. Keys, timeouts, `user` and metadata are not.

    An answer has one embedding for each input, in their order. Its `usage` is what this call was
    billed, and its `cache` counts `hits`, `misses` and `deduplicated` inputs. `litellm.cache` stays
    as it is, and is passed by; with `caching=True` it is used, and this cache is not.

    Args:
        cache_url: the store for the vectors: a URL, two URLs as tiers, those of several servers, or
            None for renai's cache folder.
        revision: the identity of the weights; another one whenever they change behind the model's
            name. With it, what cannot be seen is accepted.
        **options: options of `renai.EmbeddingCache`.

    Raises:
        TypeError: there is no such option.
    """
    options.setdefault("batch_size", _LARGEST_REQUEST)
    return CachedLiteLLM(RecipeCaches(cache_url, options), revision)


class CachedLiteLLM:
    """LiteLLM's module, the embeddings of which have a cache; made by `cached`."""

    def __init__(self, caches: RecipeCaches, revision: str | None) -> None:
        self._caches = caches
        self._revision = revision

    def embedding(self, model: str, input: Any = (), **asked: Any) -> EmbeddingResponse:  # noqa: A002
        """Return what `litellm.embedding` does; arguments are the same.

        Raises:
            UsageError: the vectors cannot be cached safely; the message says why, and what to do.
            VectorError: there is not one vector for each input, or one that cannot be stored.
            StoreError: the store cannot be opened, or it fails and `strict` is wanted.
        """
        call = self._call_of(model, input, asked)
        if call is None:
            return litellm.embedding(model=model, input=input, **asked)
        cache = self._caches.of(call.recipe)

        def compute(missing: list[str]) -> list[Any]:
            return call.answers.take(
                litellm.embedding(**call.missing(missing)), len(missing), cache
            )

        return call.answer(cache.embed(call.inputs.texts, compute))

    async def aembedding(self, model: str, input: Any = (), **asked: Any) -> EmbeddingResponse:  # noqa: A002
        """Return what `litellm.aembedding` does; errors are those of `embedding`."""
        call = self._call_of(model, input, asked)
        if call is None:
            return await litellm.aembedding(model=model, input=input, **asked)
        cache = await hop(self._caches.of, call.recipe)

        async def compute(missing: list[str]) -> list[Any]:
            return call.answers.take(
                await litellm.aembedding(**call.missing(missing)), len(missing), cache
            )

        return call.answer(await cache.aembed(call.inputs.texts, compute))

    def close(self) -> None:
        """Close the store; the next call opens it again."""
        self._caches.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # while this is copied
            raise AttributeError(name)
        return getattr(litellm, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
        else:
            setattr(litellm, name, value)

    def _call_of(self, model: Any, given: Any, asked: dict[str, Any]) -> _Call | None:
        """Return a call that can be answered from a cache; None for what LiteLLM has to judge.

        Raises:
            UsageError: its vectors cannot be cached safely.
        """
        inputs = inputs_of(given)
        shapes = {**_named_credentials(asked), **asked}
        shapes = {name: it for name, it in shapes.items() if it is not None and _may_shape(name)}
        if not model or inputs is None or _needs_no_cache(str(model), inputs, asked, shapes):
            return None
        unseen = [name for name, value in shapes.items() if not _can_be_encoded(value)]
        if self._revision is None:
            _refuse_the_unseen([*unseen, *_unseen_of_the_module(str(model), asked)])
        environment = filter(_OF_THE_ENVIRONMENT.fullmatch, os.environ)
        parameters = {
            **{name: _spelled(name, shapes[name]) for name in shapes.keys() - unseen},
            "module": _set_among(_OF_THE_MODULE, vars(litellm)),
            "environment": _set_among(environment, os.environ),
        }
        recipe = EmbeddingRecipe(
            str(model),
            revision=self._revision,
            symmetric=True,
            embedder="litellm.embedding",
            input=inputs.kind,
            parameters={name: value for name, value in parameters.items() if value},
        )
        recipe.called = without_secrets(str(model))
        return _Call({**asked, "model": model}, inputs, recipe)


class _Call:
    """One call of `litellm.embedding`.

    Attributes:
        inputs: what is to be embedded.
        recipe: everything besides the inputs that shapes a vector.
        answers: what the endpoint has answered.
    """

    def __init__(self, asked: dict[str, Any], inputs: Inputs, recipe: EmbeddingRecipe) -> None:
        self._asked = asked
        self.answers = Answers()
        self.inputs = inputs
        self.recipe = recipe

    def missing(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the arguments by which some of the texts are asked for, past `litellm.cache`."""
        sent = [self.inputs.by_text[text] for text in texts]
        passed_by = {"no-cache": True, "no-store": True}
        return {**self._asked, "input": sent, "caching": False, "cache": passed_by}

    def answer(self, embedded: Embedded) -> EmbeddingResponse:
        """Return what `litellm.embedding` answers."""
        answer = EmbeddingResponse(
            model=self.answers.last.model if self.answers.last else self._asked["model"],
            usage=litellm.Usage(**self.answers.billed),
            hidden_params=self.answers.last._hidden_params if self.answers.last else None,
        )
        vectors = embedded.vectors
        rows: list[dict[str, Any]] = [
            {"embedding": [], "index": index, "object": "embedding"}
            for index in range(len(vectors))
        ]
        # The lists of numbers come last: the collector of garbage looks through whatever was made.
        as_text = self._asked.get("encoding_format") == "base64"
        numbers = map(as_base64, vectors) if as_text else lists_of(vectors)
        for row, its_numbers in zip(rows, numbers, strict=True):
            row["embedding"] = its_numbers
        answer.data = rows
        answer.cache = counts_of(self.inputs.texts, embedded)
        return answer


def _needs_no_cache(
    model: str, inputs: Inputs, asked: dict[str, Any], shapes: dict[str, Any]
) -> bool:
    """Return whether a call is one for which there can be no cache, or whose answer is no vectors.

    That is so where the input is stated anew or refers to something, where a text's vector changes
    with its neighbours, and where numbers may be of another type than float32.
    """
    extra = asked.get("extra_body")
    form = asked.get("encoding_format")
    named = {**shapes, "model": model.rpartition("/")[2]}
    return (
        any(asked.get(name) for name in _WITHOUT_CACHE)
        or (isinstance(extra, dict) and not extra.keys().isdisjoint(("input", "encoding_format")))
        or (inputs.kind == "text" and any(map(_REFERENCE.match, inputs.texts)))
        or any(each.holds(CachedLiteLLM, named) for each in BATCH_DEPENDENT)
        or form not in FORMS
        or (form == "base64" and not shapes.keys() <= _NUMBERS_ARE_FLOATS)
    )


def _may_shape(name: str) -> bool:
    if name in _SAY_WHERE_AS_WELL:
        return True
    return name not in _SHAPES_NOTHING | CREDENTIALS and not name.endswith(ENDS_OF_CREDENTIALS)


def _named_credentials(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that LiteLLM keeps under a name, endpoints among them."""
    named = asked.get("litellm_credential_name")
    found = [each for each in litellm.credential_list if each.credential_name == named]
    return dict(found[0].credential_values) if named and found else {}


def _unseen_of_the_module(model: str, asked: dict[str, Any]) -> list[str]:
    """Return what of LiteLLM's module may change a call, and cannot be looked into."""
    unseen = [name for name in _OPAQUE if getattr(litellm, name, None) is not None]
    handled = {each["provider"] for each in litellm.custom_provider_map}
    unseen += handled & {model.partition("/")[0], asked.get("custom_llm_provider")}
    return unseen + [
        type(callback).__name__
        for callback in litellm.callbacks
        if isinstance(callback, CustomLogger)
        and any(getattr(type(callback), it) is not getattr(CustomLogger, it) for it in _HOOKS)
    ]


def _refuse_the_unseen(unseen: list[str]) -> None:
    if unseen:
        raise UsageError(
            f"nobody can tell what this changes in LiteLLM's calls: {', '.join(unseen)}; say "
            "revision='…', and another one whenever it changes the vectors"
        )


def _can_be_encoded(value: Any) -> bool:
    try:
        encode(value)
    except TypeError:
        return False
    return True


def _spelled(name: str, value: Any) -> Any:
    """Return an argument without secrets, and without what makes no difference."""
    if name in _SAY_WHERE_AS_WELL or is_credential(name):
        return digest_text(str(value))
    if name.endswith("headers"):
        return routing_headers(dict(value))
    return spelled("url" if name.lower().endswith("api_base") else name, value)


def _set_among(names: Iterable[str], where: Mapping[str, Any]) -> dict[str, Any]:
    """Return those variables of a module, or of the environment, that are set."""
    given = {name: where[name] for name in names if where.get(name)}
    return {
        name: digest_text(value) if name.endswith("_HEADERS") else _spelled(name, value)
        for name, value in given.items()
    }
