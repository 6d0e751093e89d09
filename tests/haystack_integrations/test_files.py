"""Embedders of images and of pages: what is keyed is the file's bytes and the page."""

from dataclasses import replace

import pytest
from haystack import Document, component

from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder
from renai.errors import DocumentError


@component
class ImageEmbedder:
    """Reads the file that a document names, as Haystack's image embedders do."""

    def __init__(self, file_path_meta_field="file_path", root_path=None):
        self.file_path_meta_field = file_path_meta_field
        self.root_path = root_path
        self.read = []

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]):
        self.read += [it.meta[self.file_path_meta_field] for it in documents]
        return {"documents": [replace(it, embedding=[0.5]) for it in documents]}


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "photos" / "sea.png"
    path.parent.mkdir()
    path.write_bytes(b"\x89PNG sea")
    return path


def misses(cached, path, **meta):
    document = Document(meta={"file_path": str(path), **meta})
    return cached.run([document])["meta"]["cache"]["misses"]


def test_a_file_is_known_by_its_bytes(image):
    cached = CachedDocumentEmbedder(ImageEmbedder(), "memory://")
    assert misses(cached, image) == 1
    assert misses(cached, image.rename(image.with_name("ocean.png"))) == 0
    image.with_name("ocean.png").write_bytes(b"\x89PNG ocean")
    assert misses(cached, image.with_name("ocean.png")) == 1


def test_pages_of_one_file_differ(image):
    cached = CachedDocumentEmbedder(ImageEmbedder(), "memory://")
    pdf = image.with_suffix(".pdf")
    pdf.write_bytes(b"%PDF-1.4")
    assert misses(cached, pdf, page_number=1) == 1
    assert misses(cached, pdf, page_number=2) == 1
    assert misses(cached, pdf, page_number=1, title="no matter") == 0
    assert misses(cached, pdf, page_number=1, mime_type="image/png") == 1


def test_a_hit_says_of_itself_what_a_miss_does(image):
    cached = CachedDocumentEmbedder(ImageEmbedder(), "memory://")
    document = Document(meta={"file_path": str(image)})
    (miss,), (hit,) = (cached.run([document])["documents"] for _ in range(2))
    assert miss == hit
    assert hit.meta["embedding_source"] == {"type": "image", "file_path_meta_field": "file_path"}


def test_a_relative_path_is_below_the_root(image):
    cached = CachedDocumentEmbedder(ImageEmbedder(root_path=str(image.parent)), "memory://")
    assert misses(cached, "sea.png") == 1
    assert misses(cached, "../photos/sea.png") == 0
    with pytest.raises(ValueError, match="outside root_path"):
        misses(cached, "../secret.png")


def test_documents_without_a_file_are_named(image):
    cached = CachedDocumentEmbedder(ImageEmbedder(), "memory://")
    with pytest.raises(ValueError, match="document of-no-file names no file"):
        cached.run([Document(id="of-no-file")])
    with pytest.raises(DocumentError, match=r"gone\.png: cannot be read"):
        misses(cached, image.with_name("gone.png"))
