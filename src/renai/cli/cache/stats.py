"""`renai cache stats`: show the counts of hits and misses, and what was spent and saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, CacheDir

if TYPE_CHECKING:
    from datetime import date

    from renai.maintenance.stats import Stats
    from renai.usage.counters import Counts, TotalCost

_ROOMY = 100
"""The columns of a terminal that is wide enough for everything."""


def stats(
    since: Annotated[
        str | None, typer.Option(metavar="7d|DATE", help="Only the last days, or from a date on.")
    ] = None,
    as_json: AsJson = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw it: a file whose name ends in .png, .svg or .pdf.")
    ] = None,
    cache_dir: CacheDir = None,
    vectors_url: Annotated[
        str | None,
        typer.Option(help="What workers with ledger='shared' counted in this store instead."),
    ] = None,
) -> ExitCode:
    """Show what was hit and missed, and what that spent and saved."""
    from contextlib import closing

    from renai.cli.cache import stats_plot as cache_stats_plot
    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say_json
    from renai.configuration import load_settings
    from renai.maintenance.stats import gather
    from renai.stores.registry import open_store
    from renai.usage.database import USAGE_FILE, UsageDatabase
    from renai.usage.records import read_shared

    log_to_stderr()
    first_day = _day(since) if since else None
    if plot:
        cache_stats_plot.check(plot)
    if vectors_url:
        with closing(open_store(vectors_url)) as store:
            history = read_shared(store)
    else:
        settings = load_settings(cache_dir=cache_dir)
        history = UsageDatabase(settings.cache_dir / USAGE_FILE).read()
    gathered = gather(history, first_day)
    if as_json:
        say_json(_as_json(gathered))
    else:
        _show(gathered)
    if plot:
        cache_stats_plot.draw(plot, gathered)
    return ExitCode.DONE


def _day(since: str) -> date:
    from datetime import date, timedelta

    from renai.errors import UsageError

    try:
        if since.endswith("d"):
            return date.today() - timedelta(days=int(since[:-1]))
        return date.fromisoformat(since)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--since {since}: give a number of days, such as 7d, or a date, such as 2026-01-31"
        ) from None


def _show(stats: Stats) -> None:
    from rich.table import Table
    from rich.text import Text

    from renai.cli.terminal import output, say
    from renai.counting import counted
    from renai.text_cleaning import printable

    if stats.since is None:
        if not _show_shadow(stats.shadow):
            say("Nothing was looked up yet.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    # On a narrow terminal, model names need the room more than the gaps between columns.
    table.collapse_padding = output().width < _ROOMY
    for heading in ("Layer", "Provider", "Model"):
        table.add_column(heading, overflow="fold")
    for heading in ("Hits", "Misses", "Stale", "Damaged", "Spent", "Saved"):
        table.add_column(heading, justify="right")
    for key, counts in stats.by_key.items():
        table.add_row(
            *(Text(printable(words)) for words in key),
            *(f"{count:,}" for count in _numbers(counts)),
            _worth(counts.spent),
            _worth(counts.saved),
        )
    output().print(table)
    total = stats.total
    asked = total.hits + total.misses
    say(
        f"Since {stats.since}: {counted(asked, 'look-up')}, {total.hits / asked:.0%} hits."
        if asked
        else f"Since {stats.since}."
    )
    say(f"Spent: {_sentence(total.spent)}.")
    say(f"Saved: {_sentence(total.saved)}.")
    _show_shadow(stats.shadow)


def _show_shadow(watched: Counts) -> bool:
    """Say what caching would have saved, if `renai gateway --shadow` watched anything."""
    from renai.cli.terminal import say
    from renai.counting import counted, lasted, money_of, rounded

    asked = watched.hits + watched.misses
    if asked:
        saved = watched.saved
        say(
            f"Watched by the gateway: {counted(asked, 'input')}. Caching would have saved "
            f"{watched.hits / asked:.0%} of them: {counted(saved.calls, 'request')}, "
            f"{rounded(saved.tokens)} tokens, {lasted(saved.seconds)}, "
            f"{money_of(saved.money, saved.unpriced)}."
        )
    return bool(asked)


def _numbers(counts: Counts) -> tuple[int, ...]:
    return counts.hits, counts.misses, counts.events["stale"], counts.events["damaged"]


def _worth(cost: TotalCost) -> str:
    """Return time and money as the text of a table cell."""
    from renai.counting import lasted, money_of

    return f"{lasted(cost.seconds)} {money_of(cost.money, cost.unpriced)}"


def _sentence(cost: TotalCost) -> str:
    from renai.counting import counted, lasted, money_of, rounded, size_of

    return ", ".join(
        (
            counted(cost.calls, "model call"),
            f"{rounded(cost.tokens)} tokens",
            lasted(cost.seconds),
            size_of(cost.bytes),
            money_of(cost.money, cost.unpriced),
        )
    )


def _as_json(stats: Stats) -> dict[str, Any]:
    return {
        "since": stats.since.isoformat() if stats.since else None,
        "accounts": [
            key._asdict() | _counts_as_json(counts) for key, counts in stats.by_key.items()
        ],
        "days": [
            {"day": day.isoformat()} | _counts_as_json(counts) for day, counts in stats.days.items()
        ],
        "total": _counts_as_json(stats.total),
        "shadow": _counts_as_json(stats.shadow),
    }


def _counts_as_json(counts: Counts) -> dict[str, Any]:
    from renai.usage.counters import EVENTS

    return {
        "hits": counts.hits,
        "misses": counts.misses,
        "events": {event: counts.events[event] for event in EVENTS},
        "spent": _cost_as_json(counts.spent),
        "saved": _cost_as_json(counts.saved),
    }


def _cost_as_json(cost: TotalCost) -> dict[str, Any]:
    """Return a cost as JSON values.

    `money` is the known part of the cost; `unpriced` counts the answers whose price is unknown.
    """
    from dataclasses import asdict

    return asdict(cost)
