"""`renai cache import`: read an archive that `renai cache export` wrote into the cache."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, CacheDir, CacheUrl, VectorsUrl

_OUTCOMES = {
    "added": "added",
    "replaced": "replaced what was older or damaged",
    "same": "were there",
    "older": "older than what is there, which stays",
    "expired": "expired",
    "damaged": "damaged, left out",
}


def import_(
    archive: Annotated[
        Path, typer.Argument(metavar="ARCHIVE", help="What `renai cache export` wrote.")
    ],
    as_json: AsJson = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    vectors_url: VectorsUrl = None,
) -> ExitCode:
    """Take texts, metadata and vectors from an archive, whatever kind of store they were in.

    The archive is checked from end to end first. Of two different entries of one name the later
    one wins; to import twice changes nothing.
    """
    from dataclasses import asdict

    from renai.cli.logs import log_to_stderr
    from renai.cli.progress import counting_up
    from renai.cli.terminal import say, say_json
    from renai.configuration import load_settings
    from renai.counting import tallied
    from renai.errors import UsageError
    from renai.locations import vectors_url_in
    from renai.maintenance.open_stores import open_stores
    from renai.maintenance.transfer import check_archive, import_archive

    log_to_stderr()
    settings = load_settings(cache_dir=cache_dir, cache_url=cache_url)
    if archive.exists() and not archive.is_file():  # a pipe could not be read twice
        raise UsageError(f"{archive} cannot be read: it is no regular file")
    try:
        stream = archive.open("rb")
    except OSError as error:
        raise UsageError(f"{archive} cannot be read: {error.strerror}") from error
    with stream:
        with counting_up("Checking") as advance:
            manifest = check_archive(stream, advance)
        stream.seek(0)
        if manifest.entries.get("embedding") and not settings.cache_url:
            vectors_url = vectors_url or vectors_url_in(settings.cache_dir)
        total = sum(manifest.entries.values())
        with (
            open_stores(settings, vectors_url) as stores,
            counting_up("Importing", total) as advance,
        ):
            imported = import_archive(stream, stores, advance)
            place = stores[0].place
    if as_json:
        outcomes = {outcome: imported.outcomes[outcome] for outcome in _OUTCOMES}
        say_json({**asdict(manifest), "outcomes": outcomes, "damaged": imported.damaged})
    else:
        held = tallied(manifest.entries, manifest.bytes)
        say(f"{archive}: {held}, into {place}.")
        for outcome, words in _OUTCOMES.items():
            if count := imported.outcomes[outcome]:
                say(f"    {count:,} {words}")
        for name in imported.damaged:
            say(f"    {name}: damaged, left out")
    return ExitCode.SOME_FAILED if imported.damaged else ExitCode.DONE
