"""All that the cache knows of one file, and what a run would do with it: layers, vectors, costs."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from renai.documents.fingerprint import look_into_memo
from renai.documents.formats import refuse_unknown_formats
from renai.errors import UsageError
from renai.file_job import FileJob
from renai.locations import corrections_folder
from renai.maintenance.explain import explain, identify_with_former
from renai.maintenance.lineage import find_lineage
from renai.maintenance.open_stores import open_stores
from renai.maintenance.stats import average_cost
from renai.metadata.corrections import Corrections
from renai.metadata.request import make_request
from renai.usage.counters import UsageKey
from renai.usage.database import read_history

if TYPE_CHECKING:
    from renai.maintenance.explain import Explanation
    from renai.maintenance.lineage import Lineage
    from renai.metadata.request import Request
    from renai.settings import Settings
    from renai.usage.cost import Cost


_NO_STAT = os.stat_result((0,) * 10)


@dataclass(frozen=True, slots=True)
class FileReport:
    """What is known of a file.

    Attributes:
        job: the file, with its digest.
        former: the SHA-256 of what the file held before, 64 hex digits; None if that is the same or
            not known.
        provider: whom a run would ask.
        model: the model that it would ask.
        layers: what each layer knows of it.
        vectors: those that came from it, store by store.
        average: what answers of this model took so far, where one would be asked and nothing says
            what the answer about this file took; None if not needed or not known.
        corrected: whether a person's correction goes before all of this.
    """

    job: FileJob
    former: str | None
    provider: str
    model: str
    layers: list[Explanation]
    vectors: list[Lineage]
    average: Cost | None
    corrected: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "path": self.job.location,
            "file_hash": self.job.file_hash,
            "former_file_hash": self.former,
            "provider": self.provider,
            "model": self.model,
            "corrected": self.corrected,
            "layers": [{**asdict(layer), "hit": layer.hit} for layer in self.layers],
            "average_cost": asdict(self.average) if self.average else None,
            "vectors": [{**asdict(lineage), "gone": lineage.gone} for lineage in self.vectors],
        }


def report_file(settings: Settings, path: Path, vectors_url: str | None = None) -> FileReport:
    """Report what the cache knows of a file; nobody is asked and nothing is changed.

    Args:
        settings: the settings of the run in question.
        path: the file.
        vectors_url: the store of the vectors, if that is not in the cache folder.

    Raises:
        UsageError: there is no such file, or nothing reads its format.
        DocumentError: it cannot be read.
        ConfigurationError: such a run could not begin.
        StoreError: a store fails.
    """
    request = _request(settings)
    if not path.is_file():
        raise UsageError(f"no such file: {str(path)!r}")
    refuse_unknown_formats([path])
    with closing(look_into_memo(settings.cache_dir)) as memo:
        job, former = identify_with_former(path, memo)
    return _report(settings, request, job, former, vectors_url)


def report_content(
    settings: Settings, file_hash: str, name: str, vectors_url: str | None = None
) -> FileReport:
    """Report what the cache knows of some content, wherever it lies.

    Args:
        settings: the settings of the run in question.
        file_hash: the SHA-256 of the content, 64 hex digits.
        name: a file name, for its suffix.
        vectors_url: the store of the vectors, if that is not in the cache folder.

    Raises:
        UsageError: nothing reads a file of that name.
        ConfigurationError: such a run could not begin.
        StoreError: a store fails.
    """
    request = _request(settings)
    path = Path(Path(name).name)
    refuse_unknown_formats([path])
    job = FileJob(str(path), path.parent, "document", _NO_STAT, file_hash)
    return _report(settings, request, job, None, vectors_url)


def _request(settings: Settings) -> Request:
    return make_request(settings, settings.provider, settings.model, may_ask=False, sees=True)


def _report(
    settings: Settings, request: Request, job: FileJob, former: str | None, vectors_url: str | None
) -> FileReport:
    provider = request.provider
    with open_stores(settings, vectors_url) as stores:
        layers = explain(job, request, stores[0].store, former=former)
        vectors = find_lineage(stores, job.file_hash)
    average = None
    if any(layer.asks and not layer.cost for layer in layers):
        usage_key = UsageKey("metadata", provider.name, provider.model)
        average = average_cost(read_history(settings.cache_dir), usage_key)
    corrected = job.file_hash in Corrections(corrections_folder()).recall([job.file_hash])
    return FileReport(
        job, former, provider.name, provider.model, layers, vectors, average, corrected
    )
