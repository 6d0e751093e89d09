"""What was done all the same where some of several servers fail.

A store of several servers does each one's share apart. So a look-up that fails has found something
nevertheless, and a write that fails was refused only in part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class ShareError(StoreError):
    """Some of several servers failed; what is the others' share was done.

    Args:
        said: what the servers said.
        found: of a look-up, what the others have.
        refused: of a write, the names of the entries that were not written.
    """

    def __init__(
        self,
        said: str,
        *,
        found: Mapping[str, bytes] | None = None,
        refused: Collection[str] = (),
    ) -> None:
        super().__init__(said)
        self.found = dict(found or {})
        self.refused = frozenset(refused)


def found_despite(error: StoreError) -> dict[str, bytes]:
    """Return what a look-up that failed has found all the same."""
    return error.found if isinstance(error, ShareError) else {}


def refused_among(error: StoreError, items: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return those of the entries that were not written by a call that failed."""
    if not isinstance(error, ShareError):
        return dict(items)
    return {name: data for name, data in items.items() if name in error.refused}
