"""Read documents in worker processes that can be killed and replaced one by one.

A crash, a hang or a bomb costs the one file it happened in, and the others go on. (A
`ProcessPoolExecutor` is broken as a whole by one crash, and cannot stop what hangs.)
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from base64 import b64decode
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from renai.closing import AsyncClosing
from renai.documents.formats import Reader, readers_for, viewer_for
from renai.documents.ocr.pages import MOST_RECOGNISED
from renai.documents.sandbox.bounds import MOST_CHARACTERS, bounded
from renai.documents.sandbox.confine import close_pipes, kill_group
from renai.documents.sandbox.worker import LENGTH, pack, unpack
from renai.errors import DamagedDocumentError, DocumentError
from renai.extraction import Extraction, Trace
from renai.settings import DEFAULT_TEXT_LIMIT
from renai.text_cleaning import document_line

if TYPE_CHECKING:
    from pathlib import Path

    from renai.documents.ocr.engine import Ocr

_GIB = 2**30
_DOCUMENTS_PER_WORKER = 500  # bounds what a parser's leaks add up to
_MOST_REPLY_BYTES = 2**28

# The only variables that a worker inherits: above all, no API key.
_INHERITED = (
    *("LANG", "LC_ALL", "LC_CTYPE", "PYTHONUTF8", "PATH", "SYSTEMROOT", "LD_LIBRARY_PATH"),
    "TESSDATA_PREFIX",  # where Tesseract finds its languages
)
_THUMBNAILS = Reader("thumbnail", 1, "renai.documents.readers.thumbnail")
_ENVIRONMENT = {
    # Libraries that would keep files in a home folder find none.
    "HOME": os.devnull,
    "XDG_CACHE_HOME": os.devnull,
    # ONNX Runtime, from 1.29 on, else tells its maker of every model that it loads.
    "ORT_DISABLE_TELEMETRY": "1",
    # One thread a worker: the pool is what runs in parallel, and every thread reserves memory.
    "OMP_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


class Reading(NamedTuple):
    """A document that a worker is reading.

    Attributes:
        path: the file.
        seconds: for how long, so far.
        pages_recognised: the pages of it that OCR has read or begun to read.
    """

    path: Path
    seconds: float
    pages_recognised: int


@dataclass(slots=True)
class _Worker:
    """One process, how many documents it has read, and which one it reads since when."""

    process: asyncio.subprocess.Process
    served: int = 0
    path: Path | None = None
    since: float = 0.0
    pages_recognised: int = 0

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request and wait for its reply.

        Raises:
            EOFError, ConnectionError: the process died.
            ValueError: the reply is no reply.
        """
        requests, replies = self.process.stdin, self.process.stdout
        assert requests is not None
        assert replies is not None
        requests.write(pack(request))
        await requests.drain()
        while True:  # for no longer than the document may take, however much is announced
            (length,) = LENGTH.unpack(await replies.readexactly(LENGTH.size))
            if length > _MOST_REPLY_BYTES:
                raise ValueError("a reply of an impossible length")
            reply = unpack(await replies.readexactly(length))
            if "recognising" not in reply:
                self.served += 1
                return reply
            self.pages_recognised += 1

    def kill(self) -> None:
        if self.process.returncode is None:
            kill_group(self.process)
        close_pipes(self.process)


