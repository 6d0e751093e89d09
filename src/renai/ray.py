"""`embed`: a column of vectors for a dataset of Ray Data, each text computed once for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from renai.missing import to_install

try:
    import ray.data  # the package, and not this module: imports are absolute
except ImportError as error:
    raise ImportError(
        f"this needs Ray and Arrow, which are missing: {to_install('ray')}"
    ) from error

from renai.arrow import TableEmbedder
from renai.embeddings.cache import EmbeddingCache
from renai.errors import ConfigurationError, UsageError
from renai.keys.recipe import Recipe
from renai.stores.registry import find_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

__all__ = ["embed"]

_LOCAL = {
    "memory": "is in the memory of one process, so that each actor would have a cache of its own",
    "file": "is a folder of one machine, and knows no leases, so that texts are paid for twice",
    "sqlite": "is a file of one machine, which those on other nodes would not find",
}
"""The stores that are none for a cluster, each with the reason."""


def embed(
    ds: ray.data.Dataset,
    *,
    column: str,
    into: str = "embedding",
    embedder: Callable[..., object],
    embedder_args: Mapping[str, Any] | None = None,
    store: str | list[str],
    recipe: Recipe,
    dimension: int,
    max_batch: int = 256,
    rows_per_call: int = 5000,
    actors: int = 1,
    calls_at_once: int = 4,
    linger: float = 0.05,
    num_gpus: float = 0,
    num_cpus: float | None = None,
    resources: Mapping[str, float] | None = None,
) -> ray.data.Dataset:
    """Return a dataset with a column of vectors; nothing runs before it is consumed.

    Each actor looks up `rows_per_call` rows at once, `calls_at_once` times at a time, and gives its
    embedder what was missed in all of them, in full batches. What is computed is stored at once, so
    that a run that died and is started again pays only for what it had not stored.

    Args:
        ds: the dataset.
        column: the name of the column with the texts. A text that is null gets a null.
        into: the name of the column that is appended: fixed-size lists of float32.
        embedder: a class, or another function, that makes the embedder in the actor. The embedder
            takes a list of texts and gives a vector for each; embeddings of LangChain and
            LlamaIndex and models of sentence-transformers are understood, too
            (`arrow.function_of`).
        embedder_args: the arguments with which it is made, by name.
        store: the URL of the store for the vectors, which all nodes can reach, or several; each
            actor opens it. It travels to the actors with any password in it.
        recipe: everything besides the text that shapes a vector.
        dimension: the dimension of the vectors.
        max_batch: how many texts the embedder gets at most.
        rows_per_call: how many rows are looked up at once.
        actors: the number of actors, each with one embedder.
        calls_at_once: how many tables an actor works at.
        linger: how many seconds an embedder that is free waits for a batch to be full.
        num_gpus: the GPUs that each actor takes.
        num_cpus: the processors that each actor takes; None for what Ray gives by default.
        resources: other resources of Ray that each actor takes.

    Raises:
        UsageError: an argument makes no sense.
        ConfigurationError: there is no such kind of store, or it is none for a cluster.
    """
    _check_types(ds, recipe, embedder, {"column": column, "into": into})
    _check_numbers(
        dimension=dimension,
        max_batch=max_batch,
        rows_per_call=rows_per_call,
        actors=actors,
        calls_at_once=calls_at_once,
    )
    if isinstance(linger, bool) or not isinstance(linger, int | float) or not 0 <= linger < 3600:
        raise UsageError(f"linger is a number of seconds, from 0 to an hour, and not {linger!r}")
    if column == into:
        raise UsageError(f"column and into are both {column!r}; the texts stay where they are")
    _check_store(store)
    return ds.map_batches(
        _Actor,
        fn_constructor_kwargs={
            "embedder": embedder,
            "embedder_args": dict(embedder_args or {}),
            "store": store,
            "recipe": recipe,
            "max_batch": max_batch,
            "options": {
                "column": column,
                "into": into,
                "dimension": dimension,
                "linger": linger,
            },
        },
        batch_size=rows_per_call,
        batch_format="pyarrow",
        zero_copy_batch=True,
        udf_modifying_row_count=False,
        compute=ray.data.ActorPoolStrategy(
            size=actors,
            max_concurrent_calls_per_actor=calls_at_once,
            # More would wait at one actor while another is free.
            max_tasks_in_flight_per_actor=calls_at_once,
            # Otherwise Ray calls one at a time, and there is nothing to fill a batch from.
            enable_true_multi_threading=True,
        ),
        num_gpus=num_gpus or None,
        num_cpus=num_cpus,
        resources=dict(resources) if resources else None,
    )


class _Actor:
    """What Ray makes once in each actor, and then calls for each table, in several threads."""

    def __init__(
        self,
        embedder: Callable[..., object],
        embedder_args: dict[str, Any],
        store: str | list[str],
        recipe: Recipe,
        max_batch: int,
        options: dict[str, Any],
    ) -> None:
        # Of the bill, calls and seconds are those of parts of calls, so that nothing is counted.
        cache = EmbeddingCache(store, recipe, batch_size=max_batch, ledger=False)
        self._embed = TableEmbedder(
            cache, embedder(**embedder_args), max_batch=max_batch, **options
        )

    def __call__(self, table: pa.Table) -> pa.Table:
        return self._embed(table)


def _check_types(ds: object, recipe: object, embedder: object, names: Mapping[str, object]) -> None:
    if not isinstance(ds, ray.data.Dataset):
        raise UsageError(f"ds is a dataset of Ray Data, and this is a {type(ds).__qualname__}")
    if not isinstance(recipe, Recipe):
        raise UsageError(f"recipe is a Recipe(model, …), and this is a {type(recipe).__qualname__}")
    if not callable(embedder):
        raise UsageError(
            "embedder is a class or a function that makes an embedder in the actor, and this is a "
            f"{type(embedder).__qualname__}"
        )
    for what, name in names.items():
        if not isinstance(name, str) or not name:
            raise UsageError(f"{what} is the name of a column, and not {name!r}")


def _check_numbers(**numbers: object) -> None:
    for what, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise UsageError(f"{what} is a whole number from 1 on, and not {number!r}")


def _check_store(store: object) -> None:
    urls = store if isinstance(store, list) else [store]
    if not urls:
        raise UsageError("store is a list without a URL")
    for url in urls:
        if not isinstance(url, str):
            raise UsageError(
                "store is the URL of a store, or a list of URLs, since each actor opens its own; "
                f"there is a {type(url).__qualname__}"
            )
        scheme = urlsplit(url).scheme
        kind = find_store(scheme)
        local = _LOCAL.get(kind.alias_of or scheme)
        if local:
            raise ConfigurationError(
                f"{scheme}:// {local}; on a cluster take redis:// or postgresql://"
            )
