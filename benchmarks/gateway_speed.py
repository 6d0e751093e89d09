"""Measure the gateway where everything is a hit: one worker, 1,536 numbers a vector, over HTTP.

Beside it, in turns, stand the least that the same stack can do (`gateway_prototype.py`) and, where
there is one, LiteLLM's proxy with its cache in Redis. `wrk` asks; its requests have one text, or
256 texts answered as base64 or as numbers. On a busy machine the processor time of a server says
more than its rate. LiteLLM's proxy asks the service now and then for what it has in its cache.

    python benchmarks/gateway_speed.py [--quick] [--litellm PYTHON]

`PYTHON` is that of an environment with `pip install 'litellm[proxy]'` in it.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import numpy as np

from docs_pages import load, machine, shown
from gateway_prototype import Vectors
from measuring import ROUNDS, Floor, Report, figure_table
from program import processor_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent
_LITELLM = _HERE.parent / "tests" / "gateway" / "litellm_proxy.py"
_DIM, _BATCH, _TEXTS, _CHARACTERS = 1536, 256, 1024, 500
_MOST_SECONDS = 64
_MODEL, _KEY = "benchmark", "sk-benchmark"
_CONNECTIONS = 8
_OURS, _PROTOTYPE, _OTHER = "renai gateway", "bare prototype", "LiteLLM's proxy"
_AIMS = {_PROTOTYPE: 0.8, _OTHER: 10.0}
_SECONDS_TO_START = 300


def vectors_of(texts: list[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return what the service embeds texts as: float32 (n, 1536), that of a normal length."""
    seeds = [int.from_bytes(sha256(text.encode()).digest()[:8], "little") for text in texts]
    rows = np.array([np.random.default_rng(seed).normal(size=_DIM) for seed in seeds])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype("<f4")


class _Service(BaseHTTPRequestHandler):
    """An endpoint of OpenAI's protocol that counts requests with the benchmark's own key.

    LiteLLM's proxy has another one, and still asks for a while after nobody waits any longer.
    """

    protocol_version = "HTTP/1.1"
    count = 0

    def do_POST(self) -> None:
        _Service.count += self.headers["Authorization"] == f"Bearer {_KEY}"
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        given = asked["input"]
        vectors = vectors_of([given] if isinstance(given, str) else given)
        as_text = asked.get("encoding_format") == "base64"
        rows = [base64.b64encode(it).decode() if as_text else it.tolist() for it in vectors]
        data = [{"object": "embedding", "index": at, "embedding": it} for at, it in enumerate(rows)]
        usage = {"prompt_tokens": len(rows), "total_tokens": len(rows)}
        answer = {"object": "list", "data": data, "model": asked["model"], "usage": usage}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@contextmanager
def _service() -> Iterator[str]:
    """Run the service; gives its base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


@dataclass(frozen=True)
class Kind:
    """A kind of request.

    Attributes:
        name: what it is called.
        texts: how many texts one has.
        form: its `encoding_format`.
    """

    name: str
    texts: int
    form: str

    def bodies(self, texts: list[str]) -> list[str]:
        """Return the bodies that are sent in turns."""
        parts = [texts[at : at + self.texts] for at in range(0, len(texts), self.texts)]
        return [
            json.dumps(
                {
                    "input": part if self.texts > 1 else part[0],
                    "model": _MODEL,
                    "encoding_format": self.form,
                }
            )
            for part in parts
        ]


_KINDS = (
    Kind("one text, as base64", 1, "base64"),
    Kind(f"{_BATCH} texts, as base64", _BATCH, "base64"),
    Kind(f"{_BATCH} texts, as numbers", _BATCH, "float"),
)


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        url: its base URL.
        process: its number.
    """

    url: str
    process: int

    def processor_seconds(self) -> float:
        """Return the processor time it has used so far."""
        return processor_seconds(self.process)


