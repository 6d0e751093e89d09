"""`Orchestrator`: the way of a whole library from paths to metadata and to a plan.

`find` finds the files and takes from the cache what is there, which costs nothing; `fill` asks
about the rest. Between the two a caller can say what is about to be spent, and ask a person.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from contextlib import contextmanager, suppress
from functools import partial
from stat import S_ISREG
from typing import TYPE_CHECKING

from renai.batching import batched
from renai.documents.discover import discover
from renai.documents.fingerprint import read_digest
from renai.documents.formats import readers_for
from renai.documents.other_libraries import refuse_libraries
from renai.errors import (
    BudgetError,
    DocumentError,
    NotAskedError,
    ProviderError,
    RefusedKeyError,
)
from renai.file_job import AN_IMAGE, EMPTY, NOT_ASKED, WOULD_ASK, FileJob, Quote, ScanResult
from renai.keys.digest import digest_bytes
from renai.library.review import Review
from renai.metadata.recall import look_up
from renai.providers.registry import find_service
from renai.renaming.library_bounds import leads_out
from renai.renaming.plan import Policy, make_plan
from renai.renaming.template import Template
from renai.text_cleaning import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from renai.documents.discover import Found
    from renai.file_job import Problem
    from renai.metadata.processor import BookProcessor

_log = logging.getLogger("renai")

_HASHED_AT_ONCE = 64
_LOOKED_UP_AT_ONCE = 250  # of more, entries leave the processor's cache before they are checked
_MOST_FAILURES_IN_A_ROW = 10
_OF_NO_BYTES = digest_bytes(b"")


class Orchestrator:
    """Takes the files of a library through a processor.

    Args:
        books: the processor that finds out what documents are.
        survey: the scan result to fill; a caller that keeps it can watch the progress.
        heed_corrections: whether a person's corrections go before what a provider says; only a
            comparison of providers turns this off.
        refuse_libraries: whether folders of other programs are refused, which would not find files
            under new names; for runs that rename.
    """

    def __init__(
        self,
        books: BookProcessor,
        survey: ScanResult | None = None,
        *,
        heed_corrections: bool = True,
        refuse_libraries: bool = False,
    ) -> None:
        self.books = books
        self._heed_corrections = heed_corrections
        self._refuse_libraries = refuse_libraries
        self.survey = survey or ScanResult()
        self._failures_in_a_row = 0

    async def find(self, paths: Sequence[Path]) -> None:
        """Find files, digest them, and take from the cache what it has of them; nothing is spent.

        Raises:
            UsageError: a path does not exist, or belongs to another program.
        """
        import asyncio

        for step in self._finding(paths):
            await asyncio.to_thread(step)

    def find_blocking(self, paths: Sequence[Path]) -> None:
        """Find files like `find`, without an event loop, which a run may need for nothing else."""
        for step in self._finding(paths):
            step()

    def _finding(self, paths: Sequence[Path]) -> Iterator[Callable[[], None]]:
        """Yield the steps of `find`, which block; each is taken before the next one is made."""
        yield partial(self._find, paths)
        jobs = self.survey.jobs
        unknown = [job for job in jobs if not job.file_hash and job.problem is None]
        for some in batched(unknown, _HASHED_AT_ONCE):
            yield partial(self._digest_all, some)
        if self._heed_corrections:
            yield self._recall_corrections
        for job in self.survey.waiting:
            if job.file_hash == _OF_NO_BYTES:
                job.problem = EMPTY
        for some in batched(self.survey.waiting, _LOOKED_UP_AT_ONCE):
            yield partial(self._look_up, some)
        for job in self.survey.waiting:
            if lacking := self.books.what_lacks(job):
                job.problem = ("skip", lacking)

    def quote(self) -> Quote:
        """Return what `fill` may cost."""
        waiting = self.survey.waiting
        provider = self.books.provider
        of_text = provider.prompt_tokens(self.books.settings.text_limit)
        of_image = provider.prompt_tokens(0, pictures=1)
        prompts = {job.file_hash: of_image if job.kind == "image" else of_text for job in waiting}
        return Quote(len(waiting), len(prompts), sum(prompts.values()))

    async def fill(self) -> None:
        """Ask about every file without metadata.

        A file that cannot be read, or whose call fails, fails alone. Many failures in a row end
        the run, and so does a budget that is used up: the remaining files are skipped, and
        `ended_early` says why.

        Raises:
            ConfigurationError: there is a budget, and it is unknown what a call may cost.
            RefusedKeyError: no call can succeed with this key. Answers received before are cached.
        """
        import asyncio

        equal: dict[str | None, list[FileJob]] = defaultdict(list)
        for job in self._unfinished():
            equal[job.file_hash].append(job)
        groups = iter(equal.values())
        settings = self.books.settings
        # Enough tasks for every worker and every call to have the next file ready while answers
        # are being flushed to disk.
        tasks = 2 * (settings.concurrency + settings.workers)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(tasks):
                    group.create_task(self._work_off(groups))
        except ExceptionGroup as errors:  # raise the first one; the other tasks were cancelled
            raise errors.exceptions[0] from None

    @property
    def is_filled(self) -> bool:
        """Whether `fill` has nothing to do."""
        return not self._unfinished()

    def _unfinished(self) -> list[FileJob]:
        """Return the files that still need work; with `--ocr-debug`, all that can be read."""
        if not self.books.settings.ocr_debug:
            return self.survey.waiting
        return [job for job in self.survey.jobs if job.file_hash and job.problem is None]

    def end_early(self, reason: str) -> None:
        """Let `fill` come to its end: calls under way are answered, none follows.

        Args:
            reason: why; it is what the scan result says.
        """
        self.survey.ended_early = self.survey.ended_early or reason

    def take_up(self) -> None:
        """Let `fill` go on with the files that had not had their turn when it ended early."""
        self.survey.ended_early = ""
        self._failures_in_a_row = 0
        for job in self.survey.jobs:
            if job.problem == NOT_ASKED:
                job.problem = None

    def plan(self) -> list[FileJob]:
        """Decide what is to happen to every file, and return the jobs; nothing is renamed yet."""
        jobs = self.survey.jobs
        for job, decision in zip(jobs, make_plan(jobs, self._policy()), strict=True):
            job.decision = decision
        return jobs

    def review(self, *, everything: bool = False) -> Review:
        """Return the review in which a person goes through the uncertain files, or all."""
        return Review(
            self.survey.jobs, self._policy(), self.books.corrections, everything=everything
        )

    def remember_renamed(self, jobs: Iterable[FileJob]) -> None:
        """Update the memo after renames: a rename changes a file's ctime, and nothing else."""
        from renai.renaming.order import Identity  # most runs rename nothing

        files = []
        for job in jobs:
            if job.action == "rename" and job.new_path and job.file_hash:
                with suppress(OSError):
                    stat = job.new_path.stat()
                    if Identity.from_stat(stat) == Identity.from_stat(job.stat):
                        files.append((stat, job.file_hash))
        self.books.caches.memo.remember(files)

    def _policy(self) -> Policy:
        settings = self.books.settings
        return Policy(
            Template.parse(settings.template),
            settings.organize,
            self.least_confidence(),
            image_template=Template.parse(settings.image_template),
            duplicates=settings.duplicates,
        )

    def least_confidence(self) -> float:
        """Return below which confidence a file is uncertain, from 0 to 1.

        It is what the person asks for, else the default of the provider that answers.
        """
        least = self.books.settings.min_confidence
        return find_service(self.books.provider.name).min_confidence if least is None else least

    def _find(self, paths: Sequence[Path]) -> None:
        mutool, images = self.books.settings.mutool is not False, self.books.looks_at_images
        found = discover(
            paths,
            exclude=[self.books.caches.folder],
            notice_libraries=self._refuse_libraries,
        )
        faults: dict[str, Problem | None] = {}
        jobs = [_job_for(file, faults, mutool=mutool, images=images) for file in found]
        refuse_libraries(found.libraries)
        self.survey.jobs += jobs
        self.survey.not_read += found.not_read
        readable = [job for job in self.survey.jobs if job.problem is None]
        digests = self.books.caches.memo.recall([job.stat for job in readable])
        for job, digest in zip(readable, digests, strict=True):
            job.file_hash = digest or ""

    def _recall_corrections(self) -> None:
        waiting = [(job, job.file_hash) for job in self.survey.waiting if job.file_hash]
        corrected = self.books.corrections.recall(file_hash for _, file_hash in waiting)
        for job, file_hash in waiting if corrected else ():
            job.metadata = corrected.get(file_hash)
            if job.metadata is not None:
                job.corrected = True
                _log.info("Using your correction for %s", printable(job.name))

    def _look_up(self, jobs: Sequence[FileJob]) -> None:
        look_up(jobs, self.books.describer)
        self.survey.cached += sum(job.metadata is not None for job in jobs)
        self.survey.known_unreadable += sum(job.problem is not None for job in jobs)

    def _digest_all(self, jobs: Sequence[FileJob]) -> None:
        from concurrent.futures import ThreadPoolExecutor  # most runs know all files

        with ThreadPoolExecutor() as threads:
            try:
                list(threads.map(self._digest, jobs))
            except KeyboardInterrupt:  # a large file need not be read to its end first
                self.books.closing.set()
                raise
        digests = [(job.stat, job.file_hash) for job in jobs if job.file_hash]
        self.books.caches.memo.remember(digests)

    def _digest(self, job: FileJob) -> None:
        try:
            file_hash, stat = read_digest(job.path, self.books.closing.is_set)
            if _was_exchanged(job, stat):
                raise DocumentError(job.path, "was exchanged while it was read; run renai again")
            job.file_hash, job.stat = file_hash, stat
        except DocumentError as error:
            job.problem = ("skip", error.reason)

    async def _work_off(self, groups: Iterator[list[FileJob]]) -> None:
        """Fill one group of files with equal contents after another, as long as there are some.

        Of a group only the first file is asked about. The others find its answer in the cache, even
        in a run that takes nothing older from the cache.
        """
        for group in groups:
            if group[0].metadata is not None:
                await self._recognise_again(group[0])
                continue
            answered = False
            for job in group:
                if self.survey.ended_early:
                    job.problem = NOT_ASKED
                else:
                    await self._fill(job, refresh=False if answered else None)
                    job.asked = job.asked or (answered and group[0].asked)
                    answered = answered or job.metadata is not None

    async def _recognise_again(self, job: FileJob) -> None:
        try:
            await self.books.recognise_again(job)
        except DocumentError as error:  # the file keeps its metadata
            _log.warning("%s", printable(str(error)))

    async def _fill(self, job: FileJob, *, refresh: bool | None) -> None:
        from renai.metadata.pipeline import describe  # most runs find everything in the cache

        try:
            await describe(
                job,
                self.books.describer,
                refresh=refresh,
                around_call=self._around_call,
            )
        except DocumentError as error:
            job.problem = ("skip", error.reason)
        except BudgetError as error:
            job.problem, self.survey.ended_early = NOT_ASKED, str(error)
        except NotAskedError:
            job.problem = NOT_ASKED if self.survey.ended_early else WOULD_ASK
        except RefusedKeyError:  # ends the run, with the calls that wait for their turn
            raise
        except ProviderError as error:
            job.problem = ("fail", str(error))

    @contextmanager
    def _around_call(self) -> Iterator[None]:
        """Let no call begin once the run has ended, and count failures before the next one can."""
        if self.survey.ended_early:
            raise NotAskedError("the run has ended")
        try:
            yield
        except ProviderError as error:
            self._failures_in_a_row += 1
            if self._failures_in_a_row == _MOST_FAILURES_IN_A_ROW:
                count = self._failures_in_a_row
                self.survey.ended_early = f"{count} calls in a row failed: {error}"
            raise
        self._failures_in_a_row = 0


