"""The program as its users run it: in a process of its own, with arguments, a home and a terminal.

Every test has its own home, cache, settings and record of renames below one folder.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect

from fork_server import ForkServer, Terminal, to_heed_signals
from waiting import LIMIT

KEY = "sk-a-secret-that-must-not-be-seen"
INHERITED = ("PATH", "PYTHONPATH", "TESSDATA_PREFIX", "COVERAGE_PROCESS_CONFIG")

_RENAI = (sys.executable, "-m", "renai")
_OF_RUNS = ("RENAI_", "CUSTOM_", "OPENAI_", "XDG_", "HOME", "PATH")
_OF_RUNS_ENDS = "_API_KEY"


def _heeded_at_start(environment: dict[str, str]) -> dict[str, str]:
    """Return what may mean something to Python, or to a library while that is imported."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(_OF_RUNS) and not name.endswith(_OF_RUNS_ENDS)
    }


def _of_all_runs() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, "LANG": "C.UTF-8", "HOME": os.environ["HOME"]}


def _may_be_forked(environment: dict[str, str]) -> bool:
    return _heeded_at_start(environment) == _heeded_at_start(_of_all_runs())


@functools.cache
def _fork_server() -> ForkServer:
    """Start the one server of this process, which ends with it."""
    server = ForkServer(_of_all_runs())
    atexit.register(server.close)
    return server


@dataclass(frozen=True)
class Finished:
    """What came of a run."""

    code: int
    out: str
    err: str

    @property
    def logs(self) -> list[str]:
        """Lines of standard error that the log wrote."""
        return [line for line in self.err.splitlines() if line.startswith("[")]

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def calls(self) -> int:
        return int(self.json["summary"]["calls"])


def ended(terminal: pexpect.spawn[str]) -> int:
    """Wait for the end of a run on a terminal; its exit code."""
    if not terminal.flag_eof:
        terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus is not None, terminal.signalstatus
    assert "Traceback" not in terminal.before
    return int(terminal.exitstatus)


def run_python(code: str) -> Finished:
    """Run Python code that may import what tests share, in a fork of the server.

    A fork of that one is cheap, which one of the tests' own process is not.
    """
    ran = _fork_server().run(["-c", code], str(Path(__file__).parent), _of_all_runs(), LIMIT)
    return Finished(*ran)


class Program:
    """`renai` in a home of its own.

    Args:
        home: a folder to keep everything in.
        url: where `--provider custom` finds its endpoint.
    """

    def __init__(self, home: Path, url: str = "") -> None:
        self.home = home
        self.cache = home / "cache"
        self.config = home / "config" / "renAI" / "config.toml"
        self.environment = {
            **{name: os.environ[name] for name in INHERITED if name in os.environ},
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "RENAI_CACHE_DIR": str(self.cache),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "CUSTOM_API_BASE_URL": url,
            "CUSTOM_MODEL": "first-model",
            "CUSTOM_API_KEY": KEY,
        }

    def __call__(self, *arguments: object, cwd: Path | None = None, **variables: str) -> Finished:
        """Run without a terminal, to the end; no run may show a traceback or the key.

        It is a fork of a server (see `fork_server.py`), unless it has a variable of its own that
        is heeded while Python starts.
        """
        environment = self.environment | variables
        if _may_be_forked(environment):
            words = [*map(_as_argument, arguments)]
            finished = Finished(
                *_fork_server().run(words, str(cwd or self.home), environment, LIMIT)
            )
        else:
            process = self.start(*arguments, cwd=cwd, **variables)
            out, err = process.communicate(timeout=LIMIT)
            finished = Finished(process.returncode, out, err)
        shown = finished.out + finished.err
        assert "Traceback" not in shown, shown
        assert KEY not in shown, shown
        return finished

    def start(
        self, *arguments: object, cwd: Path | None = None, **variables: str
    ) -> subprocess.Popen[str]:
        """Begin a run without a terminal."""
        return subprocess.Popen(
            [*_RENAI, *map(os.fsdecode, map(_as_argument, arguments))],
            cwd=cwd or self.home,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
            preexec_fn=to_heed_signals(),
        )

    def traced(self, strace: str, trace: Path, *arguments: object) -> Finished:
        """Run to the end, and write down what the program and its children open."""
        command = [strace, "-f", "-qq", "-e", "trace=openat,open", "-o", str(trace)]
        done = subprocess.run(
            [*command, *_RENAI, *map(str, arguments)],
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def on_terminal(
        self, *arguments: object, columns: int = 80, command: str = ""
    ) -> pexpect.spawn[str]:
        """Begin a run that a person sits in front of, a fork as well, or a shell's command.

        Also what starts anew begins as a fork of the server: one of the tests' own process has what
        locks other threads held at that moment, and would be waited for until it starts.
        """
        options: Any = {"dimensions": (40, columns), "encoding": "utf-8", "timeout": LIMIT}
        environment = self.environment | {"TERM": "xterm"}
        words = [*map(str, arguments)]
        if command or not _may_be_forked(self.environment):
            anew = ["/bin/sh", "-c", command] if command else [*_RENAI, *words]
            words = ["-c", f"import os; os.execv({anew[0]!r}, {anew!r})"]
        return Terminal(_fork_server(), words, str(self.home), environment, **options)

    def configure(self, toml: str) -> None:
        """Write the user's settings."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(toml)

    def entries(self, layer: str) -> dict[str, bytes]:
        """Names and bytes of what is cached in `text`, `metadata` or `quarantine`."""
        paths = sorted((self.cache / layer).glob("[!.]*"))  # the others are being written
        return {path.name: path.read_bytes() for path in paths}


def interrupt(terminal: pexpect.spawn[str]) -> None:
    """Press Ctrl-C, and again where nothing happens, until the program has ended.

    Python does not see one that comes in the instant before it begins to wait for a line.
    """
    for _ in range(10):
        terminal.sendintr()
        if terminal.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=LIMIT / 10) == 0:
            return
    raise AssertionError("Ctrl-C does not end it")


def _as_argument(argument: object) -> str | bytes:
    return argument if isinstance(argument, bytes) else str(argument)
