"""Haystack's OpenAI embedders over real HTTP: a client for each way to run, and calls that fail."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from haystack import Document
from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder
from haystack.utils import Secret

from embedders import vector_of
from haystack_integrations.components.embedders.renai import (
    CachedDocumentEmbedder,
    CachedTextEmbedder,
)
from renai.errors import VectorError


@pytest.fixture
def endpoint(monkeypatch):
    """An endpoint for embeddings that refuses the text `bad`; it notes what it is asked for."""
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
            self.send_response(400 if "bad" in texts else 200)
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


def test_a_call_that_failed_leaves_no_document_without_a_word(endpoint, url):
    base_url, asked = endpoint
    wrapped = embedder(OpenAIDocumentEmbedder, base_url, progress_bar=False, batch_size=1)
    documents = [Document(id=text, content=text) for text in ("good", "bad", "fine")]
    assert len(wrapped.run(documents)["documents"]) == 3, "by itself it says nothing"
    wrapped.close()

    asked.clear()
    cached = CachedDocumentEmbedder(wrapped, url)
    with pytest.raises(VectorError, match=r"no embedding for document bad$"):
        cached.run(documents)
    assert cached.run([documents[0], documents[2]])["meta"]["cache"]["hits"] == 2
    assert asked == ["good", "bad", "fine"]
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
