r"""Lineage: which vectors came from which file, so that a file can be forgotten.

A vector's name is a digest of its text, and says nothing of where the text came from. So the names
of the vectors of a file's texts are stored beside the vectors, in the same store:

        lineage/<SHA-256 of the file>_<SHA-256 of magic and digests>

    offset  bytes   content
    0       4       `rnl1`: the magic, with the version of the format
    4       32 × n  the digests in the names of n vectors, sorted
    -4      4       CRC-32 (as in zlib) of the name and of all bytes before, little endian

These records are written before the vectors are computed, so that no crash leaves a vector without
one, and also for vectors that are there already, which may have come from another file. They do not
expire: a vector that is renewed would outlive them.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from renai.codecs.binary import seal, unseal
from renai.embeddings.recipe import EMBEDDING
from renai.errors import DamagedEntryError, UsageError
from renai.keys.digest import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from renai.cache.base import BaseCache
    from renai.embeddings.recipe import EntryNames
    from renai.stores.base import Store

_log = logging.getLogger("renai")

LINEAGE = "lineage/"
"""The prefix of the names of these records."""

_MAGIC = b"rnl1"
_DIGEST_BYTES = 32
_SOURCE = re.compile(r"[0-9a-f]{64}")


def record_lineage(
    cache: BaseCache[Any, Any],
    names: EntryNames,
    texts: Sequence[str],
    sources: Sequence[str | None],
) -> None:
    """Write down which file each text came from, where that is not written yet.

    If the store fails, the records wait for it like the vectors, and before them.

    Args:
        cache: the cache of the vectors.
        names: makes the names of the texts' entries.
        texts: the texts that are embedded.
        sources: the SHA-256 of each text's file, 64 hex digits; None for a text without a file.

    Raises:
        UsageError: a source is not such a digest, or there is not one for each text.
        StoreError: the store fails, and the cache is strict.
    """
    if len(sources) != len(texts):
        raise UsageError(f"{len(sources)} sources for {len(texts)} texts")
    texts_of: defaultdict[str, set[str]] = defaultdict(set)
    for text, source in zip(texts, sources, strict=True):
        if source is not None:
            texts_of[source].add(text)
    for source in texts_of:
        if not is_source(source):
            raise UsageError(f"a source is the SHA-256 of a file, 64 hex digits, not {source!r}")
    if not texts_of:
        return
    records = dict(_framed(source, names.of(its)) for source, its in texts_of.items())
    known = cache.fetch(list(records), max(map(len, records.values())))
    missing = {name: data for name, data in records.items() if known.get(name) != data}
    if missing and cache.write_for_ever(missing):
        _log.warning("`renai cache forget` will not find vectors made now: the store fails")


def lineage_of(store: Store, source: str) -> tuple[list[str], list[str]]:
    """Return the vectors that came from a file.

    Args:
        store: the store of the vectors.
        source: the SHA-256 of the file, 64 hex digits.

    Returns:
        The names of the records, including damaged ones, and the names of the vectors.

    Raises:
        StoreError: the store fails.
    """
    records = [stat.name for stat in store.scan(f"{LINEAGE}{source}_")]
    vectors: dict[str, None] = {}
    for name, data in store.get_many(records).items():
        try:
            vectors.update(dict.fromkeys(read_lineage(name, data)))
        except DamagedEntryError as error:
            _log.warning("Which vectors came from %s is not fully known (%s)", source, error)
    return records, list(vectors)


def read_lineage(name: str, data: bytes) -> Iterator[str]:
    """Return the names of the vectors that a record lists.

    Raises:
        DamagedEntryError: these are not the whole bytes of a record of this name.
    """
    body = unseal(name, data)
    if body is None or not body.startswith(_MAGIC) or len(body[len(_MAGIC) :]) % _DIGEST_BYTES:
        raise DamagedEntryError(f"{name}: not a whole record of lineage of this name")
    digests = body[len(_MAGIC) :]
    starts = range(0, len(digests), _DIGEST_BYTES)
    return (EMBEDDING + digests[start : start + _DIGEST_BYTES].hex() for start in starts)


def is_source(text: object) -> bool:
    """Return whether this can be the SHA-256 of a file: 64 hex digits."""
    return isinstance(text, str) and _SOURCE.fullmatch(text) is not None


def _framed(source: str, vectors: Iterable[str]) -> tuple[str, bytes]:
    digests = sorted(bytes.fromhex(vector.removeprefix(EMBEDDING)) for vector in vectors)
    body = _MAGIC + b"".join(digests)
    name = f"{LINEAGE}{source}_{digest_bytes(body)}"
    return name, seal(name, body)
