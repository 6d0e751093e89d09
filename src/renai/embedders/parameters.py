"""Which parameters of an embedder cannot shape its vectors, and which ones forbid a cache.

The rule is caution: a parameter that stands in no table counts as shaping the vector. At worst a
text is then embedded once more than needed; the other way round a wrong vector would be returned.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CREDENTIALS = frozenset(
    {
        "api_key",
        "token",
        "auth_token",
        "azure_ad_token",
        "azure_ad_token_provider",
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "aws_profile_name",
    }
)
ENDS_OF_CREDENTIALS = (
    *("api_key", "api_token", "access_key", "access_token", "password", "secret_key"),
)
"""How the names of other parameters end that say who is calling; `max_tokens` does not."""

NEVER_SHAPES = CREDENTIALS | {
    # how many texts are embedded at once, and on which device
    "batch_size",
    "concurrency_limit",
    "device",
    "parallel",
    "threads",
    # how long to wait, and how often to try again
    "boto3_config",
    "http_client_kwargs",
    "keep_alive",
    "max_retries",
    "raise_on_failure",
    "retries",
    "time_sleep",
    "timeout",
    # what is shown meanwhile
    "progress_bar",
    # who pays
    "organization",
    # where files are: the key covers the digest of their bytes instead
    "cache_dir",
    "file_path_meta_field",
    "local_files_only",
    "root_path",
    "working_dir",
}
"""The parameters that cannot change a vector."""


class BatchDependence(NamedTuple):
    """A way in which a text's vector comes to depend on the other texts in its batch.

    Attributes:
        holds: returns whether that is so for an embedder of a class with these parameters.
        remedy: what the embedder does, and what the user can do about it; part of a message.
    """

    holds: Callable[[type, Mapping[str, Any]], bool]
    remedy: str


BATCH_DEPENDENT = (
    BatchDependence(
        lambda _, given: _is_calibrated_by_batch(given),
        "calibrates integer precision on each batch; give it quantization_ranges, or "
        "precision='float32' and the cache dtype='int8', which scales every vector by itself",
    ),
    BatchDependence(
        lambda _, given: _is_on(given, re.compile("late_?chunk")),
        "mixes the texts of a batch (late_chunking); switch that off",
    ),
    BatchDependence(
        lambda kind, given: (
            "contextual" in kind.__name__.lower()
            or str(given.get("model")).startswith("voyage-context")
            or _is_on(given, re.compile("contextual|neighbo|source_id_field|chunk_fn|group_by"))
        ),
        "embeds a text in the context of its neighbours, so that its vector changes with them; use "
        "it without a cache",
    ),
)


def _is_calibrated_by_batch(given: Mapping[str, Any]) -> bool:
    inner = (value for value in given.values() if isinstance(value, dict))
    return (
        given.get("precision") in ("int8", "uint8") and not given.get("quantization_ranges")
    ) or any(map(_is_calibrated_by_batch, inner))


def refuse_batch_dependence(embedder: object, parameters: Mapping[str, Any]) -> None:
    """Raise if an embedder's vectors depend on the batch, so that they cannot be cached safely.

    Raises:
        UsageError: the same text would get another vector in another batch.
    """
    for dependence in BATCH_DEPENDENT:
        if dependence.holds(type(embedder), parameters):
            raise UsageError(f"{type(embedder).__name__} {dependence.remedy}")


def _is_on(given: Mapping[str, Any], names: re.Pattern[str]) -> bool:
    """Return whether a parameter, or an option in one, with such a name is set."""
    return any(
        (names.match(str(name).lower()) and bool(value))
        or (isinstance(value, dict) and _is_on(value, names))
        for name, value in given.items()
    )
