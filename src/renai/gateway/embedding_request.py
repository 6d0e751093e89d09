"""A request for embeddings: what is asked, and by which recipe."""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson

from renai.embedders.answers import vectors_in
from renai.embedders.inputs import inputs_of
from renai.embedders.parameters import BATCH_DEPENDENT
from renai.embedders.routes import canonical_url
from renai.embedders.spelling import DEFAULT_DIMENSIONS
from renai.embeddings.recipe import EmbeddingRecipe
from renai.errors import VectorError
from renai.gateway.counted_models import is_model
from renai.gateway.messages import fields_of, is_exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from renai.embedders.inputs import Inputs
    from renai.gateway.senders import Sender

_LARGE = 1 << 20
"""Bytes of an answer that is read row by row: to read it at once would stop all other threads."""

_NUMBERS = re.compile(rb'"embedding"\s*:\s*(\[[-+0-9.eE,\s]*\])')

OWN_ENDPOINT = "https://api.openai.com/v1/embeddings"

_BY_ITSELF = ("input", "model", "user", "encoding_format")
"""Fields that stand elsewhere in a key, or make no difference to the numbers."""

_OF_THE_TEXT = frozenset(
    {
        *("dimensions", "input_type", "task", "task_type", "title", "normalize", "normalized"),
        *("prompt", "prompt_name", "instruction", "add_special_tokens", "priority"),
        *("truncate", "truncation", "truncation_direction", "truncate_prompt_tokens"),
    }
)
"""Fields of services' own that say how a text is read, and leave the numbers float32."""

_OF_THE_FORM = re.compile(
    r"(output_|embedding_)?(d|data_?)?types?|encoding_formats|.*multi_?vectors?"
)
"""Names of fields that may ask for numbers of another type, or for several vectors of a text."""

_MOST_INPUTS = 1 << 16
"""Texts, or tokens of one text; no service takes so many, and to key them takes long."""

_KNOWN_BYTES = 2048
"""The most bytes of fields that are remembered, so that clients fill no memory with them."""

_USUAL_FORMS = (False, "float", "float32", ["float"], ["float32"])


class Shape(NamedTuple):
    """What a request asks for besides its inputs: what all requests of one program share.

    Attributes:
        model: the model.
        fields: all fields of the body but the inputs and the form of the answer.
        shaping: those of them that shape a vector, less the model.
        numbers_are_known: whether base64 from the upstream can only be that of float32. A field
            that is not known may ask for numbers of another type, whose bytes would be taken for
            other numbers.
        as_json: the fields once more, those of objects in the order of their names.
        key: the model and the fields that shape a vector, likewise.
    """

    model: str
    fields: Mapping[str, Any]
    shaping: Mapping[str, Any]
    numbers_are_known: bool
    as_json: bytes
    key: bytes


class EmbeddingRequest(NamedTuple):
    """A request for embeddings that can be answered from a cache.

    Attributes:
        inputs: what is to be embedded.
        shape: what is asked besides.
        as_base64: whether the client wants base64.
    """

    inputs: Inputs
    shape: Shape
    as_base64: bool

    def asking_for(self, texts: list[str], *, in_base64: bool) -> bytes:
        """Return the body of a request for some of the texts."""
        form = {"encoding_format": "base64"} if in_base64 else {}
        sent = [self.inputs.by_text[text] for text in texts]
        return orjson.dumps({**self.shape.fields, "input": sent, **form})


def read_request(body: bytes) -> EmbeddingRequest | None:
    """Return what a body asks for; None for a request that the upstream has to judge.

    That is one that is no valid request, so that the provider's own error is returned, one whose
    answer may have a form that is not known here, and one where a text's vector depends on the
    others in the request.
    """
    fields = fields_of(body)
    if fields is None:
        return None
    given, form = fields.pop("input", None), fields.pop("encoding_format", None)
    if isinstance(given, list) and len(given) > _MOST_INPUTS:
        return None
    inputs = inputs_of(given)
    if inputs is None:
        return None
    try:
        as_json = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # they are nested too deeply to be written again
        return None
    shape = _known_shape(as_json) if len(as_json) <= _KNOWN_BYTES else _shape_of(as_json)
    if shape is None:
        return None
    if form in (None, "float") or (form == "base64" and shape.numbers_are_known):
        return EmbeddingRequest(inputs, shape, as_base64=form == "base64")
    return None


