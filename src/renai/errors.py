"""Every error renai raises on purpose.

    RenaiError
    ├── UsageError               wrong arguments, a path that does not exist
    ├── ConfigurationError       no key, an unknown provider, a cache that cannot be written
    ├── DocumentError            one file that cannot be read; the others go on
    │   └── DamagedDocumentError what the reader makes nothing of; another reader might
    ├── ProviderError            one model call that failed for good; nothing is cached for it
    │   ├── AnswerError          the model answered, but not with usable metadata
    │   └── RefusedKeyError      401 or 403: every further call would fail too
    ├── NotAskedError            a question that was not put: only its price was wanted
    │   └── BudgetError          a question that was not put: it may cost more than is left
    ├── StoreError               a store that cannot be opened, read or written
    │   └── DamagedStoreError    a store whose own file is damaged
    ├── ArchiveError             an archive that cannot be written, or is not believed
    ├── DamagedEntryError        bytes that are not the entry they claim to be
    ├── VectorError              numbers that are no vectors for the texts they were computed for
    ├── WaitError                waiting here for this computation would never end
    ├── RenameError              a file that was not renamed, and still is what it was
    │   └── NameTakenError       the new name exists; nothing was overwritten
    └── JournalError             the record of renames cannot be read or written

A message says what happened, to which file, and what to do about it. No message holds a key, a
password or the text of a document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AnswerError",
    "ArchiveError",
    "BudgetError",
    "ConfigurationError",
    "DamagedDocumentError",
    "DamagedEntryError",
    "DamagedStoreError",
    "DocumentError",
    "JournalError",
    "NameTakenError",
    "NotAskedError",
    "ProviderError",
    "RefusedKeyError",
    "RenaiError",
    "RenameError",
    "StoreError",
    "UsageError",
    "VectorError",
    "WaitError",
]


class RenaiError(Exception):
    """The root of the tree."""


class UsageError(RenaiError):
    """The caller asked for something that cannot be meant."""


class ConfigurationError(RenaiError):
    """Something must be set up before this can work."""


class DocumentError(RenaiError):
    """One file cannot be read.

    Args:
        path: the file.
        reason: one line, for a person: what is wrong with it and, where there is one, a way out.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path = path
        self.reason = reason


class DamagedDocumentError(DocumentError):
    """A reader makes nothing of the bytes, or crashed on them; another reader might."""


class ProviderError(RenaiError):
    """A model call failed for good."""


class AnswerError(ProviderError):
    """The model's answer is not usable metadata, even after it was asked to mend it."""


class RefusedKeyError(ProviderError):
    """The endpoint refused the key; every further call would be refused as well."""


class NotAskedError(RenaiError):
    """A model would have to be asked, and was not."""


class BudgetError(NotAskedError):
    """A call may cost more than is left of what a run may spend."""


class StoreError(RenaiError):
    """A store cannot be opened, read or written."""


class DamagedStoreError(StoreError):
    """A store's own file is damaged; it would fail again tomorrow."""


class ArchiveError(RenaiError):
    """An archive of entries that cannot be written; or one that is damaged, or made to do harm."""


class DamagedEntryError(RenaiError):
    """Bytes that are not a whole entry of a format and name this version knows."""


class VectorError(RenaiError, ValueError):
    """Too few or too many vectors, of a wrong dimension, or with numbers that cannot be kept."""


class WaitError(RenaiError):
    """The computation waited for can only go on where the waiting takes place."""


class RenameError(RenaiError):
    """A file could not be renamed; it still has its old name."""


class NameTakenError(RenameError):
    """The new name is taken; the file that has it was not touched."""


class JournalError(RenaiError):
    """The record of renames cannot be read or written."""
