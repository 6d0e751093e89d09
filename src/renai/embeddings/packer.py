"""Full batches out of the texts of several threads.

A model takes about as long for a batch that is nearly empty as for a full one. Where most vectors
are in a cache, each thread misses only a few texts. So threads hand their texts to one packer,
which fills batches across them.

The packer has no thread of its own: of those that wait, one computes for all, and then the next.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np  # noqa: TID253 - imported behind codecs.vector, which says when it is missing

from renai.embeddings.computed import as_sound_vectors
from renai.forks import renew_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from renai.codecs.vector import Floats


class PackedAnswer(NamedTuple):
    """What came of the texts that were handed to a packer.

    Attributes:
        vectors: float32 (n, dim), the vectors of the first n texts: of all, unless there is an
            error. The row of a text for which the model gave no vector is NaN.
        error: what the model raised for a batch with the texts that follow; None if all went well.
    """

    vectors: Floats
    error: Exception | None


@dataclass(eq=False, slots=True)
class _Request:
    """The texts of one call, which are computed in their order, in one batch or more.

    Attributes:
        texts: the texts.
        since: when they were handed over, in seconds of the monotonic clock.
        taken: how many of them are in a batch, or have been.
        vectors: float32 (m, dim) of each batch that has been computed.
        done: how many texts these are.
        error: what the model raised; no further text is computed then.
    """

    texts: Sequence[str]
    since: float
    taken: int = 0
    vectors: list[Floats] = field(default_factory=list)
    done: int = 0
    error: Exception | None = None

    @property
    def is_answered(self) -> bool:
        return self.error is not None or self.done == len(self.texts)


class Packer:
    """Computes the texts of several threads in full batches, one batch at a time.

    Args:
        compute: the model: gets at most `max_batch` texts and returns their vectors, anything from
            which numpy can make an array of numbers. It is called by whichever thread waits, and
            never by two at once.
        dimension: the dimension of its vectors.
        max_batch: the number of texts in a full batch.
        linger: how many seconds a model that is free is kept waiting for a batch to be full.
    """

    def __init__(
        self,
        compute: Callable[[list[str]], Any],
        *,
        dimension: int,
        max_batch: int,
        linger: float,
    ) -> None:
        self._compute = compute
        self._dimension = dimension
        self._max_batch = max_batch
        self._linger = linger
        self._changed: threading.Condition
        self._waiting: deque[_Request]
        self._is_computing: bool
        self._free_since: float
        renew_after_fork(self, _begin_anew)

    def pack(self, texts: Sequence[str]) -> PackedAnswer:
        """Return the vectors of texts, once the batches with all of them have been computed.

        If the model raises, every call with a text in that batch gets the error. Its vectors of
        earlier batches are in the answer, and none of its texts is computed after that.
        """
        request = _Request(texts, time.monotonic())
        with self._changed:
            if texts:
                self._waiting.append(request)
                self._changed.notify_all()
            try:
                while not request.is_answered:
                    if self._is_computing:
                        self._changed.wait()
                    elif (seconds := self._seconds_left()) > 0:
                        self._changed.wait(seconds)
                    else:
                        self._compute_batch()
            finally:
                if request in self._waiting:  # this thread was interrupted
                    self._waiting.remove(request)
        return PackedAnswer(self._joined(request.vectors), request.error)

    def _seconds_left(self) -> float:
        """Return how long more texts are waited for; 0 if a batch is full or has waited enough."""
        waiting = sum(len(request.texts) - request.taken for request in self._waiting)
        if waiting >= self._max_batch:
            return 0.0
        since = max(self._waiting[0].since, self._free_since)
        return max(0.0, since + self._linger - time.monotonic())

    def _compute_batch(self) -> None:
        """Compute the texts that wait longest; the lock is held, but for the call of the model."""
        shares = self._take()
        batch = [text for request, texts in shares for text in texts]
        self._is_computing = True
        answer: Floats | Exception | None = None
        self._changed.release()
        try:
            answer, _ = as_sound_vectors(self._compute(batch), len(batch), self._dimension)
        except Exception as error:  # noqa: BLE001 - it is raised by all whose texts these are
            answer = error
        finally:
            self._changed.acquire()
            self._is_computing = False
            self._free_since = time.monotonic()
            self._give(shares, answer)
            self._changed.notify_all()

    def _take(self) -> list[tuple[_Request, Sequence[str]]]:
        """Take the next batch from the requests, each with its texts in it."""
        shares = []
        left = self._max_batch
        while left and self._waiting:
            request = self._waiting[0]
            texts = request.texts[request.taken : request.taken + left]
            request.taken += len(texts)
            left -= len(texts)
            shares.append((request, texts))
            if request.taken == len(request.texts):
                self._waiting.popleft()
        return shares

    def _give(
        self, shares: list[tuple[_Request, Sequence[str]]], answer: Floats | Exception | None
    ) -> None:
        """Give each request its vectors or the error.

        Args:
            shares: the requests, with their texts in the batch.
            answer: vectors, an error, or None if the thread that computed was interrupted: then
                another thread computes the batch.
        """
        if answer is None:
            for request, texts in reversed(shares):
                request.taken -= len(texts)
                if request not in self._waiting:
                    self._waiting.appendleft(request)
            return
        start = 0
        for request, texts in shares:
            if isinstance(answer, Exception):
                request.error = answer
                if request in self._waiting:
                    self._waiting.remove(request)
            else:
                request.vectors.append(answer[start : start + len(texts)])
                request.done += len(texts)
            start += len(texts)

    def _joined(self, vectors: list[Floats]) -> Floats:
        if len(vectors) == 1:
            return vectors[0]
        return np.concatenate([np.empty((0, self._dimension), np.float32), *vectors])


def _begin_anew(it: Packer) -> None:
    """Let nothing wait or be computed: a child of a fork has not the threads that do."""
    it._changed = threading.Condition()
    it._waiting = deque()
    it._is_computing = False
    it._free_since = time.monotonic()
