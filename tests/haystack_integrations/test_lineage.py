"""Which file a vector came from is written down, so that the file can be forgotten."""

import errno
from pathlib import Path

from haystack import Document

from embedders import AsyncDocumentEmbedder, CountingDocumentEmbedder
from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder
from renai.documents.fingerprint import FingerprintMemo
from renai.embeddings.lineage import lineage_of
from renai.keys.digest import digest_bytes
from renai.maintenance.forget import forget
from renai.maintenance.open_stores import OpenStore
from renai.stores.registry import open_store

HASH = digest_bytes(b"a report")


def known(url, file_hash):
    store = open_store(url)
    try:
        return len(lineage_of(store, file_hash)[1])
    finally:
        store.close()


def test_by_the_hash_in_the_meta(url):
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    embedder.run([Document(content=text, meta={"file_hash": HASH}) for text in ("tides", "bread")])
    embedder.close()
    assert known(url, HASH) == 2


async def test_also_by_tasks(url):
    embedder = CachedDocumentEmbedder(AsyncDocumentEmbedder(), url)
    await embedder.run_async([Document(content="tides", meta={"file_hash": HASH})])
    embedder.close()
    assert known(url, HASH) == 1


def refusing(ask, private):
    """What `is_file` does for who may not look into a folder; root may look everywhere."""

    def is_file(path):
        if path.is_relative_to(private):
            raise PermissionError(errno.EACCES, "Permission denied")
        return ask(path)

    return is_file


def test_by_the_path_of_a_file_that_is_there(url, tmp_path, monkeypatch):
    path = tmp_path / "report.txt"
    path.write_text("a report")
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(Path, "is_file", refusing(Path.is_file, private))
    metas = [
        {"file_path": str(path)},
        {"file_path": "report.txt"},  # may be any file's
        {"file_path": str(tmp_path / "gone.txt")},
        {"file_path": 7},
        {"file_path": "/" + "too long" * 1000},
        {"file_path": str(private / "report.txt")},
        {"file_hash": "no digest", "file_path": str(path)},
    ]
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    embedder.run([Document(content=f"{n}", meta=meta) for n, meta in enumerate(metas)])
    embedder.close()
    assert known(url, HASH) == 2


def test_hits_are_written_down_as_well(url):
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    embedder.run([Document(content="tides")])
    embedder.run([Document(content="tides", meta={"file_hash": HASH})])
    embedder.close()
    assert known(url, HASH) == 1


def test_what_was_adopted_is_written_down(url):
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    embedder.adopt([Document(content="tides", meta={"file_hash": HASH}, embedding=[1.0, 2.0])])
    embedder.close()
    assert known(url, HASH) == 1


def test_a_forgotten_file_is_embedded_anew(url):
    documents = [
        Document(content="tides", meta={"file_hash": HASH}),
        Document(content="bread", meta={"file_hash": digest_bytes(b"other")}),
    ]
    embedder = CachedDocumentEmbedder(CountingDocumentEmbedder(), url)
    embedder.run(documents)
    embedder.close()
    store = open_store(url)
    forget([OpenStore("here", store, ("embedding",))], FingerprintMemo(None), [HASH])
    store.close()
    assert embedder.run(documents)["meta"]["cache"] == {"hits": 1, "misses": 1, "deduplicated": 0}
