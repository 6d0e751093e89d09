"""How reports are shown, and put between the marks of a page of the docs."""

from __future__ import annotations

import datetime
import os
import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from measuring import Report


def shown(report: Report) -> str:
    """A report's title and table."""
    return f"### {report.title}\n\n{report.table}"


def machine() -> str:
    """When and on what it was measured."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"Measured on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} cores, "
        f"{pages / 2**30:.0f} GiB, {platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()}."
    )


def load() -> str:
    """How busy the machine is, for what is measured in seconds."""
    return (
        "Processes that wanted a core in the end, on average: "
        f"{os.getloadavg()[1]:.1f}; beyond the number of cores, wall times count other work, too."
    )


def write_between(page: Path, group: str, tables: str) -> None:
    """Replace what stands between the two marks of a group.

    Raises:
        SystemExit: the page has no such marks.
    """
    first, last = f"<!-- {group}: begin -->", f"<!-- {group}: end -->"
    before, begin, rest = page.read_text().partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise SystemExit(f"{page} has no lines {first} and {last} for the tables")
    page.write_text(f"{before}{first}\n\n{tables}\n\n{last}{after}")
