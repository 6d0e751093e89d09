"""Which file a document came from, as far as it says: whose vectors are to be forgotten with it."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from haystack_integrations.components.embedders.renai.files import digest_files
from renai.embeddings.lineage import is_source
from renai.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from haystack import Document

_log = logging.getLogger("renai")


def sources_of(documents: Sequence[Document]) -> list[str | None]:
    """Say which file each document came from: the SHA-256 of its bytes; None where nothing tells.

    That is `meta["file_hash"]`, else the digest of the file at `meta["file_path"]`, which must be
    absolute: a bare name, as Haystack's converters leave it by default, may be any file's.
    """
    stated = [document.meta.get("file_hash") for document in documents]
    paths = [
        None if is_source(source) else _path(document)
        for source, document in zip(stated, documents, strict=True)
    ]
    digests = _digests({path for path in paths if path})
    return [
        str(source) if is_source(source) else digests.get(path)
        for source, path in zip(stated, paths, strict=True)
    ]


def _path(document: Document) -> Path | None:
    named = document.meta.get("file_path")
    if not isinstance(named, str | Path) or not Path(named).is_absolute():
        return None
    return Path(named)


def _can_be_read(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except OSError:  # a folder that is not ours, or a name that no file can have
        return False


def _digests(paths: set[Path]) -> dict[Path | None, str]:
    there = sorted(filter(_can_be_read, paths))
    try:
        return dict(zip(there, digest_files(there), strict=True)) if there else {}
    except DocumentError as error:
        _log.warning("Vectors are kept without a note of their files: %s", error)
        return {}
