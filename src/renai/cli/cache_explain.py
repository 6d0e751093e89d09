"""`renai cache explain`: what the cache knows of a file, and why a run would ask anew."""

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
    refuse_unknown_mode,
)

if TYPE_CHECKING:
    from renai.library.upkeep.explain import Difference, Explanation

_CAUSES = {
    "hit": "hit",
    "missing": "nothing is known of these bytes",
    "stale": "stale: made in another way",
    "damaged": "damaged: a run would set it aside",
    "other mode": "only known in another mode",
    "other model": "another model of this provider was asked",
    "other provider": "another provider was asked",
    "changed bytes": "the file held other bytes before, of which this was known",
}
_FIELDS = {
    "revision": "our revision of this step",
    "parameters.reader": "what reads it",
    "parameters.text_limit": "text limit",
    "parameters.prompt": "prompt version",
    "parameters.prompt_digest": "wording of the prompt",
    "parameters.schema_digest": "what is asked for",
    "parameters.text.revision": "our revision of how text is extracted",
    "parameters.text.parameters.reader": "what reads the text",
    "parameters.text.parameters.text_limit": "text limit",
}
"""What a person calls a field of a recipe; the others are called by the last part of their name."""


def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A document.")],
    provider: Provider = None,
    model: Model = None,
    fallback_mode: FallbackMode = None,
    mutool: Mutool = None,
    as_json: AsJson = False,
    cache_dir: CacheDir = None,
    cache_url: CacheUrl = None,
) -> ExitCode:
    """Say what the cache knows of a file, and whether a run would use it; if not, why.

    Nobody is asked and nothing is changed.
    """
    from contextlib import closing

    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import say_json
    from renai.library.corrections import Corrections
    from renai.library.inquiry import inquire
    from renai.library.upkeep.explain import explain, identify, open_memo
    from renai.library.upkeep.shelves import open_shelves
    from renai.locations import corrections_folder
    from renai.settings import load_settings

    log_to_stderr()
    refuse_unknown_mode(fallback_mode)
    settings = load_settings(
        provider=provider,
        model=model,
        fallback_mode=fallback_mode,
        cache_dir=cache_dir,
        cache_url=cache_url,
    )
    inquiry = inquire(settings, settings.provider, settings.model, may_ask=False)
    with closing(open_memo(settings.cache_dir)) as memo:
        document, former = identify(file, memo)
    with open_shelves(settings) as shelves:
        layers = explain(document, inquiry, shelves[0].store, former=former)
    corrected = document.file_hash in Corrections(corrections_folder()).recall([document.file_hash])
    asked = f"{inquiry.provider.name}:{inquiry.provider.model}"
    if as_json:
        say_json(
            {
                "path": str(document.path),
                "file_hash": document.file_hash,
                "former_file_hash": former,
                "provider": inquiry.provider.name,
                "model": inquiry.provider.model,
                "corrected": corrected,
                "layers": list(map(_as_json, layers)),
            }
        )
    else:
        _say(document.path.name, document.file_hash, asked, layers, corrected=corrected)
    return ExitCode.DONE


def _as_json(layer: Explanation) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(layer), "hit": layer.hit}


def _say(
    name: str, file_hash: str, asked: str, layers: list[Explanation], *, corrected: bool
) -> None:
    from renai.cli.counting import cost_of
    from renai.cli.terminal import say
    from renai.library.printable import printable

    say(f"{printable(name)}, content {file_hash}")
    for layer in layers:
        say(f"{layer.layer}: {_CAUSES[layer.cause]}")
        say(f"    {layer.name}")
        for difference in layer.differences:
            say(f"    {_difference(difference)}")
        for other in layer.others:
            said = f"{other.provider}:{other.model}"
            say(f"    {printable(said)} answered ({cost_of(other.cost)})")
        if layer.hit and layer.cost:
            say(f"    it cost: {cost_of(layer.cost)}")
        elif layer.asks:
            unless = ", unless the text comes out as it was" if layer.unless_same_text else ""
            before = (
                f"last time that took {cost_of(layer.cost)}"
                if layer.cost
                else "what that costs is unknown"
            )
            say(f"    {asked} would be asked{unless}; {before}")
        elif not layer.hit:
            say("    a run makes it anew; no model is asked for that")
    if corrected:
        say("Your correction goes before all of this; `renai corrections` lists it.")


def _difference(difference: Difference) -> str:
    import json

    from renai.library.printable import printable

    called = _FIELDS.get(difference.field) or difference.field.rpartition(".")[2].replace("_", " ")
    old, new = (
        printable(json.dumps(value, ensure_ascii=False)) if value is not None else "none"
        for value in (difference.old, difference.new)
    )
    return f"{called}: {old} → {new}  ({difference.field})"
