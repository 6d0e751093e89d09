"""Which parameters of an embedder can change a vector: tables, and what is read off an embedder.

The rule is to be wary: a parameter that stands in no table counts as shaping the vector. At worst
a text is then embedded once more than needed; the other way round a wrong vector would be served.
"""

from __future__ import annotations

import inspect
from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from haystack.core.errors import SerializationError
from haystack.core.serialization import component_to_dict
from haystack.utils import Secret

from renai.errors import UsageError
from renai.keys.digest import digest_text

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

NEVER_SHAPES = CREDENTIALS | {
    # how many at once, and where
    "batch_size",
    "concurrency_limit",
    "device",
    "parallel",
    "threads",
    # how patiently
    "boto3_config",
    "http_client_kwargs",
    "keep_alive",
    "max_retries",
    "raise_on_failure",
    "retries",
    "time_sleep",
    "timeout",
    # what is shown
    "progress_bar",
    # where files lie: what is keyed is the digest of their bytes
    "cache_dir",
    "file_path_meta_field",
    "local_files_only",
    "root_path",
    "working_dir",
}
"""Parameters that cannot change a vector."""

ENVIRONMENT = {"api_base_url": "OPENAI_BASE_URL"}
"""Parameters that, left at None, are taken from an environment variable."""


class BatchDependence(NamedTuple):
    """A way in which a text's vector comes to depend on the texts beside it.

    Attributes:
        holds: whether an embedder of these parameters does so.
        remedy: what is done, and what to do about it.
    """

    holds: Callable[[Mapping[str, Any]], bool]
    remedy: str


BATCH_DEPENDENT = (
    BatchDependence(
        lambda given: (
            given.get("precision") in ("int8", "uint8") and not given.get("quantization_ranges")
        ),
        "calibrates integer precision on each batch; give it quantization_ranges, or "
        "precision='float32' and the cache dtype='int8', which scales every vector by itself",
    ),
    BatchDependence(
        lambda given: bool(given.get("late_chunking")),
        "mixes the texts of a batch (late_chunking); switch that off",
    ),
)


def refuse_batch_dependence(embedder: object, parameters: Mapping[str, Any]) -> None:
    """Refuse embedders whose vectors cannot be cached soundly.

    Raises:
        UsageError: the same text would get another vector in another batch.
    """
    for dependence in BATCH_DEPENDENT:
        if dependence.holds(parameters):
            raise UsageError(f"{type(embedder).__name__} {dependence.remedy}")


def shaping(parameters: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Leave what can change a vector.

    What is None is left out: it then does not matter whether a version of the embedder knows the
    parameter already. Of a secret that is no credential, such as an endpoint, a digest stands.

    Args:
        parameters: as `read_parameters` gives them.
        environment: where `ENVIRONMENT` is looked up.
    """
    effective = {
        name: environment.get(ENVIRONMENT.get(name, "")) if value is None else _unveiled(value)
        for name, value in parameters.items()
        if name not in NEVER_SHAPES
    }
    return {name: value for name, value in effective.items() if value is not None}


def read_parameters(embedder: object) -> dict[str, Any]:
    """Read an embedder's serialised parameters, without its credentials.

    Raises:
        UsageError: it cannot be serialised.
    """
    shown = _copied(embedder)
    for name, value in vars(embedder).items():
        # A token cannot be serialised, and need not be.
        if isinstance(value, Secret) and name.lstrip("_") in CREDENTIALS:
            setattr(shown, name, Secret.from_env_var("CREDENTIAL", strict=False))
    try:
        parameters: dict[str, Any] = component_to_dict(shown, type(embedder).__name__)[
            "init_parameters"
        ]
    except (SerializationError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{type(embedder).__name__} does not say what shapes its vectors: {error}"
        ) from error
    return parameters


def serialise(embedder: object) -> dict[str, Any]:
    """Serialise an embedder, which keeps its parameters as they are."""
    return component_to_dict(_copied(embedder), type(embedder).__name__)


def attributes(embedder: object) -> dict[str, Any]:
    """Give an embedder's attributes that are called like its parameters, as they are now."""
    _, *names = inspect.signature(type(embedder).__init__).parameters
    return {name: getattr(embedder, name, None) for name in names}


def known_as(embedder: object) -> str:
    """The name of an embedder's class, as it stands in recipes.

    Haystack moves its embedders between packages, which changes nothing about their vectors.
    """
    kind = type(embedder)
    if kind.__module__.partition(".")[0] in ("haystack", "haystack_integrations"):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def _copied(embedder: object) -> object:
    """Copy an embedder as deep as `to_dict` reaches: some turn values into strings in place."""
    shown = copy(embedder)
    for name, value in attributes(embedder).items():
        if isinstance(value, dict | list):
            setattr(shown, name, deepcopy(value))
    return shown


def _unveiled(value: Any) -> Any:
    if isinstance(value, dict) and value.get("type") == "env_var":
        resolved = Secret.from_dict(value).resolve_value()
        return None if resolved is None else digest_text(str(resolved))
    return value
