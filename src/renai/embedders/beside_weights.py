"""What a model in memory was made with beside its weights: its configuration, and its tokenizers.

Tensors do not show either of them: with other words in the tokenizer's file, or another number of
heads in the configuration's, the same weights give other vectors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from renai.embedders.module_settings import parts_in, transformer_in
from renai.keys.digest import digest_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from renai.keys.canonical import Value

_MANNERS = ("truncation_side", "padding_side", "do_lower_case", "add_bos_token", "add_eos_token")
"""What may be set on a tokenizer and changes how it cuts a text."""

_OF_EACH_CALL = ("truncation", "padding")
"""What a tokenizer's rules say of how it was called last."""

_OF_LOADING = frozenset(
    {"_name_or_path", "dtype", "torch_dtype", "transformers_version", "use_cache"}
)
"""What loading writes into a configuration; the types of number are those of the weights."""


def tokenizers_in(model: Any) -> dict[str, Value]:
    """Return which tokenizers a model has and what is set on them, to be compared later."""
    return {
        f"tokenizer {name}": [id(tokenizer), len(tokenizer), *_manners(tokenizer)]
        for name, part, _ in parts_in(model, None)
        if (tokenizer := _tokenizer_of(part)) is not None
    }


def settings_beside_weights(
    model: Any, folder: Path, parameters: Mapping[str, Any]
) -> dict[str, Value]:
    """Return the configurations and tokenizers that are not what a model's files state, as digests.

    Args:
        model: a model that was in memory before its files were looked at.
        folder: where its files are.
        parameters: the parameters of the embedder that loads them.
    """
    settings: dict[str, Value] = {}
    for name, part, path in parts_in(model, folder):
        place = folder / (path or "")
        inner, tokenizer = transformer_in(part), _tokenizer_of(part)
        if inner is not None:
            given = parameters.get("config_kwargs") or {}
            stated = _said(_configuration, type(inner.config), place, given)
            if (present := _configuration(inner.config)) != stated:
                settings[f"configuration {name}"] = digest_text(present)
        if tokenizer is not None:
            given = parameters.get("tokenizer_kwargs") or parameters.get("processor_kwargs") or {}
            stated = _said(_rules, type(tokenizer), place, given)
            if (present := _rules(tokenizer)) != stated:
                settings[f"tokenizer {name}"] = digest_text(present)
    return settings


def _said(
    tell: Callable[[Any], str], kind: Any, place: Path, given: Mapping[str, Any]
) -> str | None:
    """Return what is to be told of a thing that its class makes from files; None if that fails."""
    try:
        return tell(kind.from_pretrained(place, **given))
    except Exception:  # noqa: BLE001 - whatever a class raises: then it cannot be told
        return None


def _tokenizer_of(part: Any) -> Any:
    """Return the tokenizer of a part of a model; None if it has none."""
    try:
        tokenizer = getattr(part, "tokenizer", None)
    except AttributeError:  # some parts raise that with a text of their own
        return None
    return tokenizer if hasattr(tokenizer, "get_vocab") else None


def _manners(tokenizer: Any) -> list[Value]:
    return [getattr(tokenizer, name, None) for name in _MANNERS]


def _rules(tokenizer: Any) -> str:
    """Return all by which a tokenizer cuts a text, but for what each call says anew."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    rules = tokenizer.get_vocab() if backend is None else json.loads(backend.to_str())
    kept = {name: rule for name, rule in rules.items() if name not in _OF_EACH_CALL}
    told = [type(tokenizer).__qualname__, _manners(tokenizer), kept if backend else rules]
    return json.dumps(told, sort_keys=True, default=repr)


def _configuration(configuration: Any) -> str:
    return json.dumps(_lasting(configuration.to_dict()), sort_keys=True, default=repr)


def _lasting(value: Any) -> Any:
    """Return a configuration, and those inside it, without what loading writes there."""
    if not isinstance(value, dict):
        return value
    return {name: _lasting(it) for name, it in value.items() if name not in _OF_LOADING}
