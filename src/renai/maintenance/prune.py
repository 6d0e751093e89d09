"""Thin a cache: by age, by provider and model, and to a size."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from renai.embeddings.known_recipes import known_recipes
from renai.embeddings.marks import changes_in, trust
from renai.errors import StoreError
from renai.maintenance.listing import list_entries
from renai.stores.upkeep import shrink
from renai.text_cleaning import printable
from renai.usage.records import fold_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from renai.maintenance.listing import Held
    from renai.maintenance.open_stores import OpenStore


def choose(
    stores: Sequence[OpenStore],
    layers: Sequence[str],
    *,
    older_than: float | None = None,
    max_size: int | None = None,
    provider: str | None = None,
    model: str | None = None,
    passed_over: Counter[str] | None = None,
) -> list[Held]:
    """Choose the entries to drop: all that are too old, and then more until the rest fits.

    Args:
        stores: where to look.
        layers: the layers that may lose entries.
        older_than: seconds since an entry was made; older ones are dropped.
        max_size: bytes that the entries of these layers, provider and model may keep in all
            stores together; beyond that, those used least recently are dropped.
        provider: drop only answers of this provider, and vectors of this embedder.
        model: drop only answers and vectors of this model; vectors of which nobody knows the
            recipe stay.
        passed_over: counts, by place, the vectors that stay for that reason.

    Raises:
        StoreError: a store fails.
    """
    chosen = list_entries(
        stores,
        layers,
        provider=provider,
        model=model,
        vectors_by_recipe=False,
        passed_over=passed_over,
    )
    if older_than is None and max_size is None:
        return list(chosen)
    oldest = time.time() - older_than if older_than is not None else float("-inf")
    going: list[Held] = []
    staying: list[Held] = []
    for entry in chosen:
        (going if entry.stored_at < oldest else staying).append(entry)
    return going + _surplus(staying, max_size)


@dataclass(frozen=True, slots=True)
class Share:
    """The entries of one layer, model and place, and their size in bytes.

    Attributes:
        layer: the layer.
        names: provider and model, as `openai:gpt-4o`; empty where there is none.
        place: the store.
        entries: how many there are.
        size: of all of them, in bytes.
    """

    layer: str
    names: str
    place: str
    entries: int
    size: int

    @property
    def what(self) -> str:
        """What it is, for a person."""
        return f"{self.layer}{f' of {self.names}' if self.names else ''} in {self.place}"


def shares_of(held: Iterable[Held]) -> list[Share]:
    """Sum up entries by layer, provider, model and place."""
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for entry in held:
        names = ":".join(filter(None, (entry.provider, entry.model)))
        sums[entry.layer, names, entry.place].append(entry.size)
    shares = [Share(*key, len(sizes), sum(sizes)) for key, sizes in sums.items()]
    return sorted(shares, key=attrgetter("what"))


def drop(stores: Sequence[OpenStore], entries: Iterable[Held]) -> int:
    """Drop entries, and return how many were still there.

    Raises:
        StoreError: a store fails; entries in the others may still be there.
    """
    names: dict[str, list[str]] = {opened.place: [] for opened in stores}
    for entry in entries:
        names[entry.place].append(entry.name)
    return sum(opened.store.delete_many(names[opened.place]) for opened in stores)


def fold_counts(stores: Sequence[OpenStore]) -> list[str]:
    """Add up what many workers counted on days that are long over.

    Returns:
        Sentences for a person about what was done.

    Raises:
        StoreError: a store fails; nothing that was counted is lost.
    """
    gone = {opened.place: fold_records(opened.store) for opened in stores}
    return [
        f"What workers counted in {printable(place)} was added up ({count:,} records fewer)."
        for place, count in gone.items()
        if count
    ]


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was done after entries were dropped.

    Attributes:
        said: sentences for a person.
        unmarked: how many recipes were stopped and may be used again.
        still: how many stay stopped, since vectors of which nobody knows the model may be of them.
    """

    said: list[str]
    unmarked: int = 0
    still: int = 0


def tidy(
    stores: Sequence[OpenStore],
    layers: Sequence[str],
    going: Sequence[Held],
    *,
    provider: str | None,
    model: str | None,
    all_of_them: bool,
    passed_over: Mapping[str, int],
) -> Tidied:
    """Do what belongs to dropping entries: space, counts that are long over, marks of recipes.

    Args:
        stores: where entries were dropped.
        layers: the layers that lost entries.
        going: what was dropped.
        provider: whose entries these were; None for all.
        model: the model whose entries these were; None for all.
        all_of_them: whether neither age nor size left any of theirs.
        passed_over: the number of vectors that stay in each place since nobody knows whose they
            are.

    Raises:
        StoreError: a store fails.
    """
    said = [*give_back(stores, going), *fold_counts(stores)]
    if all_of_them and (provider or model):
        return Tidied(said, *unmark(stores, layers, provider, model, passed_over))
    return Tidied(said)


def unmark(
    stores: Sequence[OpenStore],
    layers: Sequence[str],
    provider: str | None,
    model: str | None,
    passed_over: Mapping[str, int],
) -> tuple[int, int]:
    """Remove the marks of stopped recipes when all their vectors were dropped.

    A mark stays where a store still has vectors of which nobody knows the recipe: they may be of
    this one.

    Args:
        stores: where to look.
        layers: the layers that lost entries.
        provider: the embedder whose vectors were dropped; None for all.
        model: the model whose vectors were dropped; None for all.
        passed_over: the number of vectors that stay in each place since nobody knows whose they
            are.

    Returns:
        How many marks were removed, and how many stay for that reason.

    Raises:
        StoreError: a store fails.
    """
    removed = staying = 0
    for opened in stores:
        if "embedding" not in layers or "embedding" not in opened.layers:
            continue
        dropped = {
            recipe.digest
            for recipe in known_recipes(opened.store).values()
            if provider in (None, recipe.embedder) and model in (None, recipe.model)
        }
        for change in changes_in(opened.store):
            if change.digest not in dropped:
                continue
            if passed_over.get(opened.place):
                staying += 1
            else:
                trust(opened.store, change)
                removed += 1
    return removed, staying


def give_back(stores: Sequence[OpenStore], dropped: Iterable[Held]) -> list[str]:
    """Give the space of dropped entries back to the disk.

    Returns:
        Sentences for a person about files that keep their size for now.
    """
    freed: Counter[str] = Counter()
    for entry in dropped:
        freed[entry.place] += entry.size
    said = []
    for opened in stores:
        if freed[opened.place]:
            try:
                shrink(opened.store, freed[opened.place])
            except StoreError as error:
                said.append(f"The space is free, but not given back to the disk: {error}")
    return said


def _surplus(entries: list[Held], max_size: int | None) -> list[Held]:
    if max_size is None:
        return []
    surplus = sum(entry.size for entry in entries) - max_size
    going = []
    for entry in sorted(entries, key=attrgetter("used_at")):
        if surplus <= 0:
            break
        surplus -= entry.size
        going.append(entry)
    return going
