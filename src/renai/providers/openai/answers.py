"""Find the metadata in what a model wrote, wherever it put it and whatever it wrote around it.

Models think aloud in tags, greet, explain, fence their code and wrap the object in another one,
whatever they were told. An object that parses is taken as it stands. One that does not is repaired,
but only if the repaired one is whole: nothing that was written is missing from it, and every value
has its type. What stands inside a broken object is never taken for the answer, since evidence has
the names of the fields it is about.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.providers.openai.thoughts import ended_thoughts, without_thoughts
from renai.providers.schema import METADATA_FIELDS, QUOTABLE, read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from renai.providers.openai.completion import Completion
    from renai.providers.schema import Metadata

ANSWER_LIMIT = 200_000
"""The most characters of an answer that are accepted; a genuine answer has a few hundred."""

_REPAIR_LIMIT = 20_000
"""The most characters of a broken object that are repaired; the repair may take time."""
_MOST_BRACKETS = 200

_MOST_OBJECTS = 50
_FIELDS = frozenset({"author", *QUOTABLE})
_REPAIRED_FIELDS = frozenset({"author", *METADATA_FIELDS})
_WRAPPERS = (
    *("metadata", "properties", "result", "results", "answer", "data", "document", "book"),
    *("output", "response", "record", "item", "fields", "content", "object", "json"),
    *("arguments", "parameters", "input"),
)
"""The names under which endpoints and models put the whole answer, one level deeper."""

_DECODER = json.JSONDecoder(strict=False)
_BEGINS_OBJECT = re.compile(r"""\{\s*(?:["'\u201c\u2018}]|//|/\*|[A-Za-z_]\w*\s*:)""")
_STRING_OR_BRACE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]', re.DOTALL)
_INSIDE_ANOTHER = re.compile(r"""["'\u201d\u2019]\s*:\s*$""")
_FIELD_NAME = re.compile(rf"""["']?\b({"|".join(sorted(_FIELDS))})["']?\s*:""")
_COMMENT = re.compile(r"(?<=[\s,{\[\]}])(?://[^\n]*|/\*.*?\*/)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_NO_LETTER = re.compile(r"[\W_]+")


def find_metadata(completion: Completion) -> Metadata:
    """Return the metadata in a completion, from the first place that holds a usable answer.

    The places are the content, the arguments of tool calls and, where the content is empty, the
    reasoning. Reasoning that was cut off is taken only if it is nothing but one whole object, for
    else it may hold drafts.

    Raises:
        ValueError: no place holds a usable answer; the message tells the model what to correct.
    """
    fault: ValueError | None = None
    for text in _places(completion):
        try:
            return read_answer(find_object(text, cut_off=completion.cut_off))
        except ValueError as error:
            fault = fault or error
    raise fault or ValueError("The answer was empty.")


def find_object(answer: str, *, cut_off: bool = False) -> dict[str, Any]:
    """Return the answer's JSON object; if there are several, the last with the most known fields.

    Args:
        answer: what the model wrote.
        cut_off: whether the answer ended at the limit of tokens; then nothing is repaired.

    Raises:
        ValueError: no object is whole or can be made whole, or the answer is too long; the message
            is worded for the model.
    """
    if len(answer) > ANSWER_LIMIT:
        raise ValueError("The answer was far too long.")
    text = _without_quotes(without_thoughts(answer))
    best = max(_found(text), key=lambda found: (found.known, found.start), default=None)
    if best is None:
        raise ValueError("It holds no complete, valid JSON object.")
    value = best.value
    if value is None and not cut_off:
        value = _repaired(best.text)
    if value is None:
        raise ValueError("It holds no complete, valid JSON object.")
    return _unwrapped(value)


def _places(completion: Completion) -> Iterator[str]:
    """Yield the texts of a completion that may hold the answer, the likeliest first."""
    spoken = completion.spoken
    if spoken:
        yield completion.text
    yield from completion.arguments
    if not spoken:
        thoughts = [completion.reasoning, ended_thoughts(completion.text)]
        for thought in filter(None, map(str.strip, thoughts)):
            if not completion.cut_off or _is_one_object(thought):
                yield thought


def _is_one_object(text: str) -> bool:
    try:
        return isinstance(_DECODER.decode(text), dict)
    except (ValueError, RecursionError):
        return False


def _without_quotes(text: str) -> str:
    """Return the text that stands in a JSON string, where the whole answer is one."""
    if text.lstrip().startswith('"'):
        try:
            inner = _DECODER.decode(text.strip())
        except (ValueError, RecursionError):
            return text
        return inner if isinstance(inner, str) else text
    return text


class _Found(NamedTuple):
    """An object in a text: its place, its number of known fields, and its value if it parses."""

    known: int
    start: int
    value: dict[str, Any] | None
    text: str = ""


def _found(text: str) -> Iterator[_Found]:
    """Yield the outermost objects of a text, those that do not parse as well."""
    start, broken = text.find("{"), False
    for _ in range(_MOST_OBJECTS):
        if start < 0:
            return
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1  # words in braces
            if _BEGINS_OBJECT.match(text, start):
                broken, end = True, _end_of_object(text, start)
                inside = text[start:end]
                yield _Found(len(set(_FIELD_NAME.findall(inside))), start, None, inside)
        else:
            # After a broken object, where strings end is a guess; it may still be going on.
            if not (broken and _INSIDE_ANOTHER.search(text, max(0, start - 50), start)):
                yield _Found(len(_unwrapped(value).keys() & _FIELDS), start, value)
        start = text.find("{", end)


def _end_of_object(text: str, start: int) -> int:
    """Return where the braces that open at `start` are closed, as far as strings can be told."""
    depth = 0
    for token in _STRING_OR_BRACE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return len(text)


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    """Return the object that holds the fields: this one, or one that it wraps."""
    value = _spelt_as_asked(value)
    if value.keys() & _FIELDS and value.get("type") != "object":
        return value
    for name in _WRAPPERS:
        inner = value.get(name)
        if isinstance(inner, list) and len(inner) == 1:
            inner = inner[0]
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            inner = _parsed(inner)
        if isinstance(inner, dict) and (inner := _spelt_as_asked(inner)).keys() & _FIELDS:
            return inner
    return value


def _spelt_as_asked(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object with the names of known fields in small letters (`Title` is `title`)."""
    if value.keys() & _FIELDS:
        return value
    lower = {name: name.strip().casefold().replace(" ", "_") for name in value}
    return {lower[name] if lower[name] in _FIELDS else name: each for name, each in value.items()}


def _parsed(text: str) -> object:
    try:
        return _DECODER.decode(text.strip())
    except (ValueError, RecursionError):
        return None


def _repaired(broken: str) -> dict[str, Any] | None:
    """Return a broken object repaired; None unless it is whole then."""
    broken = broken.strip().rstrip("`; \n")
    if len(broken) > _REPAIR_LIMIT or len(re.findall(r"[{\[]", broken)) > _MOST_BRACKETS:
        return None
    if not broken.endswith("}"):
        return None
    from json_repair import repair_json

    try:
        value = repair_json(broken, return_objects=True, skip_json_loads=True)
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not isinstance(value, dict) or not _is_whole(value):
        return None
    if not _quotes_are_certain(broken, value):
        return None
    return value if _letters_written(broken) == _letters_kept(value) else None


def _is_whole(value: dict[str, Any]) -> bool:
    """Return whether an object has a title, only known fields, and values of their types."""
    fields = _unwrapped(value)
    plain = {"title", "subtitle", "category", "publisher", "series", "isbn", "language"}
    evidence = fields.get("evidence") or {}
    return (
        "title" in fields
        and fields.keys() <= _REPAIRED_FIELDS
        and all(isinstance(fields.get(name), str | int | None) for name in plain)
        and all(
            isinstance(fields.get(name), int | float | str | None)
            for name in ("year", "series_index", "confidence")
        )
        and isinstance(fields.get("authors"), list | str | None)
        and isinstance(evidence, dict)
        and evidence.keys() <= _REPAIRED_FIELDS
    )


def _quotes_are_certain(broken: str, value: dict[str, Any]) -> bool:
    """Return whether no quotation mark within a value could as well have ended it.

    Where a model forgets to escape quotation marks, the repair guesses where the value ends.
    """
    inside = "".join(_strings(value))
    if inside.count('"') != broken.count('\\"'):
        return False
    return not (re.match(r"\{\s*'", broken) and "'" in inside)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.items() if isinstance(value, dict) else value:
            yield from _strings([*each] if isinstance(each, tuple) else each)


def _letters_written(text: str) -> str:
    """Return the letters and digits of a broken object, without its comments."""
    return _letters(_ESCAPE.sub("", _COMMENT.sub("", text)))


def _letters_kept(value: dict[str, Any]) -> str:
    return _letters(_ESCAPE.sub("", json.dumps(value, ensure_ascii=False)))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", re.sub(r"\bNone\b", "null", text)).casefold()
