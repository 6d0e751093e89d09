"""Digests of files, remembered by fingerprint so that an unchanged file is read once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from renai.documents.fingerprint import FingerprintMemo, read_digest
from renai.errors import DocumentError, StoreError
from renai.locations import cache_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from renai.stores.base import Store

_log = logging.getLogger("renai")


def digest_files(paths: Sequence[Path]) -> list[str]:
    """Digest files: 64 hex digits each, in order.

    Raises:
        DocumentError: one cannot be read.
    """
    memo = FingerprintMemo(_open_memo())
    try:
        stats = []
        for path in paths:
            try:
                stats.append(path.stat())
            except OSError as error:
                raise DocumentError(path, f"cannot be read: {error.strerror}") from error
        digests = memo.recall(stats)
        read = {at: read_digest(paths[at]) for at, known in enumerate(digests) if known is None}
        memo.remember((stat, digest) for digest, stat in read.values())
        return [known or read[at][0] for at, known in enumerate(digests)]
    finally:
        memo.close()


def _open_memo() -> Store | None:
    from renai.stores.durable import make_cache_folder
    from renai.stores.expendable import ExpendableStore

    folder = cache_folder()
    try:
        make_cache_folder(folder)
        return ExpendableStore(folder / "fingerprints.sqlite", folder / "quarantine")
    except (OSError, StoreError) as error:
        _log.warning("Files will be read again to know their contents: %s", error)
        return None
