"""Explain: every reason for which a run would ask anew is named, and nothing is touched."""

# ruff: noqa: ASYNC240 - a test may touch a small file while nobody waits
from __future__ import annotations

import os
import shutil
import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from books import make_scan, pdf
from renai import (
    EmbeddingCache,
    Recipe,
    get_file_hash,
    get_metadata_cache_path,
    get_text_cache_path,
)
from renai.codecs.vector import VectorCodec
from renai.configuration import load_settings
from renai.documents.fingerprint import look_into_memo
from renai.errors import DocumentError
from renai.maintenance.explain import explain, identify_with_former
from renai.maintenance.lineage import find_lineage
from renai.maintenance.open_stores import open_stores
from renai.metadata.request import make_request
from renai.providers.openai import provider as openai_protocol
from renai.stores.registry import open_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from endpoint import Endpoint
    from renai.maintenance.explain import Explanation

    Ask = Callable[..., Awaitable[None]]


def explained(
    path: Path, provider: str = "custom", model: str = "first", **flags: object
) -> list[Explanation]:
    settings = load_settings(**flags)
    request = make_request(settings, provider, model, may_ask=False, sees=True)
    with closing(look_into_memo(settings.cache_dir)) as memo:
        document, former = identify_with_former(path, memo)
    with open_stores(settings) as stores:
        return explain(document, request, stores[0].store, former=former)


def changed(explanation: Explanation) -> dict[str, tuple[object, object]]:
    return {each.field: (each.old, each.new) for each in explanation.differences}


async def test_a_hit_says_what_it_cost(book: Path, ask: Ask) -> None:
    await ask("custom", "first", book)
    text, metadata = explained(book)
    assert (text.cause, metadata.cause) == ("hit", "hit")
    assert metadata.cost
    assert metadata.cost["calls"] == 1
    assert not metadata.asks


async def test_nothing_is_known_of_a_new_file(book: Path, home: Path) -> None:
    text, metadata = explained(book)
    assert (text.cause, metadata.cause) == ("missing", "missing")
    assert metadata.asks
    assert metadata.cost is None
    assert not (home / "RENAI_CACHE_DIR").exists()


async def test_another_model(book: Path, ask: Ask) -> None:
    await ask("custom", "first", book)
    text, metadata = explained(book, model="second")
    assert text.hit
    assert metadata.cause == "other model"
    assert [(other.provider, other.model) for other in metadata.others] == [("custom", "first")]
    assert metadata.others[0].cost["calls"] == 1
    assert metadata.cost is None  # what another model cost says nothing of this one


async def test_another_provider_without_a_key(book: Path, ask: Ask) -> None:
    await ask("custom", "first", book)
    _, metadata = explained(book, "openai", "gpt-4o-mini")
    assert metadata.cause == "other provider"


