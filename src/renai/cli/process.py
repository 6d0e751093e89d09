"""`renai process`: parses the flags of a run, which `renai.cli.conversation` holds.

Annotations are no strings here: Typer would have each of them compiled, and more than once.
"""

from pathlib import Path
from typing import Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import (
    BY_CERTAINTY,
    BY_FOLDER,
    AsJson,
    CacheDir,
    CacheUrl,
    Concurrency,
    Duplicates,
    FallbackMode,
    Force,
    MaxCost,
    MinConfidence,
    Model,
    Mutool,
    OcrDebug,
    Organize,
    Provider,
    RenameImages,
    Template,
    UpdateMetadata,
)

UNCERTAIN = "uncertain"
ALL = "all"
"""What `--review` may be about; without a word it is the uncertain files."""


def process(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, and folders with all in them.")
    ],
    provider: Provider = None,
    model: Model = None,
    template: Template = None,
    organize: Organize = None,
    duplicates: Duplicates = None,
    min_confidence: MinConfidence = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show the plan. Models are asked all the same.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: spend, and rename.")] = False,
    review: Annotated[
        str | None,
        typer.Option(
            "--review",
            metavar="[all]",
            help="Ask about the uncertain files, the least certain first; 'all': about every file.",
        ),
    ] = None,
    quote: Annotated[
        bool,
        typer.Option("--quote", help="Only say how many calls and tokens, and how much money."),
    ] = False,
    preview: Annotated[
        bool,
        typer.Option("--preview", help="Only show, word for word, what would be sent to whom."),
    ] = False,
    max_cost: MaxCost = None,
    as_json: AsJson = False,
    update_metadata: UpdateMetadata = None,
    concurrency: Concurrency = None,
    fallback_mode: FallbackMode = None,
    rename_images: RenameImages = None,
    mutool: Mutool = None,
    ocr_debug: OcrDebug = None,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    force: Force = False,
    sort: Annotated[
        str,
        typer.Option(
            metavar=f"[{BY_FOLDER}|{BY_CERTAINTY}]",
            help="How the plan is sorted: by folder, or the least certain first.",
        ),
    ] = BY_FOLDER,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            help="Log more, and on a terminal a line for each file also of more than 100.",
        ),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Log nothing but warnings.")] = False,
) -> ExitCode:
    """Rename documents from what they, or a model, say about them."""
    from renai.cli.logs import log_to_stderr
    from renai.cli.progress import starting
    from renai.errors import UsageError

    log_to_stderr(verbose=verbose, quiet=quiet or quote or preview)
    if sort not in (BY_FOLDER, BY_CERTAINTY):
        raise UsageError(f"--sort {sort}: choose {BY_FOLDER} or {BY_CERTAINTY}")
    if quiet and verbose:
        raise UsageError("--quiet logs less, and --verbose more; give one of them")
    if review not in (None, UNCERTAIN, ALL):
        raise UsageError(f"--review takes nothing, or {ALL!r}, and not {review!r}")
    if review and yes:
        raise UsageError("--review asks about files, and --yes asks nothing; give one of them")
    if quote and max_cost is not None:
        raise UsageError("--quote spends nothing for --max-cost to end; give one of them")
    if preview and (quote or review or yes):
        raise UsageError("--preview only shows; leave out --quote, --review and --yes")
    with starting():
        from renai.cli.conversation import Manner, converse
        from renai.configuration import load_settings

        settings = load_settings(
            provider=provider,
            model=model,
            template=template,
            organize=organize,
            duplicates=duplicates,
            min_confidence=min_confidence,
            update_metadata=update_metadata,
            concurrency=concurrency,
            fallback_mode=fallback_mode,
            mutool=mutool,
            ocr_debug=ocr_debug,
            rename_images=rename_images,
            cache_dir=cache_dir,
            cache_url=cache_url,
        )

    manner = Manner(
        yes=yes,
        dry_run=dry_run,
        as_json=as_json,
        review=review is not None,
        review_all=review == ALL,
        quote=quote,
        preview=preview,
        max_cost=max_cost,
        force=force,
        sort=sort,
    )
    return converse(paths, settings, manner)


def with_review_said_whole(words: list[str]) -> list[str]:
    """Say what `--review` is about: the word behind it is its value only if that is "all"."""
    end = words.index("--") if "--" in words else len(words)
    said = []
    for word, before in zip(words[:end], ["", *words], strict=False):
        if word == "--review":
            said.append(f"--review={UNCERTAIN}")
        elif word == ALL and before == "--review":
            said[-1] = f"--review={ALL}"
        else:
            said.append(word)
    return [*said, *words[end:]]
