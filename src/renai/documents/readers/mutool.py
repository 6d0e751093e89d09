"""Read files by way of mutool, which converts to PDF what nothing else reads.

mutool (https://mupdf.com, AGPL) is a program of its own: it is called, and no part of it is linked
or shipped. What it makes of a file is as hostile as the file, and is read in a worker like any PDF.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from renai.documents.formats import BUILT_IN, Reader
from renai.documents.mutool import find_mutool, format_name, mutool_version, what_lacks
from renai.documents.readers.opening import CHANGED
from renai.documents.sandbox.confine import Limits, run_confined
from renai.documents.sandbox.scratch import scratch_folder
from renai.errors import DamagedDocumentError, DocumentError
from renai.keys.digest import get_file_hash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from renai.documents.sandbox.pool import WorkerPool
    from renai.extraction import Extraction

CONTAINER_METADATA = Reader("card", 1, "renai.documents.readers.container_metadata")
"""Reads a file's container metadata, tells its format, and refuses what is protected."""

_MOST_FILE_BYTES = 2**29
_FEWEST_PAGES = 20  # covers, half titles and empty pages come first
_CHARACTERS_A_PAGE = 500  # of a page that is not full

_REFUSED = 1
"""mutool's exit status for a file that it cannot read, and for other failures."""
_OF_THE_MACHINE = re.compile(
    rb"alloc|memory|space|too large|permission|denied|cannot (?:write|create|open)|thread"
    rb"|Traceback",
    re.IGNORECASE,
)
"""What a failure may speak of that has other causes than the file."""

# mutool tells a format by its suffix and does not know this one: AZW3 is MOBI with newer markup.
_SUFFIXES = {".azw3": ".mobi"}


class MutoolReader:
    """Reads files by way of PDF, at most `size` at once.

    Args:
        workers: read the PDFs, and what files say of themselves.
        size: conversions at once.
        time_limit: seconds that one conversion may take.
        memory_limit: bytes of address space mutool may take.
    """

    def __init__(
        self, workers: WorkerPool, size: int, *, time_limit: float, memory_limit: int
    ) -> None:
        self._workers = workers
        self._slots = asyncio.Semaphore(size)
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._version: str | None = None

    async def read(
        self,
        path: Path,
        read_pdf: Callable[[Path], Awaitable[Extraction]],
        *,
        text_limit: int,
        file_hash: str | None = None,
    ) -> Extraction:
        """Read at most `text_limit` characters.

        Args:
            path: the file.
            read_pdf: reads the PDF that it becomes.
            text_limit: bounds the pages that are converted.
            file_hash: the SHA-256 that the file's bytes must have, 64 hex digits; None if any do.

        Raises:
            DocumentError: mutool is missing, or the file is protected, damaged or too slow.
        """
        program = find_mutool()
        if program is None:
            raise DocumentError(path, what_lacks(path))
        container = await self._workers.read(path, reader=CONTAINER_METADATA, file_hash=file_hash)
        if self._version is None:
            self._version = await asyncio.to_thread(mutool_version, program)
        pages = max(_FEWEST_PAGES, text_limit // _CHARACTERS_A_PAGE)
        suffix = _suffix_for(path, container.extractor)
        async with self._slots, self._converted(program, path, suffix, pages, file_hash) as pdf:
            try:
                extraction = await read_pdf(pdf)
            except DocumentError as error:
                raise type(error)(path, error.reason, lasting=error.lasting) from error
        return replace(
            extraction,
            properties=extraction.properties | container.properties,
            pages=None,  # those converted are not all there are
            extractor=f"{self._version}, {extraction.extractor}",
            read_as=container.read_as,
        )

    @contextlib.asynccontextmanager
    async def _converted(
        self, program: str, path: Path, suffix: str, pages: int, file_hash: str | None
    ) -> AsyncIterator[Path]:
        """Convert the first pages of a file to a PDF, which is removed in the end."""
        limits = Limits(self._time_limit, self._memory_limit, _MOST_FILE_BYTES)
        stack = contextlib.ExitStack()
        try:
            folder = await asyncio.to_thread(stack.enter_context, scratch_folder())
            source = await asyncio.to_thread(_offer, path, folder / f"source{suffix}", file_hash)
            pdf = folder / "converted.pdf"
            command = (program, "convert", "-O", "compress", "-o", pdf, source, f"1-{pages}")
            status, remarks = await run_confined(command, limits, folder=folder)
            if status or not pdf.is_file():
                lasting = status == _REFUSED and not _OF_THE_MACHINE.search(remarks)
                reason = f"is damaged or not {format_name(path)}"
                raise DamagedDocumentError(path, reason, lasting=lasting)
            yield pdf
        except TimeoutError:
            reason = f"took longer than {self._time_limit:g} s to convert"
            raise DocumentError(path, reason) from None
        except OSError as error:
            raise DocumentError(path, f"cannot be converted: {error.strerror}") from error
        finally:
            await asyncio.shield(asyncio.to_thread(stack.close))


def _suffix_for(path: Path, told: str) -> str:
    """Return the suffix by which mutool takes a file for the format that its bytes are of.

    Args:
        path: the file, whose own suffix it is where the bytes leave the format open.
        told: the name of that format, as the worker says.
    """
    suffix = next((x.suffixes[0] for x in BUILT_IN if x.name == told), path.suffix.lower())
    return _SUFFIXES.get(suffix, suffix)


def _offer(path: Path, source: Path, file_hash: str | None) -> Path:
    """Give a file a name that mutool knows, and that no file's maker has chosen; return it.

    A file that must have a digest is copied, so that what is digested is what mutool reads.
    """
    if file_hash:
        shutil.copyfile(path, source)
        if get_file_hash(source) != file_hash:
            raise DocumentError(path, CHANGED)
        return source
    try:
        source.symlink_to(path.absolute())
    except OSError:  # Windows asks for a privilege
        shutil.copyfile(path, source)
    return source
