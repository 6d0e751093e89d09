"""Why a run over many files would find something missing, summed up by cause and recipe field."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from renai.errors import DocumentError
from renai.maintenance.explain import explain
from renai.maintenance.open_stores import open_stores
from renai.metadata.request import make_request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from renai.file_job import FileJob
    from renai.maintenance.explain import Cause
    from renai.settings import Settings


@dataclass(slots=True)
class Misses:
    """What was found of many files.

    Attributes:
        files: how many were looked at; those of which no digest is known are not among them.
        causes: how many entries there are by layer and cause, hits included.
        fields: how many entries are stale by layer and the recipe's field that differs. An entry
            with two such fields counts twice.
    """

    files: int = 0
    causes: Counter[tuple[str, Cause]] = field(default_factory=Counter)
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)


def why_missed(settings: Settings, jobs: Iterable[FileJob]) -> Misses:
    """Explain many files; nobody is asked and nothing is changed.

    Raises:
        ConfigurationError: such a run could not begin.
        StoreError: a store fails.
    """
    request = make_request(settings, settings.provider, settings.model, may_ask=False, sees=True)
    found = Misses()
    with open_stores(settings) as stores:
        for job in jobs:
            if not job.file_hash:
                continue
            try:
                layers = explain(job, request, stores[0].store)
            except DocumentError:  # nothing reads this format
                continue
            found.files += 1
            for layer in layers:
                found.causes[layer.layer, layer.cause] += 1
                found.fields.update((layer.layer, its.field) for its in layer.differences)
    return found
