"""List what a cache holds, entry by entry, without ever having all of it in memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from renai.batching import batched
from renai.cache.cache import MOST_BYTES, peek
from renai.codecs.json import JsonCodec
from renai.embeddings.known_recipes import known_recipes, recipe_of
from renai.embeddings.recipe import EMBEDDING
from renai.metadata.entry_names import CHAT, is_ours
from renai.metadata.metadata_cache import get_provider_model_key, subject_in
from renai.metadata.metadata_codec import MetadataCodec
from renai.metadata.unreadable import UNREADABLE_FILES
from renai.stores.abilities import get_up_to

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from renai.embeddings.known_recipes import KnownRecipe
    from renai.maintenance.open_stores import OpenStore
    from renai.stores.base import Stat, Store

_AT_ONCE = 256
_METADATA = "metadata/"
_TEXT = "text/"


@dataclass(frozen=True, slots=True)
class Held:
    """An entry.

    Attributes:
        layer: `text`, `metadata` or `embedding`; beside texts `unreadable`, for the reason why
            there is none.
        name: its name in the store.
        subject: SHA-256 of the file, 64 hex digits; of a vector, its key.
        size: bytes.
        stored_at: seconds since the epoch.
        used_at: seconds since the epoch, as far as the store keeps track of that.
        provider: of the answer; of a vector, the class of the embedder, "" if there is none; None
            for a text, if the entry is damaged, or if the recipe of a vector is not known.
        model: likewise.
        cost: what it cost to make, as the entry states; None where it does not.
        place: of the store.
        recipe: of a vector, the digest of its recipe's record, 64 hex digits; None if the recipe is
            not known, and for all else.
        namespace: of a vector whose recipe is known; None for all else.
        numbers: the type of number in which such a vector is stored; None for all else.
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
    recipe: str | None = None
    namespace: str | None = None
    numbers: str | None = None


def list_entries(
    stores: Sequence[OpenStore],
    layers: Sequence[str],
    *,
    provider: str | None = None,
    model: str | None = None,
    vectors_by_recipe: bool = True,
    passed_over: Counter[str] | None = None,
) -> Iterator[Held]:
    """Yield entries in the order in which the stores list them.

    A vector of an older version does not tell its recipe: nobody knows whose it is, so it is listed
    only where neither provider nor model is chosen.

    Args:
        stores: where to look.
        layers: the layers whose entries are listed.
        provider: list only the answers of this provider, and the vectors of this embedder.
        model: list only the answers and vectors of this model.
        vectors_by_recipe: whether to read vectors, to tell whose they are; without that, vectors
            are listed much faster.
        passed_over: counts, by place, the vectors that are not listed since nobody knows whose they
            are.

    Raises:
        StoreError: a store fails.
    """
    chosen = {"provider": provider, "model": model}
    wanted = {key: value for key, value in chosen.items() if value is not None}
    for opened in stores:
        for prefix in opened.prefixes(layers):
            if prefix == _METADATA:
                # The name tells provider and model together; one of them alone is only found in
                # the entry.
                key = get_provider_model_key(**wanted) if len(wanted) == 2 else ""
                yield from _listed(opened, prefix, _notes, wanted, key)
            elif prefix == EMBEDDING and (wanted or vectors_by_recipe):
                describe = partial(_notes_of_vectors, known_recipes(opened.store))
                unknown = passed_over if wanted else None
                yield from _listed(opened, prefix, describe, wanted, passed_over=unknown)
            elif prefix == CHAT:
                yield from _listed(opened, prefix, _notes_of_completions, wanted)
            elif not wanted:
                yield from _listed(opened, prefix, _no_notes, wanted)
                if prefix == _TEXT:
                    yield from _listed(opened, UNREADABLE_FILES, _no_notes, wanted)


def _listed(
    opened: OpenStore,
    prefix: str,
    describe: Callable[[Store, Sequence[Stat]], dict[str, dict[str, Any]]],
    wanted: dict[str, str],
    part_of_name: str = "",
    *,
    passed_over: Counter[str] | None = None,
) -> Iterator[Held]:
    stats = (
        stat
        for stat in opened.store.scan(prefix)
        if part_of_name in stat.name and is_ours(stat.name)
    )
    for batch in batched(stats, _AT_ONCE):
        notes = describe(opened.store, batch)
        for stat in batch:  # what is damaged has no notes, and is listed all the same
            subject, note = subject_in(stat.name), notes.get(stat.name, {})
            if subject and not note and passed_over is not None:
                passed_over[opened.place] += 1
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
                    recipe=note.get("recipe"),
                    namespace=note.get("namespace"),
                    numbers=note.get("numbers"),
                )


def _no_notes(store: Store, stats: Sequence[Stat]) -> dict[str, dict[str, Any]]:  # noqa: ARG001
    return {}


def _notes(store: Store, stats: Sequence[Stat]) -> dict[str, dict[str, Any]]:
    return {
        name: {field: entry.notes.get(field) for field in ("provider", "model", "cost")}
        for name, entry in peek(store, MetadataCodec(), [stat.name for stat in stats])
    }


def _notes_of_completions(store: Store, stats: Sequence[Stat]) -> dict[str, dict[str, Any]]:
    notes = {}
    for name, entry in peek(store, JsonCodec(), [stat.name for stat in stats]):
        recipe = entry.recipe.get("parameters", {})
        notes[name] = {
            "provider": recipe.get("provider"),
            "model": recipe.get("model"),
            "cost": entry.notes.get("cost"),
        }
    return notes


def _notes_of_vectors(
    recipes: Mapping[int, KnownRecipe], store: Store, stats: Sequence[Stat]
) -> dict[str, dict[str, Any]]:
    return {
        name: {
            "provider": recipe.embedder,
            "model": recipe.model,
            "recipe": recipe.digest,
            "namespace": recipe.namespace,
            "numbers": recipe.numbers,
        }
        for name, data in get_up_to(store, [stat.name for stat in stats], MOST_BYTES).items()
        if (recipe := recipe_of(data, recipes))
    }
