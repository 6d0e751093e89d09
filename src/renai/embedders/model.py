"""The model behind an embedder: which weights it has, and what was set on it once it was loaded.

As long as every text hits, the files on this machine name the weights, and nothing is loaded. A
model that is loaded must have been loaded from those very files.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.embedders.beside_weights import settings_beside_weights, tokenizers_in
from renai.embedders.house_code import refuse_house_functions
from renai.embedders.loaded import (
    functions_in,
    is_of,
    models_in_memory,
    models_of,
    note,
    settings_of,
    stated_settings,
)
from renai.embedders.memory_stamp import MemoryStamp
from renai.embedders.module_settings import (
    module_settings,
    parts_of,
)
from renai.embedders.weights import (
    UnknownWeightsError,
    find_weights,
)
from renai.errors import ConfigurationError, UsageError
from renai.forks import renew_after_fork
from renai.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from renai.embedders.weights import Weights
    from renai.keys.canonical import Value

_threads = Threads("renai model")


class Identity(NamedTuple):
    """What of a model shapes vectors.

    Attributes:
        weights: the identity of its weights; None if only its name is known, as of an endpoint's.
        settings: what was set on the loaded model and differs from what its files state.
    """

    weights: str | None
    settings: Mapping[str, Value]


class _Watched(NamedTuple):
    model: Any
    settings: Mapping[str, Value]
    stamp: MemoryStamp


class Model:
    """An embedder's model, which is loaded only when it is needed.

    Args:
        embedder: the embedder.
        parameters: its serialised parameters.
        revision: the identity of the weights, if the user states it.

    Attributes:
        identity: what of the model shapes vectors, as far as is known; loading may change it.
    """

    def __init__(self, embedder: Any, parameters: Mapping[str, Any], revision: str | None) -> None:
        self._embedder = embedder
        self._parameters = parameters
        self._revision = revision
        self.identity: Identity | None = None
        self._watched: Sequence[_Watched] | None = None  # None until it has been loaded
        self._lock: threading.RLock
        self._loading: Future[None] | None  # is done when a task has loaded it, or failed
        renew_after_fork(self, _begin_anew)

    def identify(self) -> Identity:
        """Return what of the model shapes vectors; it is loaded if that cannot be known otherwise.

        Raises:
            UnknownWeightsError: the weights cannot be known even then.
            ConfigurationError: the files changed while the model was loaded.
        """
        with self._lock:
            if self.identity is None:
                try:
                    weights = self._find()
                except UnknownWeightsError:
                    self._load(None)
                    weights = self._find()
                if self._watched is None and models_of(self._embedder):
                    self._take(weights, weights, models_in_memory())
                if self.identity is None:
                    self.identity = Identity(self._name(weights), {})
            return self.identity

    def load(self) -> None:
        """Load the model, if it is not; `identity` is then that of what was loaded.

        Raises:
            UnknownWeightsError: it cannot be told which weights the loaded model has.
            ConfigurationError: the files changed while the model was loaded.
        """
        with self._lock:  # else two threads might load a model twice
            if self._watched is None:
                self._load(self._find_if_there())

    async def load_async(self) -> None:
        """Do what `load` does without blocking the event loop."""
        if self._watched is not None:
            return
        if not hasattr(self._embedder, "warm_up_async"):
            await _threads.run(self.load)
            return
        with self._lock:
            others, mine = self._loading, Future[None]()
            mine.set_running_or_notify_cancel()  # so that who waits and is cancelled leaves it
            if others is None:
                self._loading = mine
        if others is not None:
            await asyncio.wrap_future(others)
            await self.load_async()
            return
        try:
            before, present = await _threads.run(self._before_loading)
            await self._embedder.warm_up_async()
            await _threads.run(self._after_loading, before, present)
        finally:
            self._loading = None
            mine.set_result(None)

    def refuse_changes(self) -> None:
        """Raise if the loaded model was changed, so that its vectors would not match the recipe.

        Raises:
            UsageError: something was set on it, its weights were changed, or it was exchanged for
                another one.
        """
        name = type(self._embedder).__name__
        if self._is_exchanged():
            with self._lock:  # what is there now is taken as a model that was in memory before
                self._watched, self.identity = None, None
        for model, settings, stamp in self._watched or ():
            present = _state_of(model)
            changed = [
                it for it in sorted({*settings, *present}) if settings.get(it) != present.get(it)
            ]
            if changed:
                raise UsageError(
                    f"the model of {name} was changed after it was wrapped "
                    f"({', '.join(changed)}); wrap the embedder again"
                )
            change = stamp.change_in(model)
            if change == "modules":
                raise UsageError(
                    f"modules of the model of {name} were replaced after it was wrapped; wrap the "
                    "embedder again"
                )
            if change and not self._is_as_its_files(model):
                raise UsageError(
                    f"the weights of {name} were changed in memory; save the model, and wrap an "
                    "embedder that loads it"
                )

    def _is_exchanged(self) -> bool:
        """Return whether the embedder holds another model than it did; none is one it let go of.

        Raises:
            UsageError: it does, the user vouches for the weights, and the other model has others.
        """
        watched = self._watched or ()
        held = models_of(self._embedder) if watched else []
        if not held or {id(it.model) for it in watched} <= {*map(id, held)}:
            return False
        if self._revision is not None and [it.stamp for it in watched] != [*map(MemoryStamp, held)]:
            raise UsageError(
                f"the model of {type(self._embedder).__name__} was exchanged after it was wrapped; "
                "wrap the embedder again"
            )
        return True

    def _is_as_its_files(self, model: Any) -> bool:
        weights = self._find_if_there()
        return self._revision is not None or weights is None or is_of(model, weights)

    def _find(self) -> Weights | None:
        """Find the files of the weights; where the user vouches for them, they may be missing."""
        try:
            return find_weights(self._embedder, self._parameters)
        except UnknownWeightsError:
            if self._revision is None:
                raise
            return None

    def _find_if_there(self) -> Weights | None:
        try:
            return self._find()
        except UnknownWeightsError:
            return None

    def _name(self, weights: Weights | None) -> str | None:
        return self._revision or (weights.identity if weights else None)

    def _load(self, before: Weights | None) -> None:
        if hasattr(self._embedder, "warm_up"):
            present = models_in_memory()
            self._embedder.warm_up()
        else:  # what it has, it has had since it was made
            present = models_of(self._embedder)
        self._after_loading(before, present)

    def _before_loading(self) -> tuple[Weights | None, list[Any]]:
        return self._find_if_there(), models_in_memory()

    def _after_loading(self, before: Weights | None, present: Sequence[Any]) -> None:
        """Check what was loaded, and take it.

        Args:
            before: the weights whose files were there before.
            present: the models that were in memory before; they are held, so that none of them
                made room for a new one at its address.
        """
        with self._lock:
            loaded = [watched.model for watched in self._watched or ()]
            if self._watched is None or [*map(id, loaded)] != [*map(id, models_of(self._embedder))]:
                self._take(before, self._find(), present)

    def _take(self, before: Weights | None, after: Weights | None, present: Sequence[Any]) -> None:
        models = models_of(self._embedder)
        old = set(map(id, present))
        if self._revision is None and after is not None:
            self._check(models, before, after, old)
        if self._revision is None:
            functions = [it for model in models for it in functions_in(model)]
            refuse_house_functions(type(self._embedder).__name__, functions)
        settings: dict[str, Value] = {}
        for model in models:
            its = settings_of(model)
            if id(model) in old:
                folder = after.folder if after else None
                stated = stated_settings(folder, self._parameters) if folder else {}
                settings |= {
                    name: its.get(name)
                    for name in {*its, *stated}
                    if its.get(name) != stated.get(name) and hasattr(model, name)
                }
                settings |= module_settings(model, folder)
                if folder is not None:
                    settings |= settings_beside_weights(model, folder, self._parameters)
        self._watched = [_Watched(it, _state_of(it), MemoryStamp(it)) for it in models]
        self.identity = Identity(self._name(after), settings)

    def _check(
        self, models: Sequence[Any], before: Weights | None, after: Weights, old: set[int]
    ) -> None:
        """Raise unless the models in memory have the weights that the files have now."""
        name = type(self._embedder).__name__
        moved = before is not None and before.identity != after.identity
        if moved and not (models and all(is_of(model, after) for model in models)):
            raise ConfigurationError(
                f"the files of the model of {name} changed while it was loaded; run it again"
            )
        for model in models:
            if id(model) not in old:
                note(model, after)
            elif not is_of(model, after):
                raise UnknownWeightsError(
                    f"the model of {name} was loaded before, and it cannot be told whether its "
                    "weights are those of the files that are there now; wrap the embedder before "
                    "it is warmed up, in a new process, or say which weights it has with "
                    "revision='…'"
                )


def _state_of(model: Any) -> dict[str, Value]:
    """Return what is set on a model in memory, to be compared with what is later."""
    return settings_of(model) | parts_of(model) | tokenizers_in(model)


def _begin_anew(model: Model) -> None:
    """Let nothing be under way: after a fork, what another thread of the parent's loads is not."""
    model._lock = threading.RLock()
    model._loading = None
