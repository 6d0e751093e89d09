"""The models that are counted by their names, of which there are only so many.

Names of models come from outside. What is counted is kept for ever, so nobody shall be able to fill
it with invented names: only the upstream knows which are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeGuard

_MOST = 1000
_LONGEST = 256


class CountedModels:
    """The first names with which the upstream did what it was asked, up to a number of them."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def accept(self, model: str) -> None:
        """Note that the upstream knows a model."""
        if len(self._names) < _MOST:
            self._names.add(model)

    def name_of(self, model: str) -> str:
        """Return the name under which a model is counted.

        It is empty until the upstream has accepted a request for that model, and where there are
        too many others already.
        """
        return model if model in self._names else ""


def is_model(name: Any) -> TypeGuard[str]:
    """Return whether a field of a request can be the name of a model."""
    return isinstance(name, str) and 0 < len(name) <= _LONGEST
