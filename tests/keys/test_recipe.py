"""Everything besides the content that can change a result."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renai.keys.recipe import Key, Recipe, differing_fields

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
PARAMETERS = st.dictionaries(st.text(max_size=3), JSON, max_size=4)


@given(PARAMETERS, PARAMETERS)
def test_recipes_are_equal_where_nothing_differs(one, other):
    one, other = Recipe("extract", 1, one), Recipe("extract", 1, other)
    assert (one == other) == (hash(one) == hash(other)) == (one.digest == other.digest)
    assert (one == other) == (differing_fields(one.described, other.described) == [])


@given(PARAMETERS)
def test_a_description_survives_json(parameters):
    described = Recipe("extract", 1, parameters).described
    assert differing_fields(json.loads(json.dumps(described)), described) == []


@pytest.mark.parametrize(
    "other",
    [
        Recipe("read", 1, {"limit": 10}),
        Recipe("extract", 2, {"limit": 10}),
        Recipe("extract", 1, {"limit": 11}),
        Recipe("extract", 1, {"limit": 10.0}),
        Recipe("extract", 1, {"limit": 10, "ocr": None}),
        Recipe("extract", 1, {}),
    ],
    ids=repr,
)
def test_any_difference_makes_another_recipe(other):
    assert other != Recipe("extract", 1, {"limit": 10})


def test_differences_are_named_by_their_paths():
    old = Recipe(
        "ask", 1, {"text": {"limit": 1, "ocr": True}, "gone": 1, "same": [1], "items": [1]}
    )
    new = Recipe(
        "ask", 2, {"text": {"limit": 2, "ocr": 1}, "new": None, "same": [1], "items": [True]}
    )
    assert differing_fields(old.described, new.described) == [
        "parameters.gone",
        "parameters.items",
        "parameters.new",
        "parameters.text.limit",
        "parameters.text.ocr",
        "revision",
    ]


def test_a_list_that_is_changed_later_changes_nothing():
    categories = ["Novel"]
    recipe = Recipe("ask", 1, {"categories": categories})
    digest = recipe.digest
    categories.append("Science")
    assert recipe.described["parameters"] == {"categories": ["Novel"]}
    assert Recipe("ask", 1, recipe.parameters).digest == digest


def test_what_cannot_be_encoded_is_refused_at_once():
    with pytest.raises(TypeError, match="object"):
        Recipe("ask", 1, {"client": object()})


def test_a_key_digests_name_subject_and_recipe():
    recipe = Recipe("extract", 1, {})
    keys = [
        Key("a", "b", recipe),
        Key("ab", "", recipe),
        Key("", "ab", recipe),
        Key("a", "b", Recipe("extract", 2, {})),
    ]
    assert len({key.digest for key in keys}) == len(set(keys)) == len(keys)
    assert Key("a", "b", Recipe("extract", 1, {})) == keys[0]
