"""Recognise libraries that belong to another program, which finds its files by their names.

If such a file is renamed, its program loses it. So a run that renames refuses these folders, unless
the user insists. A library is known by what its program keeps in it: a database, a folder of
settings, or the way in which folders are named.
"""

# The walk over a large library calls these functions for every folder, and stays with strings.
# ruff: noqa: PTH119, PTH120, PTH122, PTH208
from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEPT_IN_IT = {
    "metadata.db": "calibre",
    "metadata.calibre": "calibre",  # on a reading device
    "metadata_db_prefs_backup.json": "calibre",  # also where its database is lost, or elsewhere
    "zotero.sqlite": "Zotero",
    "jurism.sqlite": "Juris-M",
    "digikam4.db": "digiKam",
    "media.lock": "paperless-ngx",
    ".obsidian": "Obsidian",
    ".kobo": "Kobo",
    ".ocdata": "ownCloud or Nextcloud",
    ".ncdata": "Nextcloud",
}
"""The names, in lower case, of what programs keep in the top folder of a library."""

_SUFFIXES_IN_IT = {".ctv6": "Citavi", ".enl": "EndNote", ".lrcat": "Lightroom"}
"""The suffixes, in lower case, of such files whose names the user chooses."""

_SUFFIXES_OF_IT = {
    ".photoslibrary": "Apple Photos",
    ".photolibrary": "iPhoto",
    ".aplibrary": "Aperture",
    ".dtbase2": "DEVONthink",
}
"""The suffixes, in lower case, of folders that are libraries."""

NAS_FOLDERS = frozenset(
    (
        *("@eadir", "#recycle", "#snapshot", "@sharebin", "@tmp"),  # Synology
        *(".@__thumb", "@__thumb", "@recycle", "@recently-snapshot"),  # QNAP
        "~snapshot",  # NetApp
        "recycler",  # Windows
    )
)
"""Folders in which storage systems keep thumbnails, indexes and deleted files, in lower case."""
_NAS = "the storage system"

_ZOTERO_STORAGE = "storage"
# https://github.com/zotero/utilities: Zotero.Utilities.generateObjectKey
_ZOTERO_KEY = re.compile("[2-9A-NP-Z]{8}")

_SHOWN = 5


class OtherLibrary(NamedTuple):
    """A library that belongs to another program.

    Attributes:
        folder: the top folder of the library.
        program: the program that it belongs to.
        sign: the name of what the library was known by.
    """

    folder: str
    program: str
    sign: str

    def __str__(self) -> str:
        return f"{self.folder!r} (of {self.program}: {self.sign})"


def library_in(folder: str, names: Sequence[str]) -> OtherLibrary | None:
    """Return the library that a folder is, by its name and what is in it; None if it is none.

    Args:
        folder: the folder's absolute path.
        names: the names of what is in it; those of documents may be left out.
    """
    own = os.path.basename(folder)
    if own.lower() in NAS_FOLDERS:
        return OtherLibrary(folder, _NAS, own)
    if program := _SUFFIXES_OF_IT.get(os.path.splitext(own)[1].lower()):
        return OtherLibrary(folder, program, own)
    for name in names:
        lower = name.lower()
        program = _KEPT_IN_IT.get(lower) or _SUFFIXES_IN_IT.get(os.path.splitext(lower)[1])
        if program:
            return OtherLibrary(folder, program, name)
    if own.lower() == _ZOTERO_STORAGE and _are_zotero_keys(names):
        key = min(name for name in names if not name.startswith("."))
        return OtherLibrary(folder, "Zotero", f"{own}/{key}")
    return None


def library_around(path: str, *, is_folder: bool) -> OtherLibrary | None:
    """Return the library that a file or a folder lies in, or is; of several the outermost.

    Links on the way are followed.

    Args:
        path: an absolute path.
        is_folder: whether it is a folder, or a link to one; a link to a file is not followed.
    """
    folder = path if is_folder else os.path.dirname(path)
    for place in dict.fromkeys((os.path.realpath(folder), folder)):
        found, above, below = None, place, ""
        while above != below:
            found = library_in(above, _listed(above)) or found
            above, below = os.path.dirname(above), above
        if found:
            return found
    return None


def refuse_libraries(libraries: Sequence[OtherLibrary]) -> None:
    """Raise if there are any libraries of other programs.

    Raises:
        UsageError: there are; the message says where and whose they are, and what to do.
    """
    if not libraries:
        return
    shown = ", ".join(map(str, libraries[:_SHOWN]))
    more = f" and {len(libraries) - _SHOWN:,} more" if len(libraries) > _SHOWN else ""
    one = len(libraries) == 1
    raise UsageError(
        f"{shown}{more} {'belongs' if one else 'belong'} to another program, which would not find "
        "its files under new names. Nothing was renamed: name other folders and files, "
        "or say --force to rename there all the same"
    )


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _are_zotero_keys(names: Sequence[str]) -> bool:
    """Return whether folders are named as Zotero names them, and not by people.

    The name of one may happen to be a word; nearly all have a digit.
    """
    shown = [name for name in names if not name.startswith(".")]
    keyed = bool(shown) and all(map(_ZOTERO_KEY.fullmatch, shown))
    return keyed and any(character.isdigit() for name in shown for character in name)
