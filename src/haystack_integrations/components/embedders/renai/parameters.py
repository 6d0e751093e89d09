"""An embedder's parameters as Haystack serialises them, and the name of its class."""

from __future__ import annotations

from copy import copy, deepcopy
from typing import Any

from haystack.core.errors import SerializationError
from haystack.core.serialization import component_to_dict
from haystack.utils import Secret

from renai.embedders.hidden import parameters_of
from renai.embedders.parameters import CREDENTIALS
from renai.errors import UsageError


def read_parameters(embedder: object) -> dict[str, Any]:
    """Return an embedder's serialised parameters, without its credentials.

    Raises:
        UsageError: the embedder cannot be serialised.
    """
    shown = _copied(embedder)
    for name, value in vars(embedder).items():
        # A token cannot be serialised, so it is replaced by a placeholder.
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
    """Return an embedder serialised; its own parameters are not changed."""
    return component_to_dict(_copied(embedder), type(embedder).__name__)


def names_of_parameters(embedder: object) -> list[str]:
    """Return the names of an embedder's parameters."""
    return list(parameters_of(embedder))


def class_name_of(embedder: object) -> str:
    """Return the name of an embedder's class, as it stands in recipes.

    Haystack moves its embedders between packages, which changes nothing about their vectors.
    """
    kind = type(embedder)
    if is_of_haystack(embedder):
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def is_of_haystack(embedder: object) -> bool:
    """Return whether an embedder is one of Haystack's own, or of its integrations."""
    return type(embedder).__module__.partition(".")[0] in ("haystack", "haystack_integrations")


def _copied(embedder: object) -> object:
    """Return a copy of an embedder as deep as `to_dict` reaches.

    Some embedders turn values into strings in place when they are serialised.
    """
    shown = copy(embedder)
    for name in names_of_parameters(embedder):
        value = getattr(embedder, name, None)
        if isinstance(value, dict | list):
            setattr(shown, name, deepcopy(value))
    return shown
