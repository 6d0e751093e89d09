"""`renai cache explain`: show what the cache knows of a file, and why a run would ask anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from renai.cli.exits import ExitCode
from renai.cli.options import (
    AsJson,
    CacheDir,
    CacheUrl,
    FallbackMode,
    Model,
    Mutool,
    Provider,
    VectorsUrl,
)

if TYPE_CHECKING:
    from renai.maintenance.explain import Explanation
    from renai.maintenance.lineage import Lineage, OfRecipe


def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A document or an image.")],
    provider: Provider = None,
    model: Model = None,
    fallback_mode: FallbackMode = None,
    mutool: Mutool = None,
    as_json: AsJson = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
    vectors_url: VectorsUrl = None,
) -> ExitCode:
    """Say what the cache knows of a file, and whether a run would use it; if not, why.

    Nobody is asked and nothing is changed.
    """
    from dataclasses import asdict

    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say, say_json
    from renai.configuration import load_settings
    from renai.documents.formats import is_image
    from renai.maintenance.file_report import report_file
    from renai.text_cleaning import printable

    log_to_stderr()
    settings = load_settings(
        provider=provider,
        model=model,
        fallback_mode=fallback_mode,
        mutool=mutool,
        cache_dir=cache_dir,
        cache_url=cache_url,
    )
    report = report_file(settings, file, vectors_url)
    if as_json:
        say_json(report.as_json())
        return ExitCode.DONE
    job, layers = report.job, report.layers
    asked = f"{report.provider}:{report.model}"
    average = asdict(report.average) if report.average else None
    say(f"{printable(job.name)}, content {job.file_hash}")
    for layer in layers:
        _say_layer(layer, asked, average, unread=layers[-1].reason)
    for lineage in report.vectors:
        _say_vectors(lineage)
    if report.corrected:
        say("Your correction goes before all of this; `renai corrections` lists it.")
    if is_image(job.suffix) and not settings.rename_images:
        say("A run leaves images alone, unless it is told --rename-images.")
    return ExitCode.DONE


def _say_layer(
    layer: Explanation, asked: str, average: dict[str, Any] | None, *, unread: str
) -> None:
    from renai.cli.terminal import say
    from renai.counting import cost_of
    from renai.maintenance.recipe_words import CAUSES, described
    from renai.text_cleaning import printable

    say(f"{layer.layer}: {CAUSES[layer.cause]}")
    say(f"    {layer.name}")
    if layer.reason:
        say(f"    it {layer.reason}")
        say("    to have it read again: --update-metadata, or renai cache forget")
        return
    for difference in layer.differences:
        say(f"    {described(difference.field, difference.old, difference.new)}")
    for other in layer.others:
        said = f"{other.provider}:{other.model}"
        say(f"    {printable(said)} answered ({cost_of(other.cost)})")
    if layer.hit and layer.cost:
        cost = cost_of(layer.cost)
        say("    it cost nothing" if cost == "free" else f"    it took {cost}")
    elif layer.taken_over:
        say("    the answer of text mode is taken for it; no model is asked")
    elif layer.asks:
        unless = ", unless the text comes out as it was" if layer.unless_same_text else ""
        say(f"    {asked} would be asked{unless}; {_price(layer.cost, average)}")
    elif not layer.hit and not unread:
        say("    a run makes it anew; no model is asked for that")


def _price(cost: dict[str, Any] | None, average: dict[str, Any] | None) -> str:
    from renai.counting import cost_of

    if cost:
        return f"last time that took {cost_of(cost)}"
    if average:
        return f"its answers took {cost_of(average)} on average"
    return "what that costs is unknown"


def _say_vectors(lineage: Lineage) -> None:
    from renai.cli.terminal import say
    from renai.counting import counted
    from renai.maintenance.recipe_words import described

    if not lineage.known:
        return
    parts = {
        "expired": lineage.expired,
        "damaged": lineage.damaged,
        "gone: dropped, or expired long since": lineage.gone,
    }
    lost = "".join(f", {count:,} {what}" for what, count in parts.items() if count)
    known = counted(lineage.known, "vector")
    say(f"embedding: {known} came from it, {lineage.usable:,} usable{lost}")
    say(f"    in {lineage.place}")
    for recipe in lineage.recipes:
        say(f"    {recipe.stored:,} by {_recipe(recipe)}")
        for name, (old, new) in recipe.differences.items():
            say(f"        {described(name, old, new)}")


def _recipe(recipe: OfRecipe) -> str:
    from renai.text_cleaning import printable

    if recipe.digest is None:
        return "a recipe that nobody knows, as older versions wrote them"
    said = ":".join(filter(None, (recipe.embedder, recipe.model))) or "a model without a name"
    where = f", namespace {recipe.namespace}" if recipe.namespace else ""
    return printable(f"{said}, {recipe.numbers}{where}")
