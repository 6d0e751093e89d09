"""`renai eval metadata`: compare several providers and models on the same documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, CacheDir, CacheUrl, MaxCost

if TYPE_CHECKING:
    import asyncio

    from renai.evaluation.candidates import Candidate


def metadata(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder of documents, or one of them.")
    ],
    candidates: Annotated[
        list[str],
        typer.Option(
            "--candidate",
            metavar="PROVIDER[:MODEL]",
            help="Who is compared; give it several times, such as offline and openai:gpt-4o-mini.",
        ),
    ],
    truth: Annotated[
        Path | None,
        typer.Option(
            help="A CSV file of what is true: path or file_hash, title, authors (parted by ;), "
            "year, category."
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw it: a file whose name ends in .png, .svg or .pdf.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: spend.")] = False,
    max_cost: MaxCost = None,
    as_json: AsJson = False,
    concurrency: Annotated[
        int | None, typer.Option(help="Model calls in flight. Default: 8")
    ] = None,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log every file.")] = False,
) -> ExitCode:
    """Compare what providers and models say of the same documents.

    What is in the cache is used, and what is asked is kept there, so that a second comparison
    costs nothing.
    """
    import asyncio
    from contextlib import ExitStack

    from renai.cli.eval import metadata_plot as eval_plot
    from renai.cli.eval import metadata_table as eval_show
    from renai.cli.logs import log_to_stderr
    from renai.cli.spending import refusal_to_spend, refuse_unpriced
    from renai.cli.terminal import say_json
    from renai.configuration import load_settings
    from renai.errors import UsageError
    from renai.evaluation.candidates import Candidate
    from renai.evaluation.scores import compare
    from renai.evaluation.truth import read_truth
    from renai.providers.budget import Budget

    log_to_stderr(verbose=verbose, quiet=True)
    if plot:
        if not truth and len(set(candidates)) == 1:
            raise UsageError("--plot needs --truth, or a second --candidate to compare with")
        eval_plot.check(plot)
    settings = load_settings(concurrency=concurrency, cache_dir=cache_dir, cache_url=cache_url)
    budget = None if max_cost is None else Budget(max_cost)
    with asyncio.Runner() as runner, ExitStack() as stack:
        entrants: list[Candidate] = []
        for words in dict.fromkeys(candidates):
            entrant = Candidate(words, settings, budget)
            stack.callback(_close, runner, entrant)
            entrants.append(entrant)
        _find(runner, entrants, folder)
        contents = entrants[0].contents
        base = folder if folder.is_dir() else folder.parent
        true = read_truth(truth, base, contents) if truth else None
        if budget:
            for entrant in entrants:
                if entrant.quote():
                    refuse_unpriced(runner, entrant.provider)
        need = _need(entrants)
        if need and (refusal := refusal_to_spend(need, yes=yes)) is not None:
            return refusal
        _fill(runner, entrants)
        answers = [entrant.answers() for entrant in entrants]
    comparison = compare(answers, len(set(contents.values())), true)
    if as_json:
        say_json(eval_show.as_json(comparison))
    else:
        eval_show.show(comparison)
    if plot:
        eval_plot.draw(plot, comparison)
    failed = any(entrant.survey.failed or entrant.survey.ended_early for entrant in entrants)
    return ExitCode.SOME_FAILED if failed else ExitCode.DONE


def _close(runner: asyncio.Runner, entrant: Candidate) -> None:
    runner.run(entrant.aclose())


def _find(runner: asyncio.Runner, entrants: list[Candidate], folder: Path) -> None:
    from renai.cli.progress import watching

    for entrant in entrants:
        with watching(entrant.survey, entrant):
            runner.run(entrant.find(folder))


def _fill(runner: asyncio.Runner, entrants: list[Candidate]) -> None:
    """Ask the candidates one after the other, so that they do not slow each other down."""
    from renai.cli.progress import watching
    from renai.cli.terminal import remark
    from renai.counting import counted

    for entrant in entrants:
        with watching(entrant.survey, entrant):
            runner.run(entrant.fill())
        if entrant.survey.ended_early:
            remark(f"[ERROR] {entrant.name} ended early: {entrant.survey.ended_early}")
        elif reasons := entrant.survey.failures():
            files = counted(len(reasons), "file")
            remark(f"[ERROR] {entrant.name} failed for {files}, the first time so: {reasons[0]}")


def _need(entrants: list[Candidate]) -> str:
    """Return what would be asked, as a sentence; empty if nothing would be asked."""
    from renai.counting import counted, rounded

    quotes = [(entrant.name, quote) for entrant in entrants if (quote := entrant.quote())]
    if not quotes:
        return ""
    parts = [
        f"{name} for {counted(quote.files, 'file')}, about {rounded(quote.tokens)} tokens"
        for name, quote in quotes
    ]
    return f"To be asked: {'; '.join(parts)}."
