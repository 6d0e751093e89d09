"""Which recipes the vectors in a store were made by.

A vector's name is a digest of its recipe and its text, and tells neither. So the entry of each
vector contains a recipe number, and what that number stands for is recorded once for each recipe,
in the same store:

    recipe/<digest of what the names of its vectors have in common, 64 hex digits>

The recipe number is the first four bytes of that digest. Should two recipes in one store ever have
the same number, neither is taken for the recipe of a vector.

Such a record is for people and for maintenance: no vector is found or refused by it. It is written
with the first vectors, and again now and then while vectors are written, since a store with a limit
may have dropped it. It comes after the vectors, since an SQLite file takes its shape from what is
written to it first. It does not expire.

Keys contain the digest of a recipe and never its values, but these records are read by whoever can
read the store. So of texts only those are recorded that stand under names that are known to be
harmless, and not inside something unknown; others, and unknown names inside dicts, are replaced by
a few digits of their digest, which still tell whether two recipes differ.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from renai.codecs.binary import NO_RECIPE_NUMBER, recipe_number_in
from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.embeddings.recipe import digest_in_common, masked, usage_key_of, without_secrets
from renai.errors import DamagedEntryError, StoreError
from renai.stores.abilities import get_up_to

if TYPE_CHECKING:
    from renai.embeddings.recipe import EntryNames
    from renai.stores.base import Store

RECIPES = "recipe/"
"""The prefix of the names of these records."""

_MOST_BYTES = 1 << 22
_SECONDS = 60.0
"""How long a record is taken to be in the store after it was written."""

_HARMLESS = frozenset(
    {
        *("step", "model", "model_name", "model_id", "azure_deployment", "revision", "embedder"),
        *("role", "reading", "dtype", "precision", "backend", "api_version", "api_type"),
        *("prefix", "suffix", "prompt", "prompt_name", "instruction", "input_type"),
        *("task", "task_type", "truncate", "truncation", "truncation_side", "encoding_format"),
        *("embedding_separator", "separator", "meta_fields_to_embed", "metadata_fields_to_embed"),
        *("pooling_mode", "similarity_fn_name", "embedding_type", "type"),
    }
)
"""The names of recipe fields whose texts are recorded as they are, unless one looks secret."""

_CONTAINERS = frozenset({"parameters", "api_params"})
"""The names of recipe fields in which there are fields of these names."""

_NAMES_OF_OPTIONS = frozenset(
    {
        *("headers", "params", "http_client_kwargs", "default_headers", "extra_headers", "bytes"),
        *("max_seq_length", "prompts", "default_prompt_name", "truncate_dim", "torch_dtype"),
        *("attn_implementation", "model_max_length", "region_name", "endpoint_url", "dimensions"),
        *("normalize", "normalize_embeddings", "url", "base_url", "api_base_url"),
    }
)
"""Further names that are recorded as they are; the values under them are not."""

_NAMES_OF_READING = 3  # that it is a function, its module and its name


@dataclass(frozen=True, slots=True)
class KnownRecipe:
    """A recipe by which vectors in a store were made.

    Attributes:
        digest: the digest in the name of its record, 64 hex digits.
        embedder: the class of the embedder; empty if there is none.
        model: the name by which a person knows the model.
        namespace: the namespace of the vectors.
        numbers: the type of number in which they are stored; `sparse` for sparse vectors.
        described: the recipe as described by `Recipe.described`, less what is not harmless.
    """

    digest: str
    embedder: str
    model: str
    namespace: str
    numbers: str
    described: dict[str, Any]

    @property
    def number(self) -> int:
        """The recipe number in the entries of its vectors."""
        return recipe_number_of(self.digest)


def recipe_number_of(digest: str) -> int:
    """Return the recipe number of the recipe with this digest, 64 hex digits."""
    number = int(digest[:8], 16)
    return number if number != NO_RECIPE_NUMBER else int(digest[8:16], 16)


class RecipeRecord:
    """Records the recipe of the vectors of one cache in their store.

    Args:
        store: the store of the vectors.
        names: makes the names of the vectors.
    """

    def __init__(self, store: Store, names: EntryNames) -> None:
        self._store = store
        self._names = names
        self._due = float("-inf")
        self._failed = False

    def keep(self) -> None:
        """Write the record, unless that was done a moment ago; called when vectors were written.

        A store that fails here mostly failed for the vectors as well, which is then told; the next
        call tries again.
        """
        now = time.monotonic()
        if now < self._due:
            return
        try:
            self._store.put_many(_framed(self._names))
        except StoreError:
            self._failed = True
        else:
            self._failed = False
            self._due = now + _SECONDS

    def keep_at_last(self) -> None:
        """Try again what failed, before the store is closed."""
        if self._failed:
            self.keep()


def read_recipe(name: str, data: bytes) -> KnownRecipe:
    """Return the recipe in a record.

    Raises:
        DamagedEntryError: these are not the whole bytes of a record of this name.
    """
    entry = JsonCodec().decode(name, data)
    texts = [entry.value.get(field) for field in ("embedder", "model", "namespace", "numbers")]
    embedder, model, namespace, numbers = (
        text if isinstance(text, str) else None for text in texts
    )
    if embedder is None or model is None or namespace is None or numbers is None:
        raise DamagedEntryError(f"{name}: not the record of a recipe")
    digest = digest_in_common(namespace, entry.recipe_digest, numbers)
    if name != RECIPES + digest:
        raise DamagedEntryError(f"{name}: the record of another recipe")
    return KnownRecipe(digest, embedder, model, namespace, numbers, entry.recipe)


def known_recipes(store: Store) -> dict[int, KnownRecipe]:
    """Return the recipes that are recorded in a store, by their recipe numbers.

    Damaged records are left out, and so are recipes that share their number.

    Raises:
        StoreError: the store fails.
    """
    names = [stat.name for stat in store.scan(RECIPES)]
    by_number: defaultdict[int, list[KnownRecipe]] = defaultdict(list)
    for name, data in get_up_to(store, names, _MOST_BYTES).items():
        try:
            recipe = read_recipe(name, data)
        except DamagedEntryError:
            continue
        by_number[recipe.number].append(recipe)
    return {number: its[0] for number, its in by_number.items() if len(its) == 1}


def recipe_of(data: bytes, recipes: Mapping[int, KnownRecipe]) -> KnownRecipe | None:
    """Return the recipe by which the vector in an entry was made; None if it is not known.

    Args:
        data: the bytes of the entry.
        recipes: the recipes that are recorded in its store, by their numbers.
    """
    number = recipe_number_in(data)
    return None if number is None else recipes.get(number)


def _framed(names: EntryNames) -> dict[str, bytes]:
    name = RECIPES + names.common
    usage_key = usage_key_of(names.recipe)
    value = {
        "embedder": usage_key.provider,
        "model": usage_key.model,
        "namespace": names.namespace,
        "numbers": names.numbers,
    }
    described = _shown(names.recipe.described)
    return {name: JsonCodec().encode(name, Entry(value, described, names.recipe.digest))}


def _shown(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return a described recipe less what could be a secret in it."""
    return {name: _shown_field(name, value) for name, value in described.items()}


def _shown_field(name: str, value: Any) -> Any:
    """Return the value of a field that stands at the top, or in one of the known containers."""
    if name in _CONTAINERS and isinstance(value, Mapping):
        return _shown(value)
    if name == "reading" and isinstance(value, list):  # of a function: its code and what it holds
        return [
            it if at < _NAMES_OF_READING and isinstance(it, str) else _masked_in(it)
            for at, it in enumerate(value)
        ]
    if name not in _HARMLESS:
        return _masked_in(value)
    if isinstance(value, list):
        return [_shown_field(name, item) for item in value]
    return without_secrets(value) if isinstance(value, str) else _masked_in(value)


def _masked_in(value: Any) -> Any:
    """Return a value in which all texts are masked, names in a dict included."""
    if isinstance(value, Mapping):
        return {
            name if name in _HARMLESS or name in _NAMES_OF_OPTIONS else masked(name): _masked_in(it)
            for name, it in value.items()
        }
    if isinstance(value, list):
        return [_masked_in(item) for item in value]
    return masked(value) if isinstance(value, str) else value
