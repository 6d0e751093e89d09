"""The names users see in a folder, exactly as they are promised."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from renai.metadata.metadata_cache import (
    file_hash_in,
    get_provider_model_key,
    metadata_name,
    metadata_prefix,
)
from renai.metadata.text_cache import text_name
from renai.stores.base import is_name

FILE = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.text(), st.text())
def test_the_formula_is_public(provider, model):
    assert (
        get_provider_model_key(provider, model)
        == hashlib.sha256(provider.encode() + b"|" + model.encode()).hexdigest()
    )


def test_a_key_that_anyone_can_work_out():
    # printf 'openai|gpt-4o-mini' | sha256sum
    assert (
        get_provider_model_key("openai", "gpt-4o-mini")
        == "fa5b20540749f84ae398918a2eb20b80e63b9d2c87d52a7a8decadf04d1dbb47"
    )


def test_texts():
    assert text_name(FILE) == f"text/{FILE}_basic.txt"
    assert text_name(FILE, enhanced=True) == f"text/{FILE}_enhanced.txt"
    assert text_name(FILE, mutool=True) == f"text/{FILE}_basic_mutool.txt"
    assert text_name(FILE, enhanced=True, mutool=True) == f"text/{FILE}_enhanced_mutool.txt"


def test_metadata():
    asked = hashlib.sha256(b"openai|gpt-4o-mini").hexdigest()
    names = {
        ("doc", False): f"metadata/doc_{FILE}_{asked}.json",
        ("doc", True): f"metadata/doc_{FILE}_{asked}_vision.json",
        ("img", False): f"metadata/img_{FILE}_{asked}_vision.json",
        ("img", True): f"metadata/img_{FILE}_{asked}_vision.json",
    }
    for (mode, vision), name in names.items():
        assert metadata_name(FILE, "openai", "gpt-4o-mini", mode=mode, vision=vision) == name
        assert name.startswith(metadata_prefix(mode))
        assert file_hash_in(name) == FILE


@given(st.text(), st.text())
def test_whatever_a_model_is_called_its_name_is_one_for_a_store(provider, model):
    assert is_name(metadata_name(FILE, provider, model))


def test_other_names_hold_no_file_hash():
    good = metadata_name(FILE, "openai", "gpt-4o-mini")
    others = [
        good[1:],
        f"{good}\n",
        f"{good}.bak",
        good.upper(),
        good.replace("doc_", ""),
        text_name(FILE),
    ]
    assert [file_hash_in(other) for other in others] == [None] * len(others)
