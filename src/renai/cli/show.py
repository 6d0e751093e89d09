"""Show the outcome of a run, to a person or to a program."""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.cli.terminal import say, say_folded, say_json
from renai.counting import counted
from renai.file_job import AN_IMAGE, NOT_ASKED
from renai.library.review import LEFT_ALONE
from renai.metadata.corrections import PROVIDER as USER
from renai.renaming.plan import NAMED_SO, UNCERTAIN
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from renai.file_job import Action, FileJob

_REASONS = 9
"""The most files that are named one by one; with the summary these are 20 lines at most."""

_GROUPS = 8
_EXAMPLES = 3
_DUPLICATES = "a duplicate of another file"
_KINDS = 8
_ONLY_COUNTED = (AN_IMAGE[1], NOT_ASKED[1])
_AS_WANTED = (NAMED_SO, LEFT_ALONE[1])
_MOST_OF_TITLE = 60
_WORDS: Mapping[Action, str] = {"skip": "Skipped", "fail": "Failed", "keep": "Kept"}


class Summary(NamedTuple):
    """The outcome of a run, in numbers.

    Attributes:
        found: the number of files found, images included.
        renamed: the number of files that have new names now.
        kept: the number of files that kept their names.
        skipped: the number of files that were not read.
        failed: the number of files for which a call or a rename failed.
        hits: the number of answers that came from the cache.
        misses: the number of answers that were not in the cache.
        calls: the number of model calls.
        seconds: the wall time in seconds.
        uncertain: the number of kept files whose new name would be a guess.
        duplicates: the number of files with the content of another file of the run.
        not_read: the number of files in folders that were passed over, by kind.
        unstored: the number of answers that the cache could not keep.
        unstored_reason: why not.
    """

    found: int
    renamed: int
    kept: int
    skipped: int
    failed: int
    hits: int
    misses: int
    calls: int
    seconds: float
    uncertain: int
    duplicates: int
    not_read: Mapping[str, int]
    unstored: int = 0
    unstored_reason: str = ""


def labels(paths: Iterable[Path]) -> dict[Path, str]:
    """Return names for files on a screen, with folders where file names alone do not suffice.

    If any two files have the same name, all are shown by their path below their common folder.
    """
    paths = list(paths)
    if len({path.name for path in paths}) == len(paths):
        return {path: printable(path.name) for path in paths}
    try:
        above = os.path.commonpath([path.parent for path in paths])
    except ValueError:  # the files are on several drives of Windows
        return {path: printable(str(path)) for path in paths}
    return {path: printable(str(path.relative_to(above))) for path in paths}


def base_of(folders: Iterable[os.PathLike[str]]) -> str:
    """Return the folder from which on paths are shown; each of the folders is below it."""
    names = {os.fspath(folder) for folder in folders}
    try:
        base = os.path.commonpath(names)
    except ValueError:  # there are none, or they are on several drives of Windows
        return ""
    return os.path.dirname(base) if base in names else base  # noqa: PTH120


def below(folder: os.PathLike[str], base: str) -> str:
    """Return a folder's path from `base` on, with a slash at its end, as it may be printed."""
    path = os.fspath(folder)
    if base and path.startswith(base):
        path = path[len(base) :].lstrip(os.sep)
    return printable(path) + os.sep if path and not path.endswith(os.sep) else printable(path)


def how_sure(job: FileJob) -> str:
    """Return the confidence as a percentage, with `you` if a person corrected the file."""
    sure = job.metadata.confidence if job.metadata else None
    return ("" if sure is None else f"{sure:.0%}") + (" you" if job.corrected else "")


def target(job: FileJob) -> str:
    """Return the new name, with its folder if that changes, too."""
    new_path = job.new_path
    assert new_path is not None
    if new_path.parent == job.path.parent:
        return printable(new_path.name)
    return printable(f"{new_path.parent.name}/{new_path.name}")


def begin_outcome() -> None:
    """Part what follows from what is above it on a terminal."""
    if sys.stdout.isatty():
        say("")


def show_trouble(jobs: Sequence[FileJob]) -> None:
    """Print which files were skipped, failed or got no name, and why.

    Where there are many, files with the same reason share a line on a terminal.
    """
    troubled = [
        job
        for job in jobs
        if job.action != "rename" and job.reason not in (*_ONLY_COUNTED, *_AS_WANTED)
    ]
    # Files that could not be read come first: many photos have no title, and the list is short.
    troubled.sort(key=lambda job: job.action == "keep")
    if not sys.stdout.isatty():  # programs have read the name alone here from the beginning
        for job in troubled:
            say_folded(f"{_WORDS[job.action]} {printable(job.name)}: {_why(job)}")
    elif len(troubled) > _REASONS:
        _show_reasons(troubled)
    else:
        base = base_of(job.path.parent for job in jobs)
        for job in troubled:
            original = job.decision.duplicate_of
            why = f"a duplicate of {_shown(original, base)}" if original else _why(job)
            say_folded(f"{_WORDS[job.action]} {_shown(job.path, base)}: {why}")


def _shown(path: Path, base: str) -> str:
    return below(path.parent, base) + printable(path.name)


def _show_reasons(troubled: Sequence[FileJob]) -> None:
    """Print for each reason how many files it concerns, and some of them."""
    groups: dict[tuple[Action, str], list[FileJob]] = defaultdict(list)
    for job in troubled:
        if job.reason != UNCERTAIN:  # the summary says how many, and what to do
            why = _DUPLICATES if job.decision.duplicate_of else job.reason
            groups[job.action, why].append(job)
    kinds = sorted(groups.items(), key=lambda kind: (kind[0][0] == "keep", -len(kind[1])))
    for (action, reason), jobs in kinds[:_GROUPS]:
        names = ", ".join(printable(job.name) for job in jobs[:_EXAMPLES])
        if len(jobs) == 1:
            say_folded(f"{_WORDS[action]} {names}: {reason}")
        else:
            more = ", …" if len(jobs) > _EXAMPLES else ""
            say_folded(f"{_WORDS[action]} {counted(len(jobs), 'file')}: {reason} ({names}{more})")
    if left := [job for _, jobs in kinds[_GROUPS:] for job in jobs]:
        reasons = counted(len(kinds) - _GROUPS, "other reason")
        say_folded(f"… and {counted(len(left), 'file')} for {reasons}; --json lists all")


