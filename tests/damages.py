"""What a disk, or somebody who can compute a checksum, makes of an entry.

Whatever is done to it, the entry is no right answer any more: its checksum is wrong, or it holds
what renai never stores, or it is the right one of another name.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from renai.codecs.json import JsonCodec
from renai.codecs.text import TextCodec

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

LONG = "x" * 300_000

FIELDS: tuple[dict[str, Any], ...] = (
    *({"authors": value} for value in (5, "Petra", [["Petra"]], [None], {"a": 1}, ["a"] * 5000)),
    *({"title": value} for value in (5, {"a": 1}, ["x"], LONG, "\x1b[2J", "\u202ex", "a\nb")),
    *({"title": value} for value in ("\ud800", "\x9b31m", "a\u2028b", True)),
    *({"year": value} for value in ("1999", 10**300, math.inf, math.nan, True, -5, 10**6, 1999.5)),
    *({"confidence": value} for value in ("high", math.nan, 7, -0.1, True, [0.5])),
    *({"series_index": value} for value in ("1", -1, 10**9, math.inf)),
    *({"evidence": value} for value in (3, "title", {"title": 3}, {"title": "\x9b2J"}, [])),
    *({"isbn": value} for value in (9780306406157, ["9780306406157"], LONG)),
    *({"category": value} for value in (["../../etc"], 5, LONG)),
)
"""Values of metadata that no provider gives."""

NOTES: tuple[dict[str, Any], ...] = (
    *({"provider": value} for value in (7, None, ["offline"], "\x1b[2J")),
    *({"model": value} for value in (7, {}, LONG)),
    *({"source": value} for value in (7, {}, [])),
)
"""Notes of metadata that renai does not write."""

FACTS: tuple[Any, ...] = (
    *(None, 5, [], {}, "facts"),
    *({"properties": value} for value in ([], {"title": 3}, {"authors": [["A"]]}, None)),
    *({"lines": value} for value in (3, [3], [["A"]], [["A", math.inf, 0, 0.1]], [[], []])),
    *(
        {"lines": value}
        for value in ([["A", "large", 0, 0.1]], {"a": 1}, [["A", 1, 0, 0, 0, 0, 9]])
    ),
    *({"pages": value} for value in ("three", 1.5, [3])),
    *({"extractor": value} for value in (None, 5)),
)
"""Facts that no reader gives; a dictionary takes the place of single facts."""

JSON = (b"[]", b"5", b'"x"', b"null", b"{}", b'{"title": NaN}', b'{"a": 1e999}', b"[" * 100_000)
"""Documents of which none is an entry."""


def damaged(
    name: str, data: bytes, others: Mapping[str, bytes], chance: random.Random
) -> tuple[str, bytes]:
    """Return what was done to an entry, and its bytes then.

    Args:
        name: the entry's.
        data: its sound bytes.
        others: sound entries, of which it may get the bytes.
        chance: decides what is done.
    """
    ways = [*BYTES, exchanged, resealed_values if name.startswith("metadata/") else resealed_facts]
    for _ in range(1000):
        way = chance.choice(ways)
        made = way(name, data, others, chance)
        if made != data:
            return way.__name__, made
    raise AssertionError("nothing changes it")


def flipped(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    mutable = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 30])):
        mutable[chance.randrange(len(mutable))] ^= 1 << chance.randrange(8)
    return bytes(mutable)


def cut(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def longer(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    return data + chance.choice([b"\n", b"\0" * 4096, data, chance.randbytes(20)])


def zeroed(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes(len(data[at : at + 512])) + data[at + 512 :]


def random_bytes(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice([0, 1, 100, len(data)]))


BYTES = (flipped, cut, longer, zeroed, random_bytes)


def exchanged(name: str, data: bytes, others: Mapping[str, bytes], chance: random.Random) -> bytes:
    """Return the sound bytes of another entry, of whatever layer."""
    return others[chance.choice([other for other in others if other != name])]


def resealed_values(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    """Return metadata with other values under a checksum that is right."""
    entry = JsonCodec().decode(name, data)
    match chance.randrange(5):
        case 0:
            return _sealed(chance.choice(JSON))
        case 1:
            return JsonCodec().encode(
                name, replace(entry, notes=entry.notes | chance.choice(NOTES))
            )
        case 2:
            return JsonCodec().encode(name, replace(entry, recipe=chance.choice([5, [], None])))  # type: ignore[arg-type]
        case _:
            return JsonCodec().encode(
                name, replace(entry, value=entry.value | chance.choice(FIELDS))
            )


def resealed_facts(name: str, data: bytes, others: Any, chance: random.Random) -> bytes:
    """Return a text with other facts, or none at all, under a checksum that is right."""
    entry = TextCodec().decode(name, data)
    facts = chance.choice(FACTS)
    match chance.randrange(5):
        case 0:
            body = b" " + chance.choice(JSON) + b"\nwords"
            return b"renai-text/1 " + hashlib.sha256(body).hexdigest().encode() + body
        case 1:
            notes: Any = chance.choice([5, None, [], "notes"])
            return TextCodec().encode(name, replace(entry, notes=notes))
        case 2:
            return TextCodec().encode(name, replace(entry, value="half \ud800 of a character"))
        case _:
            if isinstance(facts, dict) and facts:
                facts = entry.notes["facts"] | facts
            return TextCodec().encode(name, replace(entry, notes=entry.notes | {"facts": facts}))


def _sealed(document: bytes) -> bytes:
    body = document.removesuffix(b"}")
    digest = hashlib.sha256(body).hexdigest()
    return body + f',\n  "_checksum": "sha256:{digest}"\n}}\n'.encode()
