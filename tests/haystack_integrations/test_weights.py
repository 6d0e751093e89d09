"""The identity of weights: what a folder holds, or the commit a hub model comes from."""

import shutil
from types import SimpleNamespace

import pytest
from haystack import Document, component, default_to_dict

from embedders import CountingDocumentEmbedder, vector_of
from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder
from renai.errors import ConfigurationError

OLD, NEW = "a" * 40, "b" * 40


@component
class Loading(CountingDocumentEmbedder):
    """Loads weights here, as its parameter `device` shows; `on_load` is what that brings."""

    def __init__(self, model, revision=None, device=None, on_load=lambda: None):
        CountingDocumentEmbedder.__init__(self, model)
        self.revision = revision
        self.on_load = on_load

    def to_dict(self):
        return default_to_dict(
            self, model=self.model, revision=self.revision, device=None, meta_fields_to_embed=[]
        )

    def warm_up(self):
        if not self.warmed:
            self.on_load()
        self.warmed += 1


def run(embedder, url, **options):
    """How many documents were computed."""
    cached = CachedDocumentEmbedder(embedder, url, **options)
    try:
        return cached.run([Document(content="tides")])["meta"]["cache"]["misses"]
    finally:
        cached.close()


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "1_Pooling" / "config.json").write_text("{}")
    return folder


def test_the_path_of_a_model_folder_does_not_matter(model, url):
    assert run(Loading(str(model)), url) == 1
    moved = model.rename(model.with_name("elsewhere"))
    (moved / ".git").mkdir()
    (moved / ".git" / "HEAD").write_text("ref")
    assert run(Loading(str(moved)), url) == 0


@pytest.mark.parametrize("file", ["model.safetensors", "1_Pooling/config.json", "new.json"])
def test_what_is_in_the_folder_does(model, url, file):
    run(Loading(str(model)), url)
    (model / file).write_bytes(b"changed")
    assert run(Loading(str(model)), url) == 1


def test_a_renamed_file_is_another_model(model, url):
    run(Loading(str(model)), url)
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    assert run(Loading(str(model)), url) == 1


