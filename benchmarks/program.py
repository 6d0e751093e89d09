"""The program, run as a person runs it, but in a world of its own."""

from __future__ import annotations

import compileall
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import renai

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RENAI = (sys.executable, "-m", "renai")
_SAMPLED_EVERY = 0.2


def compile_program() -> None:
    """Compile the program's modules, as an installer does.

    A checkout is compiled by its first run, or by every run where Python may not write bytecode.
    """
    compileall.compile_dir(str(Path(renai.__file__).parent), quiet=1)


@dataclass(frozen=True)
class World:
    """A temporary folder with a library, and a cache, a state and settings of its own."""

    folder: Path

    @property
    def library(self) -> Path:
        """Where the documents are."""
        return self.folder / "library"

    @property
    def cache(self) -> Path:
        """Where renai keeps what it knows of them."""
        return self.folder / "cache"

    def environment(self, **more: str) -> dict[str, str]:
        """The variables under which renai keeps to this world."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RENAI_")}
        return kept | {
            "RENAI_CACHE_DIR": str(self.cache),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            **more,
        }

    def run(self, *words: str, command: Sequence[str] = RENAI, **more: str) -> str:
        """Run to the end with its output in files; returns what it printed."""
        output = self.folder / "output"
        with output.open("wb") as stdout, (self.folder / "log").open("wb") as stderr:
            subprocess.run(
                [*command, *words],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=self.environment(**more),
            )
        return output.read_text()


@dataclass(frozen=True)
class Peaks:
    """The most memory held at a time, in MB (10^6 bytes).

    Attributes:
        program: of the program's own process, as the system kept track of it.
        with_workers: with the processes it started, as sampled; pages they share count for each.
    """

    program: float
    with_workers: float


def peaks(world: World, *words: str, **more: str) -> Peaks:
    """Run the program and watch its memory."""
    own = most = 0.0
    done = threading.Event()

    def watch(pid: int) -> None:
        nonlocal own, most
        while not done.wait(_SAMPLED_EVERY):
            own = max(own, peak(pid))
            most = max(most, resident(pid))

    with (world.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*RENAI, *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=world.environment(**more),
        )
    watcher = threading.Thread(target=watch, args=[process.pid])
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    watcher.join()
    if process.returncode:
        raise RuntimeError((world.folder / "log").read_text()[-2000:])
    if sys.platform != "linux":
        own = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return Peaks(own, max(own, most))


def peak(pid: int) -> float:
    """Return the MB that a process has held at most, where the system has a `/proc`.

    On Linux `wait4` gives at least what this process here held when it started that one.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def resident(pid: int) -> float:
    """Return the MB of a process and of those it started."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,rss="], check=True, capture_output=True, text=True
    ).stdout
    rows = [tuple(map(int, line.split())) for line in listing.splitlines()]
    return sum(rss for own, parent, rss in rows if pid in (own, parent)) * 1024 / 1e6


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has used so far; the system must have a `/proc`."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class RunningEndpoint:
    """`tests/endpoint.py` in a process of its own, as long as the block runs."""

    def __init__(self, delay: float) -> None:
        self._delay = delay

    def __enter__(self) -> Mapping[str, str]:
        """Start it; gives the variables that make it the `custom` provider."""
        script = Path(__file__).parents[1] / "tests" / "endpoint.py"
        self._process = subprocess.Popen(
            [sys.executable, str(script), "--delay", str(self._delay)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        url = self._process.stdout.readline().strip()
        return {"CUSTOM_API_BASE_URL": url, "CUSTOM_MODEL": "benchmark"}

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.wait()
