"""The wrapped embedder: loaded only when it is needed, and called in the way it supports."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haystack_integrations.components.embedders.renai.parameters import (
    UnknownWeightsError,
    class_name_of,
    identify_weights,
    is_folder,
    names_of_parameters,
    read_parameters,
    refuse_batch_dependence,
    shaping,
)
from renai import Recipe
from renai.errors import UsageError
from renai.threads import Threads

if TYPE_CHECKING:
    from renai.keys.canonical import Value

_threads = Threads("renai embedder")


class OtherWeightsError(Exception):
    """The loaded weights are not the ones that were here before, so vectors get another recipe."""


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
        self._revision = revision
        self._weights: str | None = None
        self._identified = False
        self._loaded = False
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
            UnknownWeightsError: the weights cannot be known even then.
            TypeError: a parameter cannot be encoded.
        """
        with self._lock:
            if not self._identified:
                try:
                    self._weights = self._identify()
                except UnknownWeightsError:
                    self._warm_up()
                    self._weights = self._identify()
                    self._settle()
                    self._loaded = True
                self._identified = True
            shapes = shaping(self.parameters, os.environ)
            model = shapes.pop("model", "")
            if self._weights is not None:
                shapes.pop("revision", None)  # a branch, the commit of which is known now
            if is_folder(self.parameters):
                model = ""
            recipe = Recipe(
                model if isinstance(model, str) else "",
                revision=self._weights,
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
            UsageError: the embedder has other parameters than when it was wrapped.
        """
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
        """
        with self._lock:
            self._warm_up()
            self._confirm_weights()
        answer: dict[str, Any] = self.embedder.run(**arguments)
        self._settle()
        return answer

    async def run_async(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what `run` does without blocking the event loop; a blocking embedder gets a thread."""
        if not hasattr(self.embedder, "run_async"):
            return await _threads.run(self.run, arguments)
        if hasattr(self.embedder, "warm_up_async"):
            await self.embedder.warm_up_async()
        else:
            await _threads.run(self._warm_up)
        await _threads.run(self._confirm_weights)
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

    def _identify(self) -> str | None:
        return self._revision or identify_weights(self.parameters)

    def _warm_up(self) -> None:
        with self._lock:  # else two threads might load a model twice
            if hasattr(self.embedder, "warm_up"):
                self.embedder.warm_up()

    def _confirm_weights(self) -> None:
        """Raise if loading brought other weights, such as a newer commit of a branch."""
        with self._lock:
            if self._loaded:
                return
            before, self._weights = self._weights, self._identify()
            self._loaded = True
            if self._weights != before:
                raise OtherWeightsError


def _model_name(model: Any) -> str:
    """Return the name by which a person knows a model; for a folder, the end of its path."""
    if not isinstance(model, str):
        return ""
    path = Path(model)
    return "/".join(path.parts[-2:]) if path.is_dir() else model
