"""FileJob: one file's way through a run, from the scan to the rename."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from renai.providers.schema import Metadata

Action = Literal["rename", "keep", "skip", "fail"]

Problem = tuple[Literal["keep", "skip", "fail"], str]
"""Why nothing comes of a file, or why it keeps its name: what happens to it, and the reason."""


class Companion(NamedTuple):
    """A sidecar that goes along with its document."""

    path: Path
    new_path: Path


class Decision(NamedTuple):
    """What is to happen, or has happened, to one file.

    Attributes:
        action: `rename`; `keep` its name; `skip`, for it was not read; `fail`.
        reason: one short phrase for a person; empty for a rename without a story.
        new_path: where a rename leads, else None.
        companions: sidecars that are renamed with it.
        stem: the new stem without a number.
        number: the number it got; the next one is taken if that name is gone by then.
    """

    action: Action
    reason: str = ""
    new_path: Path | None = None
    companions: tuple[Companion, ...] = ()
    stem: str = ""
    number: int = 1


@dataclass(slots=True, eq=False)
class FileJob:
    """All that a run knows of one file; every stage adds its part.

    Attributes:
        path: the file, absolute.
        root: the folder that the user named and the file was found under.
        kind: whether it is read, looked at, or neither.
        stat: of the file when its bytes were digested, or when it was found.
        file_hash: SHA-256 of its bytes, 64 hex digits; None until they are digested.
        metadata: what is known of it; None until it is.
        corrected: whether the metadata is what a person said.
        problem: why there will be no metadata, or why the name stays whatever the metadata.
        decision: what is to happen to it, and after the renames what has happened.
    """

    path: Path
    root: Path
    kind: Literal["document", "image", "link", "other"]
    stat: os.stat_result
    file_hash: str | None = None
    metadata: Metadata | None = None
    corrected: bool = False
    problem: Problem | None = None
    decision: Decision | None = None
