"""The metadata layer: what a provider said of a file, named after file, provider and model.

Its recipe contains that of the text layer, so that a hit needs no text at all. Where nothing but
the recipe of the text has changed, the entry's `source`, the digest of what the provider was shown,
tells whether the answer is still valid.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from renai.cache.cache import Cache, peek
from renai.documents.soundness import READING, is_doubtful_name
from renai.errors import StoreError
from renai.keys.digest import digest_text
from renai.keys.recipe import Key, Recipe, differing_fields
from renai.locations import cache_folder
from renai.metadata.metadata_codec import MetadataCodec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike
    from pathlib import Path

    from renai.cache.looked_up import Reason
    from renai.codecs.entry import Entry
    from renai.keys.canonical import Value
    from renai.stores.base import Store
    from renai.usage.counters import UsageCounters

Fields = dict[str, Any]
"""What is known of a file, as JSON values by field."""

MediaMode = Literal["doc", "img"]
"""Whether an entry is about a document (`doc`) or an image (`img`)."""

_METADATA_NAME = re.compile(
    r"metadata/(?P<mode>doc|img)_(?P<file_hash>[0-9a-f]{64})_[0-9a-f]{64}(?P<vision>_vision)?\.json"
)
_SUBJECT = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@lru_cache(maxsize=256)  # a run asks for the same few keys once for each file
def get_provider_model_key(provider: str, model: str) -> str:
    """Return the SHA-256 of the UTF-8 bytes of `provider + "|" + model`, 64 hex digits.

    The formula is public and joins strings, so `("a|b", "c")` and `("a", "b|c")` share a key;
    provider and model therefore stand in the entry as well and are compared on read.
    """
    return digest_text(f"{provider}|{model}")


def metadata_name(
    file_hash: str, provider: str, model: str, *, mode: MediaMode = "doc", vision: bool = False
) -> str:
    """Return the name of a metadata entry.

    Args:
        file_hash: the SHA-256 of the file's bytes, 64 hex digits.
        provider: the name of the provider, as on the command line.
        model: the name of the model, as the endpoint spells it.
        mode: `doc` for documents, `img` for images.
        vision: whether vision mode was on and the file is a PDF; images' names always say so, also
            where the provider cannot see.
    """
    suffix = "_vision" if vision or mode == "img" else ""
    return f"metadata/{mode}_{file_hash}_{get_provider_model_key(provider, model)}{suffix}.json"


def metadata_prefix(mode: MediaMode) -> str:
    """Return the prefix of the names of all metadata entries of a mode."""
    return f"metadata/{mode}_"


def subject_in(name: str) -> str | None:
    """Return the first digest, 64 hex digits, in any name of renai's; None if there is none.

    In the names of texts, of metadata, of what was set aside and of what OCR recognised, it is the
    digest of the file.
    """
    match = _SUBJECT.search(name)
    return match[0] if match else None


def file_hash_in(name: str) -> str | None:
    """Return the file hash in a metadata entry's name; None if it is another kind of name."""
    match = _METADATA_NAME.fullmatch(name)
    return match["file_hash"] if match else None


def metadata_recipe(
    provider: str,
    model: str,
    revision: int,
    parameters: dict[str, Value],
    text: Recipe,
) -> Recipe:
    """Return the recipe by which metadata is obtained.

    Args:
        provider: the name of the provider that is asked.
        model: the name of the model, as the provider spells it.
        revision: the provider's revision: a number raised by hand when its answers may change.
        parameters: everything else that can change an answer.
        text: the recipe by which the text shown to the provider is extracted.
    """
    return Recipe(
        "metadata",
        revision,
        {**parameters, "provider": provider, "model": model, "text": text.described},
    )


def metadata_key(
    file_hash: str,
    recipe: Recipe,
    *equivalents: Recipe,
    mode: MediaMode = "doc",
    vision: bool = False,
) -> Key:
    """Return the key of what the provider and model of a recipe say of a file.

    Args:
        file_hash: the SHA-256 of the file's bytes, 64 hex digits.
        recipe: the recipe of the metadata.
        equivalents: recipes that differ from it only in how the text is extracted, and are as good.
        mode: `doc` for documents, `img` for images.
        vision: whether vision mode was on and the file is a PDF; images' names always say so.
    """
    provider, model = str(recipe.parameters["provider"]), str(recipe.parameters["model"])
    name = metadata_name(file_hash, provider, model, mode=mode, vision=vision)
    return Key(name, file_hash, recipe, equivalents)


