"""Read the truth about documents, which a person wrote into a CSV file.

Its first line names the columns: `path` (relative to the folder that is evaluated, or absolute) or
`file_hash`, and any of `title`, `authors` (separated by semicolons), `year` and `category`. Empty
cells are unknown, and no answer is judged by them. Format: RFC 4180, in UTF-8.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

from renai.errors import UsageError
from renai.evaluation.fields import SPELLINGS
from renai.providers.schema import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_NAMES = ("file_hash", "path")


class Truth(NamedTuple):
    """The truth about documents.

    Attributes:
        known: metadata by content, SHA-256 as 64 hex digits.
        unmatched: the number of rows that name no file that was found.
    """

    known: dict[str, Metadata]
    unmatched: int


def read_truth(path: Path, folder: Path, contents: Mapping[Path, str]) -> Truth:
    """Read a truth file.

    Args:
        path: the CSV file.
        folder: the folder that its relative paths start from.
        contents: the hashes of the files that were found, by absolute path.

    Raises:
        UsageError: the file, or a row that the error names, cannot be read.
    """
    known: dict[str, Metadata] = {}
    unmatched = 0
    found = set(contents.values())
    for line, row in _rows(path):
        file_hash = (row.get("file_hash") or "").strip().lower()
        if not file_hash and (name := (row.get("path") or "").strip()):
            file_hash = contents.get((folder / name).absolute(), "")
        if file_hash in found:
            known[file_hash] = _record(row, f"{path}, line {line}")
        else:
            unmatched += 1
    return Truth(known, unmatched)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)
            columns = set(rows.fieldnames or ())
            if not columns & set(_NAMES) or not columns & set(SPELLINGS):
                raise UsageError(
                    f"{path}: the first line must name the columns: {' or '.join(_NAMES)}, and "
                    f"some of {', '.join(SPELLINGS)}"
                )
            for row in rows:
                yield rows.line_num, row
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read as CSV in UTF-8: {error}") from error


def _record(row: Mapping[str, str], place: str) -> Metadata:
    said = {field: (row.get(field) or "").strip() for field in SPELLINGS}
    record = Metadata.from_said({field: value or None for field, value in said.items()})
    for field, value in said.items():
        if value and not getattr(record, field):
            raise UsageError(f"{place}: {value!r} cannot be used as {field}")
    return record
