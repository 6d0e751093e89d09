"""The wrapped embedder: loaded only when it is needed, and called in the way it supports."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from renai.embedders.declared import MODELS, Declared
from renai.embedders.model import Model
from renai.embedders.weights import is_folder
from renai.embeddings.recipe import EmbeddingRecipe, without_secrets
from renai.errors import RenaiError
from renai.forks import renew_after_fork
from renai.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from renai.embedders.framework import Framework
    from renai.embedders.model import Identity
    from renai.keys.canonical import Value

Answer = TypeVar("Answer")

_threads = Threads("renai embedder")


class OtherWeightsError(RenaiError):
    """The embedder is not what the caller's recipe was made from; its vectors get another one."""


class Basis(NamedTuple):
    """What of an embedder a recipe is made from.

    Attributes:
        shapes: what of its parameters shapes its vectors, as a text.
        identity: what of its model does; None until that is known.
    """

    shapes: str
    identity: Identity | None


class WrappedEmbedder:
    """An embedder and what shapes its vectors.

    Args:
        embedder: the embedder.
        framework: the framework that it belongs to.
        revision: the identity of the weights, if the user states it.

    Attributes:
        class_name: the name of the embedder's class, as it stands in recipes.
        model_name: the name by which a person knows its model.

    Raises:
        UsageError: its vectors cannot be cached safely.
    """

    def __init__(self, embedder: Any, framework: Framework, revision: str | None) -> None:
        self.embedder = embedder
        self._framework = framework
        self._declared = Declared(embedder, framework, vouched=bool(revision))
        self.class_name = framework.class_name(embedder)
        self.model_name = _model_name(self.parameters)
        self._model = Model(embedder, framework.loader_of(embedder, self.parameters), revision)
        self._called = False
        self._lock: threading.RLock
        renew_after_fork(self, _unlock)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters that the embedder was made with, without credentials."""
        return self._declared.parameters

    @property
    def basis(self) -> Basis:
        """What a recipe would be made from now."""
        return Basis(self._declared.shapes_text, self._model.identity)

    def identify(self) -> Basis:
        """Find out what a recipe is made from, and return it.

        The model is loaded first if its weights cannot be known otherwise.

        Raises:
            ConfigurationError: the weights cannot be known even then.
            UsageError: it cannot be known which model it is.
        """
        with self._lock:
            if self._declared.lacks_model:
                self._model.load()
                self._declared.read_again()
                self._declared.refuse_lack_of_model()
                self.model_name = _model_name(self.parameters)
            identity = self._model.identify()
            self._declared.read_again()
            if not self._called:
                self._declared.read_environment()
            return Basis(self._declared.shapes_text, identity)

    def recipe(self, role: str, described: Value) -> EmbeddingRecipe:
        """Return the recipe: everything besides the text that shapes a vector.

        Args:
            role: the role of the texts for the model, such as `document` or `query`.
            described: a description of what the embedder reads.

        Raises:
            ConfigurationError: as by `identify`.
            UsageError: as by `identify`.
            TypeError: a parameter cannot be encoded.
        """
        return self.basis_and_recipe(role, described)[1]

    def basis_and_recipe(self, role: str, described: Value) -> tuple[Basis, EmbeddingRecipe]:
        """Return the recipe with what it is made from; arguments and errors are those of `recipe`.

        Should another call load something else meanwhile, that is no longer the `basis`.
        """
        with self._lock:
            basis = self.identify()
            assert basis.identity is not None
            shapes = self._declared.shapes
            return basis, self._recipe_of(shapes, basis.identity, role, described)

    def former_recipe(self, role: str, described: Value) -> EmbeddingRecipe | None:
        """Return the recipe that the same vectors had before, if that was spelled otherwise.

        Args:
            role: the role of the texts for the model.
            described: a description of what the embedder reads.
        """
        with self._lock:
            former = self._declared.former_shapes
            if former is None:
                return None
            return self._recipe_of(former, self._model.identify(), role, described)

    def refuse_changes(self) -> None:
        """Raise if the embedder was changed, so that its vectors would not match the recipe.

        Raises:
            UsageError: the embedder has other parameters than when it was wrapped, or its model was
                changed.
        """
        self._model.refuse_changes()
        self._declared.refuse_changes()
        if not self._called:
            self._declared.follow_environment()

    def run(self, call: Callable[[], Answer], basis: Basis) -> Answer:
        """Load the embedder if needed, call it, and return its answer.

        Args:
            call: calls the embedder.
            basis: what the recipe was made from under which the answer is to be stored.

        Raises:
            OtherWeightsError: loading, by this call or by another one, brought something else;
                nothing was called.
            ConfigurationError: it cannot be told which weights were loaded.
        """
        self._model.load()
        self._confirm(basis)
        answer = call()
        self._declared.settle()
        return answer

    async def run_in_thread(self, call: Callable[[], Answer], basis: Basis) -> Answer:
        """Do what `run` does in a thread, for an embedder that would block the event loop."""
        return await _threads.run(self.run, call, basis)

    async def run_async(self, call: Callable[[], Awaitable[Answer]], basis: Basis) -> Answer:
        """Do what `run` does without blocking the event loop."""
        await self._model.load_async()
        await _threads.run(self._confirm, basis)
        answer = await call()
        await _threads.run(self._declared.settle)
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

    def _recipe_of(
        self, shapes: Mapping[str, Any], identity: Identity, role: str, described: Value
    ) -> EmbeddingRecipe:
        rest = {name: value for name, value in shapes.items() if name != "model"}
        model = "" if is_folder(self.parameters) else shapes.get("model", "")
        if identity.weights is not None:
            rest.pop("revision", None)  # a branch, the commit of which is known now
        if identity.settings:
            rest["loaded"] = dict(identity.settings)
        recipe = EmbeddingRecipe(
            model if isinstance(model, str) else "",
            revision=identity.weights,
            role=role,
            embedder=self.class_name,
            reading=described,
            parameters=rest,
        )
        recipe.called = self.model_name
        return recipe

    def _confirm(self, basis: Basis) -> None:
        """Raise if loading brought something else, such as a client of another endpoint.

        Whichever call did the loading, each compares with what its own recipe was made from.
        """
        with self._lock:
            if not self._called:
                self._declared.follow_environment()
            self._called = True
            self._declared.read_again()
            if self.basis != basis:
                raise OtherWeightsError


def _model_name(parameters: Mapping[str, Any]) -> str:
    """Return the name by which a person knows a model; for a folder, the end of its path."""
    named = [parameters.get(name) for name in MODELS]
    asked = parameters.get("api_params")
    if isinstance(asked, dict):
        named.append(asked.get("model"))
    model = next((name for name in named if isinstance(name, str) and name), "")
    path = Path(model)
    return "/".join(path.parts[-2:]) if path.is_dir() else without_secrets(model)


def _unlock(it: WrappedEmbedder) -> None:
    it._lock = threading.RLock()