class MetadataCache(Cache[Fields]):
    """The metadata layer in a store."""

    def __init__(self, store: Store, counters: UsageCounters | None = None) -> None:
        super().__init__(store, MetadataCodec(), counters=counters)

    def judge(self, key: Key, entry: Entry[Fields]) -> Reason | None:
        """Compare, besides the recipe, also provider and model, whatever the name says.

        The name contains a digest of a joined string, which two pairs of them may share.
        """
        wanted, notes = key.recipe.parameters, entry.notes
        if notes.get("provider") != wanted["provider"] or notes.get("model") != wanted["model"]:
            return "stale"
        reason = super().judge(key, entry)
        return reason or ("stale" if _is_doubtful(entry) else None)

    def count_spent(
        self, keys: Iterable[Key], entries: Iterable[Entry[Fields] | None], seconds: float
    ) -> None:
        """Count nothing: model calls are counted where they are made.

        A call that fails costs money too, and an old answer that is still valid costs nothing.
        """


def still_answers(stale: Entry[Fields], recipe: Recipe, source: str) -> bool:
    """Return whether an answer of another recipe is the one that this recipe would ask for again.

    Args:
        stale: the entry with the old answer.
        recipe: the recipe asked for now.
        source: the digest of what the provider would be shown now.
    """
    if stale.notes.get("source") != source:
        return False
    # Of the very same recipe, it was stale because it was in doubt.
    return _is_of(stale, recipe) or differs_in_text_only(stale, recipe)


def _is_of(entry: Entry[Fields], recipe: Recipe) -> bool:
    asked = (recipe.parameters.get("provider"), recipe.parameters.get("model"))
    said = (entry.notes.get("provider"), entry.notes.get("model"))
    return entry.recipe_digest == recipe.digest and said == asked


def _is_doubtful(entry: Entry[Fields]) -> bool:
    """Return whether an answer may be about a text that was read wrongly, and is not anymore."""
    if entry.notes.get("reading") == READING:
        return False
    authors = entry.value.get("authors")
    said = [entry.value.get("title"), *(authors if isinstance(authors, list) else ())]
    return any(isinstance(line, str) and is_doubtful_name(line) for line in said)


def differs_in_text_only(stale: Entry[Fields], recipe: Recipe) -> bool:
    """Return whether an answer's recipe differs from another only in how the text is extracted."""
    differing = differing_fields(stale.recipe, recipe.described)
    # If nothing differs, the answer is stale for a reason that the description does not show.
    return bool(differing) and all(name.startswith("parameters.text.") for name in differing)


class Asked(NamedTuple):
    """A provider and a model that were asked about a file."""

    provider: str
    model: str


def answers(
    store: Store, file_hash: str, mode: MediaMode = "doc"
) -> Iterator[tuple[str, Entry[Fields]]]:
    """Yield the names and the contents of all intact entries of one file, the newest first.

    Raises:
        StoreError: the store fails.
    """
    stats = store.scan(f"{metadata_prefix(mode)}{file_hash}_")
    newest_first = sorted(stats, key=lambda stat: stat.stored_at, reverse=True)
    yield from peek(store, MetadataCodec(), [stat.name for stat in newest_first])


class Predecessors:
    """Finds out which other providers and models have been asked about a file.

    The folder is listed once, when it is first needed: a run without misses never lists it.
    """

    def __init__(self, store: Store, mode: MediaMode = "doc") -> None:
        self._store = store
        self._mode = mode

    def of(self, file_hash: str, asked: Asked) -> Asked | None:
        """Return who was asked about this file before `asked`; None if `asked` was, or nobody.

        One of the same provider is preferred, else the newest.
        """
        try:
            others = self._entries(file_hash)
        except StoreError:  # the cache logs its own failures; this look-up only serves a log line
            return None
        if asked in others:
            return None
        same_provider = [other for other in others if other.provider == asked.provider]
        return next(iter(same_provider or others), None)

    @cached_property
    def _names(self) -> dict[str, list[tuple[float, str]]]:
        names = defaultdict(list)
        for stat in self._store.scan(metadata_prefix(self._mode)):
            if file_hash := file_hash_in(stat.name):
                names[file_hash].append((stat.stored_at, stat.name))
        return names

    def _entries(self, file_hash: str) -> list[Asked]:
        newest_first = [name for _, name in sorted(self._names.get(file_hash, ()), reverse=True)]
        notes = [entry.notes for _, entry in peek(self._store, MetadataCodec(), newest_first)]
        return [
            Asked(each["provider"], each["model"])
            for each in notes
            if each.keys() >= {"provider", "model"}
        ]


def get_metadata_cache_path(
    file_hash: str,
    provider: str,
    model: str,
    *,
    mode: MediaMode = "doc",
    vision: bool = False,
    cache_dir: str | PathLike[str] | None = None,
) -> Path:
    """Return the path of the entry with a provider's and model's metadata of a file.

    Args:
        file_hash: the SHA-256 of the file's bytes, 64 hex digits.
        provider: the name of the provider, as on the command line.
        model: the name of the model, as the endpoint spells it.
        mode: `doc` for documents, `img` for images.
        vision: whether vision mode was on and the file is a PDF; images' names always say so.
        cache_dir: the cache folder; the user's by default.
    """
    name = metadata_name(file_hash, provider, model, mode=mode, vision=vision)
    return cache_folder(cache_dir) / name
