"""The memory of files that cannot be read: why not, by content and by the recipe of reading.

Only faults that lie in the bytes are remembered, such as damage or protection. Whatever may lie
outside of the file (no permission, no time, no memory, a program that is missing) is tried again by
the next run. So are remembered files when they would be read in another way: by another reader or
revision, with or without OCR, or by another version of renai or of a library that reads.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.cache.cache import Cache
from renai.codecs.entry import Entry
from renai.codecs.json import JsonCodec
from renai.documents.mutool import find_mutool, mutool_version
from renai.errors import DamagedEntryError, StoreError
from renai.keys.recipe import Key, Recipe
from renai.text_cleaning import printable
from renai.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from renai.documents.formats import Reader
    from renai.keys.canonical import Value
    from renai.providers.base import Provider
    from renai.stores.base import Store

UNREADABLE_FILES = "unreadable/"
"""The prefix of the names of these entries."""

_REVISION = 1
_LONGEST_REASON = 500

_PACKAGES = {
    "pdfium": ("pypdfium2",),
    "pdfium-pages": ("pypdfium2",),
    "xberg": ("xberg",),
    "pillow": ("Pillow", "pillow-heif"),
}
"""The packages that renai's readers stand on; a reader of another package is called after that."""


class Viewed(NamedTuple):
    """How pictures of a document's pages are made.

    Attributes:
        viewer: what makes them.
        pages: the most pages that are pictured.
    """

    viewer: Reader
    pages: int


def unreadable_recipe(
    texts: Sequence[Recipe], readers: Sequence[Reader], viewed: Viewed | None = None
) -> Recipe:
    """Return the recipe of trying to read a file in all ways that there are.

    Args:
        texts: the recipes of its text, one for each way.
        readers: the readers of these ways.
        viewed: how pictures of its pages are made; None if they are not.
    """
    made_by = {part for reader in readers for part in _made_by(reader)}
    parameters: dict[str, Value] = {"texts": [text.described for text in texts]}
    if viewed:
        made_by.update(_made_by(viewed.viewer))
        viewer = viewed.viewer
        parameters["pictures"] = [viewer.name, viewer.revision, viewed.pages]
    parameters["versions"] = [f"renai {__version__}", *sorted(made_by)]
    return Recipe("unreadable", _REVISION, parameters)


def unreadable_key(file_hash: str, recipe: Recipe) -> Key:
    """Return the key of the reason why a content cannot be read.

    Args:
        file_hash: the SHA-256 of the file's bytes, 64 hex digits.
        recipe: what was tried, as `unreadable_recipe` returns it. Its digest is in the name, since
            of files with equal bytes and different suffixes different ways are tried.
    """
    return Key(f"{UNREADABLE_FILES}{file_hash}_{recipe.digest}.json", file_hash, recipe)


class Unreadable(NamedTuple):
    """Why a content cannot be read.

    Attributes:
        reason: the reason in one line for a person.
        lacks_text: whether it can be read and only has no text to ask a model about.
    """

    reason: str
    lacks_text: bool = False

    def rules_out(self, provider: Provider) -> bool:
        """Return whether a provider is not to be asked; heuristics need no text."""
        return provider.paid or not self.lacks_text


class UnreadableFiles(Cache[dict[str, Any]]):
    """The reasons in a store."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, UnreadableCodec())

    def recall(self, keys: Iterable[Key]) -> dict[Key, Unreadable]:
        """Return why contents cannot be read, as far as that is known."""
        hits = self.look_up(list(keys)).hits
        return {key: Unreadable(**entry.value) for key, entry in hits.items()}

    def remember(self, key: Key, why: Unreadable) -> None:
        """Keep the reason why a content cannot be read."""
        reason = printable(why.reason)[:_LONGEST_REASON]
        value = {"reason": reason, "lacks_text": why.lacks_text}
        self.record({key: Entry.made_by(key.recipe, value)})

    def forget(self, key: Key) -> None:
        """Drop the reason: the content can be read after all. A store that fails keeps it."""
        with suppress(StoreError):
            self.delete([key.name])


class UnreadableCodec(JsonCodec):
    """Turns reasons into bytes and back, and checks what it reads."""

    def decode(self, name: str, data: bytes) -> Entry[dict[str, Any]]:
        """Check the bytes and the value of an entry; raises as `Codec.decode` does."""
        entry = super().decode(name, data)
        match entry.value:
            case {"reason": str(reason), "lacks_text": bool(), **more} if not more:
                if len(reason) <= _LONGEST_REASON and reason.isprintable():
                    return entry
        raise DamagedEntryError(f"{name}: whole, but with values that renai never stores")


def _made_by(reader: Reader) -> list[str]:
    """Return what reads, with versions: a later one may read what this one does not."""
    packages = _PACKAGES.get(reader.name, (reader.name,))
    found = [f"{name} {_version(name)}" for name in packages if _version(name)]
    if reader.name == "djvulibre":
        from renai.documents.readers.djvu import find_djvulibre

        found += ["DjVuLibre"] if find_djvulibre() else []
    if reader.mutool is not None and (program := find_mutool()):
        found.append(_mutool_version(program))
    return found


_mutool_version = cache(mutool_version)


@cache
def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return ""
