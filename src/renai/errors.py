"""Every error that renai raises on purpose.

    RenaiError
    ├── UsageError               wrong arguments, or a path that does not exist
    ├── ConfigurationError       no key, an unknown provider, a cache that cannot be written
    ├── DocumentError            one file that cannot be read; the others go on
    │   └── DamagedDocumentError a file that one reader cannot parse; another reader might
    ├── ProviderError            one model call that failed for good; nothing is cached for it
    │   ├── AnswerError          the model answered, but not with usable metadata
    │   └── RefusedKeyError      401 or 403: every further call would fail too
    ├── NotAskedError            a model call that was not made: only its price was wanted
    │   └── BudgetError          a model call that was not made: it may cost more than is left
    ├── StoreError               a store that cannot be opened, read or written
    │   └── DamagedStoreError    a store whose own file is damaged
    ├── ArchiveError             an archive that cannot be written, or that cannot be trusted
    ├── DamagedEntryError        bytes that are not the entry they claim to be
    ├── VectorError              numbers that are not valid vectors for the texts they belong to
    ├── WeightsChangedError      a model that gives other vectors than it did: other weights
    ├── WaitError                a wait for a computation that could never end (a deadlock)
    ├── RenameError              a file that was not renamed and still has its old name
    │   └── NameTakenError       the new name exists; nothing was overwritten
    └── JournalError             the journal of renames cannot be read or written

A message says what happened, to which file, and what to do about it. No message contains a key, a
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
    "WeightsChangedError",
]


class RenaiError(Exception):
    """The base class of all errors of renai.

    Args:
        faults: what is wrong, a line for each fault; nearly all errors have one.
    """

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, a line for each fault."""
        return tuple(map(str, self.args))

    def __str__(self) -> str:
        """Return all faults, each on a line of its own."""
        return "\n".join(self.faults)


class UsageError(RenaiError):
    """The caller asked for something that makes no sense or does not exist."""


class ConfigurationError(RenaiError):
    """Something must be set up before this can work."""


class DocumentError(RenaiError):
    """One file cannot be read.

    Args:
        path: the file.
        reason: one line for a person: what is wrong with the file and, where there is one, a way
            out.
        lasting: whether the fault lies in the file's bytes alone, so that reading them again in the
            same way would fail again. Such a file is not opened by the next run.
    """

    def __init__(self, path: Path, reason: str, *, lasting: bool = False) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path = path
        self.reason = reason
        self.lasting = lasting


class DamagedDocumentError(DocumentError):
    """A reader cannot parse the bytes, or crashed on them; another reader might succeed."""


class ProviderError(RenaiError):
    """A model call failed for good."""


class AnswerError(ProviderError):
    """The model's answer is not usable metadata, even after the model was asked to correct it."""


class RefusedKeyError(ProviderError):
    """The endpoint refused the key; every further call would be refused as well."""


class NotAskedError(RenaiError):
    """A model would have to be asked, and was not asked."""


class BudgetError(NotAskedError):
    """A call may cost more than what is left of the budget of a run."""


class StoreError(RenaiError):
    """A store cannot be opened, read or written."""


class DamagedStoreError(StoreError):
    """A store's own file is damaged; trying again later would fail too."""


class ArchiveError(RenaiError):
    """An archive of entries cannot be written, or is damaged, or is crafted to do harm."""


class DamagedEntryError(RenaiError):
    """Bytes are not a whole entry of a format and a name that this version knows."""


class VectorError(RenaiError, ValueError):
    """There are too few or too many vectors, wrong dimensions, or numbers that cannot be kept."""


class WeightsChangedError(RenaiError):
    """A model gives other vectors than it did for the same texts, so stored ones are not used."""


class WaitError(RenaiError):
    """A wait was refused: the awaited computation can only continue where the wait takes place."""


class RenameError(RenaiError):
    """A file could not be renamed; it still has its old name.

    Args:
        path: the file.
        reason: one line for a person, without the file's name.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path = path
        self.reason = reason


class NameTakenError(RenameError):
    """The new name is taken; the file that has it was not touched."""


class JournalError(RenaiError):
    """The journal of renames cannot be read or written."""
