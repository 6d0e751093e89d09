"""No two different values share their encoding."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from renai.keys.canonical import encode

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, categories=None))  # lone surrogates included
    | st.binary()
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)


def meaning(value):
    """What the encoding must tell apart, spelled so that `==` does."""
    if isinstance(value, float):
        return "float", struct.pack(">d", value)
    if isinstance(value, list | tuple):
        return "list", [meaning(item) for item in value]
    if isinstance(value, dict):
        return "dict", {name: meaning(item) for name, item in value.items()}
    return type(value).__name__, value


@given(VALUES, VALUES)
@example(1, True)
@example(1, 1.0)
@example(0, False)
@example(0.0, -0.0)
@example("1", 1)
@example("a", b"a")
@example("", None)
@example([], {})
@example(["a", "b"], ["ab"])
@example(["a", ["b"]], ["a", "b"])
@example(["a", "1:b"], ["a1:b"])
@example({"a": 1, "b": 2}, {"a": 2, "b": 1})
@example({"a": None}, {})
@example("é", "e\u0301")
@example("\ud83d\ude00", "\N{GRINNING FACE}")
@example((1, 2), [1, 2])
def test_values_are_equal_where_their_encodings_are(one, other):
    assert (encode(one) == encode(other)) == (meaning(one) == meaning(other))


@given(st.lists(VALUES, max_size=4))
def test_no_encoding_begins_another(values):
    # Then no sequence of encodings can be cut in two ways.
    encodings = {encode(value) for value in values}
    for one in encodings:
        assert not any(other.startswith(one) for other in encodings - {one})


@given(st.dictionaries(st.text(), ATOMS))
def test_the_order_of_names_does_not_matter(mapping):
    assert encode(mapping) == encode(dict(reversed(mapping.items())))


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        1j,
        range(3),
        bytearray(b"a"),
        Text("a"),
        {1: "a"},
        {Text("a"): 1},
        [[object()]],
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_known_is_refused(value):
    with pytest.raises(TypeError, match="a recipe"):
        encode(value)
