"""`renai process --review`: show one file after the other, and ask what to do with it.

Everything goes to where questions are seen: to standard error, or to the terminal itself if that is
a file. Standard output is for `--json`.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from renai.cli.show import how_sure, labels, target
from renai.cli.terminal import ask_for, dialogue, tell
from renai.cli.viewer import open_in_its_program
from renai.errors import UsageError
from renai.library.review import field_meant
from renai.providers.schema import EVIDENCED
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from rich.table import Table

    from renai.file_job import FileJob
    from renai.library.review import Review
    from renai.providers.schema import Metadata


class _Answer(NamedTuple):
    """What a person may answer: the word as it is offered, and what it does."""

    offered: str
    meaning: str


_ANSWERS = {
    "a": _Answer("[a]pply", "give it the name shown"),
    "s": _Answer("[s]kip", "let it keep its name"),
    "e": _Answer("[e]dit", "correct a field, and see the new name"),
    "o": _Answer("[o]pen", "look at it in the program that your system has for it"),
    "b": _Answer("[b]ack", "go back to the file before it"),
    "l": _Answer("app[l]y the rest", "give it and all that follow their new names"),
    "r": _Answer("skip the [r]est", "let it and all that follow keep their names"),
    "q": _Answer("[q]uit", "rename nothing"),
}
_ALWAYS_SHOWN = ("title", "authors", "year", "category")
_CLEARS = "-"
_NO_BRACKETS = str.maketrans("", "", "[]")


def hold_review(review: Review) -> bool:
    """Go through the questions of a review with the person at the terminal.

    Returns:
        Whether the plan is to be executed; False if the person quit.

    Raises:
        StoreError: a correction cannot be stored.
        KeyboardInterrupt: the person pressed Ctrl-C.
    """
    return _Conversation(review).hold()


class _Conversation:
    def __init__(self, review: Review) -> None:
        self._review = review
        self._names = labels(job.path for job in review.questions)
        self._has_explained = False

    def hold(self) -> bool:
        questions = self._review.questions
        asked = 0
        while asked < len(questions):
            job = questions[asked]
            self._show(asked)
            match self._answer(asked):
                case "a":
                    asked += 1
                case "s":
                    self._review.leave(job)
                    asked += 1
                case "e":
                    _edit(self._review, job)
                case "b":
                    asked -= 1
                    self._review.ask_again(questions[asked])
                case "l":
                    return True
                case "r":
                    self._review.leave(*questions[asked:])
                    return True
                case _:
                    return False
        return True

    def _show(self, asked: int) -> None:
        from rich.text import Text

        job = self._review.questions[asked]
        new_name = target(job) if job.new_path else f"keeps its name: {job.reason}"
        tell()
        tell(f"{asked + 1:,} of {len(self._review.questions):,}: {self._names[job.path]}")
        tell(f"in {job.path.parent}")
        dialogue().print(Text(f"-> {new_name}", style="bold", overflow="fold"))
        if job.metadata:
            dialogue().print(_fields(job, job.metadata))

    def _answer(self, asked: int) -> str:
        """Return the key of an answer; `q` at the end of input."""
        can_apply = self._review.questions[asked].new_path is not None
        offered = {
            key: answer
            for key, answer in _ANSWERS.items()
            if not ((key == "a" and not can_apply) or (key == "b" and asked == 0))
        }
        words = ", ".join(answer.offered for answer in offered.values())
        *lines, last = wrap(f"{words}:", dialogue().width - len(" y")) or [""]
        while True:
            for line in lines:
                tell(line)
            said = ask_for(f"{last} ")
            if said is None:
                return "q"
            key = _key(said, offered)
            if key == "o":
                _open(self._review.questions[asked])
            elif key in offered:
                return key
            elif key == "?" or not self._has_explained:
                self._has_explained = True
                _explain(offered, "" if key == "?" else said.strip())


def _key(said: str, offered: dict[str, _Answer]) -> str:
    """Return the key of an answer that was given by its key or in words, else what was said."""
    said = said.strip().lower()
    words = {answer.offered.translate(_NO_BRACKETS): key for key, answer in offered.items()}
    return words.get(said, said)


def _explain(offered: dict[str, _Answer], unknown: str) -> None:
    if unknown:
        tell(f"{unknown!r} is none of the answers:")
    for key, answer in offered.items():
        tell(f"  {key}  {answer.meaning}")
    tell("  ?  say this again")


def _open(job: FileJob) -> None:
    if trouble := open_in_its_program(job.path):
        tell(trouble)
    else:
        tell(f"Opened {job.path}")


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
        tell(f"{field}: {_value(metadata, field) or '(empty)'}")
        text = ask_for(f"New {field} ({hint}Enter keeps it, {_CLEARS} empties it): ")
        if not text or not text.strip():
            return
        try:
            review.correct(job, field, "" if text.strip() == _CLEARS else text)
        except UsageError as error:
            tell(printable(str(error)))
        else:
            return


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
