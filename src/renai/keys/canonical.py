"""One canonical encoding of values, in which no two different values have the same bytes.

Every value is written as a tag for its type, its length where it has one, and its content, so
that nothing can be read in two ways: `["a", "b"]`, `["ab"]`, `"a,b"` and `1`, `1.0`, `True`, `"1"`
all differ. Joined strings cannot promise that, which is how caches come to return another text's
result.

    None            N
    bool            T or F
    int             I<decimal>;
    float           D<8 bytes, IEEE 754, big endian>
    str             S<bytes of UTF-8>:<UTF-8>
    bytes           B<count>:<bytes>
    list, tuple     L<count>:<items>
    dict            M<count>:<key, value, key, value, …, sorted by the encoded key>

The format is frozen: keys made with it are stored in people's caches.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

Value = None | bool | int | float | str | bytes | Sequence["Value"] | Mapping[str, "Value"]
"""The types of values that can be encoded."""

_SURROGATES = "surrogatepass"  # any str can be encoded, also one from a damaged file


def encode(value: Value) -> bytes:
    """Return the encoding of a value.

    Raises:
        TypeError: the value, or one inside it, is of another type. Subclasses count as other
            types, since it is not known what they add to the meaning of their base.
    """
    out = bytearray()
    _append(out, value)
    return bytes(out)


def _append(out: bytearray, value: Any) -> None:
    kind = type(value)
    if kind is str:
        content = value.encode("utf-8", _SURROGATES)
        out += b"S%d:" % len(content)
        out += content
    elif kind is bytes:
        out += b"B%d:" % len(value)
        out += value
    elif kind is bool:
        out += b"T" if value else b"F"
    elif kind is int:
        out += b"I%d;" % value
    elif kind is float:
        out += b"D" + struct.pack(">d", value)
    elif value is None:
        out += b"N"
    elif kind is list or kind is tuple:
        out += b"L%d:" % len(value)
        for item in value:
            _append(out, item)
    elif isinstance(value, Mapping):
        _append_mapping(out, value)
    else:
        raise TypeError(f"a recipe cannot hold a value of type {kind.__qualname__}: {value!r:.80}")


def _append_mapping(out: bytearray, mapping: Mapping[str, Value]) -> None:
    for key in mapping:
        if type(key) is not str:
            raise TypeError(f"a recipe's keys are strings, not {type(key).__qualname__}: {key!r}")
    out += b"M%d:" % len(mapping)
    for name in sorted(mapping, key=encode):
        _append(out, name)
        _append(out, mapping[name])
