"""Orchestrator: a library's way from paths to metadata.

`find` finds the files and takes from the cache what is there, which costs nothing; `fill` asks
about the rest. Between the two a caller can say what is about to be spent, and ask a person.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

from renai.batching import batched
from renai.documents.discover import Found, discover
from renai.documents.fingerprint import read_digest
from renai.documents.formats import readers_for
from renai.errors import (
    BudgetError,
    DocumentError,
    NotAskedError,
    ProviderError,
    RefusedKeyError,
)
from renai.library.review import Review
from renai.library.survey import AN_IMAGE, NOT_ASKED, WOULD_ASK, Quote, Survey, Work
from renai.metadata.request import Document
from renai.providers.openai.prompt import PICTURE_TOKENS
from renai.renaming.identity import Identity
from renai.renaming.plan import Policy, make_plan
from renai.renaming.template import Template
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from renai.metadata.processor import BookProcessor
    from renai.renaming.plan import Decision

_log = logging.getLogger("renai")

_HASHED_AT_ONCE = 64
_LOOKED_UP_AT_ONCE = 1000
_FAILURES_IN_A_ROW = 10


class Orchestrator:
    """Runs a library through a processor.

    Args:
        books: reads documents.
        survey: the survey that is filled; a caller that keeps it can watch the run's progress.
        heed_corrections: whether what a person said goes before what a provider says, as it does
            but where providers are compared.
    """

    def __init__(
        self,
        books: BookProcessor,
        survey: Survey | None = None,
        *,
        heed_corrections: bool = True,
    ) -> None:
        self.books = books
        self._heed_corrections = heed_corrections
        self.survey = survey or Survey()
        self._failures_in_a_row = 0

    async def find(self, paths: Sequence[Path]) -> None:
        """Find files, digest them, and take from the cache what it knows; nothing is spent.

        Raises:
            UsageError: a path does not exist.
        """
        works = self.survey.works
        await asyncio.to_thread(self._find, paths)
        unknown = [work for work in works if work.document is None and work.problem is None]
        for some in batched(unknown, _HASHED_AT_ONCE):
            await asyncio.gather(*(asyncio.to_thread(self._digest, work) for work in some))
            documents = [work.document for work in some if work.document]
            digests = [(document.stat, document.file_hash) for document in documents]
            await asyncio.to_thread(self.books.caches.memo.remember, digests)
        if self._heed_corrections:
            await asyncio.to_thread(self._recall_corrections)
        for some in batched(self.survey.waiting, _LOOKED_UP_AT_ONCE):
            await asyncio.to_thread(self._look_up, some)
        for work in self.survey.waiting:
            if work.document and (lacking := self.books.what_lacks(work.document)):
                work.problem = ("skip", lacking)

    def quote(self) -> Quote:
        """Say what `fill` may cost."""
        waiting = self.survey.waiting
        provider = self.books.provider
        of_text = provider.prompt_tokens(self.books.settings.text_limit)
        of_image = provider.prompt_tokens(0) + PICTURE_TOKENS
        prompts = {
            work.document.file_hash: of_image if work.found.kind == "image" else of_text
            for work in waiting
            if work.document
        }
        return Quote(len(waiting), len(prompts), sum(prompts.values()))

    async def fill(self) -> None:
        """Ask about every file that nothing is known of.

        A file that cannot be read, or whose call fails, costs that file. Many failures in a row
        end the run, and so does a budget that is used up: the files left over are skipped, and
        `ended_early` says why.

        Raises:
            ConfigurationError: there is a budget, and nobody knows what a call may cost.
            RefusedKeyError: no call can succeed with this key. What was answered before is cached.
        """
        # Of equal files the first is asked about, and the others find its answer, also in a run
        # that takes nothing older from the cache.
        equal: dict[str, list[Work]] = defaultdict(list)
        for work in self._unfinished():
            assert work.document is not None
            equal[work.document.file_hash].append(work)
        groups = iter(equal.values())
        settings = self.books.settings
        # Enough for every worker and every call to have the next file ready, while answers are
        # being flushed to disk.
        tasks = 2 * (settings.concurrency + settings.workers)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(tasks):
                    group.create_task(self._work_off(groups))
        except ExceptionGroup as errors:  # the first of them; the other tasks were cancelled
            raise errors.exceptions[0] from None

    def _unfinished(self) -> list[Work]:
        """Files that something is to be done about; known ones too, where OCR is looked into."""
        if not self.books.settings.ocr_debug:
            return self.survey.waiting
        return [work for work in self.survey.works if work.document and work.problem is None]

    def plan(self) -> list[Decision]:
        """Decide what happens to every file; nothing happens yet."""
        return make_plan([work.item() for work in self.survey.works], self._policy())

    def review(self) -> Review:
        """Begin to go through the plan with a person."""
        return Review(self.survey.works, self._policy(), self.books.corrections)

    def remember_renamed(self, decisions: Iterable[Decision]) -> None:
        """Keep the memo true: a rename changes a file's ctime, and nothing else of it."""
        files = []
        for decision in decisions:
            if decision.action == "rename" and decision.new_path and decision.file_hash:
                with suppress(OSError):
                    stat = decision.new_path.stat()
                    if Identity.from_stat(stat) == decision.identity:
                        files.append((stat, decision.file_hash))
        self.books.caches.memo.remember(files)

    def _policy(self) -> Policy:
        settings = self.books.settings
        return Policy(
            Template.parse(settings.template),
            settings.organize,
            settings.min_confidence,
            image_template=Template.parse(settings.image_template),
        )

    def _find(self, paths: Sequence[Path]) -> None:
        mutool, images = self.books.settings.mutool is not False, self.books.reads_images
        found = discover(paths, exclude=[self.books.caches.folder])
        self.survey.works += [_unread(file, mutool=mutool, images=images) for file in found]
        readable = [work for work in self.survey.works if work.problem is None]
        digests = self.books.caches.memo.recall([work.found.stat for work in readable])
        for work, digest in zip(readable, digests, strict=True):
            if digest:
                work.document = Document(work.found.path, digest, work.found.stat)

    def _recall_corrections(self) -> None:
        waiting = [(work, work.document) for work in self.survey.waiting if work.document]
        corrected = self.books.corrections.recall(document.file_hash for _, document in waiting)
        for work, document in waiting if corrected else ():
            work.metadata = corrected.get(document.file_hash)
            if work.metadata is not None:
                work.corrected = True
                _log.info("Using your correction for %s", printable(document.path.name))

    def _look_up(self, works: Sequence[Work]) -> None:
        documents = [work.document for work in works if work.document]
        for work, metadata in zip(works, self.books.look_up(documents), strict=True):
            work.metadata = metadata
            self.survey.cached += metadata is not None

    def _digest(self, work: Work) -> None:
        try:
            digest, stat = read_digest(work.found.path, self.books.closing.is_set)
        except DocumentError as error:
            work.problem = ("skip", error.reason)
        else:
            work.document = Document(work.found.path, digest, stat)

    async def _work_off(self, groups: Iterator[list[Work]]) -> None:
        for group in groups:
            if group[0].metadata is not None:
                await self._recognise_again(group[0])
                continue
            answered = False
            for work in group:
                if self.survey.ended_early:
                    work.problem = NOT_ASKED
                else:
                    await self._fill(work, refresh=False if answered else None)
                    answered = answered or work.metadata is not None

    async def _recognise_again(self, work: Work) -> None:
        assert work.document is not None
        try:
            await self.books.recognise_again(work.document)
        except DocumentError as error:  # what is known of it stays known
            _log.warning("%s", printable(str(error)))

    async def _fill(self, work: Work, *, refresh: bool | None) -> None:
        assert work.document is not None
        try:
            work.metadata = await self.books.read(work.document, refresh=refresh)
        except DocumentError as error:
            work.problem = ("skip", error.reason)
        except BudgetError as error:
            work.problem, self.survey.ended_early = NOT_ASKED, str(error)
        except NotAskedError:
            work.problem = WOULD_ASK
        except RefusedKeyError:  # nor need the calls be made that wait for their turn
            raise
        except ProviderError as error:
            work.problem = ("fail", str(error))
            self._failures_in_a_row += 1
            if self._failures_in_a_row == _FAILURES_IN_A_ROW:
                self.survey.ended_early = f"{_FAILURES_IN_A_ROW} calls in a row failed: {error}"
        else:
            self.survey.asked += 1
            self._failures_in_a_row = 0


def _unread(found: Found, *, mutool: bool, images: bool) -> Work:
    """Begin with a file; one that nothing can read is done with at once."""
    if found.kind == "image":
        return Work(found, problem=None if images else ("skip", AN_IMAGE))
    if found.kind == "link":
        return Work(found, problem=("skip", "is a symbolic link; name the file it leads to"))
    if found.kind == "other":
        return Work(found, problem=("skip", "not a file of a format that renai knows"))
    try:
        readers_for(found.path, mutool=mutool)
    except DocumentError as error:
        return Work(found, problem=("skip", error.reason))
    return Work(found)
