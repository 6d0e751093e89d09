"""The most memory a run holds: a first run, which reads and renames every file, and a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from measuring import Figure, Report
from program import peaks

if TYPE_CHECKING:
    from program import Peaks, World

_AIM = 300


def first_run(world: World) -> Peaks:
    """Read, cache and rename the library."""
    return peaks(world, str(world.library), "--yes")


def report(world: World, cold: Peaks, count: int) -> Report:
    """Measure a second run, and put it beside the first."""
    runs = {"first run, offline": cold, "warm run": peaks(world, str(world.library), "--yes")}
    return Report(
        f"Memory for {count:,} files",
        ("run", "renai MB", "renai and workers MB"),
        [(name, f"{x.program:.0f}", f"{x.with_workers:.0f}") for name, x in runs.items()],
        [
            Figure(f"{name}, renai and workers", _AIM, x.with_workers, "{:.0f} MB")
            for name, x in runs.items()
        ],
    )
