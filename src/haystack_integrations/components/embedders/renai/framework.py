"""How Haystack's embedders say what they were made with: by what they serialise, and hide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
