"""The metadata layer: whose answer it is, whether it still stands, and who was asked before."""

import hashlib
import json

import pytest

from renai.codecs.entry import Entry
from renai.errors import StoreError
from renai.keys.recipe import Recipe
from renai.metadata.metadata_cache import (
    Asked,
    MetadataCache,
    Predecessors,
    get_metadata_cache_path,
    metadata_key,
    metadata_recipe,
    still_answers,
)
from renai.metadata.text_cache import text_recipe
from renai.stores.files import FileStore
from renai.stores.memory import MemoryStore

FILE = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
OTHER_FILE = FILE[::-1]
TEXT = text_recipe("pdf", 1, text_limit=10_000)


def recipe_of(provider, model, revision=1, text=TEXT, **parameters):
    return metadata_recipe(provider, model, revision, parameters, text)


def answer(recipe, title="Faust", **notes):
    asked = {note: recipe.parameters[note] for note in ("provider", "model")}
    return Entry.made_by(recipe, {"title": title}, **asked, **notes)


def keep(store, provider, model, file_hash=FILE):
    recipe = recipe_of(provider, model)
    MetadataCache(store).record({metadata_key(file_hash, recipe): answer(recipe)})


def test_an_entry_lies_where_its_path_says(tmp_path):
    keep(FileStore(tmp_path), "openai", "gpt-4o-mini")
    path = get_metadata_cache_path(FILE, "openai", "gpt-4o-mini", cache_dir=tmp_path)
    asked = hashlib.sha256(b"openai|gpt-4o-mini").hexdigest()
    assert path == tmp_path / f"metadata/doc_{FILE}_{asked}.json"
    document = json.loads(path.read_text("utf-8"))
    assert document["title"] == "Faust"
    assert (document["_provider"], document["_model"]) == ("openai", "gpt-4o-mini")


def test_every_kind_has_its_path(tmp_path, monkeypatch):
    monkeypatch.setenv("RENAI_CACHE_DIR", str(tmp_path))
    asked = hashlib.sha256(b"p|m").hexdigest()
    for options, name in [
        ({}, f"doc_{FILE}_{asked}.json"),
        ({"vision": True}, f"doc_{FILE}_{asked}_vision.json"),
        ({"mode": "img"}, f"img_{FILE}_{asked}_vision.json"),
        ({"mode": "img", "vision": True}, f"img_{FILE}_{asked}_vision.json"),
    ]:
        assert get_metadata_cache_path(FILE, "p", "m", **options) == tmp_path / "metadata" / name


def test_providers_and_models_live_side_by_side():
    store = MemoryStore()
    asked = [("openai", "gpt-4o-mini"), ("openai", "gpt-4o"), ("offline", "heuristics-1")]
    for provider, model in asked:
        keep(store, provider, model)
    cache = MetadataCache(store)
    keys = [metadata_key(FILE, recipe_of(*one)) for one in asked]
    assert list(cache.look_up(keys).hits) == keys


def test_two_pairs_that_share_a_name_do_not_share_an_answer():
    store = MemoryStore()
    one, other = recipe_of("a|b", "c"), recipe_of("a", "b|c")
    assert metadata_key(FILE, one).name == metadata_key(FILE, other).name
    keep(store, "a|b", "c")
    (miss,) = MetadataCache(store).look_up([metadata_key(FILE, other)]).misses.values()
    assert miss.reason == "stale"
    assert not still_answers(miss.stale, other, "source")


@pytest.mark.parametrize("note", ["provider", "model"])
def test_provider_and_model_are_compared_besides_the_recipe(note):
    cache, recipe = MetadataCache(MemoryStore()), recipe_of("openai", "gpt-4o")
    key = metadata_key(FILE, recipe)
    entry = answer(recipe, source="the same")
    entry.notes[note] = "another"
    cache.record({key: entry})
    (miss,) = cache.look_up([key]).misses.values()
    assert miss.reason == "stale"
    assert not still_answers(miss.stale, recipe, "the same")


def test_parameters_cannot_pass_for_another_provider():
    recipe = metadata_recipe("openai", "gpt-4o", 1, {"provider": "x", "text": "y"}, TEXT)
    assert recipe == recipe_of("openai", "gpt-4o")


