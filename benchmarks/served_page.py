"""The page of `renai web`, served as a person serves it, and the system's Chromium."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from program import RENAI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from program import World

PATIENCE = 600
"""Seconds after which nothing more is waited for."""

_LONGEST_EVENT = 4096
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Server:
    """A page that is served.

    Attributes:
        url: where it can be opened once and again, with its token.
        process: the number of its process.
    """

    url: str
    process: int

    @property
    def address(self) -> str:
        """Where it is, without the token."""
        return f"http://{urlsplit(self.url).netloc}"

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Give a browser without a screen, which may use the page."""
        origin = {"Origin": self.address}
        with httpx.Client(base_url=self.address, headers=origin, timeout=PATIENCE) as client:
            client.get(self.url).raise_for_status()
            yield client


@contextmanager
def served(world: World, library: Path, *words: str, **more: str) -> Iterator[Server]:
    """Serve the page over a library until the block ends."""
    with (world.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*RENAI, "web", str(library), "--no-browser", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=world.environment(**more),
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.startswith("http"):
            raise RuntimeError((world.folder / "log").read_text()[-2000:])
        yield Server(line, process.pid)
    finally:
        process.terminate()
        process.communicate()


def chromium_program() -> str | None:
    """Return where the system's Chromium is, if it has one."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the system's Chromium until the block ends."""
    from playwright.sync_api import sync_playwright

    program = chromium_program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def listen(
    server: Server, until: str = "planned", *, listening: Callable[[], object] = lambda: None
) -> None:
    """Listen as a page does, until it is told of a phase.

    Args:
        server: to whom.
        until: the phase.
        listening: is called when the server has answered.
    """
    told = b""
    with server.client() as client, client.stream("GET", "/events") as events:
        listening()
        for piece in events.iter_raw():  # to look at lines would cost more than what is measured
            told = told[-_LONGEST_EVENT:] + piece
            if f'"phase":"{until}"'.encode() in told:
                return
    raise RuntimeError(f"the server has ended before it was {until}")
