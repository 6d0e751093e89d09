"""A test collection is read whole, or the line is named that cannot be."""

from pathlib import Path

import pytest

from renai.errors import UsageError
from renai.evaluation.collection import INCLUDED, Question, read_collection

PASSAGE = '{"id": "a", "text": "The moon pulls the sea."}'
QUESTION = '{"question": "Why?", "answers": ["a"]}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, [PASSAGE], [QUESTION])
    return tmp_path


def write(folder: Path, passages: list[str], questions: list[str]) -> None:
    (folder / "passages.jsonl").write_text("\n".join(passages), encoding="utf-8")
    (folder / "questions.jsonl").write_text("\n".join(questions), encoding="utf-8")


def test_what_is_included_is_whole() -> None:
    passages, questions = read_collection(INCLUDED)
    assert len(passages) == len(set(passages.values())) == 60
    assert len(questions) == len({question.text for question in questions}) == 38


def test_blank_lines_and_line_separators_in_strings_are_fine(folder: Path) -> None:
    write(folder, [PASSAGE, "", '{"id": "b", "text": "one\u2028two", "more": 1}', ""], [QUESTION])
    read = read_collection(folder)
    assert read.passages["b"] == "one\u2028two"
    assert read.questions == [Question("Why?", ("a",))]


@pytest.mark.parametrize(
    ("passages", "questions", "complaint"),
    [
        ([PASSAGE, "{"], [QUESTION], r"passages\.jsonl:2: this is no JSON"),
        ([PASSAGE, "[]"], [QUESTION], r"passages\.jsonl:2: this is no JSON object"),
        ([PASSAGE, PASSAGE], [QUESTION], r"passages\.jsonl:2: there is a passage 'a' already"),
        (['{"id": 1, "text": "x"}'], [QUESTION], r"passages\.jsonl:1: a passage has"),
        (['{"id": "a", "text": " "}'], [QUESTION], r"passages\.jsonl:1: a passage has"),
        ([PASSAGE], ['{"question": "Why?", "answers": []}'], r"questions\.jsonl:1: a question has"),
        ([PASSAGE], ['{"question": "Why?", "answers": "a"}'], r"questions\.jsonl:1: a question"),
        ([PASSAGE], ['{"question": "?", "answers": ["b"]}'], "there is no passage 'b'"),
        ([PASSAGE], ['{"question": "?", "answers": [["a"]]}'], "there is no passage"),
        ([PASSAGE], [], r"questions\.jsonl: nothing is asked"),
    ],
)
def test_a_line_that_cannot_be_meant_is_named(
    folder: Path, passages: list[str], questions: list[str], complaint: str
) -> None:
    write(folder, passages, questions)
    with pytest.raises(UsageError, match=complaint):
        read_collection(folder)


def test_a_file_that_is_missing_or_no_text_is_named(folder: Path) -> None:
    (folder / "passages.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"passages\.jsonl cannot be read: it is not UTF-8"):
        read_collection(folder)
    with pytest.raises(UsageError, match=r"passages\.jsonl cannot be read: No such file"):
        read_collection(folder / "nowhere")
