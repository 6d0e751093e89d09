"""Keys that lie in people's caches: a change here makes every entry they paid for a miss.

`frozen.json` was written once. A test that fails here is not mended by writing it anew.
"""

import json
from pathlib import Path

import pytest

from renai.keys.canonical import encode
from renai.keys.recipe import Key, Recipe
from renai.metadata.metadata_cache import get_provider_model_key, metadata_name
from renai.metadata.text_cache import text_name

FROZEN = json.loads(Path(__file__).with_name("frozen.json").read_text("utf-8"))


@pytest.mark.parametrize("case", FROZEN["encodings"], ids=lambda case: case["encoded"][:20])
def test_encodings(case):
    assert encode(case["value"]) == bytes.fromhex(case["hex"]) == case["encoded"].encode("latin-1")


@pytest.mark.parametrize("case", FROZEN["recipes"], ids=lambda case: case["step"])
def test_recipes_and_keys(case):
    recipe = Recipe(case["step"], case["revision"], case["parameters"])
    assert recipe.digest == case["digest"]
    assert Key(case["name"], case["subject"], recipe).digest == case["key"]


@pytest.mark.parametrize("case", FROZEN["names"], ids=lambda case: case["name"][:9])
def test_names(case):
    arguments = case["arguments"]
    spell = metadata_name if "provider" in arguments else text_name
    assert spell(**arguments) == case["name"]


@pytest.mark.parametrize("case", FROZEN["providers"], ids=lambda case: case["model"])
def test_providers(case):
    assert get_provider_model_key(case["provider"], case["model"]) == case["key"]
