"""Clients and frameworks, with another base URL"""

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path

import openai
import pytest
from haystack import Document
from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder
from haystack.utils import Secret

from waiting import LIMIT

_SCRIPT = Path(__file__).with_name("client.mjs")


@pytest.fixture
def client(caller):
    with openai.OpenAI(api_key=caller.key, base_url=caller.url, max_retries=0) as client:
        yield client


def _numbers(answer):
    return [row.embedding for row in answer.data]


def test_openai(client, caller, service):
    """OpenAI's client: its second call asks nothing"""
    for texts in (["a", "b"], ["b", "c", "a"]):
        answer = client.embeddings.create(input=texts, model=caller.model)
        assert _numbers(answer) == caller.expected(texts)
    assert sorted(service.asked) == ["a", "b", "c"]


def test_openai_parameters(client, caller, service):
    """OpenAI's client with dimensions, numbers, a user and fields of its own"""
    fields = {"input_type": "query"}
    for form in ("float", "base64", openai.omit):
        answer = client.embeddings.create(
            input="a",
            model=caller.model,
            dimensions=4,
            user="me",
            extra_body=fields,
            encoding_format=form,
        )
        if form != "base64":
            assert _numbers(answer) == caller.expected("a", dimensions=4, **fields)
    assert len(service.embeddings) == 1


async def test_openai_async(caller, service):
    """OpenAI's asynchronous client, with ten calls at once"""
    async with openai.AsyncOpenAI(api_key=caller.key, base_url=caller.url, max_retries=0) as client:
        batches = [[f"text {number}", "all", f"text {number + 1}"] for number in range(10)]
        answers = await asyncio.gather(
            *[client.embeddings.create(input=it, model=caller.model) for it in batches]
        )
        assert [_numbers(it) for it in answers] == [caller.expected(it) for it in batches]
    assert len(service.asked) == 12


def test_openai_errors(client, caller, service):
    """OpenAI's client raises what it raises without a gateway"""
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(input="", model=caller.model)
    service.refused.add(caller.key)
    with pytest.raises(openai.AuthenticationError, match="Incorrect API key"):
        client.embeddings.create(input="a", model=caller.model)
    service.kill()
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(input="b", model=caller.model)


def test_openai_chat(client, caller):
    """OpenAI's client chats, in one piece and as a stream"""
    asked = {"model": caller.model, "messages": [{"role": "user", "content": "hello"}]}
    assert client.chat.completions.create(**asked).choices[0].message.content
    stream = client.chat.completions.create(**asked, stream=True)
    assert "".join(it.choices[0].delta.content or "" for it in stream).endswith("hello")
    assert client.models.list().data[0].id == "m"


@pytest.fixture
def tokenizer(monkeypatch):
    """Texts are cut into tokens offline: into their bytes."""
    tiktoken = pytest.importorskip("tiktoken")
    ranks = {bytes([byte]): byte for byte in range(256)}
    of_bytes = tiktoken.Encoding("bytes", pat_str=".", mergeable_ranks=ranks, special_tokens={})
    monkeypatch.setattr(tiktoken, "encoding_for_model", lambda model: of_bytes)
    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: of_bytes)


def test_langchain(caller, service, tokenizer):
    """LangChain's OpenAIEmbeddings, which sends tokens"""
    langchain_openai = pytest.importorskip(
        "langchain_openai", reason="pip install langchain-openai"
    )

    def embeddings():
        return langchain_openai.OpenAIEmbeddings(
            model=caller.model, base_url=caller.url, api_key=caller.key, max_retries=0
        )

    texts = ["first", "second", "first"]
    tokens = [list(text.encode()) for text in texts]
    assert embeddings().embed_documents(texts) == caller.expected(tokens)
    assert embeddings().embed_documents(texts) == caller.expected(tokens)
    assert embeddings().embed_query("second") == caller.expected(tokens)[1]
    assert sorted(service.asked) == sorted(tokens[:2])


def test_langchain_texts(caller, service):
    """LangChain's OpenAIEmbeddings, told to send texts"""
    langchain_openai = pytest.importorskip(
        "langchain_openai", reason="pip install langchain-openai"
    )
    embeddings = langchain_openai.OpenAIEmbeddings(
        model=caller.model,
        base_url=caller.url,
        api_key=caller.key,
        check_embedding_ctx_length=False,
        dimensions=4,
    )
    texts = ["first", "second"]
    for _ in range(2):
        assert embeddings.embed_documents(texts) == caller.expected(texts, dimensions=4)
    assert service.asked == texts


async def test_llama_index(caller, service):
    """LlamaIndex's OpenAIEmbedding, one text and many, both ways"""
    its = pytest.importorskip(
        "llama_index.embeddings.openai", reason="pip install llama-index-embeddings-openai"
    )
    model = its.OpenAIEmbedding(
        model_name=caller.model,
        api_base=caller.url,
        api_key=caller.key,
        max_retries=0,
        num_workers=1,
    )
    texts = ["first", "second", "third"]
    for _ in range(2):
        assert model.get_text_embedding_batch(texts) == caller.expected(texts)
    assert await model.aget_text_embedding_batch(texts) == caller.expected(texts)
    assert model.get_query_embedding("first") == caller.expected("first")[0]
    assert sorted(service.asked) == sorted(texts)


def test_haystack(caller, service):
    """Haystack's embedders for documents and for texts"""
    options = {
        "model": caller.model,
        "api_base_url": caller.url,
        "max_retries": 0,
        "api_key": Secret.from_token(caller.key),
    }
    embedder = OpenAIDocumentEmbedder(progress_bar=False, **options)
    for texts in (["first", "second"], ["third", "second", "first"]):
        documents = embedder.run([Document(content=text) for text in texts])["documents"]
        assert [it.embedding for it in documents] == caller.expected(texts)
    found = OpenAITextEmbedder(**options).run("second")["embedding"]
    assert [found] == caller.expected("second")
    assert sorted(service.asked) == ["first", "second", "third"]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """A folder with OpenAI's package for Node in it."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("install Node.js with npm")
    folder = tmp_path_factory.mktemp("node")
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "openai"]
    installed = subprocess.run(npm, cwd=folder, capture_output=True, timeout=LIMIT, check=False)
    if installed.returncode:
        pytest.skip("npm cannot install openai")
    shutil.copy(_SCRIPT, folder)
    return folder


@pytest.mark.long
def test_node(node, caller, service):
    """OpenAI's package for Node: the second run of a script calls nothing"""
    environment = {**os.environ, "OPENAI_BASE_URL": caller.url, "OPENAI_API_KEY": caller.key}
    for _ in range(2):
        run = subprocess.run(
            ["node", "client.mjs", caller.model],
            cwd=node,
            env=environment,
            capture_output=True,
            timeout=LIMIT,
            check=True,
        )
        assert json.loads(run.stdout) == caller.expected(["a", "b", "a"])
    assert sorted(service.asked) == ["a", "b"]