def _job_for(
    found: Found, faults: dict[str, Problem | None], *, mutool: bool, images: bool
) -> FileJob:
    """Return the job of a file; if nothing can read the file, the job has its problem at once.

    Args:
        found: the file.
        faults: why documents with a suffix are not read; None if they are. Filled here.
        mutool: whether documents may be converted by mutool.
        images: whether images are looked at.
    """
    location, kind, stat, root = found
    job = FileJob(location, root, kind, stat)
    if kind == "document":
        suffix = job.suffix
        if suffix not in faults:
            faults[suffix] = _fault_of_format(job.path, mutool=mutool)
        job.problem = faults[suffix]
    elif kind == "image":
        job.problem = None if images else AN_IMAGE
    elif kind == "link":
        job.problem = ("skip", "is a symbolic link; name the file it leads to")
    else:
        job.problem = ("skip", "not a file of a format that renai knows")
    return job


def _was_exchanged(job: FileJob, read: os.stat_result) -> bool:
    """Return whether what was read may not be the file itself, but what a link led to.

    The walk passes over links. But whoever may write in a library can put one there after it, and
    have any file of the user's sent to a provider.
    """
    try:
        found = job.path.lstat()
    except OSError:
        return True
    is_itself = os.path.samestat(found, read) or (
        # Some network filesystems number a file anew whenever they are asked.
        S_ISREG(found.st_mode)
        and (found.st_size, found.st_mtime_ns) == (read.st_size, read.st_mtime_ns)
    )
    return not is_itself or leads_out(job.root, job.path.parent)


def _fault_of_format(path: Path, *, mutool: bool) -> Problem | None:
    try:
        readers_for(path, mutool=mutool)
    except DocumentError as error:
        return "skip", error.reason
    return None
