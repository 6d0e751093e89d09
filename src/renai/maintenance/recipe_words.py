"""The words in which people read why something missed, and which part of a recipe has changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from renai.text_cleaning import printable

if TYPE_CHECKING:
    from renai.maintenance.explain import Cause

CAUSES: dict[Cause, str] = {
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
"""What is said of each cause."""

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


def named(field: str) -> str:
    """Return the phrase for a field of a recipe; the last part of its name where there is none."""
    return _FIELDS.get(field) or field.rpartition(".")[2].replace("_", " ")


def described(field: str, old: Any, new: Any) -> str:
    """Return a difference as a phrase: `text limit: 400 → 800  (parameters.text_limit)`.

    Args:
        field: the field of the recipe.
        old: its value in the entry; None where it is missing.
        new: its value now; None where it is missing.
    """
    before, now = (
        printable(json.dumps(value, ensure_ascii=False)) if value is not None else "none"
        for value in (old, new)
    )
    return f"{named(field)}: {before} → {now}  ({field})"
