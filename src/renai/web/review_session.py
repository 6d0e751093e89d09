"""One library under review: scan, price, ask, plan, choose, apply; for all open pages together.

There is one review for the whole server, whatever the number of pages: what is said in one of them
is seen in all. Whatever takes long is a task; pages are told how far it has come. What may be done
in which phase reads from top to bottom here.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from renai.errors import UsageError
from renai.library.orchestrator import Orchestrator
from renai.locations import journal_folder
from renai.metadata.quotation import estimate
from renai.pace import Pace
from renai.renaming.execute import execute
from renai.renaming.recovery import recover
from renai.text_cleaning import printable
from renai.usage.database import read_history
from renai.web.background import Background
from renai.web.chosen_plan import NO_ROWS, ChosenPlan, digest_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from pathlib import Path

    from renai.file_job import Counts, FileJob
    from renai.metadata.processor import BookProcessor
    from renai.web.events import Events
    from renai.web.options import WebOptions
    from renai.web.plan_rows import Choice

Phase = Literal[
    "idle", "scanning", "priced", "asking", "pausing", "paused", "planned", "applying", "applied"
]
"""What the review is at: `priced` waits for a person's consent to spend, `paused` for one to go on;
`planned` can be applied; `idle` has no files."""

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
        self._work = Background(on_progress=self._tell, on_failure=self._note_failure)
        self._changing = asyncio.Lock()
        self._is_closing = False
        self._begin()

    def _begin(self) -> None:
        self.scan_id = secrets.token_urlsafe(9)
        self.phase: Phase = "idle"
        self.notice = ""
        self.run: str | None = None
        self._price: dict[str, Any] | None = None
        self._orchestrator = Orchestrator(self._books, refuse_libraries=not self._options.force)
        self._plan: ChosenPlan | None = None
        self._renames = (0, 0)
        self._is_paused = False
        self._pace = Pace()

    # What pages see.

    def state(self) -> dict[str, Any]:
        """Return all that a page shows besides the rows."""
        counts = self._orchestrator.survey.counts()
        return {
            "scan": self.scan_id,
            "phase": self.phase,
            "notice": self.notice,
            "revision": self._plan.revision if self._plan else 0,
            "run": self.run,
            "price": self._price,
            "ended_early": printable(self._orchestrator.survey.ended_early),
            "progress": counts._asdict(),
            "time": self._time(counts),
            "renames": {"done": self._renames[0], "total": self._renames[1]},
            "waiting": printable(self._books.waiting),
            "provider": f"{self._books.provider.name}:{self._books.provider.model}",
            "paths": [printable(str(path)) for path in self._options.paths],
        }

    def rows(self) -> dict[str, Any]:
        """Return the whole plan."""
        rows = self._plan.rows() if self._plan else NO_ROWS
        return {"scan": self.scan_id, **rows}

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
        is_executed = self._plan is not None and self._plan.is_executed(number)
        return (is_executed and job.new_path) or job.path

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
            self._start(self.phase, self._make_plan())
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
            await self._work.cancel()
            self._begin()
            self.notice = "The scan was stopped."
            self._tell()
        elif self.phase in ("asking", "pausing"):
            self._orchestrator.end_early("stopped")
            self._is_paused = False
        elif self.phase == "paused":
            self._start(self.phase, self._make_plan())

    # What a person chooses.

    async def choose(
        self, scan_id: str, revision: int, numbers: Sequence[int], choice: Choice
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
            plan = self._open_plan(scan_id)
            for number in numbers:
                self.job(scan_id, number)  # there is such a file
            refused, changed = await asyncio.to_thread(plan.choose, numbers, choice, revision)
            self._tell_rows(plan, changed)
            return refused

    async def correct(self, scan_id: str, number: int, field: str, text: str) -> None:
        """Set a field of a file as a person wrote it; the new name follows at once.

        Raises:
            StaleError: the page shows another scan, or the plan is being applied.
            UsageError: the text is not a value for this field.
            StoreError: the correction cannot be kept.
        """
        async with self._changing:
            plan, job = self._open_plan(scan_id), self.job(scan_id, number)
            if job.metadata is None:
                raise UsageError("nothing is known of this file yet that could be corrected")
            changed = await asyncio.to_thread(plan.correct, number, field, text)
            self._tell_rows(plan, changed)

    async def prepare(self, scan_id: str) -> dict[str, Any]:
        """Return what would be renamed now, with a digest by which it is agreed to.

        Raises:
            StaleError: the page shows another scan, or the plan is being applied.
        """
        async with self._changing:
            chosen = self._open_plan(scan_id)
            plan = await asyncio.to_thread(chosen.accepted)
            renames = [job for job in plan if job.action == "rename"]
            return {
                "digest": digest_of(plan),
                "files": len(renames),
                "sidecars": sum(len(job.decision.companions) for job in renames),
                "changed": chosen.other_names(plan),
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
            chosen = self._open_plan(scan_id)
            plan = await asyncio.to_thread(chosen.accepted)
            if digest_of(plan) != digest:
                raise StaleError
            total = sum(job.action == "rename" for job in plan)
            if not total:
                raise UsageError("no file is accepted yet")
            self._renames = (0, total)
            self._start("applying", self._execute(chosen, plan))

    async def aclose(self) -> None:
        """End what is under way; no rename is left half done."""
        self._is_closing = True
        if self.phase == "applying":
            await self._work.done()
        await self._work.cancel()

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
            await self._make_plan()

    async def _make_plan(self) -> None:
        orchestrator = self._orchestrator
        review = await asyncio.to_thread(orchestrator.review, everything=True)
        self._plan = await asyncio.to_thread(
            ChosenPlan, orchestrator.survey.jobs, review, orchestrator.least_confidence()
        )
        self._set("planned")

    async def _execute(self, chosen: ChosenPlan, plan: list[FileJob]) -> None:
        renamed = [number for number, job in enumerate(plan) if job.action == "rename"]

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
        self._tell_rows(chosen, await asyncio.to_thread(chosen.note_executed, plan, renamed))
        self._set("applied")

    def _open_plan(self, scan_id: str) -> ChosenPlan:
        """Return the plan, on which a person may still decide.

        Raises:
            StaleError: the page shows another scan, or the plan is being applied.
        """
        if scan_id != self.scan_id or self.phase != "planned" or self._plan is None:
            raise StaleError
        return self._plan

    def _tell_rows(self, plan: ChosenPlan, changed: list[list[Any]]) -> None:
        few = len(changed) <= _MOST_ROWS_TOLD
        self._events.tell(
            "rows",
            {
                "scan": self.scan_id,
                "revision": plan.revision,
                "folders": plan.folders() if few else [],
                "rows": changed if few else None,
            },
        )

    def _refuse_while_busy(self) -> None:
        if self.phase in ("scanning", "asking", "pausing", "applying"):
            raise UsageError("something is under way; wait for it, or stop it")

    def _start(self, phase: Phase, work: Coroutine[Any, Any, None]) -> None:
        self._work.start(work)
        self._set(phase)

    def _note_failure(self, notice: str) -> None:
        self.notice = notice
        self._set("idle" if self._plan is None else "planned")

    def _time(self, counts: Counts) -> str:
        """Return in words how long the rest may take, or the work has taken."""
        if self.phase == "applying":
            return self._pace.words(*self._renames)
        is_asking = self.phase in ("asking", "pausing")
        return self._pace.words(counts.done, counts.found) if is_asking else self._pace.so_far()

    def _set(self, phase: Phase) -> None:
        if phase != "pausing":  # the questions under way are those of before
            self._pace = Pace()
        self.phase = phase
        self._tell()

    def _tell(self) -> None:
        self._events.tell("state", self.state())
