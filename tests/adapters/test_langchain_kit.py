"""LangChain's own tests for embeddings, where `pip install langchain-tests` has brought them."""

import pytest

pytest.importorskip("langchain_tests")

from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from renai.langchain import CachedEmbeddings


class _OfCachedEmbeddings:
    @property
    def embeddings_class(self):
        return CachedEmbeddings

    @property
    def embedding_model_params(self):
        return {"embeddings": DeterministicFakeEmbedding(size=4), "cache_url": "memory://"}


class TestUnit(_OfCachedEmbeddings, EmbeddingsUnitTests):
    """What is asked of a class."""


class TestIntegration(_OfCachedEmbeddings, EmbeddingsIntegrationTests):
    """What is asked of its vectors, both ways to call."""