async def test_another_prompt(book: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    await ask("custom", "first", book)
    before = openai_protocol.PROMPT_REVISION
    monkeypatch.setattr(openai_protocol, "PROMPT_REVISION", before + 1)
    text, metadata = explained(book)
    assert text.hit
    assert metadata.cause == "stale"
    assert changed(metadata) == {"parameters.prompt": (before, before + 1)}
    assert metadata.asks
    assert not metadata.unless_same_text
    assert metadata.cost["calls"] == 1


async def test_another_text_limit(book: Path, ask: Ask) -> None:
    await ask("custom", "first", book)
    text, metadata = explained(book, text_limit=77)
    assert changed(text) == {"parameters.text_limit": (10_000, 77)}
    assert changed(metadata) == {"parameters.text.parameters.text_limit": (10_000, 77)}
    assert metadata.unless_same_text


async def test_another_mode(book: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    await ask("custom", "first", book)
    monkeypatch.setattr("renai.metadata.request.installed_engine", lambda engine: "tesseract")
    text, metadata = explained(book, fallback_mode="ocr")
    assert text.cause == "other mode"
    assert text.name.endswith("_enhanced.txt")
    assert changed(metadata).keys() == {"parameters.text.parameters.ocr"}
    assert metadata.unless_same_text


VISION = {"fallback_mode": "vision"}


async def test_vision_mode_takes_over_what_text_mode_was_answered(book: Path, ask: Ask) -> None:
    await ask("custom", "first", book)
    text, metadata = explained(book, **VISION)
    assert text.hit
    assert metadata.cause == "other mode"
    assert metadata.name.endswith("_vision.json")
    assert metadata.taken_over
    assert not metadata.asks
    await ask("custom", "first", book, **VISION)
    assert [layer.cause for layer in explained(book, **VISION)] == ["hit", "hit"]


async def test_vision_mode_asks_where_another_text_was_read(
    book: Path, ask: Ask, endpoint: Endpoint
) -> None:
    await ask("custom", "first", book)
    _, metadata = explained(book, text_limit=5, **VISION)
    assert not metadata.taken_over
    assert metadata.asks
    await ask("custom", "first", book, text_limit=5, **VISION)
    assert len(endpoint.calls) == 2


async def test_a_scan_in_vision_mode(tmp_path: Path, ask: Ask) -> None:
    scan = make_scan(tmp_path / "scan.pdf", ["The Salt Road"])
    assert [layer.cause for layer in explained(scan, **VISION)] == ["missing", "missing"]
    await ask("custom", "first", scan, **VISION)
    assert [layer.cause for layer in explained(scan, **VISION)] == ["hit", "hit"]
    _, metadata = explained(scan, vision_max_pages=2, **VISION)
    assert changed(metadata) == {"parameters.vision.pages": (3, 2)}
    assert explained(scan)[1].cause == "other mode"


async def test_an_image_has_metadata_alone(tmp_path: Path, ask: Ask) -> None:
    photo = tmp_path / "photo.png"
    Image.new("RGB", (64, 48), "green").save(photo)
    assert [layer.cause for layer in explained(photo)] == ["missing"]
    await ask("custom", "first", photo)
    (metadata,) = explained(photo)
    assert metadata.hit
    assert metadata.name.startswith("metadata/img_")
    (other,) = explained(photo, model="second")
    assert other.cause == "other model"
    assert [answer.name for answer in other.others] == [metadata.name]


def test_the_vectors_of_a_file(book: Path, home: Path, clock) -> None:
    file_hash = get_file_hash(book)
    vectors = home / "vectors.sqlite"
    texts = [f"chunk {number}" for number in range(6)]
    with EmbeddingCache(f"sqlite:///{vectors}", Recipe(model="m")) as cache:
        cache.trace(texts, [file_hash] * 6)
        cache.put(texts[1:4], np.ones((3, 4)))
        damaged = f"embedding/{cache.key(texts[2])}"
    with closing(open_store(f"sqlite:///{vectors}")) as store:
        store.put_many({damaged: b"rnv1 and nothing else"})
    with EmbeddingCache(f"sqlite:///{vectors}", Recipe(model="m"), ttl=60) as cache:
        cache.put(texts[:1], np.ones((1, 4)))
    clock.advance(61)
    settings = load_settings()
    with open_stores(settings, f"sqlite:///{vectors}") as stores:
        nothing, lineage = find_lineage(stores, file_hash)
        assert find_lineage(stores, "0" * 64)[1].known == 0
    assert nothing.known == 0
    assert (lineage.known, lineage.usable, lineage.expired, lineage.damaged) == (6, 2, 1, 1)
    assert lineage.gone == 2


def test_the_recipes_of_a_files_vectors_and_what_they_differ_in(book: Path, home: Path) -> None:
    file_hash = get_file_hash(book)
    url = f"sqlite:///{home}/vectors.sqlite"
    texts = ["chunk 1", "chunk 2"]
    for recipe, dtype in (
        (Recipe("m", embedder="E", prefix="a: "), "float32"),
        (Recipe("m", embedder="E", prefix="b: "), "int8"),
        (Recipe("other", embedder="E"), "float32"),
    ):
        with EmbeddingCache(url, recipe, dtype=dtype) as cache:
            cache.trace(texts, [file_hash] * 2)
            cache.put(texts, np.ones((2, 4)))
    with EmbeddingCache(url, Recipe("older")) as cache, closing(open_store(url)) as store:
        cache.trace(texts, [file_hash] * 2)
        name = f"embedding/{cache.key(texts[0])}"
        store.put_many({name: VectorCodec().pack([name], np.ones((1, 4), np.float32)).frames[0]})
    with open_stores(load_settings(), url) as stores:
        _, lineage = find_lineage(stores, file_hash)
    assert (lineage.known, lineage.usable, lineage.gone) == (8, 7, 1)
    first, second, other, unknown = lineage.recipes
    assert [each.stored for each in lineage.recipes] == [2, 2, 2, 1]
    assert [each.model for each in lineage.recipes] == ["m", "m", "other", None]
    assert {first.numbers, second.numbers} == {"float32", "int8"}
    prefix, numbers = (second.differences[name] for name in ("parameters.prefix", "numbers"))
    assert (set(prefix), set(numbers)) == ({"a: ", "b: "}, {"float32", "int8"})
    assert len(second.differences) == 2
    assert not first.differences
    assert not other.differences
    assert unknown.digest is None


async def test_changed_bytes(book: Path, ask: Ask) -> None:
    os.utime(book, (time.time() - 60,) * 2)  # a file of this moment is not remembered
    await ask("custom", "first", book)
    book.write_bytes(pdf("Harbour Tales, mended"))
    text, metadata = explained(book)
    assert (text.cause, metadata.cause) == ("changed bytes", "changed bytes")
    assert metadata.cost["calls"] == 1
    assert explained(book)[0].cause == "changed bytes"  # to have looked changes nothing


async def test_a_file_that_was_only_touched_is_not_changed(book: Path, ask: Ask) -> None:
    os.utime(book, (time.time() - 60,) * 2)
    await ask("custom", "first", book)
    os.utime(book, (time.time() - 30,) * 2)
    assert explained(book)[0].hit


@pytest.mark.parametrize("which", [0, 1])
async def test_damage_is_named_and_left_alone(book: Path, ask: Ask, which: int, home: Path) -> None:
    await ask("custom", "first", book)
    file_hash = identify_with_former(book, look_into_memo(home))[0].file_hash
    path = (
        get_text_cache_path(file_hash),
        get_metadata_cache_path(file_hash, "custom", "first"),
    )[which]
    damaged = path.read_bytes()[:-9]
    path.write_bytes(damaged)
    layers = explained(book)
    assert layers[which].cause == "damaged"
    assert layers[1 - which].hit
    assert path.read_bytes() == damaged
    assert not (home / "RENAI_CACHE_DIR" / "quarantine").exists()


async def test_an_entry_of_another_file_is_damage(book: Path, ask: Ask, tmp_path: Path) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(pdf("Another"))
    await ask("custom", "first", book, other)
    here, there = (
        get_text_cache_path(identify_with_former(path, look_into_memo(tmp_path))[0].file_hash)
        for path in (book, other)
    )
    shutil.copy(there, here)
    assert explained(book)[0].cause == "damaged"


async def test_a_damaged_memo_is_left_alone(book: Path, ask: Ask, home: Path) -> None:
    await ask("custom", "first", book)
    memo = home / "RENAI_CACHE_DIR" / "fingerprints.sqlite"
    memo.write_bytes(b"no database" * 1000)
    assert explained(book)[0].hit
    assert memo.read_bytes() == b"no database" * 1000


async def test_nobody_is_asked(book: Path, ask: Ask, endpoint: Endpoint) -> None:
    await ask("custom", "first", book)
    explained(book, model="second")
    assert len(endpoint.calls) == 1


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        explained(tmp_path / "none.pdf")
    (tmp_path / "a.xyz").write_bytes(b"?")
    with pytest.raises(DocumentError, match="not a format"):
        explained(tmp_path / "a.xyz")
