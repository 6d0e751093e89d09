"""Explain what the cache knows of a file, and why a run would or would not ask a model again.

Entries are named and judged exactly as a run does it, but no model is asked, nothing is written and
nothing is set aside.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from renai.cache.cache import MOST_BYTES, UNREADABLE, peek
from renai.documents.fingerprint import identify
from renai.documents.formats import is_image
from renai.documents.ocr.pages import is_readable
from renai.file_job import FileJob
from renai.keys.recipe import differences
from renai.metadata.metadata_cache import MediaMode, MetadataCache, answers, differs_in_text_only
from renai.metadata.modes import PagesMode
from renai.metadata.text_cache import extraction_in, open_text_cache, text_name
from renai.metadata.unreadable import Unreadable, UnreadableFiles
from renai.stores.abilities import get_up_to

if TYPE_CHECKING:
    from pathlib import Path

    from renai.cache.cache import Cache
    from renai.codecs.entry import Entry
    from renai.documents.fingerprint import FingerprintMemo
    from renai.keys.recipe import Key
    from renai.metadata.request import Request
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
    "unreadable",
]

_MODES = [{"enhanced": e, "mutool": m} for e in (False, True) for m in (False, True)]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a recipe, in the entry and as it would be now; None where it is missing."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer about the same bytes: the provider and model, the entry's name, and the cost."""

    provider: str
    model: str
    name: str
    cost: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one layer knows of a file.

    Attributes:
        layer: `text` or `metadata`, or `unreadable` for the reason why there is neither.
        name: the entry's name in the store.
        cause: `hit`, or the reason why it is none.
        differences: between a stale entry's recipe and the one of now.
        asks: whether a model would be asked.
        unless_same_text: no model is asked if the text, extracted again, is what it was.
        taken_over: vision mode would take the answer of text mode.
        cost: what it cost to make the entry, or the entry of the file's former bytes; None if
            that is unknown.
        others: what other models answered, where this one was not asked yet.
        reason: why the file cannot be read, if an earlier run found that out.
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
    reason: str = ""

    @property
    def hit(self) -> bool:
        """Whether a run would take the entry from the cache."""
        return self.cause == "hit"


def identify_with_former(path: Path, memo: FingerprintMemo) -> tuple[FileJob, str | None]:
    """Find out what a file holds now, and what it held before.

    Returns:
        The file with its digest; and the digest of what the file at this place on the disk was
        last known to hold, or None if that is the same or not known.

    Raises:
        DocumentError: it cannot be read.
    """
    path = path.absolute()
    ((digest, stat),) = identify([path], memo)
    former = memo.recall_former(stat)
    return FileJob(
        str(path), path.parent, "document", stat, digest
    ), None if former == digest else former


def explain(
    job: FileJob, request: Request, store: Store, *, former: str | None = None
) -> list[Explanation]:
    """Explain what is known of a file: its text, unless it is an image, and its metadata.

    If there is no metadata because the file cannot be read, the reason comes last.

    Args:
        job: the file, digested.
        request: which model a run would ask, and how.
        store: holds texts and metadata.
        former: SHA-256 of what the file held before, 64 hex digits, if that is known.

    Raises:
        DocumentError: nothing reads this format.
        StoreError: the store fails.
    """
    before = replace(job, file_hash=former) if former else None
    metadata = _of_metadata(job, before, request, store)
    metadata = replace(
        metadata,
        asks=request.provider.paid and not metadata.hit and not metadata.taken_over,
    )
    unreadable = [] if metadata.hit else _why_unreadable(job, request, store)
    if unreadable:
        metadata = replace(metadata, asks=False)
    if is_image(job.suffix):
        return [metadata, *unreadable]
    return [_of_text(job, before, request, store), metadata, *unreadable]


def _why_unreadable(job: FileJob, request: Request, store: Store) -> list[Explanation]:
    key = request.mode_of(job).unreadable_key(job)
    entry = _held(key, UnreadableFiles(store))
    if entry is None or not Unreadable(**entry.value).rules_out(request.provider):
        return []
    return [Explanation("unreadable", key.name, "unreadable", reason=entry.value["reason"])]


def _of_text(job: FileJob, before: FileJob | None, request: Request, store: Store) -> Explanation:
    cache = open_text_cache(store)
    text = _judged("text", request.text_key(job), cache)
    if text.cause == "missing":
        names = [text_name(job.file_hash, **mode) for mode in _MODES]
        text = replace(text, cause="other mode") if get_up_to(store, names, MOST_BYTES) else text
    return _of_other_bytes(text, request.text_key(before), cache) if before else text


def _of_metadata(
    job: FileJob, before: FileJob | None, request: Request, store: Store
) -> Explanation:
    cache = MetadataCache(store)
    metadata = _judged("metadata", request.metadata_key(job), cache)
    if metadata.cause == "missing":
        metadata = _of_others(metadata, job, request, store)
        mode = request.mode_of(job)
        if isinstance(mode, PagesMode):
            metadata = _of_text_mode(metadata, job, request, mode, cache)
    if before:
        metadata = _of_other_bytes(metadata, request.metadata_key(before), cache)
    return metadata


def _judged(layer: str, key: Key, cache: Cache[Any]) -> Explanation:
    data = get_up_to(cache.store, [key.name], cache.most_bytes_of([key])).get(key.name)
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


def _of_others(missing: Explanation, job: FileJob, request: Request, store: Store) -> Explanation:
    mode: MediaMode = "img" if is_image(job.suffix) else "doc"
    found = [
        Answer(str(notes.get("provider")), str(notes.get("model")), name, notes.get("cost"))
        for name, notes in (
            (name, entry.notes) for name, entry in answers(store, job.file_hash, mode)
        )
    ]
    asked = request.provider
    cause: Cause = "missing"
    if any((other.provider, other.model) == (asked.name, asked.model) for other in found):
        cause = "other mode"
    elif any(other.provider == asked.name for other in found):
        cause = "other model"
    elif found:
        cause = "other provider"
    return replace(missing, cause=cause, others=found)


def _of_text_mode(
    missing: Explanation, job: FileJob, request: Request, mode: PagesMode, cache: MetadataCache
) -> Explanation:
    """Explain by text mode, which vision mode follows where the text can be read."""
    plain = _held(mode.text.key(job), cache)
    if plain is None:
        return missing
    text = _held(request.text_key(job), open_text_cache(cache.store))
    if text is None:
        return replace(missing, unless_same_text=True)
    source = request.provider.source(extraction_in(text))
    is_same = is_readable(text.value) and plain.notes.get("source") == source
    return replace(missing, taken_over=is_same)


def _held(key: Key, cache: Cache[Any]) -> Entry[Any] | None:
    """Return the entry of a key if it would be a hit."""
    for _, entry in peek(cache.store, cache.codec, [key.name]):
        return None if cache.judge(key, entry) else entry
    return None


def _of_other_bytes(now: Explanation, former: Key, cache: Cache[Any]) -> Explanation:
    if now.cause != "missing":
        return now
    before = _judged(now.layer, former, cache)
    if before.cause == "missing":
        return now
    return replace(now, cause="changed bytes", differences=before.differences, cost=before.cost)
