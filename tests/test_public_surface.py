"""What others may rely on: the names that docs/python.md lists, and the parameters they have.

A change here is a change for users, and belongs into CHANGELOG.md.
"""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import renai

ROOT = Path(__file__).parents[1]
NEEDS = {"renai.sentence_transformers": "sentence_transformers"}
"""The packages that are not there on every Python that renai runs on."""

PAGE = (ROOT / "docs/python.md").read_text(encoding="utf-8")
HAYSTACK = "haystack_integrations.components.embedders.renai"
ROW = re.compile(r"^\| `([\w.]+)` \|[^|]*\| (`.*`) \|$", re.MULTILINE)
LISTED = {module: re.findall(r"`(\w+)`", names) for module, names in ROW.findall(PAGE)}
PUBLIC = (
    "renai",
    "renai.errors",
    "renai.stores",
    "renai.stores.testing",
    "renai.providers",
    "renai.documents",
    "renai.langchain",
    "renai.litellm",
    "renai.llama_index",
    "renai.openai",
    "renai.arrow",
    "renai.ray",
    "renai.sentence_transformers",
    HAYSTACK,
)

_PROCESSOR = {
    "BookProcessor": "(provider=None, model=None, *, settings=None, budget=None, quotation=None)",
    "BookProcessor.process": "(self, path)",
    "BookProcessor.update_provider_model": "(self, provider, model=None)",
    "BookProcessor.aclose": "(self)",
}
_EMBEDDER = (
    "(self, embedder, cache_url=None, *, ttl=None, dtype='float32', max_bytes=None, {}revision=None"
)
_ADAPTER = "cache_url=None, *, revision=None, {}**options"
SHAPES = {
    "renai.langchain": {
        "CachedEmbeddings": f"(embeddings, {_ADAPTER.format('')})",
        "CachedEmbeddings.embed_documents": "(self, texts)",
        "CachedEmbeddings.embed_query": "(self, text)",
        "CachedEmbeddings.aembed_documents": "(self, texts)",
        "CachedEmbeddings.aembed_query": "(self, text)",
        "CachedEmbeddings.close": "(self)",
    },
    "renai.litellm": {"cached": f"({_ADAPTER.format('')})"},
    "renai.llama_index": {
        "CachedEmbedding.__init__": (
            f"(self, embed_model, {_ADAPTER.format('callback_manager=None, ')})"
        ),
        "CachedEmbedding.close": "(self)",
    },
    "renai.openai": {"cached": f"(client, {_ADAPTER.format('')})"},
    "renai.arrow": {
        "TableEmbedder": (
            "(cache, embedder, *, column, into, dimension, max_batch=256, linger=0.05)"
        ),
        "TableEmbedder.__call__": "(self, table)",
    },
    "renai.ray": {
        "embed": (
            "(ds, *, column, into='embedding', embedder, embedder_args=None, store, recipe, "
            "dimension, max_batch=256, rows_per_call=5000, actors=1, calls_at_once=4, linger=0.05, "
            "num_gpus=0, num_cpus=None, resources=None)"
        )
    },
    "renai.sentence_transformers": {
        "CachedSentenceTransformer": f"(model, {_ADAPTER.format('load_with=None, ')})",
        "CachedSentenceTransformer.encode": "(self, inputs=None, *positional, **asked)",
        "CachedSentenceTransformer.encode_query": "(self, inputs=None, *positional, **asked)",
        "CachedSentenceTransformer.encode_document": "(self, inputs=None, *positional, **asked)",
        "CachedSentenceTransformer.close": "(self)",
    },
    "renai": {
        **_PROCESSOR,
        **{name.replace("Book", "Visual"): shape for name, shape in _PROCESSOR.items()},
        "EmbeddingCache": (
            "(store, recipe, *, dtype='float32', ttl=None, max_bytes=None, batch_size=256, "
            "namespace='', ledger=True, strict=False, canary=None, on_change='warn')"
        ),
        "EmbeddingCache.embed": "(self, texts, compute)",
        "EmbeddingCache.aembed": "(self, texts, compute)",
        "EmbeddingCache.get": "(self, texts)",
        "EmbeddingCache.put": "(self, texts, vectors)",
        "EmbeddingCache.delete": "(self, texts)",
        "EmbeddingCache.key": "(self, text)",
        "EmbeddingCache.trace": "(self, texts, sources)",
        "EmbeddingCache.close": "(self)",
        "Metadata": (
            "(*, title=None, authors=(), year=None, category=None, subtitle=None, publisher=None, "
            "series=None, series_index=None, isbn=None, doi=None, language=None, date=None, "
            "camera=None, place=None, confidence=None, evidence=<factory>)"
        ),
        "Metadata.from_said": "(said)",
        "Metadata.fields": "(self)",
        "Orchestrator": "(books, survey=None, *, heed_corrections=True, refuse_libraries=False)",
        "Orchestrator.find": "(self, paths)",
        "Orchestrator.quote": "(self)",
        "Orchestrator.fill": "(self)",
        "Orchestrator.plan": "(self)",
        "Recipe": "(model, *, revision=None, role='document', symmetric=False, **parameters)",
        "get_file_hash": "(path)",
        "get_metadata_cache_path": (
            "(file_hash, provider, model, *, mode='doc', vision=False, cache_dir=None)"
        ),
        "get_provider_model_key": "(provider, model)",
        "get_text_cache_path": "(file_hash, *, enhanced=False, mutool=False, cache_dir=None)",
    },
    "renai.stores": {
        "BreakerStore": "(store, name)",
        "DatedStore.dates_of": "(self, names)",
        "DatedStore.backdate": "(self, dates)",
        "Lease": "(names, seconds, token=<factory>)",
        "LeasingStore.claim": "(self, lease)",
        "LeasingStore.renew": "(self, lease)",
        "LeasingStore.release": "(self, lease)",
        "LeasingStore.put_many": "(self, items, ttl=None, release=None)",
        "ScrubbingStore.scrub": "(self)",
        "Stat": "(name, size, stored_at, used_at)",
        "Store.get_many": "(self, names)",
        "Store.put_many": "(self, items, ttl=None)",
        "Store.delete_many": "(self, names)",
        "Store.scan": "(self, prefix='')",
        "Store.close": "(self)",
        "StoreKind": (
            "(open, package='', leases=False, evicts=False, no_limit='', streams=False, "
            "alias_of='', drivers=())"
        ),
        "StreamingStore.stream": "(self, prefix='')",
        "check_names": "(names)",
        "is_gone": "(token)",
        "open_store": "(url, *, max_bytes=None)",
    },
    "renai.providers": {
        "Answer": "(metadata, cost)",
        "Attempt": "(outcome, seconds, cost)",
        "Budget": "(cap)",
        "Budget.reserve": "(self, most)",
        "Budget.settle": "(self, most, spent)",
        "Cost": "(seconds=0.0, calls=0, prompt_tokens=0, completion_tokens=0, money=None)",
        "Provider.parameters": "(self)",
        "Provider.source": "(self, extraction)",
        "Provider.prompt_tokens": "(self, characters, pictures=0)",
        "Provider.price": "(self)",
        "Provider.ask": "(self, extraction, report=unreported)",
        "Provider.aclose": "(self)",
        "ProviderSetup": (
            "(name, model, base_url, api_key, key_variable, categories, concurrency, prices, "
            "budget, max_tokens=None, model_loading_seconds=None)"
        ),
        "Service": (
            "(name, remark, make=chat_completions, model='', only_model=False, model_variable='', "
            "base_url='', base_url_variable='', key_variable='', key_needed=True, "
            "heeds_budget=False, min_confidence=0.0, tells_categories=True)"
        ),
        "Tariff.of": "(self, prompt_tokens, completion_tokens)",
        "read_answer": "(answer)",
        "unreported": "(attempt)",
    },
    "renai.documents": {
        "Extraction": (
            "(text, properties=<factory>, lines=(), pages=None, extractor='', pictures=(), "
            "traces=(), seconds=0.0, read_as='')"
        ),
        "Format": "(name, suffixes, media_type, readers=(), viewer=None)",
        "Line": "(text, size, page, top, bold=False, page_height=800.0)",
        "Reader": "(name, revision, module, has_pages=False, mutool=None)",
        "document_line": "(text)",
        "document_text": "(text)",
        "open_file": "(path)",
    },
    HAYSTACK: {
        "CachedDocumentEmbedder.__init__": (
            f"{_EMBEDDER.format('batch_size=256, ')}, key=None, sparse=None, "
            "mark_documents=False, ledger=True, namespace='', strict=False, canary=None, "
            "on_change='warn')"
        ),
        "CachedDocumentEmbedder.run": "(self, documents)",
        "CachedDocumentEmbedder.run_async": "(self, documents)",
        "CachedDocumentEmbedder.adopt": "(self, documents)",
        "CachedTextEmbedder.__init__": (
            f"{_EMBEDDER.format('')}, ledger=True, namespace='', strict=False, canary=None, "
            "on_change='warn')"
        ),
        "CachedTextEmbedder.run": "(self, text)",
        "CachedTextEmbedder.run_async": "(self, text)",
    },
}
"""What public names are called with. What a page shows of a class, and no more, is in here."""


