"""`renai cache`: empty the cache; with a sub-command, look into it and look after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from renai.cli.cache.explain import explain
from renai.cli.cache.export import export
from renai.cli.cache.forget import forget
from renai.cli.cache.import_ import import_
from renai.cli.cache.list_ import list_
from renai.cli.cache.prune import prune
from renai.cli.cache.stats import stats
from renai.cli.cache.trust import trust
from renai.cli.cache.verify import verify
from renai.cli.exits import ExitCode, exiting
from renai.cli.options import CacheDir, CacheUrl

COMMANDS: dict[str, Callable[..., ExitCode]] = {
    "stats": stats,
    "list": list_,
    "explain": explain,
    "verify": verify,
    "prune": prune,
    "forget": forget,
    "trust": trust,
    "export": export,
    "import": import_,
}

app = typer.Typer(invoke_without_command=True)

for _name, _command in COMMANDS.items():
    app.command(name=_name)(exiting(_command))


@app.callback()
def _bare(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
) -> None:
    """Look into the cache, check it, or drop parts of it; without a command: empty it.

    To empty it drops texts and metadata. Vectors and the record of renames stay.
    """
    if context.invoked_subcommand is None:
        exiting(_empty)(yes, cache_dir, cache_url)
    elif yes or cache_dir or cache_url:
        exiting(_refuse)(context.invoked_subcommand)


def _refuse(command: str) -> ExitCode:
    from renai.errors import UsageError

    raise UsageError(f"put the options behind the command: renai cache {command} …")


def _empty(yes: bool, cache_dir: CacheDir, cache_url: CacheUrl) -> ExitCode:
    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import ask, can_ask, remark, say
    from renai.configuration import load_settings
    from renai.counting import counted
    from renai.metadata.caches import Caches

    log_to_stderr()
    settings = load_settings(cache_dir=cache_dir, cache_url=cache_url)
    with Caches(settings.cache_dir, settings.cache_url) as caches:
        entries = caches.entries()
        size = sum(entry.size for entry in entries)
        what = f"{counted(len(entries), 'entry', 'entries')}, {counted(size, 'byte')}"
        if not yes and entries:
            if not can_ask():
                remark(f"{caches.place} holds {what}. To empty it without being asked: --yes")
                return ExitCode.CONFIGURATION
            if not ask(f"Empty {caches.place} ({what})?"):
                return ExitCode.DECLINED
        caches.drop(entries)
        say(f"Removed {what} from {caches.place}.")
    return ExitCode.DONE
