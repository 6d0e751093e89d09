"""The program's exit codes, and how an error becomes one line and an exit code."""

from __future__ import annotations

import errno
import functools
import os
import sys
from contextlib import suppress
from enum import IntEnum
from typing import TYPE_CHECKING, ParamSpec

import typer

from renai.cli.interrupts import interrupts_raise
from renai.cli.terminal import remark
from renai.errors import (
    ConfigurationError,
    JournalError,
    RefusedKeyError,
    RenaiError,
    StoreError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")


class ExitCode(IntEnum):
    """The exit codes of the program; users' scripts rely on them.

    `DONE` includes files that were skipped because they cannot be read; `SOME_FAILED` means that
    model calls or renames failed, and the rest was done; `CONFIGURATION` includes questions that
    could not be asked.
    """

    DONE = 0
    SOME_FAILED = 1
    USAGE = 2
    CONFIGURATION = 3
    DECLINED = 4
    INTERRUPTED = 130


_CODES: dict[type[RenaiError], ExitCode] = {
    UsageError: ExitCode.USAGE,
    ConfigurationError: ExitCode.CONFIGURATION,
    RefusedKeyError: ExitCode.CONFIGURATION,
    StoreError: ExitCode.CONFIGURATION,
    JournalError: ExitCode.CONFIGURATION,
}


def exiting(command: Callable[P, ExitCode]) -> Callable[P, None]:
    """Wrap a command so that it ends the program with the exit code it returns.

    If the command raises an error, the program prints one line and ends with the error's code.
    """

    @functools.wraps(command)
    def exit_with_code(*args: P.args, **kwargs: P.kwargs) -> None:
        interrupts_raise()
        try:
            code = command(*args, **kwargs)
        except RenaiError as error:
            for fault in error.faults:
                remark(f"[ERROR] {fault}")
            found = (code for kind, code in _CODES.items() if isinstance(error, kind))
            code = next(found, ExitCode.SOME_FAILED)
        except OSError as error:
            code = code_of_refusal(error)
        except KeyboardInterrupt:
            remark("[ERROR] Interrupted. What was done so far is kept.")
            code = ExitCode.INTERRUPTED
        raise typer.Exit(code)

    return exit_with_code


def code_of_refusal(error: OSError) -> ExitCode:
    """Say in one line what the system refused, and return the exit code for it.

    Raises:
        OSError: whoever read the output has left, which is their own doing.
    """
    # An error on a stream names no file.
    if error.errno in (None, errno.EPIPE):
        raise error
    if error.filename is not None:  # an error that no other module has made a sentence of
        remark(f"[ERROR] {os.fsdecode(error.filename)} cannot be used: {error.strerror}")
        return ExitCode.CONFIGURATION
    _give_up_output()
    with suppress(OSError):
        remark(f"[ERROR] the output cannot be written: {error.strerror}")
    return ExitCode.SOME_FAILED


def _give_up_output() -> None:
    """Throw away what is left in the output's buffer, which would fail again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