def shape(what):
    """The parameters of a callable with their defaults, but without types."""
    signature = inspect.signature(what)
    untyped = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    plain = signature.replace(parameters=untyped, return_annotation=signature.empty)
    return re.sub(r"<function (\w+) at \w+>", r"\1", str(plain))


def imported(module):
    if package := NEEDS.get(module):
        pytest.importorskip(package)
    return importlib.import_module(module)


def test_the_page_lists_the_public_modules():
    assert tuple(LISTED) == PUBLIC
    assert all(f"`{module}`" in renai.__doc__.replace("\n", " ") for module in PUBLIC[1:])


@pytest.mark.parametrize("module", PUBLIC)
def test_the_page_lists_what_a_public_module_offers(module):
    assert sorted(imported(module).__all__) == sorted(LISTED[module])


def test_every_error_is_public():
    errors = importlib.import_module("renai.errors")
    own = [
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, BaseException)
    ]
    assert sorted(own) == sorted(errors.__all__)


@pytest.mark.parametrize(("module", "name"), [(m, name) for m in SHAPES for name in SHAPES[m]])
def test_parameters_stay(module, name):
    what = imported(module)
    for part in name.split("."):
        what = getattr(what, part)
    assert shape(what) == SHAPES[module][name]


@pytest.mark.parametrize("module", SHAPES)
def test_no_public_name_is_without_its_parameters(module):
    offered = imported(module)
    callables = {name for name in offered.__all__ if inspect.isroutine(getattr(offered, name))}
    classes = {name for name in offered.__all__ if inspect.isclass(getattr(offered, name))}
    assert callables | classes == {name.partition(".")[0] for name in SHAPES[module]}


def imports(block):
    """What a piece of code imports of renai: the module, and the name or None."""
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.Import):
            found = [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [(node.module, alias.name) for alias in node.names]
        else:
            continue
        for module, name in found:
            if module.partition(".")[0] == "renai" or module.startswith(HAYSTACK):
                yield module, name


def is_public(module, name):
    return module in LISTED and (name is None or name in LISTED[module])


PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/README.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_import_what_is_public(page):
    text = page.read_text(encoding="utf-8")
    used = [
        each
        for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        for each in imports(block)
    ]
    used += re.findall(r"(?=from `(renai[\w.]*)`)()", text)
    assert not [each for each in used if not is_public(each[0], each[1] or None)]


def test_an_internal_import_would_be_noticed():
    assert not is_public(*next(imports("from renai.providers.budget import Budget")))
    assert not is_public(*next(imports("from renai import open_store")))
    assert is_public(*next(imports("import renai.stores")))
