"""`renai process`: find, look up, quote, ask, read, plan, ask, rename, summarise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renai.cli.exits import ExitCode

FALLBACK_MODES = ("ocr", "vision", "none")


def process(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, and folders with all in them.")
    ],
    provider: Annotated[
        str | None,
        typer.Option(
            help="Who is asked: offline (default), openai, deepinfra, openrouter, custom."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="One of the provider's models; it has a default.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(help="Name pattern. Default: {author} - {title} ({year})")
    ] = None,
    organize: Annotated[
        bool | None, typer.Option("--organize", help="Move into a folder for each category.")
    ] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            help="Below it, from 0 to 1, a file keeps its name, or is asked about with --review."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show the plan. Models are asked all the same.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: spend, and rename.")] = False,
    review: Annotated[
        bool,
        typer.Option(
            "--review",
            help="Ask about each file, the least certain first; with --min-confidence, about those "
            "below it only.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on standard output.")
    ] = False,
    update_metadata: Annotated[
        bool | None,
        typer.Option(
            "--update-metadata", help="Take nothing from the cache; store what comes out."
        ),
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Model calls in flight. Default: 8")
    ] = None,
    fallback_mode: Annotated[
        str | None,
        typer.Option(
            help="Documents without usable text: ocr (default where an engine is installed) "
            "reads their pages, none leaves them. (vision: not yet)"
        ),
    ] = None,
    rename_images: Annotated[
        bool, typer.Option("--rename-images", help="Images, too. (Not yet.)")
    ] = False,
    mutool: Annotated[
        bool | None, typer.Option(help="Convert with mutool where needed. (Not yet.)")
    ] = None,
    cache_dir: Annotated[Path | None, typer.Option(help="Another cache folder.")] = None,
    cache_url: Annotated[
        str | None, typer.Option(help="A store to share instead: file:///… or sqlite:///…")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log more.")] = False,
) -> ExitCode:
    """Rename documents from what they, or a model, say about them."""
    from renai.cli.logs import log_to_stderr
    from renai.errors import UsageError
    from renai.settings import load_settings

    log_to_stderr(verbose=verbose)
    _refuse_what_comes_later(fallback_mode, rename_images=rename_images, mutool=mutool)
    if review and yes:
        raise UsageError("--review asks about files, and --yes asks nothing; give one of them")
    settings = load_settings(
        provider=provider,
        model=model,
        template=template,
        organize=organize,
        min_confidence=min_confidence,
        update_metadata=update_metadata,
        concurrency=concurrency,
        fallback_mode=fallback_mode,
        cache_dir=cache_dir,
        cache_url=cache_url,
    )
    from renai.cli.conversation import Manner, converse

    manner = Manner(yes=yes, dry_run=dry_run, as_json=as_json, review=review)
    return converse(paths, settings, manner)


def _refuse_what_comes_later(
    fallback_mode: str | None, *, rename_images: bool, mutool: bool | None
) -> None:
    from renai.errors import UsageError

    if fallback_mode not in (None, *FALLBACK_MODES):
        raise UsageError(f"--fallback-mode {fallback_mode}: choose ocr, vision or none")
    later = {
        f"--fallback-mode {fallback_mode}": fallback_mode == "vision",
        "--rename-images": rename_images,
        "--mutool": bool(mutool),
    }
    for option, wanted in later.items():
        if wanted:
            raise UsageError(f"{option} is not part of this version yet; leave it out")
