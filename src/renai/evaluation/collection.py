"""A test collection: passages, and questions with the passages that answer them.

It is a folder with two files in UTF-8, with one JSON object a line (https://jsonlines.org):

    passages.jsonl    {"id": "tides", "text": "The moon pulls the sea towards it."}
    questions.jsonl   {"question": "Why does the sea level change?", "answers": ["tides"]}

One collection is included, written for renai. Its questions avoid the words of their answers, and
its passages come in groups about one subject, so that a small model cannot find all of them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSAGES, QUESTIONS = "passages.jsonl", "questions.jsonl"

INCLUDED = Path(__file__).with_name("included")


class Question(NamedTuple):
    """A question of a collection.

    Attributes:
        text: the question in words.
        answers: the ids of all passages that answer it; at least one.
    """

    text: str
    answers: tuple[str, ...]


class Collection(NamedTuple):
    """Passages and questions that retrieval is measured with.

    Attributes:
        passages: the texts by their ids.
        questions: the questions about them.
    """

    passages: dict[str, str]
    questions: list[Question]


def read_collection(folder: Path) -> Collection:
    """Read a collection.

    Raises:
        UsageError: a file, or a line that the error names, cannot be read; or there is no question.
    """
    passages: dict[str, str] = {}
    for place, row in _rows(folder / PASSAGES):
        name, text = row.get("id"), row.get("text")
        if not (isinstance(name, str) and isinstance(text, str) and text.strip()):
            raise UsageError(f'{place}: a passage has an "id" and a "text", both strings')
        if name in passages:
            raise UsageError(f"{place}: there is a passage {name!r} already")
        passages[name] = text
    questions = [_question(place, row, passages) for place, row in _rows(folder / QUESTIONS)]
    if not questions:
        raise UsageError(f"{folder / QUESTIONS}: nothing is asked")
    return Collection(passages, questions)


def _question(place: str, row: dict[str, Any], passages: dict[str, str]) -> Question:
    text, answers = row.get("question"), row.get("answers")
    if not (isinstance(text, str) and text.strip() and isinstance(answers, list) and answers):
        raise UsageError(f'{place}: a question has a "question" and a list of "answers"')
    for name in answers:
        if not isinstance(name, str) or name not in passages:
            raise UsageError(f"{place}: there is no passage {name!r} in {PASSAGES}")
    return Question(text, tuple(answers))


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects of a file, each with its place in words for people."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"{path} cannot be read: {reason}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{place}: this is no JSON: {error}") from None
        if not isinstance(row, dict):
            raise UsageError(f"{place}: this is no JSON object")
        yield place, row
