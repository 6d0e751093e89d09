"""A cache that many documents might have filled, made without reading or asking about any.

Its entries are named, framed and judged like those of a run with these settings, so a run over the
documents finds all of them.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from renai.batching import batched
from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.codecs.text import TextCodec
from renai.file_job import FileJob
from renai.keys.digest import digest_bytes
from renai.usage.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from renai.metadata.request import Request

    Put = Callable[[Mapping[str, bytes]], object]

_AT_ONCE = 1000
_FACTS = {"properties": {}, "lines": [], "pages": 1, "extractor": "none"}
_TEXT = "About as many words as stand on the first page of a book. " * 40


def made_document(folder: Path, number: int) -> FileJob:
    """A document of its own content, written where there is a folder for it."""
    path = folder / f"{number % 100:02}" / f"{number}.txt"
    content = f"FileJob {number}".encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return FileJob(path, folder, "document", path.stat(), digest_bytes(content))


def entries_of(document: FileJob, request: Request) -> Iterator[tuple[str, bytes]]:
    """Its text, and what was answered."""
    cost = asdict(Cost(1.0, 1, 2500, 80, 0.0005))
    text = request.text_key(document)
    entry = Entry.made_by(text.recipe, _TEXT, facts=_FACTS, cost=cost | {"calls": 0})
    yield text.name, TextCodec().encode(text.name, entry)
    key, provider = request.metadata_key(document), request.provider
    fields = {"title": f"Title {document.path.stem}", "authors": ["Ada Quill"], "year": 1999}
    notes = {"provider": provider.name, "model": provider.model, "source": "", "cost": cost}
    yield key.name, JsonCodec().encode(key.name, Entry.made_by(key.recipe, fields, **notes))


def fill(put: Put, documents: Iterator[FileJob], request: Request) -> None:
    """Hand over the entries of documents, a batch at a time."""
    made = (entry for document in documents for entry in entries_of(document, request))
    for batch in batched(made, _AT_ONCE):
        put(dict(batch))


def put_into(folder: Path) -> Put:
    """Write entries as files, without waiting for the disk as a store does."""

    def put(items: Mapping[str, bytes]) -> None:
        for name, data in items.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    return put
