"""The wrapped embedder: loaded only when it is needed, and called in the way it supports."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haystack_integrations.components.embedders.renai.model import Model
from haystack_integrations.components.embedders.renai.parameters import (
    class_name_of,
    names_of_parameters,
    read_parameters,
    refuse_batch_dependence,
    shaping,
)
from haystack_integrations.components.embedders.renai.weights import is_folder
from renai import Recipe
from renai.errors import UsageError
from renai.threads import Threads

if TYPE_CHECKING:
    from renai.keys.canonical import Value

_threads = Threads("renai embedder")


class WrappedEmbedder:
    """An embedder and what shapes its vectors.

    Args:
        embedder: a Haystack embedder.
        role: the role of its texts for the model, `document` or `query`.
        revision: the identity of the weights, if the user states it.

    Attributes:
        parameters: the embedder's serialised parameters, without credentials.
        class_name: the name of the embedder's class, as it stands in recipes.
        model_name: the name by which a person knows its model.

    Raises:
        UsageError: its vectors cannot be cached safely.
    """

    def __init__(self, embedder: Any, role: str, revision: str | None) -> None:
        self.embedder = embedder
        self.parameters = read_parameters(embedder)
        refuse_batch_dependence(embedder, self.parameters)
        self.class_name = class_name_of(embedder)
        self.model_name = _model_name(self.parameters.get("model"))
        self._role = role
        self._model = Model(embedder, self.parameters, revision)
        self._attributes = names_of_parameters(embedder)
        self._seen = self._see()
        self._shapes = shaping(self.parameters, os.environ)
        self._lock = threading.RLock()

    def recipe(self, described: Value) -> Recipe:
        """Return the recipe: everything besides the text that shapes a vector.

        The model is loaded first if its weights cannot be known otherwise.

        Args:
            described: a description of what the embedder reads.

        Raises:
            ConfigurationError: the weights cannot be known even then.
            TypeError: a parameter cannot be encoded.
        """
        with self._lock:
            identity = self._model.identify()
            self._settle()
            shapes = shaping(self.parameters, os.environ)
            model = shapes.pop("model", "")
            if identity.weights is not None:
                shapes.pop("revision", None)  # a branch, the commit of which is known now
            if identity.settings:
                shapes["loaded"] = dict(identity.settings)
            if is_folder(self.parameters):
                model = ""
            recipe = Recipe(
                model if isinstance(model, str) else "",
                revision=identity.weights,
                role=self._role,
                embedder=self.class_name,
                reading=described,
                parameters=shapes,
            )
            recipe.called = self.model_name
            return recipe

    def refuse_changes(self) -> None:
        """Raise if the embedder was changed, so that its vectors would not match the recipe.

        Raises:
            UsageError: the embedder has other parameters than when it was wrapped, or its model was
                changed.
        """
        self._model.refuse_changes()
        if self._see() == self._seen:
            return
        shapes = shaping(read_parameters(self.embedder), os.environ)
        changed = [
            name
            for name in sorted({*shapes, *self._shapes})
            if repr(shapes.get(name)) != repr(self._shapes.get(name))
        ]
        if changed:
            raise UsageError(
                f"{type(self.embedder).__name__} was changed after it was wrapped "
                f"({', '.join(changed)}); wrap it again"
            )
        self._settle()

    def run(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Load the embedder if needed, call it, and return its answer.

        Raises:
            OtherWeightsError: loading brought other weights than before; nothing was called.
            ConfigurationError: it cannot be told which weights were loaded.
        """
        self._model.load()
        answer: dict[str, Any] = self.embedder.run(**arguments)
        self._settle()
        return answer

    async def run_async(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what `run` does without blocking the event loop; a blocking embedder gets a thread."""
        if not hasattr(self.embedder, "run_async"):
            return await _threads.run(self.run, arguments)
        await self._model.load_async()
        answer: dict[str, Any] = await self.embedder.run_async(**arguments)
        await _threads.run(self._settle)
        return answer

    def close(self) -> None:
        """Make the embedder release its resources."""
        if hasattr(self.embedder, "close"):
            self.embedder.close()

    async def close_async(self) -> None:
        """Do what `close` does without blocking the event loop."""
        if hasattr(self.embedder, "close_async"):
            await self.embedder.close_async()
        else:
            self.close()

    def _settle(self) -> None:
        """Remember the embedder's present parameters, since some are filled in only by loading."""
        seen = self._see()
        if seen != self._seen:
            self._seen = seen
            self._shapes = shaping(read_parameters(self.embedder), os.environ)

    def _see(self) -> str:
        """Return a text that shows, quickly, whether any parameter has changed, even in place."""
        return repr([getattr(self.embedder, name, None) for name in self._attributes])


def _model_name(model: Any) -> str:
    """Return the name by which a person knows a model; for a folder, the end of its path."""
    if not isinstance(model, str):
        return ""
    path = Path(model)
    return "/".join(path.parts[-2:]) if path.is_dir() else model
