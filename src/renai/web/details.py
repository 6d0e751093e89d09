"""What the page shows of one file beside its row: its fields, and the words they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from renai.providers.schema import EVIDENCED
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from renai.file_job import FileJob
    from renai.providers.schema import Metadata


def details_of(job: FileJob) -> dict[str, Any]:
    """Return what is known of a file, for the page.

    Args:
        job: the file.
    """
    metadata = job.metadata
    return {
        "path": printable(str(job.path)),
        "size": job.stat.st_size,
        "can_be_corrected": metadata is not None,
        "fields": fields_of(metadata) if metadata else [],
        "sidecars": [
            {"name": printable(one.path.name), "new_name": printable(one.new_path.name)}
            for one in job.decision.companions
        ],
    }


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
