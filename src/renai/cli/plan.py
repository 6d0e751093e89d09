"""Show the plan of a run: every file with its folder, its new name, and what of it is new.

On a terminal a file takes one line where that is wide, else two. What is longer is folded between
words. What a name loses is red, what is new in it is green. A plan that is longer than the screen
goes to the person's pager. Elsewhere a file is one line, for programs.
"""

from __future__ import annotations

import os
import re
import sys
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from renai.cli.options import BY_CERTAINTY
from renai.cli.show import base_of, below, how_sure, target
from renai.cli.terminal import output, say, say_styled
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from renai.file_job import FileJob

MOST_UNASKED = 50
"""The most renames that a terminal shows where they are made without a question."""

_SHOWN_OF_MORE = 20
_WIDE = 120
"""The number of columns from which on old and new names stand side by side."""

_NARROWEST = 10
_LINES_BELOW = 3  # for the question below the plan

_ARROW = "-> "
_WORD = re.compile(r"[^\W_]+")
_CODES = {"dim": "2", "gone": "31", "new": "32", "head": "1"}


def show_plan(jobs: Sequence[FileJob], sort: str, *, paged: bool, whole: bool) -> None:
    """Show what would be renamed, to a person or to a program.

    Args:
        jobs: all files of the run.
        sort: the order.
        paged: whether a plan that is longer than a terminal is shown by the pager, which takes as
            long as the person wants.
        whole: whether a terminal shows all of a long plan that is not paged.
    """
    renames = in_order([job for job in jobs if job.new_path], sort)
    if not sys.stdout.isatty():
        for job in renames:
            say(f"{printable(str(job.path))} -> {target(job)}")
        return
    if not renames:
        return
    left = 0
    if not whole and len(renames) > MOST_UNASKED:
        left = len(renames) - _SHOWN_OF_MORE
        renames = renames[:_SHOWN_OF_MORE]
    console = output()
    styled = console.color_system is not None and not console.no_color
    lines = list(plan_lines(renames, console.width, styled=styled))
    if left:
        lines.append(f"… and {left:,} more; renai history RUN lists all that a run has renamed")
    if paged and len(lines) > console.height - _LINES_BELOW:
        from renai.cli.pager import show_all

        show_all(lines, "The plan")
    else:
        say_styled(["", *lines])


def in_order(renames: list[FileJob], sort: str) -> list[FileJob]:
    """Return files in the order wanted; of equally certain ones the first found is first."""
    return sorted(renames, key=_certainty) if sort == BY_CERTAINTY else renames


def _certainty(job: FileJob) -> float:
    sure = job.metadata.confidence if job.metadata else None
    return -1.0 if sure is None else sure


class Said(NamedTuple):
    """A printable text, and for each of its characters the name of a style, or nothing."""

    text: str
    styles: tuple[str, ...]

    @classmethod
    def all_in(cls, style: str, text: str) -> Said:
        """Return a text in one style."""
        return cls(text, (style,) * len(text))

    def folded(self, width: int) -> list[Said]:
        """Return the text in lines of so many terminal cells."""
        from renai.cli.folding import fold

        return [Said(self.text[a:b], self.styles[a:b]) for a, b in fold(self.text, width)]

    def painted(self, *, styled: bool) -> str:
        """Return the text with the codes of its styles."""
        if not styled or not any(self.styles):
            return self.text
        painted, at = "", 0
        for style, run in groupby(self.styles):
            part = self.text[at : at + len(list(run))]
            painted += f"\x1b[{_CODES[style]}m{part}\x1b[0m" if style else part
            at += len(part)
        return painted


def plan_lines(renames: Sequence[FileJob], width: int, *, styled: bool) -> Iterator[str]:
    """Yield the lines of a plan on a terminal.

    Args:
        renames: files that get new names.
        width: the number of columns.
        styled: whether the lines have colours.
    """
    base = base_of(path.parent for job in renames for path in (job.path, job.new_path) if path)
    margin = max([4, *(len(how_sure(job)) for job in renames)]) + 2
    rows = [(job, *old_and_new(job, base)) for job in renames]
    if width < _WIDE:
        name_width = max(_NARROWEST, width - margin - len(_ARROW))
        for job, old, new in rows:
            head = how_sure(job).rjust(margin - 2) + "  "
            for line in old.folded(name_width + len(_ARROW)):
                yield head + line.painted(styled=styled)
                head = " " * margin
            head += _ARROW
            for line in [*new.folded(name_width), *_notes(job, name_width)]:
                yield head + line.painted(styled=styled)
                head = " " * (margin + len(_ARROW))
    else:
        yield from _side_by_side(rows, width, margin, styled=styled)


