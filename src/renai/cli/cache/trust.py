"""`renai cache trust`: use vectors again whose model seemed to have changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import AsJson, CacheDir, CacheUrl, VectorsUrl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from renai.embeddings.marks import Change
    from renai.maintenance.open_stores import OpenStore


def trust(
    recipe: Annotated[
        str | None,
        typer.Argument(metavar="[RECIPE]", help="The beginning of its digest. Default: list them."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    vectors_url: VectorsUrl = None,
) -> ExitCode:
    """List recipes whose vectors are not used, since their model changed; or use one again.

    A cache that embeds some texts again (`canary`) notices when a model gives other vectors than it
    did. If that was a false alarm, or the old weights are back, trust the recipe again. If not,
    give the new weights another revision, or drop the vectors: renai cache prune --model.
    """
    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import ask, can_ask, remark, say_json
    from renai.configuration import load_settings
    from renai.embeddings.marks import changes_in, trust
    from renai.maintenance.open_stores import open_stores

    log_to_stderr()
    settings = load_settings(cache_dir=cache_dir, cache_url=cache_url)
    code, trusted = ExitCode.DONE, 0
    with open_stores(settings, vectors_url) as stores:
        marked = [(opened, it) for opened in stores for it in changes_in(opened.store)]
        if recipe is not None:
            marked = [(opened, it) for opened, it in marked if it.digest.startswith(recipe)]
            _refuse_unclear(recipe, [it for _, it in marked])
        if not as_json:
            _show(marked)
        if recipe is None:
            pass
        elif not yes and not can_ask():
            remark("To use these vectors again without being asked: --yes")
            code = ExitCode.CONFIGURATION
        elif not yes and not ask("Use these vectors again?"):
            code = ExitCode.DECLINED
        else:
            for opened, it in marked:
                trust(opened.store, it)
            trusted = len(marked)
    if as_json:
        say_json({"stopped": [it._asdict() for _, it in marked], "trusted": trusted})
    return code


def _refuse_unclear(recipe: str, changes: Sequence[Change]) -> None:
    from renai.errors import UsageError

    if not changes:
        raise UsageError(f"no recipe {recipe} is stopped; without one they are listed")
    if len({it.digest for it in changes}) > 1:
        raise UsageError(f"{recipe} is the beginning of several recipes; give more digits")


def _show(marked: Sequence[tuple[OpenStore, Change]]) -> None:
    from renai.cli.terminal import say
    from renai.text_cleaning import printable

    for opened, it in marked:
        said = f"{it.digest[:12]}  {printable(it.model) or 'a model'} in {opened.place}"
        if it.keys:
            when = datetime.fromtimestamp(it.noticed_at).astimezone()
            keys = ", ".join(key[:12] for key in it.keys)
            said += f", noticed {when:%Y-%m-%d %H:%M}, {it.distance:.3f} away, keys {keys}"
        say(said)
    if not marked:
        say("No recipe is stopped.")
