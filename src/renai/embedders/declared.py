"""What an embedder says of itself: read, refused where it hides something, watched for changes.

What the embedder itself fills in, as it warms up or runs, is no change. Between two calls nothing
may change that could shape a vector, whatever the attribute is called.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from renai.embedders.hidden import parameters_of
from renai.embedders.house_code import refuse_house_code, refuse_house_functions
from renai.embedders.parameters import refuse_batch_dependence
from renai.embedders.watch import changes, look_at, replaced_in, sounds_shaping, without_methods
from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renai.embedders.framework import Framework

MODELS = ("model", "model_name", "model_id", "azure_deployment")
"""The parameters that name an embedder's model."""


class Declared:
    """What an embedder says of itself.

    Args:
        embedder: the embedder.
        framework: the framework that it belongs to.
        vouched: whether the user vouches, by a revision, for what cannot be seen of it.

    Attributes:
        parameters: the parameters it was made with, without credentials.
        shapes: what of them shapes its vectors, and where its requests go.
        shapes_text: the same as a text, to be compared.

    Raises:
        UsageError: its vectors cannot be cached safely.
    """

    parameters: Mapping[str, Any]
    shapes: Mapping[str, Any]
    shapes_text: str

    def __init__(self, embedder: Any, framework: Framework, *, vouched: bool) -> None:
        self._embedder = embedder
        self._framework = framework
        self._vouched = vouched
        self._names = list(parameters_of(embedder))
        self._has_run = False
        if not vouched:
            refuse_house_code(embedder, framework.code_in(embedder))
        self.parameters = self._read()
        refuse_batch_dependence(embedder, self.parameters)
        self.read_environment()
        self._seen = look_at(embedder, self._names)
        self._refuse_replaced_methods(self._seen)

    @property
    def former_shapes(self) -> dict[str, Any] | None:
        """What these shapes were called in keys of before, if they were called otherwise."""
        return self._framework.former_shapes(
            self._embedder, self.parameters, os.environ, self.shapes
        )

    @property
    def lacks_model(self) -> bool:
        """Whether the embedder learns from its server which model it has, and has not yet."""
        named = [self.parameters[name] for name in MODELS if name in self.parameters]
        return bool(named) and all(name is None for name in named) and not self._vouched

    def refuse_lack_of_model(self) -> None:
        """Raise if it is still not known which model the embedder has.

        Raises:
            UsageError: it is not.
        """
        if self.lacks_model:
            raise UsageError(
                f"{type(self._embedder).__name__} does not say which model it has; name one, or "
                "say revision='…', and another one whenever the model changes"
            )

    def refuse_changes(self) -> None:
        """Raise if the embedder was changed, so that its vectors would not match the recipe.

        Raises:
            UsageError: something that shapes its vectors is not as it was after the last call, or
                code of the user's own stands in the place of a method.
        """
        seen = look_at(self._embedder, self._names)
        if seen == self._seen:
            return
        self._refuse_replaced_methods(seen)
        if without_methods(seen) != without_methods(self._seen):
            changed = self._changed() or changes(self._seen, seen, vouched=self._vouched)
            if changed:
                raise self._change(changed)
        self._seen = seen

    def read_again(self) -> None:
        """Read anew what the embedder fills in as it warms up."""
        seen = look_at(self._embedder, self._names)
        if seen != self._seen:
            self._seen = seen
            self.parameters = self._read()
            self.read_environment()

    def read_environment(self) -> None:
        """Read anew where requests would go; only as long as no client has been made."""
        self._environment = dict(os.environ)
        self.shapes = self._framework.shapes(self._embedder, self.parameters, os.environ)
        self.shapes_text = repr(self.shapes)

    def follow_environment(self) -> None:
        """Do what `read_environment` does if the environment is another one now."""
        if os.environ != self._environment:
            self.read_environment()

    def settle(self) -> None:
        """Take what the embedder itself filled in while it ran for no change.

        Raises:
            UsageError: it ran before, and since then a parameter has another value that sounds as
                if it shaped vectors.
        """
        seen = look_at(self._embedder, self._names)
        if self._has_run and seen != self._seen:
            changed = [
                name
                for name in changes(self._seen, seen, vouched=True)
                if name in self._names and not name.startswith("_") and sounds_shaping(name)
            ]
            if changed:
                raise self._change(changed)
        self._seen, self._has_run = seen, True

    def _refuse_replaced_methods(self, seen: Mapping[str, str]) -> None:
        if not self._vouched:
            replaced = replaced_in(self._embedder, seen)
            refuse_house_functions(type(self._embedder).__name__, replaced)

    def _changed(self) -> list[str]:
        """Return what of the shapes would be otherwise if they were read now."""
        shapes = self._framework.shapes(self._embedder, self._read(), os.environ)
        names = sorted({*shapes, *self.shapes})
        return [name for name in names if repr(shapes.get(name)) != repr(self.shapes.get(name))]

    def _change(self, changed: list[str]) -> UsageError:
        return UsageError(
            f"{type(self._embedder).__name__} was changed after it was wrapped "
            f"({', '.join(changed)}); wrap it again"
        )

    def _read(self) -> dict[str, Any]:
        return self._framework.read(self._embedder, vouched=self._vouched)