def _shape_of(as_json: bytes) -> Shape | None:
    """Return what is asked by the fields of a body, its inputs and their form excepted."""
    fields = orjson.loads(as_json)
    model = fields.get("model")
    if not is_model(model) or not is_exact(fields):
        return None
    if any(each.holds(EmbeddingRequest, fields) for each in BATCH_DEPENDENT):
        return None
    if any(map(_asks_for_another_form, fields.items())):
        return None
    shaping = {
        name: value
        for name, value in fields.items()
        if name not in _BY_ITSELF and value is not None
    }
    key = orjson.dumps([model, shaping], option=orjson.OPT_SORT_KEYS)
    return Shape(model, fields, shaping, shaping.keys() <= _OF_THE_TEXT, as_json, key)


_known_shape = lru_cache(maxsize=256)(_shape_of)


def _asks_for_another_form(field: tuple[str, Any]) -> bool:
    name, value = field
    return bool(value) and value not in _USUAL_FORMS and bool(_OF_THE_FORM.fullmatch(name.lower()))


def recipe_of(request: EmbeddingRequest, sender: Sender, target: str) -> EmbeddingRecipe:
    """Return everything besides the inputs that shapes the vectors of a request.

    Args:
        request: the request.
        sender: who sent it, and the headers with which it goes on.
        target: the URL that is asked, without its query.
    """
    endpoint = canonical_url(target)
    shape = request.shape
    shaping = dict(shape.shaping)
    if endpoint == OWN_ENDPOINT:
        endpoint = ""
        if shaping.get("dimensions") == DEFAULT_DIMENSIONS.get(shape.model):
            shaping.pop("dimensions", None)
    stated: dict[str, Any] = {
        "endpoint": endpoint,
        "fields": shaping,
        "routing": dict(sender.routing),
    }
    return EmbeddingRecipe(
        shape.model,
        symmetric=True,
        embedder="gateway",
        input=request.inputs.kind,
        parameters={name: value for name, value in stated.items() if value},
    )


class Embeddings(NamedTuple):
    """What an answer of the upstream contains.

    Attributes:
        vectors: a vector for each input, in their order, unless the upstream sent something else.
        model: the model that made them, as the upstream calls it.
        usage: what they were billed: the numbers among its fields.
    """

    vectors: list[Any]
    model: str | None
    usage: dict[str, int]


def read_answer(body: bytes, count: int) -> Embeddings:
    """Return the embeddings in an answer.

    Args:
        body: the body of the answer.
        count: how many were asked for.

    Raises:
        VectorError: there is not one for each input, each with its index.
    """
    answer = _read_by_rows(body) if len(body) > _LARGE else fields_of(body)
    if answer is None:
        raise VectorError("the endpoint answered with no JSON object")
    vectors = vectors_in(answer.get("data"), count)
    usage, model = answer.get("usage"), answer.get("model")
    billed = usage if isinstance(usage, dict) else {}
    return Embeddings(
        vectors,
        model if isinstance(model, str) else None,
        {name: number for name, number in billed.items() if type(number) is int and number >= 0},
    )


def _read_by_rows(body: bytes) -> dict[str, Any] | None:
    """Return the fields of an answer like `fields_of`, with embeddings as arrays.

    Lists of numbers are cut out, under a mark that nobody can guess, and read one by one.
    """
    mark = secrets.token_hex(16)
    lists: list[bytes] = []

    def cut(match: re.Match[bytes]) -> bytes:
        lists.append(match[1])
        return b'"embedding":"%b%d"' % (mark.encode(), len(lists) - 1)

    answer = fields_of(_NUMBERS.sub(cut, body))
    rows = None if answer is None else answer.get("data")
    for row in rows if isinstance(rows, list) else ():
        given = row.get("embedding") if isinstance(row, dict) else None
        if isinstance(given, str) and given.startswith(mark):
            try:
                row["embedding"] = np.array(
                    orjson.loads(lists[int(given.removeprefix(mark))]), np.float64
                )
            except orjson.JSONDecodeError:
                return None
    return answer
