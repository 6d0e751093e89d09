"""`renai`: the program and its commands.

Typer takes long to build a command, so a run imports and builds only the one that it is asked for.
Command modules import what they need inside their functions, so that `--help` answers at once.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from renai.cli.exits import ExitCode, code_of_refusal, exiting
from renai.text_cleaning import printable
from renai.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMANDS = {
    name: f"renai.cli.{name}" for name in ("process", "undo", "history", "doctor", "gateway", "web")
}
"""The module of each command, which has a function of that name."""

GROUPS = {
    "cache": "renai.cli.cache.app",
    "corrections": "renai.cli.corrections",
    "eval": "renai.cli.eval.app",
}
"""The module of each group of commands, which has it as `app`."""

_HELP = ("-h", "--help")
_INSTALL_COMPLETION = "--install-completion"
_OF_THE_PROGRAM = (*_HELP, "--version", _INSTALL_COMPLETION, "--show-completion")


@contextmanager
def _escaping_errors() -> Iterator[None]:
    """Escape what errors about the command line repeat of it: a shell puts names of files there."""
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = printable(message)  # type: ignore[attr-defined]
        raise


class _OwnConversion:
    """A command that leaves to Typer only those values whose conversion is some work.

    Since 0.29 Typer has pydantic build a converter for every parameter of a command, also for those
    that are not given. That takes longer than all else that Typer does.
    """

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, which have their values converted here from now on."""
        parameters = super().get_params(ctx)  # type: ignore[misc]
        for parameter in parameters:
            if "process_value" not in vars(parameter):
                converted = partial(_converted, parameter, parameter.process_value)
                parameter.process_value = converted
        return parameters


def _converted(parameter: Any, by_typer: Callable[..., Any], ctx: Any, value: Any) -> Any:
    """Return the value of a parameter, from the words of the command line."""
    notice = parameter.callback
    is_one = parameter.nargs == 1 and not parameter.multiple
    if value is None and is_one and not parameter.required:
        return notice(ctx, parameter, None) if notice else None
    kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    if kind is str and isinstance(value, str) and not notice:
        return value
    # Of what cannot be read, or is not there, Typer says what is wrong with it.
    if kind == list[Path] and value and all(os.access(path, os.R_OK) for path in value):
        return [Path(path) for path in value]
    return by_typer(ctx, value)


class _Command(_OwnConversion, TyperCommand):
    pass


class _Program(_OwnConversion, TyperGroup):
    def make_context(self, info_name: Any, args: list[str], *rest: Any, **options: Any) -> Any:
        if options.get("resilient_parsing"):  # a shell asks how the words could go on
            args = _with_command(args)
        with _escaping_errors():
            return super().make_context(info_name, args, *rest, **options)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return how a first word could go on, which may be an option of `process`."""
        found = super().shell_complete(ctx, incomplete)
        of_process = self.commands["process"].shell_complete(ctx, incomplete)
        return list({item.value: item for item in (*of_process, *found)}.values())

    def invoke(self, *args: Any, **kwargs: Any) -> Any:
        with _escaping_errors():
            return super().invoke(*args, **kwargs)


def program(*names: str) -> typer.Typer:
    """Return the program with these commands and groups; by default with all that there are."""
    app = typer.Typer(
        name="renai",
        cls=_Program,
        help="Rename books and documents from what a model, or the file itself, says about them. "
        "'renai PATH…' is short for 'renai process PATH…'.",
        no_args_is_help=True,
        context_settings={"help_option_names": list(_HELP)},
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for name, module in COMMANDS.items():
        if not names or name in names:
            app.command(name=name, cls=_Command)(exiting(getattr(import_module(module), name)))
    for name, module in GROUPS.items():
        if not names or name in names:
            app.add_typer(import_module(module).app, name=name)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"renai {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command that the words of the command line name, and exit."""
    # No plugin of pydantic is wanted here, and looking for them would slow down the start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    words = sys.argv[1:]
    if "" in words:  # from an unset shell variable; as a path it would mean the current folder
        typer.echo("[ERROR] one of the arguments is empty", err=True)
        raise SystemExit(ExitCode.USAGE)
    try:
        _run(_with_command(words))
    except OSError as error:  # of help and version, which no command prints
        raise SystemExit(code_of_refusal(error)) from None
    finally:
        if words[:1] == [_INSTALL_COMPLETION]:
            _complete_at_the_first_tab()
        # At its end Python would look through all objects for garbage, and then end anyway.
        gc.freeze()


def _run(words: list[str]) -> None:
    command = words[0] if words else ""
    if command == "process":
        from renai.cli.process import with_review_said_whole

        words = with_review_said_whole(words)
    known = command in COMMANDS or command in GROUPS
    program(*[command] if known else [])(words, prog_name="renai")


def _complete_at_the_first_tab() -> None:
    """Mend what Typer installs for zsh: its script only defines the function that completes."""
    script = Path.home() / ".zfunc" / "_renai"
    with suppress(OSError):
        written = script.read_text()
        if written.endswith("compdef _renai_completion renai"):
            script.write_text(f'{written}\n_renai_completion "$@"\n')


def _with_command(words: list[str]) -> list[str]:
    """Say the command of words that begin with none: `renai PATH` is `renai process PATH`."""
    if words and words[0] not in (*COMMANDS, *GROUPS, *_OF_THE_PROGRAM):
        return ["process", *words]
    return words
