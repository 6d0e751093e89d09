"""How these programs measure: rounds in turns, medians, and a figure beside its aim.

The machines at hand are shared and noisy. So the cases of a comparison take turns, a round is
compared with itself, and the median of the rounds' ratios is what counts; absolute times say
little. Processor time stands beside wall time, since waiting for a busy machine costs only the
second.
"""

from __future__ import annotations

import gc
import resource
import statistics
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

ROUNDS = 5


@dataclass(frozen=True)
class Spent:
    """Seconds of wall time, and of processor time with that of processes that ended."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Figure:
    """One number, the most it should be, and how numbers of its kind are written."""

    what: str
    aim: float
    measured: float
    form: str = "{:.2f}x"

    sign: ClassVar[str] = "at most"

    @property
    def reached(self) -> bool:
        """Whether it is as it should be."""
        return self.measured <= self.aim

    def row(self) -> tuple[str, ...]:
        """Of `figure_table`."""
        aim = f"{self.sign} {self.form.format(self.aim)}"
        reached = "reached" if self.reached else "NOT REACHED"
        return self.what, aim, self.form.format(self.measured), reached


@dataclass(frozen=True)
class Floor(Figure):
    """One number, and the least it should be."""

    sign: ClassVar[str] = "at least"

    @property
    def reached(self) -> bool:
        """Whether it is as it should be."""
        return self.measured >= self.aim


@dataclass
class Report:
    """What one program found: a table, and the figures that follow from it."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    @property
    def table(self) -> str:
        """Its rows, laid out."""
        return markdown(self.header, self.rows)


class Fresh(NamedTuple):
    """A case that needs something made anew for each round; the making is not measured.

    Attributes:
        make: gives what is needed, and clears up.
        use: what is measured.
    """

    make: Callable[[], AbstractContextManager[Any]]
    use: Callable[[Any], object]


class Rounds:
    """Runs cases in turns.

    Args:
        cases: name to what is measured.
        rounds: how often each runs.
    """

    def __init__(
        self, cases: Mapping[str, Callable[[], object] | Fresh], rounds: int = ROUNDS
    ) -> None:
        self.spent: dict[str, list[Spent]] = {name: [] for name in cases}
        for _ in range(rounds):
            for name, case in cases.items():
                self.spent[name].append(_measure(case))

    def wall(self, name: str) -> float:
        """Median seconds."""
        return statistics.median(spent.wall for spent in self.spent[name])

    def cpu(self, name: str) -> float:
        """Median seconds of processor time."""
        return statistics.median(spent.cpu for spent in self.spent[name])

    def ratio(self, name: str, base: str, of: str = "wall") -> float:
        """Median over the rounds of one case's time by another's."""
        return statistics.median(
            getattr(one, of) / getattr(other, of)
            for one, other in zip(self.spent[name], self.spent[base], strict=True)
        )

    def beyond(self, name: str, base: str, of: str = "wall") -> float:
        """Median over the rounds of the seconds one case takes more than another."""
        return statistics.median(
            getattr(one, of) - getattr(other, of)
            for one, other in zip(self.spent[name], self.spent[base], strict=True)
        )

    def rows(self, base: str) -> list[tuple[str, ...]]:
        """A row a case, for a table with the header `COMPARED`."""
        return [
            (
                name,
                f"{self.wall(name) * 1000:,.0f}",
                f"{self.cpu(name) * 1000:,.0f}",
                f"{self.ratio(name, base):.2f}x",
                f"{self.ratio(name, base, 'cpu'):.2f}x",
            )
            for name in self.spent
        ]

    def rate_rows(self, base: str, count: int) -> list[tuple[str, ...]]:
        """A row a case, for a table with the header `RATES`; each case worked on so many things."""
        return [
            (
                name,
                f"{count / self.wall(name):,.0f}",
                f"{self.ratio(base, name):.2f}",
                f"{self.cpu(name) / count * 1e6:.1f}",
                f"{self.ratio(base, name, 'cpu'):.2f}",
            )
            for name in self.spent
        ]


RATES = ("case", "a second", "of the first", "processor us each", "of the first, by processor")
COMPARED = ("case", "wall ms", "processor ms", "wall ratio", "processor ratio")


def _measure(case: Callable[[], object] | Fresh) -> Spent:
    if isinstance(case, Fresh):
        with case.make() as thing:
            return _measure(partial(case.use, thing))
    gc.collect()
    wall, cpu = time.perf_counter(), _processor_seconds()
    case()
    return Spent(time.perf_counter() - wall, _processor_seconds() - cpu)


def _processor_seconds() -> float:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def lags(made: list[float], counted: list[tuple[float, int]]) -> list[float]:
    """Return how long after each step it was counted.

    Args:
        made: when each step was made.
        counted: when which number of steps was told; the last one is all of them.
    """
    return [
        next(when for when, steps in counted if steps > number) - moment
        for number, moment in enumerate(sorted(made))
    ]


def figure_table(figures: list[Figure]) -> str:
    """Aims and what was measured."""
    return markdown(("figure", "aim", "measured", ""), [x.row() for x in figures])


def markdown(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Lay a table out so that it reads well as text, too."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, tuple("-" * width for width in widths), *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    )
