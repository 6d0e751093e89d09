"""`renai cache`: empty the cache."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renai.cli.exits import ExitCode


def cache(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    cache_dir: Annotated[Path | None, typer.Option(help="Another cache folder.")] = None,
    cache_url: Annotated[str | None, typer.Option(help="The store that is shared instead.")] = None,
) -> ExitCode:
    """Empty the cache of texts and metadata. Vectors and the record of renames stay."""
    from renai.cli.counting import counted
    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import ask, can_ask, remark, say
    from renai.library.caches import Caches
    from renai.settings import load_settings

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
