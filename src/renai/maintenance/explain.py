"""Say of a file what the cache knows of it, and why a run would or would not ask anew.

Entries are named and judged just as a run does it, but nothing is asked, written or set aside.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from renai.cache.cache import UNREADABLE
from renai.documents.fingerprint import identify
from renai.documents.formats import is_image
from renai.documents.ocr.pages import is_readable
from renai.extraction import Extraction
from renai.keys.recipe import differences
from renai.metadata.metadata_cache import MetadataCache, answers, differs_in_text_only
from renai.metadata.names import MediaMode, text_name
from renai.metadata.request import Document
from renai.metadata.text_cache import open_text_cache

if TYPE_CHECKING:
    from pathlib import Path

    from renai.cache.cache import Cache
    from renai.codecs.entry import Entry
    from renai.documents.fingerprint import FingerprintMemo
    from renai.keys.recipe import Key
    from renai.metadata.request import Inquiry
    from renai.metadata.visual_request import VisualInquiry
    from renai.stores.base import Store

Cause = Literal[
    "hit",
    "missing",
    "stale",
    "damaged",
    "other mode",
    "other model",
    "other provider",
    "changed bytes",
]

_MODES = [{"enhanced": e, "mutool": m} for e in (False, True) for m in (False, True)]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a recipe: in the entry, and as it would be now; None where there is no such."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered about the same bytes: by whom, under which name, and at what cost."""

    provider: str
    model: str
    name: str
    cost: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one layer knows of a file.

    Attributes:
        layer: `text` or `metadata`.
        name: the entry's name in the store.
        cause: `hit`, or why not.
        differences: between a stale entry's recipe and that of now.
        asks: whether a model would be asked.
        unless_same_text: it would not if the text, extracted anew, comes out as it was.
        taken_over: the answer of text mode would be taken for that of vision mode.
        cost: what it cost to make the entry, or that of the bytes before; None if that is unknown.
        others: what others answered, where this one was not asked yet.
    """

    layer: str
    name: str
    cause: Cause
    differences: list[Difference] = field(default_factory=list)
    asks: bool = False
    unless_same_text: bool = False
    taken_over: bool = False
    cost: dict[str, Any] | None = None
    others: list[Answer] = field(default_factory=list)

    @property
    def hit(self) -> bool:
        """Whether a run would take it from the cache."""
        return self.cause == "hit"


def identify_with_former(path: Path, memo: FingerprintMemo) -> tuple[Document, str | None]:
    """Tell what a file holds.

    Returns:
        The document; and what this file, by its place on the disk, was last known to hold, if that
        was something else.

    Raises:
        DocumentError: it cannot be read.
    """
    path = path.absolute()
    ((digest, stat),) = identify([path], memo)
    former = memo.recall_former(stat)
    return Document(path, digest, stat), None if former == digest else former


def explain(
    document: Document, inquiry: VisualInquiry, store: Store, *, former: str | None = None
) -> list[Explanation]:
    """Explain what the layers of text and metadata know; of an image, there is no text.

    Args:
        document: the file.
        inquiry: whom a run would ask, and how.
        store: with texts and metadata.
        former: SHA-256 of what the file held before, if that is known.

    Raises:
        DocumentError: nothing reads this format.
        StoreError: the store fails.
    """
    before = Document(document.path, former, document.stat) if former else None
    metadata = _of_metadata(document, before, inquiry, store)
    metadata = replace(
        metadata,
        asks=inquiry.provider.paid and not metadata.hit and not metadata.taken_over,
    )
    if is_image(document.path.suffix):
        return [metadata]
    return [_of_text(document, before, inquiry, store), metadata]


def _of_text(
    document: Document, before: Document | None, inquiry: Inquiry, store: Store
) -> Explanation:
    cache = open_text_cache(store)
    text = _judged("text", inquiry.text_key(document), cache)
    if text.cause == "missing":
        names = [text_name(document.file_hash, **mode) for mode in _MODES]
        text = replace(text, cause="other mode") if store.get_many(names) else text
    return _of_other_bytes(text, inquiry.text_key(before), cache) if before else text


def _of_metadata(
    document: Document, before: Document | None, inquiry: VisualInquiry, store: Store
) -> Explanation:
    cache = MetadataCache(store)
    metadata = _judged("metadata", inquiry.metadata_key(document), cache)
    if metadata.cause == "missing":
        metadata = _of_others(metadata, document, inquiry, store)
        if inquiry.samples(document):
            metadata = _of_text_mode(metadata, document, inquiry, cache)
    if before:
        metadata = _of_other_bytes(metadata, inquiry.metadata_key(before), cache)
    return metadata


def _judged(layer: str, key: Key, cache: Cache[Any]) -> Explanation:
    data = cache.store.get_many([key.name]).get(key.name)
    if data is None:
        return Explanation(layer, key.name, "missing")
    try:
        entry = cache.codec.decode(key.name, data)
    except UNREADABLE:
        return Explanation(layer, key.name, "damaged")
    cost = entry.notes.get("cost")
    if cache.judge(key, entry) is None:
        return Explanation(layer, key.name, "hit", cost=cost)
    return Explanation(
        layer,
        key.name,
        "stale",
        [
            Difference(name, old, new)
            for name, (old, new) in differences(entry.recipe, key.recipe.described).items()
        ],
        unless_same_text=layer == "metadata" and differs_in_text_only(entry, key.recipe),
        cost=cost,
    )


def _of_others(
    missing: Explanation, document: Document, inquiry: Inquiry, store: Store
) -> Explanation:
    mode: MediaMode = "img" if is_image(document.path.suffix) else "doc"
    found = [
        Answer(str(notes.get("provider")), str(notes.get("model")), name, notes.get("cost"))
        for name, notes in (
            (name, entry.notes) for name, entry in answers(store, document.file_hash, mode)
        )
    ]
    asked = inquiry.provider
    cause: Cause = "missing"
    if any((other.provider, other.model) == (asked.name, asked.model) for other in found):
        cause = "other mode"
    elif any(other.provider == asked.name for other in found):
        cause = "other model"
    elif found:
        cause = "other provider"
    return replace(missing, cause=cause, others=found)


def _of_text_mode(
    missing: Explanation, document: Document, inquiry: VisualInquiry, cache: MetadataCache
) -> Explanation:
    """Vision mode reads a text that can be read, and then asks what text mode has asked."""
    plain = _held(inquiry.plain_key(document), cache)
    if plain is None:
        return missing
    text = _held(inquiry.text_key(document), open_text_cache(cache.store))
    if text is None:
        return replace(missing, unless_same_text=True)
    source = inquiry.provider.source(Extraction.from_facts(text.value, text.notes["facts"]))
    is_same = is_readable(text.value) and plain.notes.get("source") == source
    return replace(missing, taken_over=is_same)


def _held(key: Key, cache: Cache[Any]) -> Entry[Any] | None:
    """An entry that would be a hit."""
    try:
        entry = cache.codec.decode(key.name, cache.store.get_many([key.name])[key.name])
    except UNREADABLE:
        return None
    return None if cache.judge(key, entry) else entry


def _of_other_bytes(now: Explanation, former: Key, cache: Cache[Any]) -> Explanation:
    if now.cause != "missing":
        return now
    before = _judged(now.layer, former, cache)
    if before.cause == "missing":
        return now
    return replace(now, cause="changed bytes", differences=before.differences, cost=before.cost)
