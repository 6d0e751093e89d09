"""Corrections: what a person said of documents. They go before what any model says.

They are not cached data: a correction is kept in the user's state folder, one small JSON file for
each content, and goes only when the person takes it back. It belongs to a content, not to a file
name, and holds the whole metadata as the person corrected it, so that nobody needs to be asked
about such a file again.
"""

from __future__ import annotations

import logging
import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from renai.codecs.entry import Entry
from renai.errors import DamagedEntryError, StoreError
from renai.keys.recipe import Recipe
from renai.metadata.metadata_codec import MetadataCodec
from renai.providers.schema import Metadata
from renai.stores.durable import flush_folder, make_private_folder, write_atomically
from renai.stores.files import FileStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_log = logging.getLogger("renai")

PROVIDER = "user"
"""The provider's name in the entry of a correction, where other entries have a real provider."""

_FEWEST_DIGITS = 8
_RECIPE = Recipe("correction", 1, {"provider": PROVIDER})
_NAME = re.compile(r"([0-9a-f]{64})\.json")


_MOST_BYTES = 1 << 20
_UNREADABLE = (StoreError, DamagedEntryError, ValueError, KeyError, TypeError, OverflowError)


class Correction(NamedTuple):
    """One correction of a document.

    Attributes:
        file_hash: the SHA-256 of the document's bytes, 64 hex digits.
        metadata: the metadata as the person corrected it; its confidence is 1.
        file_name: the document's file name at that time.
        at: the time of the correction.
    """

    file_hash: str
    metadata: Metadata
    file_name: str
    at: datetime


class Corrections:
    """The corrections in a folder, which is made with the first correction."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def recall(self, file_hashes: Iterable[str]) -> dict[str, Metadata]:
        """Return the corrected metadata by content, for those contents that were corrected."""
        kept = set(self._hashes())
        said = (self._read(file_hash) for file_hash in kept.intersection(file_hashes))
        return {correction.file_hash: correction.metadata for correction in said if correction}

    def all(self) -> list[Correction]:
        """Return all corrections, the latest first."""
        said = filter(None, map(self._read, self._hashes()))
        return sorted(said, key=lambda correction: correction.at, reverse=True)

    def matching(self, digits: str) -> list[str]:
        """Return the corrected contents whose hashes begin with these digits, at least 8."""
        return [h for h in self._hashes() if len(digits) >= _FEWEST_DIGITS and h.startswith(digits)]

    def record(self, file_hash: str, metadata: Metadata, file_name: str) -> Metadata:
        """Store what a person says of a content, in place of any earlier correction.

        Returns:
            The metadata as it is stored: the same, with a confidence of 1.

        Raises:
            StoreError: the correction cannot be written.
        """
        certain = metadata.with_values(confidence=1.0)
        entry = Entry.made_by(
            _RECIPE,
            certain.fields(),
            provider=PROVIDER,
            file_name=file_name,
            at=datetime.now(UTC).isoformat(),
        )
        name = _name(file_hash)
        try:
            make_private_folder(self.folder)
            write_atomically(self.folder / name, MetadataCodec().encode(name, entry))
            flush_folder(self.folder)
        except OSError as error:
            raise StoreError(
                f"the correction of {file_name} cannot be kept in {self.folder}: {error.strerror}"
            ) from error
        return certain

    def forget(self, file_hashes: Iterable[str]) -> list[str]:
        """Take corrections back, damaged ones included.

        Returns:
            Those of the given contents that had been corrected.

        Raises:
            StoreError: a correction cannot be removed.
        """
        kept = set(self._hashes())
        forgotten = [file_hash for file_hash in file_hashes if file_hash in kept]
        for file_hash in forgotten:
            try:
                (self.folder / _name(file_hash)).unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(
                    f"the correction {self.folder / _name(file_hash)} cannot be removed: "
                    f"{error.strerror}"
                ) from error
        return forgotten

    def _hashes(self) -> list[str]:
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 - names are what is wanted
        except FileNotFoundError:
            return []
        except OSError as error:
            _log.warning("Corrections in %s cannot be read: %s", self.folder, error.strerror)
            return []
        return [found[1] for name in names if (found := _NAME.fullmatch(name))]

    def _read(self, file_hash: str) -> Correction | None:
        path = self.folder / _name(file_hash)
        try:
            data = FileStore(self.folder).get_up_to([path.name], _MOST_BYTES).get(path.name)
            if data is None:  # taken back meanwhile, or too large, of which there is a warning
                return None
            entry = MetadataCodec().decode(path.name, data)
            return Correction(
                file_hash,
                Metadata.from_stored(entry.value),
                str(entry.notes["file_name"]),
                datetime.fromisoformat(entry.notes["at"]).astimezone(UTC),
            )
        except _UNREADABLE as error:
            _log.warning(
                "A correction cannot be read and is passed over: %s (%s); correct that file again, "
                "or take it back: renai corrections forget %s",
                path,
                error,
                file_hash,
            )
            return None


def _name(file_hash: str) -> str:
    return f"{file_hash}.json"
