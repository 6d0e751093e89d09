"""Which weights a model's name stands for, as far as the files on this machine tell.

The files in a folder can be replaced and a branch moves, so neither a path nor a name says which
vectors come out. What does is the digest of a folder's files, or the commit a hub model was loaded
from.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.embedders.files import digest_files
from renai.errors import ConfigurationError
from renai.keys.canonical import encode
from renai.keys.digest import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOADERS_ONLY = frozenset(
    {"device", "local_files_only", "onnx_execution_provider", "trust_remote_code"}
)
"""Parameters that only embedders have which load weights themselves. Of other embedders, which ask
a server, nothing but the model's name can be known."""

_COMMIT = re.compile(r"[0-9a-f]{40}")
_IN_EVERY_MODEL = ("modules.json", "config.json")
_ADAPTER = "adapter_config.json"
_FASTEMBED_PATH = "specific_model_path"


class UnknownWeightsError(ConfigurationError):
    """It cannot be found out which weights a model name stands for."""


class Weights(NamedTuple):
    """The weights that a model's name stands for.

    Attributes:
        identity: the same for the same weights, such as `commit …` or `files …`.
        folder: where their files are; None if they are not on this machine.
    """

    identity: str
    folder: Path | None


def loads_weights(parameters: Mapping[str, Any]) -> bool:
    """Return whether an embedder with these parameters loads weights on this machine."""
    return not LOADERS_ONLY.isdisjoint(parameters)


def is_folder(parameters: Mapping[str, Any]) -> bool:
    """Return whether the model is a local folder, the path of which does not matter."""
    model = parameters.get("model")
    return loads_weights(parameters) and isinstance(model, str) and _is_dir(model)


def find_weights(embedder: object, parameters: Mapping[str, Any]) -> Weights | None:
    """Return which weights an embedder uses; None for those of an endpoint.

    Args:
        embedder: the embedder.
        parameters: its serialised parameters.

    Raises:
        UnknownWeightsError: the weights are loaded on this machine, and are not here yet.
        DocumentError: a file of the model cannot be read.
    """
    if not loads_weights(parameters):
        return None
    model, revision = parameters.get("model"), parameters.get("revision") or "main"
    found: Weights | None = None
    if isinstance(model, str):
        if "fastembed" in type(embedder).__module__.split("."):
            found = _find_fastembed_model(model, parameters)
        elif _is_dir(model):
            found = Weights(f"files {_digest_folder(Path(model))}", Path(model))
        else:
            found = _find_hub_model(model, revision, parameters.get("cache_folder"))
    if found is None:
        raise UnknownWeightsError(
            f"it cannot be told which weights {model!r} stands for: no copy of it is in the local "
            "hub cache; say which ones with revision='…'"
        )
    return _with_base(found)


def _is_dir(name: str) -> bool:
    """Return whether a name is that of a folder; an empty one would be the folder we are in."""
    return bool(name) and Path(name).is_dir()


def _digest_folder(folder: Path) -> str:
    names = sorted(path.relative_to(folder).as_posix() for path in _files_in(folder))
    digests = digest_files([folder / name for name in names])
    return digest_bytes(encode(dict(zip(names, digests, strict=True))))


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield a folder's files; hidden ones are those of git and of the downloader."""
    entered: set[Path] = set()
    for top, folders, files in os.walk(folder, followlinks=True):
        resolved = Path(top).resolve()
        if resolved in entered:  # a link leads back
            folders.clear()
            continue
        entered.add(resolved)
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(top, name) for name in files if not name.startswith("."))
        yield from (path for path in paths if path.is_file())


def _find_hub_model(model: str, revision: str, folder: str | None = None) -> Weights | None:
    # sentence-transformers looks for models with a short name in its own organisation, and has
    # an environment variable of its own for the folder.
    names = [model] if "/" in model else [f"sentence-transformers/{model}", model]
    folder = folder or os.environ.get("SENTENCE_TRANSFORMERS_HOME")
    found = next(filter(None, (_find_snapshot(name, revision, folder) for name in names)), None)
    if found is None and _COMMIT.fullmatch(revision):
        return Weights(f"commit {revision}", None)  # it is not here, and can only be one thing
    return found


def _find_snapshot(model: str, revision: str, cache_dir: str | None) -> Weights | None:
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None

    for file in _IN_EVERY_MODEL:
        try:
            path = try_to_load_from_cache(model, file, cache_dir=cache_dir, revision=revision)
        except ValueError:  # not a name that a hub model can have
            return None
        if isinstance(path, str):
            folder = Path(path).parent
            return Weights(f"commit {folder.name}", folder)
    return None


def _find_fastembed_model(model: str, parameters: Mapping[str, Any]) -> Weights | None:
    """Find what FastEmbed loads: a folder that is given, a hub model of another name, an archive.

    (fastembed.common.model_management.ModelManagement.download_model)
    """
    given = (parameters.get("model_kwargs") or {}).get(_FASTEMBED_PATH)
    if given is not None:
        return Weights(f"files {_digest_folder(Path(given))}", Path(given))
    default = os.environ.get("FASTEMBED_CACHE_PATH", Path(tempfile.gettempdir(), "fastembed_cache"))
    cache_dir = Path(parameters.get("cache_dir") or default)
    source, name = _fastembed_source(model), model.rpartition("/")[2]
    hub = _find_snapshot(source, "main", str(cache_dir)) if source else None
    archives = [cache_dir / f"fast-{name}", cache_dir / name]
    found = [hub] if hub else []
    found += [Weights(f"files {_digest_folder(it)}", it) for it in archives if it.is_dir()]
    if not found:
        return None
    # Where a hub model is incomplete, FastEmbed takes an archive that lies beside it.
    return Weights(" or ".join(it.identity for it in found), found[0].folder)


def _fastembed_source(model: str) -> str | None:
    """Return the hub model that FastEmbed takes a model from."""
    from fastembed import (  # type: ignore[import-not-found, unused-ignore]
        SparseTextEmbedding,
        TextEmbedding,
    )

    for kind in (TextEmbedding, SparseTextEmbedding):
        for description in kind.list_supported_models():
            if description["model"].lower() == model.lower():
                source: str | None = description["sources"].get("hf")
                return source
    return None


def _with_base(weights: Weights) -> Weights:
    """Add the weights that an adapter is for, if these are an adapter's (PEFT)."""
    if weights.folder is None:
        return weights
    try:
        adapter = json.loads((weights.folder / _ADAPTER).read_text(encoding="utf-8"))
        base = adapter["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError):
        return weights
    if _is_dir(base):
        identity = f"files {_digest_folder(Path(base))}"
    else:
        found = _find_hub_model(base, adapter.get("revision") or "main")
        if found is None:
            raise UnknownWeightsError(
                f"{weights.folder} is an adapter for {base!r}, and no copy of that is in the local "
                "hub cache; say which weights these are with revision='…'"
            )
        identity = found.identity
    return weights._replace(identity=f"{weights.identity} on {identity}")
