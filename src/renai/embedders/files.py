"""Digests of files, remembered by fingerprint so that an unchanged file is read only once."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from renai.cache.quarantine import QUARANTINE
from renai.documents.fingerprint import identify, open_memo
from renai.locations import cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def digest_files(paths: Sequence[Path]) -> list[str]:
    """Return the SHA-256 of each file's bytes, 64 hex digits, in the order of the files.

    Raises:
        DocumentError: a file cannot be read.
    """
    folder = cache_folder()
    with closing(open_memo(folder, folder / QUARANTINE)) as memo:
        return [digest for digest, _ in identify(paths, memo)]
