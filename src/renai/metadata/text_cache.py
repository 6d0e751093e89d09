"""The text layer: a file's extracted text, named after the file's bytes and the extraction."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from renai.cache.cache import Cache
from renai.codecs.text import TextCodec
from renai.errors import DamagedEntryError
from renai.keys.recipe import Key, Recipe
from renai.locations import cache_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike
    from pathlib import Path

    from renai.codecs.entry import Entry
    from renai.extraction import Extraction
    from renai.keys.canonical import Value
    from renai.stores.base import Store
    from renai.usage.counters import UsageCounters


def text_name(file_hash: str, *, enhanced: bool = False, mutool: bool = False) -> str:
    """Return the name of a text entry.

    Args:
        file_hash: the SHA-256 of the file's bytes, 64 hex digits.
        enhanced: whether pages without usable text are read by OCR.
        mutool: whether the file was first converted by mutool.
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
    read_as: str = "",
) -> Recipe:
    """Return the recipe by which a text is extracted.

    Args:
        reader: the name of the reader.
        revision: the revision of that reader.
        text_limit: the most characters of text that are kept.
        mutool: the revision of the conversion by mutool before reading; None where there is none.
        ocr: the description of the OCR of pages without usable text; None where there is none.
        read_as: the media type by which the bytes are read, where only the suffix tells it; empty
            where the bytes tell it. So it is in the recipes of older versions.
    """
    parameters: dict[str, Value] = {"reader": reader, "text_limit": text_limit}
    if mutool is not None:
        parameters["mutool"] = mutool
    if ocr:
        parameters["ocr"] = dict(ocr)
    if read_as:
        parameters["read_as"] = read_as
    return Recipe("extract", revision, parameters)


def text_key(file_hash: str, recipe: Recipe, *equivalents: Recipe) -> Key:
    """Return the key of a file's text.

    Args:
        file_hash: the SHA-256 of the file's bytes, 64 hex digits.
        recipe: the recipe of the text.
        equivalents: recipes that differ from it only in saying how the suffix has bytes read.
    """
    how = recipe.parameters
    name = text_name(file_hash, enhanced="ocr" in how, mutool="mutool" in how)
    return Key(name, file_hash, recipe, equivalents)


def extraction_in(entry: Entry[str]) -> Extraction:
    """Return the extraction that an entry holds; without facts it has a text alone."""
    from renai.extraction import Extraction  # a run that finds all metadata needs no text

    if "facts" not in entry.notes:
        return Extraction(entry.value)
    return Extraction.from_facts(entry.value, entry.notes["facts"])


_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of surrogate pairs: no worker gives them, and no request can carry them."""


class TextEntryCodec(TextCodec):
    """Turns texts into bytes and back, and checks a text and the facts that stand beside it."""

    def decode(self, name: str, data: bytes) -> Entry[str]:
        """Check the bytes, the text and the facts of an entry; raises as `Codec.decode` does."""
        entry = super().decode(name, data)
        if not entry.value.isascii() and _HALVES.search(entry.value):
            raise DamagedEntryError(f"{name}: whole, but with a text that no reader gives")
        try:
            extraction_in(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedEntryError(
                f"{name}: whole, but with facts that no reader gives"
            ) from error
        return entry


class _TextCache(Cache[str]):
    def most_bytes_of(self, keys: Sequence[Key]) -> int:
        """Allow for the longest text in UTF-8, and for the facts in its header."""
        limits = [key.recipe.parameters.get("text_limit") for key in keys]
        longest = max((limit for limit in limits if isinstance(limit, int)), default=0)
        return 4 * longest + super().most_bytes_of(keys)


def open_text_cache(store: Store, counters: UsageCounters | None = None) -> Cache[str]:
    """Return the text layer in a store."""
    return _TextCache(store, TextEntryCodec(), counters=counters)


def get_text_cache_path(
    file_hash: str,
    *,
    enhanced: bool = False,
    mutool: bool = False,
    cache_dir: str | PathLike[str] | None = None,
) -> Path:
    """Return the path of the entry with a file's text.

    Args:
        file_hash: the SHA-256 of the file's bytes, 64 hex digits.
        enhanced: whether pages without usable text are read by OCR.
        mutool: whether the file was first converted by mutool.
        cache_dir: the cache folder; the user's by default.
    """
    return cache_folder(cache_dir) / text_name(file_hash, enhanced=enhanced, mutool=mutool)