@contextmanager
def _running(folder: Path, health: str, words: list[str], port: int) -> Iterator[Server]:
    """Run a server until the block ends; it can be used when that begins."""
    folder.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {**kept, "HOME": str(folder), "RENAI_CACHE_DIR": str(folder / "cache")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + _SECONDS_TO_START
        while not _answers(f"http://127.0.0.1:{port}{health}"):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text()[-2000:])
            time.sleep(0.1)
        yield Server(f"http://127.0.0.1:{port}/v1", process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _servers(
    folder: Path, stack: ExitStack, upstream: str, texts: list[str], litellm: str | None
) -> dict[str, Server]:
    """Start all servers; returns them by their names."""
    port = _free_port()
    store = f"sqlite:///{folder}/renai.sqlite"
    ours = [sys.executable, "-m", "renai", "gateway", "--upstream", upstream]
    ours += ["--port", str(port), "--cache-url", store]
    servers = {_OURS: stack.enter_context(_running(folder / "renai", "/health", ours, port))}

    port, file = _free_port(), str(folder / "prototype.sqlite")
    rows = zip(texts, vectors_of(texts), strict=True)
    Vectors(file).put(_MODEL, [(text, vector.tobytes()) for text, vector in rows])
    bare = [sys.executable, str(_HERE / "gateway_prototype.py"), file, str(port)]
    servers[_PROTOTYPE] = stack.enter_context(_running(folder / "bare", "/health", bare, port))

    if litellm:
        kept, port = _free_port(), _free_port()
        redis = ["redis-server", "--port", str(kept), "--bind", "127.0.0.1", "--save", ""]
        (folder / "redis").mkdir()
        process = subprocess.Popen(redis, cwd=folder / "redis", stdout=subprocess.DEVNULL)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        other = [litellm, str(_LITELLM), "--upstream", upstream, "--port", str(port)]
        other += ["--cache-url", f"redis://127.0.0.1:{kept}/0"]
        alive = "/health/liveliness"
        servers[_OTHER] = stack.enter_context(_running(folder / "litellm", alive, other, port))
    return servers


def _fill(url: str, kind: Kind, texts: list[str]) -> None:
    """Send each request twice, so that it is known; the second answer must be right."""
    headers = {"Authorization": f"Bearer {_KEY}", "Content-Type": "application/json"}
    with httpx.Client(headers=headers, timeout=_SECONDS_TO_START) as http:
        bodies = kind.bodies(texts)
        for body in bodies:
            http.post(f"{url}/embeddings", content=body).raise_for_status()
        answer = http.post(f"{url}/embeddings", content=bodies[-1]).json()
    found = [
        np.frombuffer(base64.b64decode(it), "<f4") if isinstance(it, str) else np.array(it, "<f4")
        for it in (row["embedding"] for row in answer["data"])
    ]
    if not np.array_equal(found, vectors_of(texts[-kind.texts :])):
        raise RuntimeError(f"{url} gives wrong vectors")


_SCRIPT = """
local bodies = {}
for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end
local headers = {["Content-Type"] = "application/json"}
headers["Authorization"] = "Bearer " .. os.getenv("KEY")
local requests, at = {}, 0
init = function()
  for n, body in ipairs(bodies) do requests[n] = wrk.format("POST", nil, headers, body) end
end
request = function() at = at % #requests + 1; return requests[at] end
"""


class Rate(NamedTuple):
    """Requests a second, and the server's processor seconds for each."""

    requests: float
    processor: float


class Wrk:
    """Asks a server as often as it answers.

    Args:
        folder: for its files.
        seconds: how long it asks.
    """

    def __init__(self, folder: Path, seconds: int) -> None:
        self._folder = folder
        self._seconds = seconds
        self._script = folder / "requests.lua"
        self._script.write_text(_SCRIPT)

    def rate(self, server: Server, kind: Kind, texts: list[str]) -> Rate:
        """Return how fast a server answered; a slow one is asked for longer.

        Raises:
            RuntimeError: it answered nothing at all.
        """
        seconds = self._seconds
        while seconds <= _MOST_SECONDS:
            if rate := self._rate(server, kind, texts, seconds):
                return rate
            seconds *= 4
        raise RuntimeError(f"{server.url} answered no request in {_MOST_SECONDS} seconds")

    def _rate(self, server: Server, kind: Kind, texts: list[str], seconds: int) -> Rate | None:
        before = server.processor_seconds()
        bodies = self._folder / f"{kind.texts}-{kind.form}.txt"
        bodies.write_text("\n".join(kind.bodies(texts)))
        words = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "--timeout", "600s"]
        run = subprocess.run(
            [*words, "-s", str(self._script), f"{server.url}/embeddings"],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "BODIES": str(bodies), "KEY": _KEY},
        )
        found = re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)
        if found is None or "Non-2xx" in run.stdout or "Socket errors" in run.stdout:
            raise RuntimeError(run.stdout)
        count = int(re.search(r"(\d+) requests in", run.stdout)[1])  # type: ignore[index]
        if not count:
            return None
        return Rate(float(found[1]), (server.processor_seconds() - before) / count)


