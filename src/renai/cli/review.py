"""`renai process --review`: show one file after the other, and ask what to do with it.

Everything goes to standard error, as all questions do: standard output is for `--json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.cli.show import how_sure, labels, target
from renai.cli.terminal import ask_for, remark, remarks
from renai.errors import UsageError
from renai.library.review import field_meant
from renai.providers.schema import EVIDENCED
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from rich.table import Table

    from renai.file_job import FileJob
    from renai.library.review import Review
    from renai.providers.schema import Metadata

_ANSWERS = {
    "a": "[a]pply",
    "s": "[s]kip",
    "e": "[e]dit",
    "r": "skip the [r]est",
    "q": "[q]uit",
}
_ALWAYS_SHOWN = ("title", "authors", "year", "category")
_CLEARS = "-"


def hold_review(review: Review) -> bool:
    """Go through the questions of a review with the person at the terminal.

    Returns:
        Whether the plan is to be executed; False if the person quit.

    Raises:
        StoreError: a correction cannot be stored.
        KeyboardInterrupt: the person pressed Ctrl-C.
    """
    names = labels(job.path for job in review.questions)
    for asked, job in enumerate(review.questions):
        while True:
            remark()
            remark(f"{asked + 1:,} of {len(review.questions):,}: {names[job.path]}")
            _show(job)
            answer = _answer(job)
            if answer != "e":
                break
            _edit(review, job)
        if answer == "q":
            return False
        if answer == "r":
            review.leave(*review.questions[asked:])
            return True
        if answer == "s":
            review.leave(job)
    return True


def _answer(job: FileJob) -> str:
    offered = {key: word for key, word in _ANSWERS.items() if key != "a" or job.new_path}
    words = ", ".join(offered.values())
    while True:
        answer = ask_for(f"{words}: ")
        if answer is None:
            return "q"
        if (key := answer.strip().lower()[:1]) in offered:
            return key


def _edit(review: Review, job: FileJob) -> None:
    """Ask for a field and its value, until both can be used or the person enters nothing."""
    field = None
    while field is None:
        word = ask_for(f"Which field ({', '.join(EVIDENCED)})? ")
        if not word or not word.strip():
            return
        field = field_meant(word)
    metadata = job.metadata
    assert metadata is not None
    hint = "parted by ; " if field == "authors" else ""
    while True:
        remark(f"{field}: {_value(metadata, field) or '(empty)'}")
        text = ask_for(f"New {field} ({hint}Enter keeps it, {_CLEARS} empties it): ")
        if not text or not text.strip():
            return
        try:
            review.correct(job, field, "" if text.strip() == _CLEARS else text)
        except UsageError as error:
            remark(printable(str(error)))
        else:
            return


def _show(job: FileJob) -> None:
    from rich.text import Text

    new_name = target(job) if job.new_path else f"keeps its name: {job.reason}"
    remarks().print(Text(f"-> {new_name}", style="bold", overflow="fold"))
    if job.metadata:
        remarks().print(_fields(job, job.metadata))


def _fields(job: FileJob, metadata: Metadata) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for field in EVIDENCED:
        value = _value(metadata, field)
        if value or field in _ALWAYS_SHOWN:
            said = Text(value or "?")
            if quote := metadata.evidence.get(field):
                said.append(f"\n“{printable(quote)}”", style="dim italic")
            table.add_row(field, said)
    table.add_row("sure", how_sure(job) or "?")
    return table


def _value(metadata: Metadata, field: str) -> str:
    value = getattr(metadata, field)
    if isinstance(value, tuple):
        value = "; ".join(value)
    return "" if value is None else printable(f"{value}")
