"""How Haystack's embedders say what they were made with: by what they serialise, and hide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haystack.core.pipeline.base import PipelineBase

from haystack_integrations.components.embedders.renai.parameters import (
    class_name_of,
    read_parameters,
)
from haystack_integrations.components.embedders.renai.shapes import former_shapes, shapes_of
from renai.embedders.hidden import (
    find_hidden,
    parameters_of,
    read_attributes,
    refuse_hidden,
    values_of,
)
from renai.embedders.parameters import NEVER_SHAPES
from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHERE_FILES_ARE = {"file_path_meta_field", "root_path"}


class Haystack:
    """Haystack as a `renai.embedders.framework.Framework`."""

    class_name = staticmethod(class_name_of)
    shapes = staticmethod(shapes_of)
    former_shapes = staticmethod(former_shapes)

    def read(self, embedder: object, *, vouched: bool) -> dict[str, Any]:
        """Return what an embedder serialises and what it keeps in attributes beside that."""
        if not vouched:
            _refuse_contents(embedder)
        try:
            shown = read_parameters(embedder)
        except UsageError:
            if not vouched:
                raise
            shown = read_attributes(embedder)
        found = find_hidden(embedder, shown, NEVER_SHAPES - _WHERE_FILES_ARE)
        if not vouched:
            refuse_hidden(embedder, found)
        return shown | found.values

    def code_in(self, embedder: object) -> list[Any]:
        """Return the values of the parameters that may shape vectors."""
        names = [name for name in parameters_of(embedder) if name not in NEVER_SHAPES]
        return values_of(embedder, names)

    def loader_of(self, _embedder: object, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters as they are: their names are those that `weights` knows."""
        return parameters


def _refuse_contents(embedder: object) -> None:
    """Raise if an embedder contains other components, the models of which are not looked at.

    Raises:
        UsageError: it does; the message names its attributes with such.
    """
    found = [name for name, value in vars(embedder).items() if _contains_component(value)]
    if found:
        raise UsageError(
            f"{type(embedder).__name__} contains other components ({', '.join(found)}), and nobody "
            "can tell from here which weights they have: wrap the embedder inside it, or say "
            "revision='…', and another one whenever its vectors change"
        )


def _contains_component(value: object) -> bool:
    """Return whether a value is a component, a pipeline, or a plain container with one in it."""
    if isinstance(value, list | tuple | dict):
        return any(map(_contains_component, value.values() if isinstance(value, dict) else value))
    return isinstance(value, PipelineBase) or hasattr(value, "__haystack_input__")