def test_an_unchanged_folder_is_read_once(model, url, monkeypatch):
    import os
    import time

    from renai.documents import fingerprint

    old = time.time() - 60  # a file that is young may change without its date moving
    for path in model.rglob("*"):
        os.utime(path, (old, old))
    run(Loading(str(model)), url)
    monkeypatch.setattr(fingerprint, "read_digest", pytest.fail)
    assert run(Loading(str(model)), url) == 0


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A local hub cache, laid out as huggingface_hub does."""
    folder = tmp_path / "hub"
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(folder))

    def point(branch, commit, name="org--model"):
        repository = folder / f"models--{name}"
        snapshot = repository / "snapshots" / commit
        snapshot.mkdir(parents=True, exist_ok=True)
        (snapshot / "config.json").write_text("{}")
        (repository / "refs").mkdir(exist_ok=True)
        (repository / "refs" / branch).write_text(commit)

    return point


def test_a_branch_is_known_by_the_commit_it_is_at(hub, url):
    hub("main", OLD)
    embedder = Loading("org/model")
    assert run(embedder, url) == 1
    assert run(Loading("org/model", revision="main"), url) == 0
    assert run(Loading("org/model", revision=OLD), url) == 0
    hub("main", NEW)
    assert run(Loading("org/model"), url) == 1
    assert run(Loading("org/model", revision=OLD), url) == 0, "the old vectors are still there"


def test_a_model_of_a_short_name_belongs_to_sentence_transformers(hub, url):
    hub("main", OLD, "sentence-transformers--model")
    embedder = Loading("model")
    CachedDocumentEmbedder(embedder, url).warm_up()
    assert embedder.warmed == 0


def test_a_model_that_is_not_here_yet_is_loaded_first(hub, url):
    embedder = Loading("org/model", on_load=lambda: hub("main", OLD))
    CachedDocumentEmbedder(embedder, url).warm_up()
    assert embedder.warmed == 1
    assert run(embedder, url) == 1
    assert run(Loading("org/model"), url) == 0


def test_weights_that_stay_unknown_are_an_error(hub, url):
    embedder = Loading("org/model")
    with pytest.raises(ConfigurationError, match="revision="):
        run(embedder, url)
    assert embedder.calls == []
    assert run(embedder, url, revision="v1 of my own") == 1
    assert run(Loading("org/model"), url, revision="v1 of my own") == 0
    assert run(Loading("org/model"), url, revision="v2") == 1


@pytest.fixture
def telling():
    """Makes a loaded model that tells its commit, as those of transformers do."""
    torch = pytest.importorskip("torch")

    def telling(commit):
        model = torch.nn.Identity()
        model.config = SimpleNamespace(_commit_hash=commit)
        return model

    return telling


async def test_a_branch_that_moves_while_loading_gives_other_keys(hub, url, telling):
    """What lies here is OLD; the hub has NEW by now, and that is what loading brings."""
    hub("main", OLD)
    run(Loading("org/model"), url)

    def load():
        hub("main", NEW)
        embedder.model_in_memory = telling(NEW)

    documents = [Document(content="tides"), Document(content="bread")]
    embedder = Loading("org/model", on_load=load)
    cached = CachedDocumentEmbedder(embedder, url)
    answer = await cached.run_async(documents)
    assert answer["meta"]["cache"]["misses"] == 2, "the vector of OLD is not mixed in"
    assert answer["documents"][1].embedding == vector_of("bread")
    assert run(Loading("org/model", revision=NEW), url) == 0
    assert run(Loading("org/model", revision=OLD), url) == 0


def test_a_folder_filled_anew_before_loading_gives_other_keys(model, url):
    kept = shutil.copytree(model, model.with_name("kept"))
    cached = CachedDocumentEmbedder(Loading(str(model)), url)
    cached.warm_up()
    (model / "model.safetensors").write_bytes(b"retrained")
    cached.run([Document(content="tides")])
    assert run(Loading(str(model)), url) == 0
    assert run(Loading(str(kept)), url) == 1, "nothing was kept under the old weights"


def test_a_branch_that_moves_while_another_commit_is_loaded_is_refused(hub, url, telling):
    hub("main", OLD)

    def load():
        hub("main", NEW)
        embedder.model_in_memory = telling(OLD)

    embedder = Loading("org/model", on_load=load)
    with pytest.raises(ConfigurationError, match="changed while it was loaded"):
        run(embedder, url)
    assert embedder.calls == []


def test_a_folder_that_changes_while_it_is_loaded_is_refused(model, url):
    def load():
        (model / "model.safetensors").write_bytes(b"retrained")

    embedder = Loading(str(model), on_load=load)
    with pytest.raises(ConfigurationError, match="changed while it was loaded"):
        run(embedder, url)
    assert embedder.calls == []


def test_a_model_loaded_early_is_refused_unless_it_is_known(hub, url, telling):
    hub("main", OLD)
    embedder = Loading("org/model")
    embedder.model_in_memory = telling(NEW)
    with pytest.raises(ConfigurationError, match="was loaded before"):
        run(embedder, url)
    assert run(embedder, url, revision="as of May") == 1
    embedder.model_in_memory = telling(OLD)
    assert run(embedder, url) == 1


def test_linked_folders_and_the_base_of_an_adapter_count(model, url, tmp_path):
    base = shutil.copytree(model, tmp_path / "base")
    (model / "adapter_config.json").write_text(f'{{"base_model_name_or_path": "{base}"}}')
    (model / "linked").symlink_to(tmp_path / "linked")
    (tmp_path / "linked").mkdir()
    (model / "back").symlink_to(model)
    assert run(Loading(str(model)), url) == 1
    assert run(Loading(str(model)), url) == 0
    (base / "model.safetensors").write_bytes(b"another base")
    assert run(Loading(str(model)), url) == 1
    (tmp_path / "linked" / "more.json").write_text("{}")
    assert run(Loading(str(model)), url) == 1


def test_the_folder_we_are_in_is_none_of_a_model_s(hub, url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(Loading("org/model", revision=OLD), url)
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "org/unknown"}')
    assert run(Loading("org/model", revision=OLD), url) == 0
    with pytest.raises(ConfigurationError, match="revision="):
        run(Loading(""), url)


def test_the_name_of_an_endpoint_s_model_that_is_a_folder_is_a_name(model, url, monkeypatch):
    monkeypatch.chdir(model.parent)
    embedder = CountingDocumentEmbedder("model")
    assert run(embedder, url) == 1
    (model / "model.safetensors").write_bytes(b"changed")
    assert run(CountingDocumentEmbedder("model"), url) == 0
