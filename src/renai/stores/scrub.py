"""What is dropped must not only be gone from sight.

A file system frees a file's blocks with the file. Databases keep the bytes of what was dropped in
their own files, until they happen to write over them. A store that does has `scrub`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from renai.stores.base import Store


@runtime_checkable
class ScrubbingStore(Protocol):
    """A store that can make its files lose what was dropped from it."""

    def scrub(self) -> str:
        """Write the store's files anew, without what is not in the store any more.

        Returns:
            What a person must know of what is still kept, as a sentence; nothing if all is gone.

        Raises:
            StoreError: it could not be done; it can be tried again.
        """
        ...


def scrub(store: Store) -> str:
    """Have a store's files lose what was dropped from it, where that is not so already.

    Returns:
        What is still kept where the store cannot reach, as a sentence, or nothing.

    Raises:
        StoreError: it could not be done; it can be tried again.
    """
    return store.scrub() if isinstance(store, ScrubbingStore) else ""
