r"""The archive format: entries of any store in one file, which `tar xzf` opens.

A tar file as POSIX.1-2001 (pax) has it, packed with gzip:

    archive.json    {"format": 2, "made_by": "renai …", "made_at": "…"}
    text/…          the entries, by their names and byte for byte; their time is that of storing
    metadata/…
    changed/…
    recipe/…
    lineage/…
    embedding/…
    manifest.json   {"entries": {"text": 12, …}, "bytes": …, "sha256": "…"}

The SHA-256 is over, for every entry in turn, `NAME TIME SIZE\n` and its bytes. An archive without a
manifest at its end is incomplete. The format is 1 where there is no record and no mark of a recipe,
so that older versions read it. Archives are written and read as streams, with no more than one
entry in memory.

An archive may come from anyone. No name in it is ever used as a path: names are compared with what
entries may be called. The size of an entry, the size of a header, and how much may be unpacked from
how little are limited.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
import zlib
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from math import isfinite
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from renai.embeddings.known_recipes import RECIPES
from renai.embeddings.lineage import LINEAGE
from renai.embeddings.marks import CHANGED
from renai.errors import ArchiveError
from renai.maintenance.open_stores import LAYERS
from renai.metadata.metadata_cache import subject_in
from renai.stores.base import is_name
from renai.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

FORMAT = 2
LARGEST_ENTRY = 128 << 20
"""Bytes; more than a text of the largest limit that can be set takes."""

_HEAD, _MANIFEST = "archive.json", "manifest.json"
_WITHOUT_RECIPES = 1
_FOLDERS = (*LAYERS.values(), CHANGED, LINEAGE, RECIPES)
_PACKING = 1  # vectors hardly pack, whatever it costs
_LARGEST_HEADER = 64 << 10  # tar's own, and the two that are JSON
_CHUNK = 1 << 20
_MOST_FROM_NOTHING = 256 << 20
_MOST_FROM_A_BYTE = 250  # the packing above comes to 230 where nothing but zeros is packed

_UNREADABLE = (tarfile.TarError, EOFError, zlib.error, OSError, ValueError, RecursionError)
"""What reading raises; `ValueError` includes bytes that are no UTF-8 or no JSON."""


class Kept(NamedTuple):
    """An entry as a store holds it.

    Attributes:
        name: of the entry.
        data: its bytes.
        stored_at: seconds since the epoch.
    """

    name: str
    data: bytes
    stored_at: float


@dataclass
class Manifest:
    """What an archive holds.

    Attributes:
        entries: the number of entries of each layer, of records of lineage and of recipes, and of
            marks of stopped recipes.
        bytes: the size of all entries.
        sha256: the digest of all entries, 64 hex digits.
    """

    entries: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    sha256: str = ""


class ArchiveWriter:
    """Writes an archive into an open file; used as a block, it leaves nothing open.

    Args:
        stream: is written to, and stays open.
        has_recipes: whether records or marks of recipes will be among the entries.

    Raises:
        OSError: from any method; the stream cannot be written.
    """

    def __init__(self, stream: BinaryIO, *, has_recipes: bool = False) -> None:
        self._packed = gzip.GzipFile("", "wb", _PACKING, stream)
        self._tar = tarfile.TarFile(fileobj=self._packed, mode="w", format=tarfile.PAX_FORMAT)
        self._counted = _ManifestBuilder()
        self._made_at = datetime.now(UTC)
        number = FORMAT if has_recipes else _WITHOUT_RECIPES
        made = {"made_by": f"renai {__version__}", "made_at": self._made_at.isoformat()}
        self._add_json(_HEAD, {"format": number, **made})

    def add(self, entry: Kept) -> None:
        """Add an entry."""
        self._counted.add(entry)
        self._add(*entry)

    def close(self) -> Manifest:
        """Complete the archive."""
        manifest = self._counted.manifest()
        self._add_json(_MANIFEST, asdict(manifest))
        self._tar.close()
        self._packed.close()
        return manifest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # What is not complete is of no use; yet it is let go of while the stream is still open, or
        # Python would try to write its rest later.
        with suppress(OSError):
            self._packed.close()

    def _add_json(self, name: str, document: dict[str, Any]) -> None:
        self._add(name, json.dumps(document).encode(), self._made_at.timestamp())

    def _add(self, name: str, data: bytes, date: float) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = len(data), date, 0o600
        self._tar.addfile(member, BytesIO(data))
        self._tar.members.clear()  # type: ignore[attr-defined]  # or it would remember every one


def read_archive(stream: BinaryIO) -> Iterator[Kept | Manifest]:
    """Read an archive from its beginning.

    Args:
        stream: an open file.

    Yields:
        The entries, and at the end the manifest, if the entries are those it names.

    Raises:
        ArchiveError: this is no archive, or is damaged, was made by a newer version, or would do
            harm. The entries that were yielded before are not to be trusted then.
    """
    try:
        with closing(_Unpacking(stream)) as unpacking:
            yield from _read(unpacking)
    except _RefusalError as refusal:
        raise ArchiveError(f"{stream.name}: {refusal}") from None
    except _UNREADABLE as error:
        raise ArchiveError(f"{stream.name}: not a whole archive of renai's ({error})") from error


class _RefusalError(Exception):
    """The reason why an archive is refused."""


def _read(unpacking: _Unpacking) -> Iterator[Kept | Manifest]:
    tar = tarfile.TarFile(fileobj=unpacking, mode="r", ignore_zeros=False)  # type: ignore[arg-type]
    _check_head(_json_of(_next(tar), _HEAD, unpacking))
    counted = _ManifestBuilder()
    while (member := _next(tar)).name != _MANIFEST:
        entry = Kept(member.name, unpacking.take(member.size), float(member.mtime))
        if not isfinite(entry.stored_at):
            raise _RefusalError(f"{entry.name!r} has no date")
        counted.add(entry)
        yield entry
    manifest = counted.manifest()
    if _json_of(member, _MANIFEST, unpacking) != asdict(manifest):
        raise _RefusalError("its entries are not those that its manifest names; make it anew")
    unpacking.expect_end()
    yield manifest


def _next(tar: tarfile.TarFile) -> tarfile.TarInfo:
    member = tar.next()
    tar.members.clear()  # type: ignore[attr-defined]
    if member is None:
        raise _RefusalError("it ends early, and nothing of it was taken; copy it or make it anew")
    if not member.isreg() or member.issparse() or not _is_ours(member.name):
        raise _RefusalError(f"it holds {member.name!r}, which is no entry of a cache")
    if not 0 <= member.size <= LARGEST_ENTRY:
        raise _RefusalError(f"its {member.name!r} is larger than any entry")
    return member


def _is_ours(name: str) -> bool:
    folder, slash, rest = name.partition("/")
    return name in (_HEAD, _MANIFEST) or (
        folder + slash in _FOLDERS
        and "/" not in rest
        and is_name(name)
        and subject_in(rest) is not None
    )


def is_entry(name: str) -> bool:
    """Return whether an archive may hold an entry of this name."""
    return "/" in name and _is_ours(name)


def _json_of(member: tarfile.TarInfo, name: str, unpacking: _Unpacking) -> Any:
    if member.name != name or member.size > _LARGEST_HEADER:
        raise _RefusalError("not an archive of renai's")
    return json.loads(unpacking.take(member.size))


def _check_head(head: Any) -> None:
    match head:
        case {"format": int(number)} if number > FORMAT:
            raise _RefusalError("it was made by a newer renai; update this one to read it")
        case {"format": int(number)} if number in (_WITHOUT_RECIPES, FORMAT):
            return
    raise _RefusalError("not an archive of renai's")


class _ManifestBuilder:
    """Counts and digests entries one by one."""

    def __init__(self) -> None:
        self._manifest = Manifest()
        self._digest = hashlib.sha256()

    def add(self, entry: Kept) -> None:
        name, data, stored_at = entry
        layer = name.partition("/")[0]
        self._manifest.entries[layer] = self._manifest.entries.get(layer, 0) + 1
        self._manifest.bytes += len(data)
        self._digest.update(f"{name} {float(stored_at)!r} {len(data)}\n".encode())
        self._digest.update(data)

    def manifest(self) -> Manifest:
        self._manifest.sha256 = self._digest.hexdigest()
        return self._manifest


class _Unpacking:
    """The unpacked stream, read forward only: `tarfile` reads headers, we read entries."""

    def __init__(self, stream: BinaryIO) -> None:
        self._packed = stream
        self._plain = gzip.GzipFile(fileobj=stream, mode="rb")
        self._position = 0

    def close(self) -> None:
        """Let go of the packed stream, which stays open."""
        self._plain.close()

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> None:
        if position < self._position:
            raise _RefusalError("not a whole archive of renai's")
        while self._position < position:
            self.take(min(_CHUNK, position - self._position))

    def read(self, size: int) -> bytes:
        """Read a header; its size is limited, since tarfile believes what the archive states."""
        if not 0 <= size <= _LARGEST_HEADER:
            raise _RefusalError("not a whole archive of renai's")
        return self._unpack(size)

    def take(self, size: int) -> bytes:
        """Read bytes of an entry.

        Raises:
            EOFError: there are fewer.
        """
        chunks, missing = [], size
        while missing:
            chunk = self._unpack(min(_CHUNK, missing))
            if not chunk:
                raise EOFError("it ends early")
            chunks.append(chunk)
            missing -= len(chunk)
        return b"".join(chunks)

    def expect_end(self) -> None:
        """Read the padding of the tar file, up to the checksum of gzip."""
        while chunk := self._unpack(_CHUNK):
            if chunk.strip(b"\0"):
                raise _RefusalError("something follows its manifest")

    def _unpack(self, size: int) -> bytes:
        data = self._plain.read(size)
        self._position += len(data)
        if self._position > _MOST_FROM_NOTHING + _MOST_FROM_A_BYTE * self._packed.tell():
            raise _RefusalError("much more would come out of it than any cache has put in")
        return data
