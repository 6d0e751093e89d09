"""What a cache holds, entry by entry, without ever holding all of it in memory."""

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
        name: in its store.
        subject: SHA-256 of the file, 64 hex digits; of a vector, its key.
        size: bytes.
        stored_at: seconds since the epoch.
        used_at: likewise; as far as the store keeps track.
        provider: who answered; None where nobody did, or the entry is damaged.
        model: likewise.
        cost: what it cost to make, as the entry says; None where it does not.
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
    """List entries as they come.

    Args:
        stores: where to look.
        layers: whose entries.
        provider: only what this one said.
        model: only what this one said.

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
    # Provider and model together stand in the name; either alone only inside.
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
        except DamagedEntryError:  # it is listed all the same
            continue
    return notes
