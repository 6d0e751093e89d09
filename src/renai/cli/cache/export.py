"""`renai cache export`: write the cache into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, CacheDir, CacheUrl, VectorsUrl


def export(
    archive: Annotated[
        Path, typer.Argument(metavar="ARCHIVE", help="A new file, such as cache.tar.gz.")
    ],
    layer: Annotated[
        list[str] | None,
        typer.Option(help="text, metadata or embedding; several times for several. Default: all."),
    ] = None,
    as_json: AsJson = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    vectors_url: VectorsUrl = None,
) -> ExitCode:
    """Write texts, metadata and vectors into one file, which `renai cache import` reads.

    What is damaged is left out and named; then this ends with 1.
    """
    from dataclasses import asdict

    from renai.cli.logs import log_to_stderr
    from renai.cli.progress import counting_up
    from renai.cli.terminal import say, say_json
    from renai.configuration import load_settings
    from renai.counting import size_of, tallied
    from renai.maintenance.open_stores import LAYERS, check_layers, open_stores
    from renai.maintenance.transfer import export_archive

    log_to_stderr()
    layers = check_layers(layer or tuple(LAYERS))
    settings = load_settings(cache_dir=cache_dir, cache_url=cache_url)
    with open_stores(settings, vectors_url) as stores, counting_up("Exporting") as advance:
        exported = export_archive(archive.absolute(), stores, layers, advance)
    size = archive.stat().st_size
    if as_json:
        say_json(
            {
                "archive": str(archive.absolute()),
                "size": size,
                **asdict(exported.manifest),
                "damaged": exported.damaged,
            }
        )
    else:
        held = tallied(exported.manifest.entries, exported.manifest.bytes)
        say(f"{archive}: {held}; the file has {size_of(size)}.")
        for name in exported.damaged:
            say(f"    {name}: damaged, left out")
    return ExitCode.SOME_FAILED if exported.damaged else ExitCode.DONE