def _why(job: FileJob) -> str:
    """Return the reason for which a file keeps its name; of an uncertain one the guess as well."""
    title = job.metadata.title if job.metadata and job.reason == UNCERTAIN else None
    if title is None:
        return job.reason
    cut = title if len(title) <= _MOST_OF_TITLE else f"{title[:_MOST_OF_TITLE]}…"
    return f"{job.reason}, perhaps “{printable(cut)}” ({how_sure(job) or '?'})"


def show_summary(
    summary: Summary, jobs: Sequence[FileJob], run: str | None, known_unreadable: int = 0
) -> None:
    """Print the outcome of a run on a few lines.

    Args:
        summary: the outcome in numbers.
        jobs: the files of the run.
        run: what `undo` knows the run by; None if nothing was renamed.
        known_unreadable: the number of files that an earlier run found to be unreadable.
    """
    images, not_asked = (sum(job.reason == reason for job in jobs) for reason in _ONLY_COUNTED)
    planned = sum(job.action == "rename" for job in jobs)
    counts = [
        f"{summary.renamed:,} renamed" if run else f"{planned:,} to rename",
        f"{summary.kept:,} kept",
        f"{summary.skipped:,} skipped",
        f"{summary.failed:,} failed",
    ]
    lines = [
        f"{counted(summary.found, 'file')}: {', '.join(counts)}.",
        (
            f"Cache: {counted(summary.hits, 'hit')}, {counted(summary.misses, 'miss', 'misses')}; "
            f"{counted(summary.calls, 'model call')}; {summary.seconds:.1f} s."
        ),
    ]
    if summary.uncertain:
        lines.append(
            f"Uncertain among the kept: {summary.uncertain:,}; to go through them, run it again "
            "with --review."
        )
    if summary.unstored:
        lines.append(
            f"Not kept in the cache: {counted(summary.unstored, 'answer')}, which a next run would "
            f"ask for again ({printable(summary.unstored_reason)})."
        )
    if summary.duplicates:
        kept = sum(job.decision.duplicate_of is not None for job in jobs)
        stay = f"; {kept:,} of them would get new names with --duplicates all" if kept else ""
        lines.append(f"Duplicates of other files: {summary.duplicates:,}{stay}.")
    if summary.not_read:
        lines.append(f"Not read: {_kinds(summary.not_read)}.")
    if known_unreadable:
        lines.append(
            f"Known from before as unreadable: {known_unreadable:,}; to read them again: "
            "--update-metadata"
        )
    if images:
        lines.append(f"Images among the skipped: {images:,}.")
    if not_asked:
        lines.append(f"Not asked about: {counted(not_asked, 'file')}; run it again to go on.")
    if run and summary.renamed:
        lines.append(f"To take the renames back: renai undo {run}")
    for line in lines:
        say_folded(line)


def summarise(
    jobs: Sequence[FileJob],
    *,
    renamed: bool,
    hits: int,
    misses: int,
    calls: int,
    seconds: float,
    not_read: Mapping[str, int],
    unstored: tuple[int, str] = (0, ""),
) -> Summary:
    """Return what became of files, in numbers; none is renamed unless the plan was executed."""
    counts = Counter(job.action for job in jobs)
    digests = [job.file_hash for job in jobs if job.file_hash]
    return Summary(
        found=len(jobs),
        renamed=counts["rename"] if renamed else 0,
        kept=counts["keep"],
        skipped=counts["skip"],
        failed=counts["fail"],
        hits=hits,
        misses=misses,
        calls=calls,
        seconds=round(seconds, 3),
        uncertain=sum(job.reason == UNCERTAIN for job in jobs),
        duplicates=len(digests) - len(set(digests)),
        not_read=dict(sorted(not_read.items(), key=lambda item: (-item[1], item[0]))),
        unstored=unstored[0],
        unstored_reason=unstored[1],
    )


def _kinds(not_read: Mapping[str, int]) -> str:
    """Say how many files of which kinds were passed over, the commonest first."""
    shown = [f"{count:,} {printable(kind)}" for kind, count in not_read.items()]
    rest = len(shown) - _KINDS
    return ", ".join(
        [*shown[:_KINDS], *([f"and {counted(rest, 'kind')} more"] if rest > 0 else [])]
    )


def print_json(jobs: Iterable[FileJob], summary: Summary, run: str | None) -> None:
    """Print everything as one JSON object; of what could not be kept only if there is any."""
    numbers = summary._asdict()
    if not summary.unstored:
        del numbers["unstored"], numbers["unstored_reason"]
    say_json(
        {
            "run": run,
            "files": [_as_json(job) for job in jobs],
            "summary": numbers,
        }
    )


def _as_json(job: FileJob) -> dict[str, Any]:
    metadata = job.metadata.fields() if job.metadata else None
    original = job.decision.duplicate_of
    if metadata and job.corrected:
        metadata["_provider"] = USER
    return {
        "path": job.location,
        "file_hash": job.file_hash or None,
        "metadata": metadata,
        "new_path": str(job.new_path) if job.new_path else None,
        "action": job.action,
        "reason": job.reason,
        **({"duplicate_of": str(original)} if original else {}),
    }
