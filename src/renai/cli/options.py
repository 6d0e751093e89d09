"""Options that several commands have, defined once, so that each means the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renai.documents.formats import BUILT_IN, MUTOOL, need_mutool
from renai.providers.registry import provider_names
from renai.stores.registry import own_stores

_DEFAULT, *_OTHERS = provider_names()
_IMAGES = [form.suffixes[0][1:].upper() for form in BUILT_IN if form.kind == "image"]
_STORES = [f"{scheme}://" for scheme in own_stores() if scheme != "memory"]
_MENDED = [form.name for form in BUILT_IN if MUTOOL in form.readers[1:]]

BY_FOLDER = "folder"
BY_CERTAINTY = "certainty"
"""How a plan is sorted: as the files were found, or the least certain first."""

Provider = Annotated[
    str | None,
    typer.Option(
        help=f"Who is asked: {_DEFAULT} (default), {', '.join(_OTHERS)}.",
        autocompletion=provider_names,
    ),
]
Model = Annotated[str | None, typer.Option(help="One of the provider's models; it has a default.")]
Template = Annotated[
    str | None, typer.Option(help="Name pattern. Default: {author} - {title} ({year})")
]
Organize = Annotated[
    bool | None, typer.Option("--organize", help="Move into a folder for each category.")
]
Duplicates = Annotated[
    str | None,
    typer.Option(
        help="Files with equal content: keep (default) renames the first and lists the others, "
        "skip renames none, all renames all, with numbers. None is ever deleted."
    ),
]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        help="Below it, from 0 to 1, a file keeps its name, or is asked about with --review. "
        "The default is the provider's."
    ),
]
UpdateMetadata = Annotated[
    bool | None,
    typer.Option("--update-metadata", help="Take nothing from the cache; store what comes out."),
]
Concurrency = Annotated[int | None, typer.Option(help="Model calls in flight. Default: 8")]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Rename also in libraries of other programs, such as calibre or Zotero."
    ),
]
FallbackMode = Annotated[
    str | None,
    typer.Option(
        help="Documents without usable text: ocr (default where an engine is installed) "
        "reads their pages, vision shows a model pictures of them, none leaves them."
    ),
]
OcrDebug = Annotated[
    bool | None,
    typer.Option(
        "--ocr-debug",
        help="Read scans again, and keep what OCR saw on each page in the cache folder's "
        "ocr_debug. Asks no model again.",
    ),
]
RenameImages = Annotated[
    bool | None,
    typer.Option("--rename-images", help=f"Images too: {', '.join(_IMAGES)}."),
]
Mutool = Annotated[
    bool | None,
    typer.Option(
        help=f"Whether mutool may convert what nothing else reads: {', '.join(need_mutool())}, "
        f"damaged {' and '.join(_MENDED)}. Default: where it is installed."
    ),
]
CacheDir = Annotated[Path | None, typer.Option(help="Another cache folder.")]
CacheUrl = Annotated[
    str | None, typer.Option(help=f"A store to share instead: {', '.join(_STORES)}, …")
]
VectorsUrl = Annotated[
    str | None,
    typer.Option(help="The store with vectors, if it is not vectors.sqlite in the cache folder."),
]
MaxCost = Annotated[
    float | None,
    typer.Option(metavar="USD", help="End before the calls may cost more; run it again to go on."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def past_runs() -> list[str]:
    """Return the runs of the history, for a shell to complete."""
    from renai.locations import journal_folder
    from renai.renaming.journal_files import run_paths

    return [path.stem for path in run_paths(journal_folder())]
