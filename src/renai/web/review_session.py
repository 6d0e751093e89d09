"""One library under review: scan, price, ask, plan, choose, apply; for all open pages together.

There is one review for the whole server, whatever the number of pages: what is said in one of them
is seen in all. Whatever takes long is a task; pages are told how far it has come.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from renai.errors import RenaiError, UsageError
from renai.library.orchestrator import Orchestrator
from renai.library.review import LEFT_ALONE
from renai.locations import journal_folder
from renai.metadata.quotation import estimate
from renai.renaming.execute import execute
from renai.renaming.recovery import recover
from renai.text_cleaning import printable
from renai.usage.database import read_history
from renai.web.plan_rows import COLUMNS, PlanRows, state_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from pathlib import Path

    from renai.file_job import FileJob
    from renai.library.review import Review
    from renai.metadata.processor import BookProcessor
    from renai.web.events import Events
    from renai.web.options import WebOptions
    from renai.web.plan_rows import Choice

_log = logging.getLogger("renai")

Phase = Literal[
    "idle", "scanning", "priced", "asking", "pausing", "paused", "planned", "applying", "applied"
]
"""What the review is at: `priced` waits for a person's consent to spend, `paused` for one to go on;
`planned` can be applied; `idle` has no files."""

_SECONDS_BETWEEN_REPORTS = 0.15
_PAUSED = "paused"
_MOST_ROWS_TOLD = 400  # of more, pages fetch all


class StaleError(Exception):
    """What a page asks for is about a plan that is no longer this one; it must be loaded again."""


class ReviewSession:
    """The review of the files under the paths that were given.

    Args:
        options: what was chosen.
        books: the processor that finds out what documents are.
        events: tells open pages what happens.
    """

    def __init__(self, options: WebOptions, books: BookProcessor, events: Events) -> None:
        self._options = options
        self._books = books
        self._events = events
        self._work: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._is_closing = False
        self._begin()

    def _begin(self) -> None:
        self.scan_id = secrets.token_urlsafe(9)
        self.phase: Phase = "idle"
        self.notice = ""
        self.run: str | None = None
        self.revision = 0
        self._price: dict[str, Any] | None = None
        self._orchestrator = Orchestrator(self._books, refuse_libraries=not self._options.force)
        self._review: Review | None = None
        self._renames = (0, 0)
        self._choices: list[Choice] = []
        self._names: dict[int, str] = {}
        self._changed_at: list[int] = []
        self._rows: list[list[Any]] = []
        self._plan_rows = PlanRows((), 0.0)
        self._executed: set[int] = set()
        self._is_paused = False

    # What pages see.

    def state(self) -> dict[str, Any]:
        """Return all that a page shows besides the rows."""
        counts = self._orchestrator.survey.counts()
        return {
            "scan": self.scan_id,
            "phase": self.phase,
            "notice": self.notice,
            "revision": self.revision,
            "run": self.run,
            "price": self._price,
            "ended_early": printable(self._orchestrator.survey.ended_early),
            "progress": counts._asdict(),
            "renames": {"done": self._renames[0], "total": self._renames[1]},
            "waiting": printable(self._books.waiting),
            "provider": f"{self._books.provider.name}:{self._books.provider.model}",
            "paths": [printable(str(path)) for path in self._options.paths],
        }

    def rows(self) -> dict[str, Any]:
        """Return the whole plan."""
        return {
            "scan": self.scan_id,
            "revision": self.revision,
            "columns": COLUMNS,
            "folders": self._plan_rows.folders,
            "rows": self._rows,
        }

    def job(self, scan_id: str, number: int) -> FileJob:
        """Return a file by its number.

        Raises:
            StaleError: it is not a number of this scan.
        """
        jobs = self._orchestrator.survey.jobs
        if scan_id != self.scan_id or not 0 <= number < len(jobs):
            raise StaleError
        return jobs[number]

    def place_of(self, number: int) -> Path:
        """Return where a file is now, also if this review has renamed it."""
        job = self._orchestrator.survey.jobs[number]
        return (number in self._executed and job.new_path) or job.path

    def jobs(self) -> list[FileJob]:
        """Return all files that were found."""
        return list(self._orchestrator.survey.jobs)

    # What a person starts and ends.

    def scan(self) -> None:
        """Look for files and for what the cache has of them; nothing is spent.

        Raises:
            UsageError: something else is under way.
        """
        self._refuse_while_busy()
        self._begin()
        if self._options.paths:
            self._start("scanning", self._find())
        else:
            self._tell()

    def ask(self, *, consent: bool) -> None:
        """Ask about the files that are not known, or go on without them.

        Args:
            consent: whether the person agrees that the model is asked, and paid.

        Raises:
            UsageError: nothing waits for an answer.
        """
        if self.phase not in ("priced", "paused", "planned"):
            raise UsageError("there is nothing to ask now")
        if not consent:
            self._start(self.phase, self._plan())
            return
        self._orchestrator.take_up()
        self._start("asking", self._fill())

    def pause(self) -> None:
        """Ask no further; calls under way are answered, for they are paid."""
        if self.phase == "asking":
            self._orchestrator.end_early(_PAUSED)
            self._is_paused = True
            self._set("pausing")

    async def stop(self) -> None:
        """End a search for files, or the questions; what is known by then is planned."""
        if self.phase == "scanning":
            await self._cancel()
            self._begin()
            self.notice = "The scan was stopped."
            self._tell()
        elif self.phase in ("asking", "pausing"):
            self._orchestrator.end_early("stopped")
            self._is_paused = False
        elif self.phase == "paused":
            self._start(self.phase, self._plan())

    # What a person chooses.

    async def choose(
        self, scan_id: str, revision: int, numbers: Iterable[int], choice: Choice
    ) -> list[int]:
        """Accept or skip files, or take that back.

        Args:
            scan_id: the scan that the page shows.
            revision: the plan that the page shows.
            numbers: the files.
            choice: what is said of them.

        Returns:
            The files of which nothing is changed, as the page shows another new name than the plan
            has by now, or as there is none.

        Raises:
            StaleError: the page shows another scan, or the plan is being applied.
        """
        async with self._changing:
            if scan_id != self.scan_id or self.phase != "planned" or self._review is None:
                raise StaleError
            jobs = self._orchestrator.survey.jobs
            refused, changed, freed = [], [], False
            for number in numbers:
                job = self.job(scan_id, number)
                is_late = self._changed_at[number] > revision
                if state_of(job) != "open" or (
                    choice == "accepted"
                    and (is_late or (job.action != "rename" and job.problem != LEFT_ALONE))
                ):
                    refused.append(number)
                    continue
                freed = freed or choice == "skipped" or job.problem == LEFT_ALONE
                if choice == "skipped":
                    self._review.leave(job)
                elif job.problem == LEFT_ALONE:
                    job.problem = None
                self._choices[number] = choice
                changed.append(number)
            if freed:
                await asyncio.to_thread(self._review.plan)
            for number in changed:
                job = jobs[number]
                if choice == "accepted":
                    self._names[number] = str(job.new_path)
                else:
                    self._names.pop(number, None)
            self._update_rows(None if freed else changed)
            return refused

    async def correct(self, scan_id: str, number: int, field: str, text: str) -> None:
        """Set a field of a file as a person wrote it; the new name follows at once.

        Raises:
            StaleError: the page shows another scan, or the plan is being applied.
            UsageError: the text is not a value for this field.
            StoreError: the correction cannot be kept.
        """
        async with self._changing:
            job = self.job(scan_id, number)
            if self.phase != "planned" or self._review is None:
                raise StaleError
            if job.metadata is None:
                raise UsageError("nothing is known of this file yet that could be corrected")
            await asyncio.to_thread(self._review.correct, job, field, text)
            self._update_rows(None)

    async def prepare(self, scan_id: str) -> dict[str, Any]:
        """Return what would be renamed now, with a digest by which it is agreed to.

        Raises:
            StaleError: the page shows another scan, or the plan is being applied.
        """
        async with self._changing:
            plan = await self._accepted_plan(scan_id)
            renames = [(i, job) for i, job in enumerate(plan) if job.action == "rename"]
            return {
                "digest": _digest(plan),
                "files": len(renames),
                "sidecars": sum(len(job.decision.companions) for _, job in renames),
                "changed": [
                    {
                        "row": i,
                        "name": printable(job.path.name),
                        "new_name": printable(job.new_path.name if job.new_path else ""),
                    }
                    for i, job in renames
                    if str(job.new_path) != self._names.get(i)
                ],
            }

    async def apply(self, scan_id: str, digest: str) -> None:
        """Rename what was accepted, as it was shown.

        Args:
            scan_id: the scan that the page shows.
            digest: the digest of the plan that the person has agreed to.

        Raises:
            StaleError: the plan is another one by now.
        """
        async with self._changing:
            plan = await self._accepted_plan(scan_id)
            if _digest(plan) != digest:
                raise StaleError
            total = sum(job.action == "rename" for job in plan)
            if not total:
                raise UsageError("no file is accepted yet")
            self._renames = (0, total)
            self._start("applying", self._execute(plan))

    async def aclose(self) -> None:
        """End what is under way; no rename is left half done."""
        self._is_closing = True
        if self.phase == "applying" and self._work:
            with suppress(Exception):
                await self._work
        await self._cancel()

    # The work.

    async def _find(self) -> None:
        for recovery in await asyncio.to_thread(recover, journal_folder()):
            self.notice = (
                f"Run {recovery.run} had been interrupted. Files with their new names: "
                f"{recovery.finished:,}; with the old ones: {recovery.left:,}."
            )
        await self._orchestrator.find(self._options.paths)
        provider, quote = self._books.provider, self._orchestrator.quote()
        if not (provider.paid and quote.files):
            self._set("asking")
            await self._fill()
            return
        history = await asyncio.to_thread(read_history, self._books.settings.cache_dir)
        price = await estimate(provider, quote.calls, quote.tokens, history)
        self._price = {
            **asdict(price),
            "completion_tokens": price.completion_tokens,
            "files": quote.files,
            "max_cost": self._options.max_cost,
        }
        self._set("priced")

    async def _fill(self) -> None:
        self._is_paused = False
        await self._orchestrator.fill()
        if self._is_paused and self._orchestrator.survey.ended_early == _PAUSED:
            self._set("paused")
        else:
            await self._plan()

    async def _plan(self) -> None:
        orchestrator = self._orchestrator
        review = await asyncio.to_thread(orchestrator.review, everything=True)
        jobs = orchestrator.survey.jobs
        self._plan_rows = PlanRows(jobs, orchestrator.least_confidence())
        self._choices = [""] * len(jobs)
        self._changed_at = [0] * len(jobs)
        self._names = {}
        self._rows = await asyncio.to_thread(
            lambda: [self._plan_rows.row(number) for number in range(len(jobs))]
        )
        self._review = review
        self.revision += 1
        self._set("planned")

    async def _execute(self, plan: list[FileJob]) -> None:
        renames = {id(job): i for i, job in enumerate(plan) if job.action == "rename"}

        def on_step(_: FileJob) -> None:
            self._renames = (self._renames[0] + 1, self._renames[1])

        self.run = await asyncio.to_thread(
            execute,
            plan,
            journal_folder(),
            words=self._options.words,
            on_step=on_step,
            stop=lambda: self._is_closing,
        )
        await asyncio.to_thread(self._orchestrator.remember_renamed, plan)
        jobs = self._orchestrator.survey.jobs
        for job in plan:
            if (number := renames.get(id(job))) is not None:
                jobs[number].decision = job.decision
                self._executed.add(number)
        self._update_rows(None)
        self._set("applied")

    async def _accepted_plan(self, scan_id: str) -> list[FileJob]:
        if scan_id != self.scan_id or self.phase != "planned" or self._review is None:
            raise StaleError
        jobs = self._orchestrator.survey.jobs
        accepted = [
            job for job, said in zip(jobs, self._choices, strict=True) if said == "accepted"
        ]
        return await asyncio.to_thread(self._review.preview, accepted)

    def _update_rows(self, numbers: Iterable[int] | None) -> None:
        """Make rows anew, of all files if none are named, and tell pages what has changed."""
        changed = []
        self.revision += 1
        for number in range(len(self._rows)) if numbers is None else numbers:
            row = self._plan_rows.row(
                number, self._choices[number], executed=number in self._executed
            )
            before = self._rows[number]
            if row != before:
                if row[3:5] != before[3:5]:
                    self._changed_at[number] = self.revision
                self._rows[number] = row
                changed.append(row)
        few = len(changed) <= _MOST_ROWS_TOLD
        self._events.tell(
            "rows",
            {
                "scan": self.scan_id,
                "revision": self.revision,
                "folders": self._plan_rows.folders if few else [],
                "rows": changed if few else None,
            },
        )

    def _refuse_while_busy(self) -> None:
        if self.phase in ("scanning", "asking", "pausing", "applying"):
            raise UsageError("something is under way; wait for it, or stop it")

    def _start(self, phase: Phase, work: Coroutine[Any, Any, None]) -> None:
        if self._work and not self._work.done():
            work.close()
            raise UsageError("something is under way; wait for it, or stop it")
        self._set(phase)
        self._work = asyncio.create_task(self._watched(work))

    async def _watched(self, work: Coroutine[Any, Any, None]) -> None:
        """Report how far the work comes, and what made it fail."""
        reports = asyncio.create_task(self._report())
        try:
            await work
        except RenaiError as error:
            self.notice = printable(str(error))
            self._set("idle" if self._review is None else "planned")
        except Exception:  # noqa: BLE001 - a page that waits must be told
            _log.exception("The page's run has failed")
            self.notice = "Something unforeseen has happened; the terminal says what."
            self._set("idle" if self._review is None else "planned")
        finally:
            reports.cancel()

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_REPORTS)
            self._tell()

    async def _cancel(self) -> None:
        if self._work and not self._work.done():
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work

    def _set(self, phase: Phase) -> None:
        self.phase = phase
        self._tell()

    def _tell(self) -> None:
        self._events.tell("state", self.state())


def _digest(plan: Iterable[FileJob]) -> str:
    """Return what tells one plan from another: each file with its new name and sidecars."""
    digest = hashlib.sha256()
    for job in plan:
        if job.action == "rename":
            files = [(job.path, job.new_path), *job.decision.companions]
            digest.update(repr([(str(old), str(new)) for old, new in files]).encode())
    return digest.hexdigest()
