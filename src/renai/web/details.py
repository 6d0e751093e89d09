"""What the page shows of one file beside its row: its fields, and the words they rest on."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from renai.errors import StoreError
from renai.metadata.metadata_cache import answers
from renai.providers.schema import EVIDENCED, Metadata
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renai.file_job import FileJob
    from renai.metadata.metadata_cache import MediaMode
    from renai.metadata.processor import BookProcessor


def details_of(job: FileJob, books: BookProcessor) -> dict[str, Any]:
    """Return what is known of a file, for the page. It looks into the cache and asks nobody.

    Args:
        job: the file.
        books: the processor with the cache, in which there may be what other models said.
    """
    metadata = job.metadata
    return {
        "path": printable(str(job.path)),
        "size": job.stat.st_size,
        "can_be_corrected": metadata is not None,
        "fields": fields_of(metadata) if metadata else [],
        "others": list(_other_answers(job, books)) if job.file_hash else [],
        "sidecars": [
            {"name": printable(one.path.name), "new_name": printable(one.new_path.name)}
            for one in job.decision.companions
        ],
    }


def _other_answers(job: FileJob, books: BookProcessor) -> Iterator[dict[str, Any]]:
    """Yield what is in the cache of a file by other models, or by all if a person corrected it."""
    asked = (books.provider.name, books.provider.model)
    mode: MediaMode = "img" if job.kind == "image" else "doc"
    with suppress(StoreError):  # the table is of use without a cache
        for _, entry in answers(books.caches.store, job.file_hash, mode):
            said = (str(entry.notes.get("provider")), str(entry.notes.get("model")))
            if said == asked and not job.corrected:
                continue
            found = [x for x in fields_of(Metadata.from_stored(entry.value)) if x["value"]]
            yield {"model": printable(":".join(said)), "fields": found}


def fields_of(metadata: Metadata) -> list[dict[str, str]]:
    """Return each field with its value and its evidence; what is not known is empty.

    Args:
        metadata: what is known.
    """
    return [
        {
            "field": field,
            "value": value_of(metadata, field),
            "evidence": printable(metadata.evidence.get(field, "")),
        }
        for field in EVIDENCED
    ]


def value_of(metadata: Metadata, field: str) -> str:
    """Return a field's value as a person would write it; authors are separated by semicolons.

    Args:
        metadata: what is known.
        field: the field's name.
    """
    value = getattr(metadata, field)
    if isinstance(value, tuple):
        value = "; ".join(value)
    return (
        "" if value is None else printable(f"{value:g}" if isinstance(value, float) else str(value))
    )
