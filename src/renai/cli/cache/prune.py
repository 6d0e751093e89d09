"""`renai cache prune`: drop what is old, what is of one provider or model, or what is too much."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, CacheDir, CacheUrl, VectorsUrl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.maintenance.listing import Held


def prune(
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="What was made longer ago: 12h, 90d, 8w, 1y.")
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE", help="What is too much, the least recently used first: 500MB, 2GB."
        ),
    ] = None,
    provider: Annotated[str | None, typer.Option(help="Only what this one said.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Only what this one said, and vectors it made; those of which nobody knows the "
            "model stay."
        ),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(help="text, metadata or embedding; several times for several. Default: all."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    vectors_url: VectorsUrl = None,
) -> ExitCode:
    """Drop part of the cache. First it shows what would go, and asks.

    What workers counted in a store that they share is kept: of days that are long over it is added
    up.
    """
    from renai.cli.amounts import bytes_in, seconds_in
    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import ask, can_ask, remark, say, say_json
    from renai.configuration import load_settings
    from renai.counting import counted, size_of
    from renai.errors import UsageError
    from renai.maintenance.open_stores import LAYERS, check_layers, open_stores
    from renai.maintenance.prune import choose, drop, tidy

    log_to_stderr()
    if not (older_than or max_size or provider or model):
        raise UsageError("say what is to go: --older-than, --max-size, --provider or --model")
    layers = check_layers(layer or tuple(LAYERS))
    age = seconds_in(older_than, "--older-than") if older_than else None
    most = bytes_in(max_size, "--max-size") if max_size else None
    settings = load_settings(cache_dir=cache_dir, cache_url=cache_url)
    passed_over = Counter[str]()
    with open_stores(settings, vectors_url) as stores:
        going = choose(
            stores,
            layers,
            older_than=age,
            max_size=most,
            provider=provider,
            model=model,
            passed_over=passed_over,
        )
        size = sum(entry.size for entry in going)
        what = f"{counted(len(going), 'entry', 'entries')}, {size_of(size)}"
        code, dropped, unmarked = ExitCode.DONE, 0, 0
        if not as_json:
            _show(going, passed_over)
        if going and not yes and not can_ask():
            remark(f"{what} would go. To drop them without being asked: --yes")
            code = ExitCode.CONFIGURATION
        elif going and not yes and not ask(f"Drop {what}?"):
            code = ExitCode.DECLINED
        else:
            dropped = drop(stores, going)
            if not as_json:
                say(f"Dropped {counted(dropped, 'entry', 'entries')}, {size_of(size)}.")
            tidied = tidy(
                stores,
                layers,
                going,
                provider=provider,
                model=model,
                all_of_them=not (older_than or max_size),
                passed_over=passed_over,
            )
            unmarked = tidied.unmarked
            for sentence in tidied.said:
                remark(sentence)
            _show_marks(unmarked, tidied.still, as_json=as_json)
    if as_json:
        kept = passed_over.total()
        say_json(
            {
                "chosen": len(going),
                "size": size,
                "dropped": dropped,
                "unknown": kept,
                "unmarked": unmarked,
            }
        )
    return code


def _show(going: Sequence[Held], passed_over: Counter[str]) -> None:
    """Print how much would be dropped, summed up by layer, provider, model and place.

    Args:
        going: what would be dropped.
        passed_over: the number of vectors, by place, that stay since nobody knows whose they are.
    """
    from renai.cli.terminal import say
    from renai.counting import counted, size_of
    from renai.maintenance.prune import shares_of
    from renai.text_cleaning import printable

    for share in shares_of(going):
        entries = counted(share.entries, "entry", "entries")
        say(f"{printable(share.what)}: {entries}, {size_of(share.size)}")
    for place, count in passed_over.items():
        stay = "1 vector stays" if count == 1 else f"{count:,} vectors stay"
        say(f"embedding in {printable(place)}: {stay}, since nobody knows the model")


def _show_marks(unmarked: int, still: int, *, as_json: bool) -> None:
    """Print how many recipes were stopped and are not any more, and how many still are."""
    from renai.cli.terminal import remark, say
    from renai.counting import counted

    if unmarked and not as_json:
        recipes = counted(unmarked, "recipe was", "recipes were")
        say(f"{recipes} stopped, since its model had changed, and may be used again.")
    if still:
        remark(
            f"{counted(still, 'recipe stays', 'recipes stay')} stopped, since its model has "
            "changed: vectors of which nobody knows the model may be of it. To use it again: "
            "renai cache trust"
        )
