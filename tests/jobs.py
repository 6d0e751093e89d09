"""Files that are to be renamed, as a plan leaves them, and journals of older versions."""

from __future__ import annotations

import os
import re
from pathlib import Path

from renai.file_job import Companion, Decision, FileJob
from renai.keys.digest import get_file_hash
from renai.renaming.naming import split_name


def job_to_rename(path: Path, new_path: Path, *sidecars: tuple[Path, Path]) -> FileJob:
    """Return the job of a file that is there, with the decision to rename it."""
    companions = tuple(Companion(old, new) for old, new in sidecars)
    stem = split_name(new_path.name)[0]
    decision = Decision("rename", new_path=new_path, companions=companions, stem=stem)
    file_hash = get_file_hash(path)
    root = Path(os.path.commonpath((path.parent, new_path.parent)))
    return FileJob(str(path), root, "document", path.stat(), file_hash, decision=decision)


def without_checksums(journal: bytes) -> bytes:
    """Return a journal as older versions wrote it."""
    plain = re.sub(rb', "sum": "[0-9a-f]{16}"\}', b"}", journal)
    return plain.replace(b'"renai_journal": 2', b'"renai_journal": 1')
