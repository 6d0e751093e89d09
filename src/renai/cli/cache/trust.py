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
    from renai.maintenance.listing import Held
    from renai.maintenance.stopped import ItsVectors, Stopped

_QUESTION = "Use these vectors again?"
_LATELY = ((3600.0, "hour"), (86_400.0, "day"), (7 * 86_400.0, "week"))


def trust(
    recipe: Annotated[
        str | None,
        typer.Argument(metavar="[RECIPE]", help="The beginning of its digest. Default: list them."),
    ] = None,
    drop: Annotated[
        str | None,
        typer.Option(
            metavar="AGE",
            help="Drop those of its vectors first that were stored so long before that was noticed "
            "(12h, 7d, 8w), or later: they are by the other weights, if there were any.",
        ),
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
    from renai.cli.amounts import seconds_in
    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import remark, say_json
    from renai.configuration import load_settings
    from renai.embeddings.marks import trust
    from renai.errors import UsageError
    from renai.maintenance.open_stores import open_stores
    from renai.maintenance.prune import drop as drop_entries
    from renai.maintenance.prune import give_back
    from renai.maintenance.stopped import stopped_in, vectors_of

    log_to_stderr()
    if drop and recipe is None:
        raise UsageError("--drop goes with a recipe; without one they are listed")
    age = seconds_in(drop, "--drop") if drop else None
    settings = load_settings(cache_dir=cache_dir, cache_url=cache_url)
    code, trusted, dropped, vectors = ExitCode.DONE, 0, 0, None
    with open_stores(settings, vectors_url) as stores:
        marked = stopped_in(stores)
        if recipe is not None:
            marked = [its for its in marked if its.change.digest.startswith(recipe)]
            _refuse_unclear(recipe, [its.change for its in marked])
            vectors = vectors_of(marked)
        going = [] if vectors is None or age is None else vectors.stored_within(age)
        if not as_json:
            _show(marked)
            if vectors is not None:
                _show_vectors(vectors, going)
        if recipe is not None:
            code = _agreed("Drop these, and use the others again?" if going else _QUESTION, yes=yes)
            if code == ExitCode.DONE:
                dropped = drop_entries(stores, going)  # first, so that nobody is served one of them
                for opened, change in marked:
                    trust(opened.store, change)
                trusted = len(marked)
                for sentence in give_back(stores, going):
                    remark(sentence)
    if as_json:
        say_json(
            {
                "stopped": [its.change._asdict() for its in marked],
                "vectors": None if vectors is None else len(vectors.known),
                "trusted": trusted,
                "dropped": dropped,
            }
        )
    return code


def _agreed(question: str, *, yes: bool) -> ExitCode:
    """Return `DONE` if a person agrees, or has agreed already."""
    from renai.cli.terminal import ask, can_ask, remark

    if yes:
        return ExitCode.DONE
    if not can_ask():
        remark("To use these vectors again without being asked: --yes")
        return ExitCode.CONFIGURATION
    return ExitCode.DONE if ask(question) else ExitCode.DECLINED


def _refuse_unclear(recipe: str, changes: Sequence[Change]) -> None:
    from renai.errors import UsageError

    if not changes:
        raise UsageError(f"no recipe {recipe} is stopped; without one they are listed")
    if len({it.digest for it in changes}) > 1:
        raise UsageError(f"{recipe} is the beginning of several recipes; give more digits")


def _show(marked: Sequence[Stopped]) -> None:
    from renai.cli.terminal import say
    from renai.text_cleaning import printable

    for opened, it in marked:
        said = f"{it.digest[:12]}  {it.model or 'a model'} in {printable(opened.place)}"
        when = datetime.fromtimestamp(it.noticed_at).astimezone()
        keys = ", ".join(key[:12] for key in it.keys)
        say(f"{said}, noticed {when:%Y-%m-%d %H:%M}, {it.distance:.3f} away, keys {keys}")
    if not marked:
        say("No recipe is stopped.")


def _show_vectors(vectors: ItsVectors, going: Sequence[Held]) -> None:
    """Print which vectors would be used again, and which may be by other weights.

    Args:
        vectors: what there is of the recipe.
        going: those that would be dropped.
    """
    from renai.cli.terminal import say
    from renai.counting import counted

    say(f"It has {counted(len(vectors.known), 'vector')}.")
    if going:
        say(f"{counted(len(going), 'of them', 'of them')} would be dropped.")
    else:
        lately = [
            f"{len(vectors.stored_within(seconds)):,} in the {name}" for seconds, name in _LATELY
        ]
        say(
            "If the model did have other weights, those that were stored meanwhile are by them, "
            f"and used again as well: {', '.join(lately)} before that was noticed, or later. "
            "To drop such: --drop 1d"
        )
    if vectors.unknown:
        say(
            f"{counted(vectors.unknown, 'vector')} beside them, of which nobody knows the recipe, "
            "may be of this one, and used again."
        )
