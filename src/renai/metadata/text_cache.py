"""The text layer: what was extracted from a file, named after the file's bytes and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.cache.cache import Cache
from renai.codecs.text import TextCodec
from renai.keys.recipe import Key, Recipe
from renai.locations import cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from pathlib import Path

    from renai.keys.canonical import Value
    from renai.stores.base import Store
    from renai.usage.counters import UsageCounters


def text_name(file_hash: str, *, enhanced: bool = False, mutool: bool = False) -> str:
    """Spell the name of a text entry.

    Args:
        file_hash: SHA-256 of the file, 64 hex digits.
        enhanced: pages without usable text are read by OCR.
        mutool: the file was first converted by mutool.
    """
    how = "enhanced" if enhanced else "basic"
    return f"text/{file_hash}_{how}{'_mutool' if mutool else ''}.txt"


def text_recipe(
    reader: str,
    revision: int,
    *,
    text_limit: int,
    mutool: int | None = None,
    ocr: Mapping[str, Value] | None = None,
) -> Recipe:
    """Say how a text is extracted.

    Args:
        reader: which of our readers does it.
        revision: of that reader.
        text_limit: characters that are kept.
        mutool: revision of the conversion by mutool that comes first; None where there is none.
        ocr: how pages without usable text are read; None where they are not.
    """
    parameters: dict[str, Value] = {"reader": reader, "text_limit": text_limit}
    if mutool is not None:
        parameters["mutool"] = mutool
    if ocr:
        parameters["ocr"] = dict(ocr)
    return Recipe("extract", revision, parameters)


def text_key(file_hash: str, recipe: Recipe) -> Key:
    """Name the text of a file."""
    how = recipe.parameters
    name = text_name(file_hash, enhanced="ocr" in how, mutool="mutool" in how)
    return Key(name, file_hash, recipe)


def open_text_cache(store: Store, counters: UsageCounters | None = None) -> Cache[str]:
    """Open the text layer in a store."""
    return Cache(store, TextCodec(), counters=counters)


def get_text_cache_path(
    file_hash: str,
    *,
    enhanced: bool = False,
    mutool: bool = False,
    cache_dir: str | PathLike[str] | None = None,
) -> Path:
    """Say where the text of a file is kept.

    Args:
        file_hash: SHA-256 of the file's bytes, 64 hex digits.
        enhanced: pages without usable text are read by OCR.
        mutool: the file was first converted by mutool.
        cache_dir: the cache folder; the user's by default.
    """
    return cache_folder(cache_dir) / text_name(file_hash, enhanced=enhanced, mutool=mutool)
