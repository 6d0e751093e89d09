"""Small pictures of pages, rendered in the sandbox when a page asks for them.

They are kept in memory alone, by content: a picture of a document on the disk would be a trace of
it that `renai cache forget` does not know of.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from renai.documents.sandbox.pool import WorkerPool
from renai.errors import DocumentError

if TYPE_CHECKING:
    from pathlib import Path

    from renai.settings import Settings

SMALL, LARGE = 160, 900
"""Pixels of the longest side: of a row's picture, on a screen of two pixels each; of a page."""

_MOST_BYTES = 48 << 20
_LONGEST_WAIT = 20.0  # seconds that one page may take
_LOOKS_LIKE_JPEG = b"\xff\xd8\xff"


class Picture(NamedTuple):
    """A page of a document.

    Attributes:
        jpeg: the picture; empty if there is none.
        pages: how many pages the document has.
    """

    jpeg: bytes
    pages: int


_NONE = Picture(b"", 0)


class Thumbnails:
    """Renders pages, each once, as long as there is room for what was rendered.

    Args:
        settings: the settings, with the limits for one document.
    """

    def __init__(self, settings: Settings) -> None:
        self._pool = WorkerPool(
            min(2, settings.workers),
            time_limit=min(_LONGEST_WAIT, settings.document_seconds),
            memory_limit=settings.document_memory,
        )
        self._kept: OrderedDict[tuple[str, int, int], Picture] = OrderedDict()
        self._size = 0
        self._under_way: dict[tuple[str, int, int], asyncio.Task[Picture]] = {}

    async def picture(self, path: Path, file_hash: str, page: int, side: int) -> Picture:
        """Return a page; an empty picture where there is none to be had.

        Args:
            path: the file.
            file_hash: the SHA-256 of its bytes, 64 hex digits.
            page: the number of the page, from 0.
            side: the longest side in pixels.
        """
        name = (file_hash, page, side)
        if (kept := self._kept.get(name)) is not None:
            self._kept.move_to_end(name)
            return kept
        task = self._under_way.get(name)
        if task is None:
            task = self._under_way[name] = asyncio.create_task(self._render(path, name))
            task.add_done_callback(lambda _: self._under_way.pop(name, None))
        return await asyncio.shield(task)  # a page that is left does not cost the others theirs

    async def aclose(self) -> None:
        """Stop the worker processes."""
        await self._pool.aclose()

    async def _render(self, path: Path, name: tuple[str, int, int]) -> Picture:
        file_hash, page, side = name
        try:
            made = await self._pool.picture(path, page=page, side=side, file_hash=file_hash)
        except DocumentError as error:
            if error.lasting:
                self._keep(name, _NONE)
            return _NONE
        # A worker that a document has taken over may say anything.
        jpeg = made.pictures[0] if len(made.pictures) == 1 else b""
        if not jpeg.startswith(_LOOKS_LIKE_JPEG):
            return _NONE
        picture = Picture(jpeg, made.pages or 1)
        self._keep(name, picture)
        return picture

    def _keep(self, name: tuple[str, int, int], picture: Picture) -> None:
        self._kept[name] = picture
        self._size += len(picture.jpeg)
        while self._size > _MOST_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest.jpeg)
