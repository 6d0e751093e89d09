"""Haystack's OpenAI embedders over real HTTP: a client for each way to run, and calls that fail."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
import pytest
from haystack import Document
from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder
from haystack.utils import Secret

from embedders import vector_of
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)


@pytest.fixture
def endpoint(monkeypatch):
    """An endpoint for embeddings that refuses what says `bad`; it notes what it is asked for."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    asked = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self):
            texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
            texts = [texts] if isinstance(texts, str) else texts
            asked.extend(texts)
            rows = [
                {"object": "embedding", "index": at, "embedding": vector_of(text)}
                for at, text in enumerate(texts)
            ]
            usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
            answer = {"object": "list", "model": "m", "data": rows, "usage": usage}
            body = json.dumps(answer).encode()
            self.send_response(400 if any("bad" in text for text in texts) else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
        server.shutdown()
        thread.join()


def embedder(kind, base_url, **options):
    return kind(api_base_url=base_url, max_retries=0, **options)


async def test_documents_both_ways(endpoint, url):
    base_url, asked = endpoint
    wrapped = embedder(OpenAIDocumentEmbedder, base_url, progress_bar=False, batch_size=2)
    cached = CachedDocumentEmbedder(wrapped, url, batch_size=2)
    documents = [Document(content=text) for text in ("a", "b", "c")]
    made = await cached.run_async(documents)
    assert made["meta"]["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert cached.run([*documents, Document(content="d")])["meta"]["cache"]["misses"] == 1
    assert asked == ["a", "b", "c", "d"]
    await cached.close_async()
    cached.close()


async def test_queries_both_ways(endpoint, url):
    base_url, asked = endpoint
    cached = CachedTextEmbedder(embedder(OpenAITextEmbedder, base_url), url)
    made = await cached.run_async("a")
    assert made["embedding"] == vector_of("a") == cached.run("a")["embedding"]
    cached.run("b")
    assert asked == ["a", "b"]
    await cached.close_async()
    cached.close()


@pytest.fixture
def three(endpoint):
    """An embedder, three documents of which the endpoint refuses one, and what it was asked."""
    base_url, asked = endpoint

    def make(**options):
        return embedder(
            OpenAIDocumentEmbedder, base_url, progress_bar=False, batch_size=1, **options
        )

    return make, [Document(id=text, content=text) for text in ("good", "bad", "fine")], asked


@pytest.mark.parametrize("tasks", [False, True])
async def test_an_embedder_that_goes_on_after_failures_may_do_so(three, url, caplog, tasks):
    make, documents, asked = three
    cached = CachedDocumentEmbedder(make(raise_on_failure=False), url)

    async def run():
        return await cached.run_async(documents) if tasks else cached.run(documents)

    answer = await run()
    assert [each.embedding is None for each in answer["documents"]] == [False, True, False]
    counts = {"hits": 0, "misses": 3, "deduplicated": 0, "failed": 1}
    assert answer["meta"]["cache"] == counts
    assert "gave no embedding for document bad; it is asked for them again" in caplog.text
    again = await run()
    assert again["meta"]["cache"] == {"hits": 2, "misses": 1, "deduplicated": 0, "failed": 1}
    assert asked == ["good", "bad", "fine", "bad"], "the second run asks only for what failed"
    await cached.close_async()
    cached.close()


def test_equal_documents_fail_together(three):
    make, documents, _ = three
    cached = CachedDocumentEmbedder(make(), "memory://", mark_documents=True)
    answer = cached.run([documents[1], documents[0], replace(documents[1], id="another")])
    assert [each.embedding is None for each in answer["documents"]] == [True, False, True]
    assert answer["meta"]["cache"] == {"hits": 0, "misses": 2, "deduplicated": 1, "failed": 2}
    assert [each.meta["embedding_cache"]["cached"] for each in answer["documents"]] == [False] * 3
    cached.close()


def test_all_may_fail(three):
    make, documents, _ = three
    cached = CachedDocumentEmbedder(make(), "memory://")
    bad = [Document(content=f"bad {number}") for number in range(3)]
    answer = cached.run([*bad, documents[1]])
    assert answer["meta"]["cache"]["failed"] == 4
    assert {each.embedding for each in answer["documents"]} == {None}
    cached.close()


def test_one_that_raises_still_raises(three, url):
    make, documents, _ = three
    cached = CachedDocumentEmbedder(make(raise_on_failure=True), url)
    with pytest.raises(openai.BadRequestError):
        cached.run(documents)
    cached.close()


def test_a_token_does_not_reach_the_store(endpoint, tmp_path):
    base_url, _ = endpoint
    wrapped = embedder(OpenAIDocumentEmbedder, base_url, api_key=Secret.from_token("sk-hunter2"))
    cached = CachedDocumentEmbedder(wrapped, f"file://{tmp_path}/store", mark_documents=True)
    cached.run([Document(content="a")])
    cached.close()
    held = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert held
    assert not any(b"hunter2" in data for data in held)
