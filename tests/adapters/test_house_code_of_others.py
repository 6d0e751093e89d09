"""Embedders of the user's own code, whatever the framework, need a revision."""

import pytest
from langchain_core.embeddings import Embeddings

from renai.errors import UsageError
from renai.langchain import CachedEmbeddings


class Own(Embeddings):
    def embed_documents(self, texts):
        return [[1.0]] * len(texts)

    def embed_query(self, text):
        return [1.0]


def test_code_of_ones_own_needs_a_revision(url):
    with pytest.raises(UsageError, match="Own is code of your own"):
        CachedEmbeddings(Own(), url)
    assert CachedEmbeddings(Own(), url, revision="1").embed_query("a") == [1.0]
