"""`renai cache list`: list what the cache holds, entry by entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, CacheDir, CacheUrl, VectorsUrl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renai.maintenance.listing import Held

SHOWN_DIGITS = 12
_ROW = "{:<9}  {:<12}  {:<10}  {:<30}  {:>7}  {:>6}  {}"


def list_(
    layer: Annotated[
        list[str] | None,
        typer.Option(help="text, metadata, embedding; several times for several."),
    ] = None,
    provider: Annotated[str | None, typer.Option(help="Only what this one said.")] = None,
    model: Annotated[
        str | None, typer.Option(help="Only what this one said, and vectors it made.")
    ] = None,
    as_json: AsJson = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    vectors_url: VectorsUrl = None,
) -> ExitCode:
    """List what the cache holds: texts and metadata, or what --layer names."""
    from renai.cli.logs import log_to_stderr
    from renai.configuration import load_settings
    from renai.maintenance.listing import list_entries
    from renai.maintenance.open_stores import check_layers, open_stores

    log_to_stderr()
    layers = check_layers(layer or ("text", "metadata"))
    settings = load_settings(cache_dir=cache_dir, cache_url=cache_url)
    with open_stores(settings, vectors_url) as stores:
        entries = list_entries(stores, layers, provider=provider, model=model)
        (_say_json if as_json else _say_lines)(entries)
    return ExitCode.DONE


def _say_lines(entries: Iterable[Held]) -> None:
    """Print each entry as soon as it is read, since a cache may hold very many."""
    import time

    from renai.cli.terminal import say
    from renai.counting import age_of, cost_of, counted, size_of
    from renai.text_cleaning import printable

    now, count, size = time.time(), 0, 0
    for entry in entries:
        if not count:
            head = ("Layer", "Content", "Provider", "Model", "Size", "Age", "Cost")
            say(_ROW.format(*head))
        count += 1
        size += entry.size
        answered = entry.layer == "metadata"
        is_unknown = entry.layer == "embedding" and entry.recipe is None
        say(
            _ROW.format(
                entry.layer,
                entry.subject[:SHOWN_DIGITS],
                printable(str(entry.provider or ("damaged" if answered else ""))),
                printable(str(entry.model or ("unknown recipe" if is_unknown else ""))),
                size_of(entry.size),
                age_of(now - entry.stored_at),
                cost_of(entry.cost) if answered else "",
            ).rstrip()
        )
    say(f"{counted(count, 'entry', 'entries')}, {size_of(size)}.")


def _say_json(entries: Iterable[Held]) -> None:
    """Print one JSON object, piece by piece, as the entries are read."""
    import json
    from dataclasses import asdict

    from renai.cli.terminal import say

    say('{"entries": [')
    between = ""
    for entry in entries:
        say(between + json.dumps(asdict(entry)))
        between = ","
    say("]}")