def _side_by_side(
    rows: Sequence[tuple[FileJob, Said, Said]], width: int, margin: int, *, styled: bool
) -> Iterator[str]:
    from rich.cells import cell_len

    room = width - margin - len(_ARROW) - 1
    longest_old = max((cell_len(old.text) for _, old, _ in rows), default=0)
    longest_new = max((cell_len(new.text) for _, _, new in rows), default=0)
    # The new names get what they need up to three fifths of the line, the old ones the rest.
    old_width = min(longest_old, max(room - longest_new, room * 2 // 5))
    new_width = room - old_width
    gap = len(_ARROW) + 1
    head = " " * margin + "File".ljust(old_width + gap) + "New name"
    if rows:
        yield Said.all_in("head", "Sure" + head[4:]).painted(styled=styled)
    for job, old, new in rows:
        head, arrow = how_sure(job).rjust(margin - 2) + "  ", f" {_ARROW}"
        left, right = old.folded(old_width), [*new.folded(new_width), *_notes(job, new_width)]
        for one, other in zip_longest(left, right, fillvalue=Said("", ())):
            filled = " " * (old_width - cell_len(one.text)) + arrow if other.text else ""
            yield head + one.painted(styled=styled) + filled + other.painted(styled=styled)
            head, arrow = " " * margin, " " * gap


def _notes(job: FileJob, width: int) -> list[Said]:
    """Return lines about why a name has a number, and which files are renamed with the file."""
    notes = [f"({printable(job.reason)})"] if job.reason else []
    if companions := job.decision.companions:
        notes.append(f"with {', '.join(printable(one.path.name) for one in companions)}")
    return [line for note in notes for line in Said.all_in("dim", note).folded(width)]


def old_and_new(job: FileJob, base: str) -> tuple[Said, Said]:
    """Return a file's path below `base`, and its new name, with the folder if that changes."""
    new_path = job.new_path
    assert new_path is not None
    old_folder, new_folder = below(job.path.parent, base), below(new_path.parent, base)
    old, new = _changes(printable(job.name), printable(new_path.name))
    dim = Said.all_in("dim", old_folder)
    old = Said(dim.text + old.text, dim.styles + old.styles)
    if new_folder != old_folder:
        moved = Said.all_in("new", new_folder)
        new = Said(moved.text + new.text, moved.styles + new.styles)
    return old, new


def _changes(old: str, new: str) -> tuple[Said, Said]:
    """Return two names with what the second does not keep of the first, and what it adds.

    Of a name that keeps no word, nothing is marked as lost: it would be all of it, in every row.
    """
    old_words, new_words = list(_WORD.finditer(old)), list(_WORD.finditer(new))
    olds, news = [x[0] for x in old_words], [x[0] for x in new_words]
    old_styles, new_styles = [""] * len(old), [""] * len(new)
    suffix = os.path.splitext(new)[1]  # noqa: PTH122 - it is no path
    kept = len(_WORD.findall(suffix)) if suffix and old.endswith(suffix) else 0
    if kept:
        del olds[-kept:], news[-kept:]
    if set(olds).isdisjoint(news):
        end = len(new) - len(suffix) if kept else len(new)
        return Said.all_in("", old), Said(new, ("new",) * end + ("",) * (len(new) - end))
    for what, a, b, c, d in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if what != "equal" and b > a:
            _mark(old_styles, old_words[a].start(), old_words[b - 1].end(), "gone")
        if what != "equal" and d > c:
            _mark(new_styles, new_words[c].start(), new_words[d - 1].end(), "new")
    return Said(old, tuple(old_styles)), Said(new, tuple(new_styles))


def _mark(styles: list[str], begin: int, end: int, style: str) -> None:
    styles[begin:end] = [style] * (end - begin)
