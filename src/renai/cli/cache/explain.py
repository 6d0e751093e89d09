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

_CAUSES = {
    "hit": "hit",
    "missing": "nothing is known of these bytes",
    "stale": "stale: made in another way",
    "damaged": "damaged: a run would set it aside",
    "other mode": "only known in another mode",
    "other model": "another model of this provider was asked",
    "other provider": "another provider was asked",
    "unreadable": "an earlier run found that it cannot be read, so a run does not open it",
    "changed bytes": "the file held other bytes before, of which this was known",
}
_FIELDS = {
    "revision": "our revision of this step",
    "parameters.reader": "what reads it",
    "parameters.text_limit": "text limit",
    "parameters.prompt": "prompt version",
    "parameters.prompt_digest": "wording of the prompt",
    "parameters.schema_digest": "what is asked for",
    "parameters.vision.prompt_digest": "wording of the question about pictures",
    "parameters.vision.pages": "pages that are looked at",
    "parameters.text.revision": "our revision of how text is extracted",
    "parameters.text.parameters.reader": "what reads the text",
    "parameters.text.parameters.text_limit": "text limit",
}
"""The phrases that people read for the fields of a recipe; a field that is not listed here is shown
by the last part of its name."""


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
    from contextlib import closing
    from dataclasses import asdict

    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say, say_json
    from renai.configuration import load_settings
    from renai.documents.fingerprint import look_into_memo
    from renai.documents.formats import is_image, refuse_unknown_formats
    from renai.errors import UsageError
    from renai.locations import corrections_folder
    from renai.maintenance.explain import explain, identify_with_former
    from renai.maintenance.lineage import find_lineage
    from renai.maintenance.open_stores import open_stores
    from renai.maintenance.stats import average_cost
    from renai.metadata.corrections import Corrections
    from renai.metadata.request import make_request
    from renai.text_cleaning import printable
    from renai.usage.counters import UsageKey
    from renai.usage.database import read_history

    log_to_stderr()
    settings = load_settings(
        provider=provider,
        model=model,
        fallback_mode=fallback_mode,
        mutool=mutool,
        cache_dir=cache_dir,
        cache_url=cache_url,
    )
    request = make_request(settings, settings.provider, settings.model, may_ask=False, sees=True)
    if not file.is_file():
        raise UsageError(f"no such file: {str(file)!r}")
    refuse_unknown_formats([file])
    with closing(look_into_memo(settings.cache_dir)) as memo:
        job, former = identify_with_former(file, memo)
    with open_stores(settings, vectors_url) as stores:
        layers = explain(job, request, stores[0].store, former=former)
        vectors = find_lineage(stores, job.file_hash)
    average = None
    if any(layer.asks and not layer.cost for layer in layers):
        usage_key = UsageKey("metadata", request.provider.name, request.provider.model)
        average = average_cost(read_history(settings.cache_dir), usage_key)
    corrected = job.file_hash in Corrections(corrections_folder()).recall([job.file_hash])
    asked = f"{request.provider.name}:{request.provider.model}"
    if as_json:
        say_json(
            {
                "path": job.location,
                "file_hash": job.file_hash,
                "former_file_hash": former,
                "provider": request.provider.name,
                "model": request.provider.model,
                "corrected": corrected,
                "layers": list(map(_as_json, layers)),
                "average_cost": asdict(average) if average else None,
                "vectors": [{**asdict(lineage), "gone": lineage.gone} for lineage in vectors],
            }
        )
        return ExitCode.DONE
    say(f"{printable(job.name)}, content {job.file_hash}")
    for layer in layers:
        _say_layer(layer, asked, asdict(average) if average else None, unread=layers[-1].reason)
    for lineage in vectors:
        _say_vectors(lineage)
    if corrected:
        say("Your correction goes before all of this; `renai corrections` lists it.")
    if is_image(job.suffix) and not settings.rename_images:
        say("A run leaves images alone, unless it is told --rename-images.")
    return ExitCode.DONE


def _as_json(layer: Explanation) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(layer), "hit": layer.hit}


def _say_layer(
    layer: Explanation, asked: str, average: dict[str, Any] | None, *, unread: str
) -> None:
    from renai.cli.counting import cost_of
    from renai.cli.terminal import say
    from renai.text_cleaning import printable

    say(f"{layer.layer}: {_CAUSES[layer.cause]}")
    say(f"    {layer.name}")
    if layer.reason:
        say(f"    it {layer.reason}")
        say("    to have it read again: --update-metadata, or renai cache forget")
        return
    for difference in layer.differences:
        say(f"    {_difference(difference.field, difference.old, difference.new)}")
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
    from renai.cli.counting import cost_of

    if cost:
        return f"last time that took {cost_of(cost)}"
    if average:
        return f"its answers took {cost_of(average)} on average"
    return "what that costs is unknown"


def _say_vectors(lineage: Lineage) -> None:
    from renai.cli.counting import counted
    from renai.cli.terminal import say

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
            say(f"        {_difference(name, old, new)}")


def _recipe(recipe: OfRecipe) -> str:
    from renai.text_cleaning import printable

    if recipe.digest is None:
        return "a recipe that nobody knows, as older versions wrote them"
    said = ":".join(filter(None, (recipe.embedder, recipe.model))) or "a model without a name"
    where = f", namespace {recipe.namespace}" if recipe.namespace else ""
    return printable(f"{said}, {recipe.numbers}{where}")


def _difference(field: str, old: Any, new: Any) -> str:
    import json

    from renai.text_cleaning import printable

    called = _FIELDS.get(field) or field.rpartition(".")[2].replace("_", " ")
    before, now = (
        printable(json.dumps(value, ensure_ascii=False)) if value is not None else "none"
        for value in (old, new)
    )
    return f"{called}: {before} → {now}  ({field})"
