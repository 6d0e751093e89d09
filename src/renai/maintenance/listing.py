"""List what a cache holds, entry by entry, without ever having all of it in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from renai.batching import batched
from renai.codecs.json import JsonCodec
from renai.errors import DamagedEntryError
from renai.metadata.metadata_cache import get_provider_model_key, subject_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renai.maintenance.open_stores import OpenStore
    from renai.stores.base import Stat, Store

_AT_ONCE = 256
_METADATA = "metadata/"


@dataclass(frozen=True, slots=True)
class Held:
    """An entry.

    Attributes:
        layer: `text`, `metadata` or `embedding`.
        name: its name in the store.
        subject: SHA-256 of the file, 64 hex digits; of a vector, its key.
        size: bytes.
        stored_at: seconds since the epoch.
        used_at: seconds since the epoch, as far as the store keeps track of that.
        provider: of the answer; None for a text or a vector, or if the entry is damaged.
        model: likewise.
        cost: what it cost to make, as the entry states; None where it does not.
        place: of the store.
    """

    layer: str
    name: str
    subject: str
    size: int
    stored_at: float
    used_at: float
    provider: str | None
    model: str | None
    cost: dict[str, Any] | None
    place: str


def list_entries(
    stores: Sequence[OpenStore],
    layers: Sequence[str],
    *,
    provider: str | None = None,
    model: str | None = None,
) -> Iterator[Held]:
    """Yield entries in the order in which the stores list them.

    Args:
        stores: where to look.
        layers: the layers whose entries are listed.
        provider: list only the answers of this provider.
        model: list only the answers of this model.

    Raises:
        StoreError: a store fails.
    """
    chosen = {"provider": provider, "model": model}
    wanted = {key: value for key, value in chosen.items() if value is not None}
    for opened in stores:
        for prefix in opened.prefixes(layers):
            if prefix == _METADATA or not wanted:
                yield from _listed(opened, prefix, wanted)


def _listed(opened: OpenStore, prefix: str, wanted: dict[str, str]) -> Iterator[Held]:
    # The name tells provider and model together; one of them alone is only found in the entry.
    key = get_provider_model_key(**wanted) if len(wanted) == 2 else ""
    stats = (stat for stat in opened.store.scan(prefix) if key in stat.name)
    for batch in batched(stats, _AT_ONCE):
        notes = _notes(opened.store, batch) if prefix == _METADATA else {}
        for stat in batch:
            subject, note = subject_in(stat.name), notes.get(stat.name, {})
            if subject and all(note.get(field) == value for field, value in wanted.items()):
                yield Held(
                    layer=prefix[:-1],
                    name=stat.name,
                    subject=subject,
                    size=stat.size,
                    stored_at=stat.stored_at,
                    used_at=stat.used_at,
                    provider=note.get("provider"),
                    model=note.get("model"),
                    cost=note.get("cost"),
                    place=opened.place,
                )


def _notes(store: Store, stats: Sequence[Stat]) -> dict[str, dict[str, Any]]:
    notes = {}
    for name, data in store.get_many([stat.name for stat in stats]).items():
        try:
            notes[name] = JsonCodec().decode(name, data).notes
        except DamagedEntryError:  # a damaged entry is listed as well
            continue
    return notes
