"""What the components hit and miss is added up where `renai cache stats` shows it."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from haystack import Document, Pipeline
from haystack.components.embedders import AzureOpenAIDocumentEmbedder
from haystack.utils import Secret

from embedders import (
    CountingDocumentEmbedder,
    CountingTextEmbedder,
    SparseCountingDocumentEmbedder,
)
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from haystack_integrations.components.embedders.renai.framework import Haystack
from renai.embedders.wrapped import WrappedEmbedder
from renai.embeddings.known_recipes import known_recipes, recipe_of
from renai.errors import UsageError
from renai.locations import cache_folder
from renai.stores.registry import open_store
from renai.stores.upkeep import stream

if TYPE_CHECKING:
    from pathlib import Path

TIDES, BREAD = Document(content="tides"), Document(content="bread")


def accounts(*options: str) -> dict[tuple[str, str], dict]:
    command = [sys.executable, "-m", "renai", "cache", "stats", "--json", *options]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    accounts = json.loads(shown)["accounts"]
    assert {account["layer"] for account in accounts} <= {"embedding"}
    return {(account["provider"], account["model"]): account for account in accounts}


def test_documents_and_queries_count_by_embedder_and_model(url: str) -> None:
    documents = CachedDocumentEmbedder(CountingDocumentEmbedder("a-model"), url, batch_size=1)
    documents.run([TIDES, BREAD])
    documents.run([TIDES, BREAD])
    queries = CachedTextEmbedder(CountingTextEmbedder("a-model"), url)
    queries.run("When is low tide?")
    documents.close()
    queries.close()

    told = accounts()
    of_documents = told["embedders.CountingDocumentEmbedder", "a-model"]
    assert (of_documents["hits"], of_documents["misses"]) == (2, 2)
    assert of_documents["spent"]["calls"] == of_documents["saved"]["calls"] == 2
    assert of_documents["spent"]["bytes"] == of_documents["saved"]["bytes"] > 0
    of_queries = told["embedders.CountingTextEmbedder", "a-model"]
    assert (of_queries["hits"], of_queries["misses"]) == (0, 1)


def test_sparse_vectors_count_too(url: str) -> None:
    embedder = CachedDocumentEmbedder(SparseCountingDocumentEmbedder(), url)
    for _ in range(3):
        embedder.run([TIDES, BREAD])
    embedder.close()
    (account,) = accounts().values()
    assert (account["hits"], account["misses"], account["spent"]["calls"]) == (4, 2, 1)
    assert account["saved"]["seconds"] == pytest.approx(2 * account["spent"]["seconds"])


def test_a_model_in_a_folder_is_called_by_its_folder(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(str(folder)), url)
    embedder.run([TIDES])
    embedder.close()
    ((_, model),) = accounts()
    assert model == "models/tiny"


def test_it_can_be_switched_off_also_in_yaml(url: str) -> None:
    pipeline = Pipeline()
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), url, ledger=False)
    pipeline.add_component("embedder", embedder)
    restored = Pipeline.loads(pipeline.dumps(), unsafe=True)
    for each in (pipeline, restored):
        each.run({"embedder": {"documents": [TIDES]}})
        each.get_component("embedder").close()
    assert not (cache_folder() / "ledger.sqlite").exists()


def test_workers_that_share_a_store_have_one_bill_also_in_yaml(url: str) -> None:
    pipeline = Pipeline()
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder("a-model"), url, ledger="shared")
    pipeline.add_component("embedder", embedder)
    restored = Pipeline.loads(pipeline.dumps(), unsafe=True)
    for each in (pipeline, restored):
        each.run({"embedder": {"documents": [TIDES, BREAD]}})
        each.get_component("embedder").close()
    assert not (cache_folder() / "ledger.sqlite").exists()
    assert accounts() == {}
    (account,) = accounts("--vectors-url", url).values()
    assert (account["hits"], account["misses"], account["model"]) == (2, 2, "a-model")


@pytest.mark.parametrize("component", [CachedDocumentEmbedder, CachedTextEmbedder])
def test_a_limit_would_drop_the_bill(component: type, url: str) -> None:
    wrapped = {CachedDocumentEmbedder: CountingDocumentEmbedder}.get(
        component, CountingTextEmbedder
    )
    with pytest.raises(UsageError, match="max_bytes"):
        component(wrapped(), url, ledger="shared", max_bytes=1000)


def test_an_azure_model_is_called_by_its_deployment() -> None:
    embedder = AzureOpenAIDocumentEmbedder(
        azure_endpoint="https://house.openai.azure.com",
        azure_deployment="ours",
        api_key=Secret.from_token("sk-1"),
    )
    assert WrappedEmbedder(embedder, Haystack(), None).model_name == "ours"
    assert WrappedEmbedder(CountingDocumentEmbedder("m"), Haystack(), None).model_name == "m"


def test_the_recipe_of_vectors_is_known_beside_them(url: str) -> None:
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder("a-model"), url)
    embedder.run([TIDES, BREAD])
    embedder.close()
    with closing(open_store(url)) as store:
        (recipe,) = known_recipes(store).values()
        held = [data for batch in stream(store, "embedding/") for data in batch.values()]
        assert [recipe_of(data, known_recipes(store)) for data in held] == [recipe, recipe]
    assert (recipe.embedder, recipe.model) == ("embedders.CountingDocumentEmbedder", "a-model")
    assert recipe.described["parameters"]["role"] == "document"
