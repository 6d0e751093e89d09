"""How entries are spelled. Users see these names in a folder, and scripts depend on them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from renai.keys.digest import digest_text

MediaMode = Literal["doc", "img"]
"""Documents or images."""

_METADATA_NAME = re.compile(
    r"metadata/(?P<mode>doc|img)_(?P<file_hash>[0-9a-f]{64})_[0-9a-f]{64}(?P<vision>_vision)?\.json"
)
_SUBJECT = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@lru_cache(maxsize=256)  # a run asks for the same few once a file
def get_provider_model_key(provider: str, model: str) -> str:
    """Digest the UTF-8 bytes of `provider + "|" + model`: 64 hex digits.

    The formula is public and joins strings, so `("a|b", "c")` and `("a", "b|c")` share a key;
    provider and model therefore stand in the entry as well and are compared on read.
    """
    return digest_text(f"{provider}|{model}")


def text_name(file_hash: str, *, enhanced: bool = False, mutool: bool = False) -> str:
    """Spell the name of a text entry.

    Args:
        file_hash: SHA-256 of the file, 64 hex digits.
        enhanced: pages without usable text are read by OCR.
        mutool: the file was first converted by mutool.
    """
    how = "enhanced" if enhanced else "basic"
    return f"text/{file_hash}_{how}{'_mutool' if mutool else ''}.txt"


def metadata_name(
    file_hash: str, provider: str, model: str, *, mode: MediaMode = "doc", vision: bool = False
) -> str:
    """Spell the name of a metadata entry.

    Args:
        file_hash: SHA-256 of the file, 64 hex digits.
        provider: as on the command line.
        model: as the endpoint knows it.
        mode: `doc` for documents, `img` for images.
        vision: vision mode was on and the file is a PDF. Images are always read by a vision
            model, so theirs is always named so.
    """
    suffix = "_vision" if vision or mode == "img" else ""
    return f"metadata/{mode}_{file_hash}_{get_provider_model_key(provider, model)}{suffix}.json"


def metadata_prefix(mode: MediaMode) -> str:
    """What the names of all metadata entries of a mode begin with."""
    return f"metadata/{mode}_"


def subject_in(name: str) -> str | None:
    """Read the first digest, 64 hex digits, in any name of ours; None where there is none.

    Of texts, metadata, what was set aside and what was kept to be looked at, it is the file's.
    """
    match = _SUBJECT.search(name)
    return match[0] if match else None


def file_hash_in(name: str) -> str | None:
    """Read the file hash out of a metadata entry's name; None where it is another name."""
    match = _METADATA_NAME.fullmatch(name)
    return match["file_hash"] if match else None
