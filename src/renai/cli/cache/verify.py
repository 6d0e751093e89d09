"""`renai cache verify`: check every entry."""

from __future__ import annotations

from typing import Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, CacheDir, CacheUrl, VectorsUrl


def verify(
    layer: Annotated[
        list[str] | None,
        typer.Option(help="text, metadata or embedding; several times for several. Default: all."),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Move bad entries to the quarantine.")
    ] = False,
    as_json: AsJson = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    vectors_url: VectorsUrl = None,
) -> ExitCode:
    """Check that every entry is whole and is what its name says; 1 if one is not."""
    import time
    from dataclasses import asdict

    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say, say_json
    from renai.configuration import load_settings
    from renai.counting import counted, size_of
    from renai.maintenance.open_stores import LAYERS, check_layers, open_stores
    from renai.maintenance.verify import verify

    log_to_stderr()
    layers = check_layers(layer or tuple(LAYERS))
    settings = load_settings(cache_dir=cache_dir, cache_url=cache_url)
    started = time.monotonic()
    results = []
    moved, left = "moved to the quarantine", "left there" if repair else "left there, see --repair"
    with open_stores(settings, vectors_url) as stores:
        for checked in verify(stores, layers, repair=repair):
            results.append(checked)
            if checked.entries and not as_json:
                say(
                    f"{checked.layer} in {checked.place}: "
                    f"{counted(checked.entries, 'entry', 'entries')}, {size_of(checked.size)}, "
                    f"{len(checked.bad):,} bad"
                )
                for name in checked.bad:
                    say(f"    {name}: {moved if name in checked.dropped else left}")
    bad = sum(len(checked.bad) for checked in results)
    if as_json:
        say_json({"checked": [asdict(checked) for checked in results], "bad": bad})
    else:
        total = sum(checked.entries for checked in results)
        seconds = time.monotonic() - started
        say(f"{counted(total, 'entry', 'entries')} checked in {seconds:.1f} s, {bad:,} bad.")
    return ExitCode.SOME_FAILED if bad else ExitCode.DONE