class WorkerPool(AsyncClosing):
    """Reads documents, at most `size` at once; a process is started when there is work for it.

    Use it as an asynchronous context manager, or call `aclose` at the end. It belongs to one
    event loop.

    Args:
        size: processes at once; one a processor by default.
        time_limit: seconds one document may take.
        memory_limit: bytes of address space one process may take.
    """

    def __init__(
        self, size: int | None = None, *, time_limit: float = 60.0, memory_limit: int = 2 * _GIB
    ) -> None:
        self._slots = asyncio.Semaphore(size or os.cpu_count() or 1)
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._closed = False

    def readings(self) -> list[Reading]:
        """Return the documents that are being read, the one that has taken longest first."""
        now = time.monotonic()
        found = [
            Reading(worker.path, now - worker.since, worker.pages_recognised)
            for worker in list(self._workers)
            if worker.path is not None
        ]
        return sorted(found, key=attrgetter("seconds"), reverse=True)

    async def read(
        self,
        path: Path,
        *,
        reader: Reader | None = None,
        text_limit: int = DEFAULT_TEXT_LIMIT,
        ocr: Ocr | None = None,
        file_hash: str | None = None,
    ) -> Extraction:
        """Read a document.

        Args:
            path: the file.
            reader: what reads it; by default the first that its format has.
            text_limit: characters of its text that are wanted.
            ocr: how pages without usable text are read, where the format has pages; that may take
                as long again for each of them.
            file_hash: the SHA-256 that the file's bytes must have, 64 hex digits; None if any do.

        Raises:
            DocumentError: this file cannot be read: encrypted, damaged, too slow, too large, …
        """
        reader = reader or readers_for(path)[0]
        ocr = ocr if reader.has_pages else None
        seconds = self._time_limit * (1 + MOST_RECOGNISED if ocr else 1)
        return await self._read(path, reader, text_limit, ocr, seconds, file_hash)

    async def view(
        self,
        path: Path,
        *,
        most_pages: int = 1,
        text_limit: int = DEFAULT_TEXT_LIMIT,
        ocr: Ocr | None = None,
        file_hash: str | None = None,
    ) -> Extraction:
        """Make pictures of an image, or of pages of a document.

        Args:
            path: the file.
            most_pages: of a document that are wanted.
            text_limit: characters of the text in an image that are wanted.
            ocr: how that text is read, which may take as long again; None leaves it out.
            file_hash: the SHA-256 that the file's bytes must have, 64 hex digits; None if any do.

        Raises:
            DocumentError: this file cannot be looked at.
        """
        viewer = viewer_for(path)
        if viewer is None:
            raise DocumentError(path, "cannot be looked at")
        ocr = ocr if viewer.has_pages else None
        seconds = self._time_limit * (2 if ocr else 1)
        return await self._read(
            path, viewer, text_limit, ocr, seconds, file_hash, most_pages=most_pages
        )

    async def picture(
        self, path: Path, *, page: int, side: int, file_hash: str | None = None
    ) -> Extraction:
        """Make a small picture of one page, for a person.

        Args:
            path: the file.
            page: the number of the page, from 0.
            side: the longest side of the picture in pixels.
            file_hash: the SHA-256 that the file's bytes must have, 64 hex digits; None if any do.

        Raises:
            DocumentError: there is no such page, or it cannot be pictured.
        """
        return await self._read(
            path, _THUMBNAILS, 0, None, self._time_limit, file_hash, page=page, side=side
        )

    async def _read(
        self,
        path: Path,
        reader: Reader,
        text_limit: int,
        ocr: Ocr | None,
        seconds: float,
        file_hash: str | None,
        **options: int,
    ) -> Extraction:
        request = {
            "reader": reader.module,
            "path": str(path),  # the worker has this process's working folder
            "file_hash": file_hash,
            "text_limit": text_limit,
            "seconds": seconds,
            **options,
            **({"ocr": ocr} if ocr else {}),
        }
        async with self._slots:
            started = time.perf_counter()
            said = await self._ask(path, request)
            took = time.perf_counter() - started
        if isinstance(said, DocumentError):
            raise said
        return replace(said, seconds=took)

    async def aclose(self) -> None:
        """End all processes; reads under way fail."""
        self._closed = True
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            await worker.process.wait()
        self._workers.clear()
        self._idle.clear()

    async def _ask(self, path: Path, request: dict[str, Any]) -> Extraction | DocumentError:
        deadline = asyncio.get_running_loop().time() + request["seconds"]
        while True:
            if self._closed:
                raise DocumentError(path, "was not read: the pool is closed")
            worker = self._idle.pop() if self._idle else await self._start(path)
            worker.path, worker.since, worker.pages_recognised = path, time.monotonic(), 0
            try:
                async with asyncio.timeout_at(deadline):
                    reply = await worker.ask(request)
            except TimeoutError:
                worker.kill()
                reason = f"took longer than {request['seconds']:g} s to read"
                raise DocumentError(path, reason) from None
            except (EOFError, ConnectionError, ValueError):
                worker.kill()
                status = await worker.process.wait()
                if worker.served:
                    continue  # an earlier document may be to blame: ask a fresh process
                raise DamagedDocumentError(path, self._crash(status)) from None
            except BaseException:
                worker.kill()
                raise
            finally:
                worker.path = None
            said = _said(path, reply, request["text_limit"])
            if said is not None and worker.served < _DOCUMENTS_PER_WORKER:
                self._idle.append(worker)
            else:  # one that answers nonsense may do so again
                worker.kill()
            return said or DamagedDocumentError(path, "the parser answered nonsense")

    async def _start(self, path: Path) -> _Worker:
        self._workers = [x for x in self._workers if x.process.returncode is None]
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        # -P and no empty entry: a json.py in the folder renai is called in must not be imported.
        environment = inherited | _ENVIRONMENT
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        command = [
            sys.executable,
            "-BP",
            "-m",
            "renai.documents.sandbox.worker",
            str(self._memory_limit),
        ]
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                # Ctrl-C is for renai, which then ends its workers itself.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        except OSError as error:
            raise DocumentError(path, f"no process could be started: {error.strerror}") from error
        worker = _Worker(process)
        self._workers.append(worker)
        if self._closed:  # while it was being started
            worker.kill()
        return worker

    def _crash(self, status: int) -> str:
        """Say why a process ended, as far as its exit status tells."""
        name = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        limit = f"{self._memory_limit / _GIB:g} GiB"
        return f"the parser crashed ({name}): damaged, or in need of more than {limit} of memory"


def _said(path: Path, reply: dict[str, Any], text_limit: int) -> Extraction | DocumentError | None:
    """Return what a reply says, which may hold anything at all; None for nonsense."""
    if isinstance(reason := reply.get("error"), str):
        refusal = DamagedDocumentError if reply.get("damaged") else DocumentError
        lasting = reply.get("lasting") is True
        return refusal(path, document_line(reason[:MOST_CHARACTERS]), lasting=lasting)
    try:
        return bounded(_extraction(reply), text_limit)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None


def _extraction(reply: dict[str, Any]) -> Extraction:
    return replace(
        Extraction.from_facts(reply["text"], reply["facts"]),
        read_as=str(reply.get("read_as", "")),
        pictures=tuple(map(b64decode, reply["pictures"])),
        traces=tuple(Trace(int(page), b64decode(x), record) for page, x, record in reply["traces"]),
    )
