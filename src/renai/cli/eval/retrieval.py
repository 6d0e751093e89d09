"""`renai eval retrieval`: measure what a cache of vectors costs in recall, and what it saves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson

_MODEL = "sentence-transformers/all-MiniLM-L6-v2"


def retrieval(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="A folder with passages.jsonl and questions.jsonl; by default renai's own few.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="A sentence-transformers model: its name, or its folder.")
    ] = _MODEL,
    as_json: AsJson = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw it: a file whose name ends in .png, .svg or .pdf.")
    ] = None,
) -> ExitCode:
    """Measure what caching vectors, and storing them small, costs in recall, and what it saves.

    Everything is embedded here, in a cache that is thrown away.
    """
    import os
    import tempfile
    from functools import partial

    from renai.cli.eval import retrieval_plot as eval_retrieval_plot
    from renai.cli.eval import retrieval_table as eval_retrieval_show
    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say_json
    from renai.evaluation.collection import INCLUDED, read_collection
    from renai.evaluation.retrieval import measure, sentence_transformers

    log_to_stderr()
    os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")  # nothing leaves the machine
    if plot:
        eval_retrieval_plot.check(plot)
    collection = read_collection(folder or INCLUDED)
    with tempfile.TemporaryDirectory(prefix="renai-") as caches:
        trials = measure(collection, partial(sentence_transformers, model), Path(caches))
    if as_json:
        say_json(eval_retrieval_show.as_json(collection, model, trials))
    else:
        eval_retrieval_show.show(collection, trials)
    if plot:
        eval_retrieval_plot.draw(plot, trials)
    return ExitCode.DONE