class TestStillAnswers:
    OLD = recipe_of("openai", "gpt-4o", prompt=1)
    NEW_TEXT = text_recipe("pdf", 2, text_limit=5_000)

    def test_the_same_text_by_another_extractor(self):
        recipe = recipe_of("openai", "gpt-4o", prompt=1, text=self.NEW_TEXT)
        assert still_answers(answer(self.OLD, source="s"), recipe, "s")

    def test_another_text(self):
        recipe = recipe_of("openai", "gpt-4o", prompt=1, text=self.NEW_TEXT)
        assert not still_answers(answer(self.OLD, source="s"), recipe, "t")

    def test_an_answer_that_does_not_tell_its_source(self):
        recipe = recipe_of("openai", "gpt-4o", prompt=1, text=self.NEW_TEXT)
        assert not still_answers(answer(self.OLD), recipe, "s")

    @pytest.mark.parametrize(
        "recipe",
        [
            recipe_of("openai", "gpt-4o", prompt=2),
            recipe_of("openai", "gpt-4o", prompt=True),
            recipe_of("openai", "gpt-4o", revision=2, prompt=1),
            recipe_of("openai", "gpt-4o", prompt=1, more=None),
            recipe_of("openai", "gpt-4o"),
            recipe_of("openai", "gpt-4o", prompt=2, text=NEW_TEXT),
            Recipe("metadata", 1, {}),
        ],
        ids=repr,
    )
    def test_anything_else_asks_again(self, recipe):
        assert not still_answers(answer(self.OLD, source="s"), recipe, "s")

    def test_it_survives_being_stored(self):
        store = MemoryStore()
        cache = MetadataCache(store)
        cache.record({metadata_key(FILE, self.OLD): answer(self.OLD, source="s")})
        recipe = recipe_of("openai", "gpt-4o", prompt=1, text=self.NEW_TEXT)
        (miss,) = cache.look_up([metadata_key(FILE, recipe)]).misses.values()
        assert still_answers(miss.stale, recipe, "s")


class TestPredecessors:
    @pytest.fixture
    def store(self, monkeypatch):
        """Every entry is stored a second after the one before."""
        clock = iter(range(1000, 2000))
        monkeypatch.setattr("renai.stores.memory.time.time", lambda: next(clock))
        return MemoryStore()

    def test_nobody_was_asked(self, store):
        keep(store, "openai", "gpt-4o", OTHER_FILE)
        assert Predecessors(store).of(FILE, Asked("openai", "gpt-4o")) is None

    def test_the_same_was_asked(self, store):
        keep(store, "openai", "gpt-4o")
        keep(store, "offline", "heuristics-1")
        assert Predecessors(store).of(FILE, Asked("openai", "gpt-4o")) is None

    def test_the_same_provider_is_preferred(self, store):
        keep(store, "openai", "gpt-3")
        keep(store, "openai", "gpt-4")
        keep(store, "offline", "heuristics-1")
        assert Predecessors(store).of(FILE, Asked("openai", "gpt-5")) == ("openai", "gpt-4")

    def test_else_the_newest(self, store):
        keep(store, "openai", "gpt-4")
        keep(store, "offline", "heuristics-1")
        keep(store, "openai", "gpt-3")
        assert Predecessors(store).of(FILE, Asked("custom", "m")) == ("openai", "gpt-3")

    def test_damaged_and_foreign_entries_are_nobodys(self, store):
        keep(store, "offline", "heuristics-1")
        keep(store, "openai", "gpt-4")
        name = metadata_key(FILE, recipe_of("openai", "gpt-4")).name
        store.put_many({name: b"damage", "metadata/doc_notes.json": b"{}"})
        assert Predecessors(store).of(FILE, Asked("custom", "m")) == ("offline", "heuristics-1")

    def test_images_and_documents_are_apart(self, store):
        keep(store, "openai", "gpt-4")
        assert Predecessors(store, "img").of(FILE, Asked("custom", "m")) is None

    def test_the_folder_is_listed_once_and_only_when_asked(self, store, monkeypatch):
        keep(store, "openai", "gpt-4")
        scans = []
        scan = store.scan
        monkeypatch.setattr(store, "scan", lambda prefix: scans.append(prefix) or scan(prefix))
        predecessors = Predecessors(store)
        assert scans == []
        for _ in range(3):
            predecessors.of(FILE, Asked("custom", "m"))
        assert scans == ["metadata/doc_"]

    def test_a_store_that_fails_remembers_nobody(self, store, monkeypatch):
        keep(store, "openai", "gpt-4")
        predecessors = Predecessors(store)

        def fail(prefix):
            raise StoreError("gone")
            yield

        with monkeypatch.context() as broken:
            broken.setattr(store, "scan", fail)
            assert predecessors.of(FILE, Asked("custom", "m")) is None
        assert predecessors.of(FILE, Asked("custom", "m")) == ("openai", "gpt-4")