def reports(
    folder: Path, seconds: int, rounds: int, litellm: str | None = None
) -> Iterator[Report]:
    """Measure."""
    letters = np.random.default_rng(0).integers(97, 123, (_TEXTS, _CHARACTERS), np.uint8)
    texts = [bytes(row).decode() for row in letters]
    wrk = Wrk(folder, seconds)
    with ExitStack() as stack:
        upstream = stack.enter_context(_service())
        servers = _servers(folder, stack, upstream, texts, litellm)
        for kind in _KINDS:
            for server in servers.values():
                _fill(server.url, kind, texts)
            rates: dict[str, list[Rate]] = {name: [] for name in servers}
            for _ in range(rounds):
                for name, server in servers.items():
                    before = _Service.count
                    rates[name].append(wrk.rate(server, kind, texts))
                    if _Service.count != before:
                        raise RuntimeError(f"{name} did not have all in its cache")
            yield _report(kind, rates)


def _report(kind: Kind, rates: dict[str, list[Rate]]) -> Report:
    ratios, by_processor = {}, {}
    for name, its in rates.items():
        pairs = list(zip(rates[_OURS], its, strict=True))
        ratios[name] = statistics.median(ours.requests / it.requests for ours, it in pairs)
        by_processor[name] = statistics.median(it.processor / ours.processor for ours, it in pairs)
    return Report(
        f"A gateway, all hits: requests of {kind.name}",
        (
            *("server", "requests a second", "vectors a second", "processor us a request"),
            *("renai's by rate", "by processor"),
        ),
        [
            (
                name,
                f"{statistics.median(it.requests for it in its):,.0f}",
                f"{statistics.median(it.requests for it in its) * kind.texts:,.0f}",
                f"{statistics.median(it.processor for it in its) * 1e6:,.0f}",
                f"{ratios[name]:.2f}",
                f"{by_processor[name]:.2f}",
            )
            for name, its in rates.items()
        ],
        [
            Floor(f"{kind.name}: renai gateway / {name}", aim, ratios[name])
            for name, aim in _AIMS.items()
            if name in rates
        ],
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a small dose")
    parser.add_argument("--litellm", metavar="PYTHON", help="of an environment with its proxy")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("this needs wrk: apt install wrk, or brew install wrk")
    figures = []
    with tempfile.TemporaryDirectory(prefix="renai-bench-") as folder:
        seconds, rounds = (1, 1) if options.quick else (4, ROUNDS)
        for report in reports(Path(folder), seconds, rounds, options.litellm):
            print(f"{shown(report)}\n", flush=True)
            figures += report.figures
    print(f"{figure_table(figures)}\n\n{machine()} {load()}")


if __name__ == "__main__":
    main()
