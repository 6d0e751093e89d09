"""Questions to a model whose answers nobody needs at once, such as those of canaries.

A model that hangs must not delay a call that has all its vectors. So such a call waits for a moment
only; a later answer is heeded in the background, and until then no further question is put. As the
program ends, open questions get a moment more, and what stays unanswered is told.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
import weakref
from concurrent.futures import Future, wait
from contextvars import copy_context
from functools import cache
from typing import TYPE_CHECKING, Any

from renai.forks import renew_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_PATIENCE = 2.0
"""The seconds for which a call that needs no answer waits for one."""

_BEFORE_OTHERS = 60.0
"""The seconds for which a call that asks the model itself lets an open question go first."""

_UNANSWERED = "Vectors could not be compared with those of today: the model did not answer in time"

_log = logging.getLogger("renai")

_all: weakref.WeakSet[Questions] = weakref.WeakSet()


class Questions:
    """The questions of one cache, at most one of which is open at a time.

    Attributes:
        is_open: whether a question is waiting for its answer in the background.
    """

    is_open: bool
    _open: Future[bool] | None
    _task: asyncio.Task[bool] | None

    def __init__(self) -> None:
        renew_after_fork(self, _begin_anew)

    def ask(self, question: Callable[[], bool]) -> bool:
        """Put a question in a thread of its own, since a call in this one could not be left.

        Returns:
            what it returns; True if that takes too long.

        Raises:
            Exception: what it raises, unless that takes too long.
        """
        answer: Future[bool] = Future()
        threading.Thread(
            target=copy_context().run,
            args=(_answer, answer, question),
            name="renai canary",
            daemon=True,
        ).start()
        if wait([answer], _PATIENCE).done:
            return answer.result()
        self._leave(answer)
        return True

    async def aask(self, question: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
        """Do what `ask` does for tasks."""
        task = asyncio.create_task(question())
        try:
            done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if done:
            return task.result()
        answer: Future[bool] = Future()
        self._task = task  # else it might be collected before it is done
        self._leave(answer)
        task.add_done_callback(lambda task: _end(answer, task))
        return True

    def let_go_first(self) -> None:
        """Wait for an open question, for a time: what computes need not bear two calls at once."""
        if self._open is not None and self._task is None:  # a task may need this very thread
            wait([self._open], _BEFORE_OTHERS)

    async def alet_go_first(self) -> None:
        """Do what `let_go_first` does for tasks."""
        if self._open is not None:
            await asyncio.wait({asyncio.wrap_future(self._open)}, timeout=_BEFORE_OTHERS)

    def _leave(self, answer: Future[bool]) -> None:
        self.is_open, self._open = True, answer
        answer.add_done_callback(self._close)
        _all.add(self)
        _watch_the_end()

    def _close(self, answer: Future[bool]) -> None:
        self.is_open, self._open, self._task = False, None, None
        if (error := answer.exception()) is not None:  # the next call meets it as well
            _log.debug("A late answer: %s", error)


@cache
def _watch_the_end() -> None:
    """Have open questions looked after at the end of the program.

    This is asked for only when one is left open: what was registered last is called first, and the
    counters must still take what an answer has cost.
    """
    atexit.register(_wait_at_the_end)


def _wait_at_the_end() -> None:
    """Wait for open questions a moment more; say which answers are bad, and which do not come.

    Those of tasks are not waited for: their event loop has ended, and has cancelled them.
    """
    waiting = [each._open for each in list(_all) if each._open is not None and each._task is None]
    answered, unanswered = wait(waiting, _PATIENCE)
    for answer in answered:
        if (error := answer.exception()) is not None:  # no further call will meet it
            _log.warning("%s", error)
    if unanswered:
        _log.warning("%s", _UNANSWERED)


def _begin_anew(questions: Questions) -> None:
    """Have no open question; that of the parent is answered to the parent."""
    questions.is_open = False
    questions._open = None
    questions._task = None


def _answer(answer: Future[bool], question: Callable[[], bool]) -> None:
    answer.set_running_or_notify_cancel()
    try:
        answer.set_result(question())
    except BaseException as error:  # noqa: BLE001 - it is raised by whoever waits
        answer.set_exception(error)


def _end(answer: Future[bool], task: asyncio.Task[bool]) -> None:
    if task.cancelled():  # its event loop has ended
        _log.warning("%s", _UNANSWERED)
        answer.set_result(True)
    elif (error := task.exception()) is not None:
        answer.set_exception(error)
    else:
        answer.set_result(task.result())
