"""Retrieval is measured with Haystack's parts, on embedders whose vectors are known."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from haystack import Document, component, default_to_dict

from renai.errors import ConfigurationError
from renai.evaluation.collection import Collection, Question
from renai.evaluation.retrieval import Embedders, measure, sentence_transformers

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("salt", "smoke", "sugar", "pepper", "cream")
COLLECTION = Collection(
    {word: f"{word} and more {word}" for word in WORDS} | {"both": "salt smoke"},
    [
        Question("salt", ("salt",)),  # found first
        Question("smoke salt salt", ("both", "sugar")),  # one is found first, the other behind all
        Question("cream cream pepper", ("pepper",)),  # found second
    ],
)


def counts_of(text: str) -> list[float]:
    """A vector of how often each word occurs."""
    return [float(text.split().count(word)) for word in WORDS]


@component
class BagOfWords:
    def __init__(self, model: str = "bag") -> None:
        self.model = model

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, model=self.model)

    def warm_up(self) -> None:
        if self.model != "bag":
            raise OSError(f"there is no {self.model}\nand a long story")

    @component.output_types(embedding=list[float])
    def run(self, text: str) -> dict[str, Any]:
        return {"embedding": counts_of(text)}


@component
class BagsOfWords(BagOfWords):  # type: ignore[misc]
    def __init__(self, model: str = "bag", meta_fields_to_embed: list[str] | None = None) -> None:
        self.model = model
        self.meta_fields_to_embed = meta_fields_to_embed or []

    def to_dict(self) -> dict[str, Any]:
        return default_to_dict(self, model=self.model, meta_fields_to_embed=[])

    @component.output_types(documents=list[Document])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        texts = {each.id: each.content or "" for each in documents}
        return {
            "documents": [
                Document(id=name, content=text, embedding=counts_of(text))
                for name, text in texts.items()
            ]
        }


def test_every_kind_of_vectors_is_tried_cold_and_warm(tmp_path: Path) -> None:
    trials = measure(COLLECTION, lambda: Embedders(BagsOfWords(), BagOfWords()), tmp_path)
    assert [trial.vectors for trial in trials] == ["model", "float32", "float16", "int8"]
    own, *cached = trials
    assert own.warm is None
    for trial in trials:
        assert trial.recall == pytest.approx({1: 1.5 / 3, 3: 2.5 / 3, 10: 1})
        assert trial.mrr == pytest.approx(2.5 / 3)
        assert trial.cold.calls == 1 + 3
    for trial in cached:
        assert (trial.cold.hits, trial.cold.misses) == (0, 9)
        assert trial.warm is not None
        assert (trial.warm.hits, trial.warm.misses, trial.warm.calls) == (9, 0, 0)
        assert trial.disk_bytes > trial.entry_bytes > 9 * len(WORDS)
    assert sorted(trials[1:], key=lambda trial: -trial.entry_bytes) == cached


def test_a_model_that_cannot_be_loaded_is_one_clear_line(tmp_path: Path) -> None:
    def make() -> Embedders:
        return Embedders(BagsOfWords("none"), BagOfWords("none"))

    with pytest.raises(ConfigurationError) as raised:
        measure(COLLECTION, make, tmp_path)
    assert str(raised.value) == "the model none cannot be loaded: there is no none"


def test_what_is_not_installed_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "haystack_integrations.components.embedders.sentence_transformers"
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=r"pip install .* sentence-transformers"):
        sentence_transformers("a-model")
