"""Which weights a model name stands for.

A folder can be filled anew and a branch moves, so neither a path nor a name says which vectors
come out. What does is the digest of a folder's files, or the commit a hub model was loaded from.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haystack_integrations.components.embedders.renai.files import digest_files
from renai.errors import ConfigurationError
from renai.keys.canonical import encode
from renai.keys.digest import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

LOADERS_ONLY = frozenset(
    {"device", "local_files_only", "onnx_execution_provider", "trust_remote_code"}
)
"""Parameters that only an embedder has which loads weights itself. Of the others, which ask a
server, the model's name is all that can be known."""

_COMMIT = re.compile(r"[0-9a-f]{40}")
_IN_EVERY_MODEL = ("modules.json", "config.json")


class UnknownWeightsError(ConfigurationError):
    """It cannot be told which weights a model name stands for."""


def identify_weights(parameters: Mapping[str, Any]) -> str | None:
    """Say which weights an embedder of these parameters uses, as far as they lie on this machine.

    Returns:
        None where the model is behind an endpoint.

    Raises:
        UnknownWeightsError: they are loaded here, and are not here yet.
        DocumentError: a file of the model cannot be read.
    """
    model = parameters.get("model")
    if isinstance(model, str) and (folder := Path(model)).is_dir():
        return f"files {_digest_folder(folder)}"
    if LOADERS_ONLY.isdisjoint(parameters):
        return None
    revision = parameters.get("revision") or "main"
    commit = _find_commit(model, revision) if isinstance(model, str) else None
    if commit is None:
        raise UnknownWeightsError(
            f"it cannot be told which weights {model!r} stands for: no copy of it is in the local "
            "hub cache; say which ones with revision='…'"
        )
    return f"commit {commit}"


def is_folder(parameters: Mapping[str, Any]) -> bool:
    """Whether the model is a local folder, whose path does not matter."""
    model = parameters.get("model")
    return isinstance(model, str) and Path(model).is_dir()


def _digest_folder(folder: Path) -> str:
    # Hidden files are those of git and of the downloader.
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    digests = digest_files([folder / name for name in names])
    return digest_bytes(encode(dict(zip(names, digests, strict=True))))


def _find_commit(model: str, revision: str) -> str | None:
    if _COMMIT.fullmatch(revision):
        return revision
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None

    # sentence-transformers gives models of a short name to its own organisation, and has a
    # variable of its own for the folder.
    names = [model] if "/" in model else [f"sentence-transformers/{model}", model]
    for name in names:
        for file in _IN_EVERY_MODEL:
            try:
                found = try_to_load_from_cache(
                    name,
                    file,
                    cache_dir=os.environ.get("SENTENCE_TRANSFORMERS_HOME"),
                    revision=revision,
                )
            except ValueError:  # no name a hub model can have
                return None
            if isinstance(found, str):
                return Path(found).parent.name
    return None
