"""One run from the command line: find, say the cost, ask, read, show the plan, ask, rename."""

from __future__ import annotations

import logging
import shlex
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from renai.cli import show
from renai.cli.exits import ExitCode
from renai.cli.late_runner import LateRunner
from renai.cli.logs import in_blocks, lines_of
from renai.cli.options import BY_FOLDER
from renai.cli.plan import show_plan
from renai.cli.progress import watching, watching_recovery, watching_renames
from renai.cli.spending import refusal_to_spend, refuse_unpriced
from renai.cli.terminal import ask, can_ask, reach_person, remark
from renai.counting import counted, rounded
from renai.documents.formats import unknown_formats
from renai.errors import ConfigurationError, UsageError
from renai.library.orchestrator import Orchestrator
from renai.locations import journal_folder
from renai.metadata.processor import BookProcessor, VisualProcessor
from renai.providers.registry import find_service
from renai.renaming.last_run import last_empty_run, newest_run, note_empty_run
from renai.renaming.recovery import recover
from renai.settings import OTHER
from renai.text_cleaning import printable
from renai.usage.database import read_history

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from renai.file_job import FileJob, ScanResult
    from renai.library.review import Review
    from renai.metadata.preview import Preview
    from renai.metadata.quotation import Quotation
    from renai.providers.budget import Budget
    from renai.settings import Settings


_log = logging.getLogger("renai")


class Manner(NamedTuple):
    """What the command line says of a run besides the settings.

    Attributes:
        yes: whether nothing is asked.
        dry_run: whether nothing is renamed.
        as_json: whether one JSON object is printed on standard output instead of tables.
        review: whether the person goes through the uncertain files one by one.
        review_all: whether the person goes through the certain files, too.
        quote: whether the run only says what it would cost.
        preview: whether the run only shows what it would send.
        max_cost: the most that the run may cost, in US dollars; None for no limit.
        force: whether files are renamed also where they belong to another program's library.
        sort: the order in which the plan is shown.
    """

    yes: bool = False
    dry_run: bool = False
    as_json: bool = False
    review: bool = False
    review_all: bool = False
    quote: bool = False
    preview: bool = False
    max_cost: float | None = None
    force: bool = False
    sort: str = BY_FOLDER


def converse(paths: Sequence[Path], settings: Settings, manner: Manner) -> ExitCode:
    """Carry out a run, and ask the person at the terminal where that is wanted.

    Raises:
        RenaiError: the run as a whole cannot go on.
        KeyboardInterrupt: the person pressed Ctrl-C; what was computed is cached, and no rename is
            half done.
    """
    started = time.monotonic()
    if manner.review and not reach_person():
        raise ConfigurationError(
            "--review asks on a terminal, and there is none; --dry-run shows the plan without one"
        )
    budget = _budget(manner.max_cost)
    for recovery in recover(journal_folder(), watching=watching_recovery):
        remark(
            f"Run {recovery.run} had been interrupted. Files with their new names: "
            f"{recovery.finished:,}; with the old ones: {recovery.left:,}."
        )
        for failure in recovery.failed:
            remark(printable(failure))
    with LateRunner() as runner:
        if manner.preview:
            return _preview(runner, settings, budget, paths, as_json=manner.as_json)
        if manner.quote:
            return _quote(runner, settings, paths, as_json=manner.as_json)
        with _processing(runner, settings, budget) as processor:
            return _Run(runner, processor, manner, started).hold(paths)


@contextmanager
def _processing(
    runner: LateRunner,
    settings: Settings,
    budget: Budget | None,
    quotation: Quotation | Preview | None = None,
) -> Iterator[BookProcessor]:
    """Yield the processor of a run; it is closed at the end."""
    looks = settings.rename_images or settings.fallback_mode == "vision"
    processor_class = VisualProcessor if looks else BookProcessor
    processor = processor_class(settings=settings, budget=budget, quotation=quotation)
    try:
        yield processor
    finally:
        if runner.has_begun or not processor.close_without_loop():
            runner.run(processor.aclose())


# What most runs do without is imported where it is used, so that those begin sooner.


def _budget(cap: float | None) -> Budget | None:
    if cap is None:
        return None
    from renai.providers.budget import Budget

    return Budget(cap)


def _preview(
    runner: LateRunner,
    settings: Settings,
    budget: Budget | None,
    paths: Sequence[Path],
    *,
    as_json: bool,
) -> ExitCode:
    """Show what a run would send; what is free may send documents away, too."""
    from renai.cli.preview import show_preview
    from renai.metadata.preview import Preview

    preview = Preview()
    with _processing(runner, settings, budget, preview) as processor:
        is_of_use = preview.concerns(processor.provider)
        survey = _survey_without_asking(runner, processor, paths, fills=is_of_use)
        show_preview(survey, processor.provider, preview, as_json=as_json)
    return ExitCode.DONE


def _quote(
    runner: LateRunner, settings: Settings, paths: Sequence[Path], *, as_json: bool
) -> ExitCode:
    """Say what a run would cost; for what is free, no file needs to be read."""
    from renai.cli.quote import show_quote
    from renai.metadata.quotation import Quotation

    quotation = Quotation()
    with _processing(runner, settings, None, quotation) as processor:
        is_of_use = processor.provider.paid
        survey = _survey_without_asking(runner, processor, paths, fills=is_of_use)
        history = read_history(settings.cache_dir)
        estimate = runner.run(quotation.estimate(processor.provider, history))
        show_quote(survey, processor.provider, estimate, as_json=as_json)
    return ExitCode.DONE


def _survey_without_asking(
    runner: LateRunner, processor: BookProcessor, paths: Sequence[Path], *, fills: bool
) -> ScanResult:
    """Return what is found, with all questions put to what the processor has for that."""
    orchestrator = Orchestrator(processor)
    with watching(orchestrator.survey, processor):
        orchestrator.find_blocking(paths)
        _refuse_only_unknown_formats(orchestrator.survey, paths)
        if fills:
            runner.run(orchestrator.fill())
    return orchestrator.survey


def _words() -> str:
    return shlex.join(sys.argv[1:])


def _note_empty_run(folder: Path, started_at: datetime, newest: str) -> None:
    """Note that a run has renamed nothing; if that fails, say what an undo would be wrong about."""
    try:
        note_empty_run(folder, _words(), started_at, after=newest)
    except OSError as error:
        if newest and last_empty_run(folder) is None:
            _log.warning(
                "It cannot be noted that this run renamed nothing (%s): 'renai undo' would take "
                "back run %s, which came before it",
                error.strerror,
                newest,
            )


def _of_no_format(survey: ScanResult) -> list[Path]:
    """Return the files of no known format that the person named; folders' are passed over."""
    return [job.path for job in survey.jobs if job.kind == "other"]


def _refuse_only_unknown_formats(survey: ScanResult, paths: Sequence[Path]) -> None:
    """Raise if the person named nothing but files of unknown formats.

    Raises:
        UsageError: so it is; the message says what is read.
    """
    unknown = _of_no_format(survey)
    if len(unknown) == len({path.absolute() for path in paths}):
        raise UsageError(unknown_formats(unknown))


class _Run:
    def __init__(
        self, runner: LateRunner, processor: BookProcessor, manner: Manner, started: float
    ) -> None:
        self._runner = runner
        self._processor = processor
        self._manner = manner
        self._started = started
        self._orchestrator = Orchestrator(processor, refuse_libraries=not manner.force)
        self._has_found = False

    def hold(self, paths: Sequence[Path]) -> ExitCode:
        folder, started_at = journal_folder(), datetime.now(UTC)
        newest = newest_run(folder)
        try:
            return self._hold(paths)
        finally:
            is_run = self._has_found and not self._manner.dry_run
            if is_run and newest_run(folder) == newest:
                _note_empty_run(folder, started_at, newest)

    def _hold(self, paths: Sequence[Path]) -> ExitCode:
        orchestrator, manner = self._orchestrator, self._manner
        survey = orchestrator.survey
        with lines_of(survey), watching(survey, self._processor):
            if self._processor.settings.fallback_mode == "vision":
                _log.info("Using VISION mode - falls back to image sampling for PDFs")
            else:
                _log.info("Using TEXT/OCR mode - extracting text")
            self._warn_of_other()
            with in_blocks():  # so far nothing is spent, and nothing renamed
                orchestrator.find_blocking(paths)
            _refuse_only_unknown_formats(survey, paths)
        self._has_found = True
        refusal = self._refusal_to_spend()
        if refusal is not None:
            return refusal
        with lines_of(survey), watching(survey, self._processor):
            if not orchestrator.is_filled:
                self._runner.run(orchestrator.fill())
        if manner.review:
            review = orchestrator.review(everything=manner.review_all)
            if review.questions:
                return self._review(review)
        jobs = orchestrator.plan()
        renames = sum(job.action == "rename" for job in jobs)
        if not manner.as_json:
            paged, whole = can_ask() and not manner.yes, manner.dry_run or not manner.yes
            show_plan(jobs, manner.sort, paged=paged, whole=whole)
        if renames and not manner.dry_run and not manner.yes:
            if not can_ask():
                remark("Nothing was renamed; to rename without being asked: --yes")
                return self._finish(jobs, renamed=False, run=None)
            if not ask(f"Rename {counted(renames, 'file')}?"):
                self._finish(jobs, renamed=False, run=None)
                return ExitCode.DECLINED
        return self._rename(jobs)

    def _warn_of_other(self) -> None:
        """Say that most files would go to one folder, before anything is asked or moved."""
        settings, name = self._processor.settings, self._processor.provider.name
        if not settings.organize:
            return
        if not set(settings.categories) - {OTHER}:
            _log.warning("There are no categories: with --organize all files go into %s", OTHER)
        elif not find_service(name).tells_categories:
            _log.warning(
                "%s tells no categories, but for files that name their own: with --organize all "
                "others go into a folder %s. A model tells them (--provider)",
                name,
                OTHER,
            )

    def _review(self, review: Review) -> ExitCode:
        from renai.cli.review import hold_review

        agreed = hold_review(review)
        jobs = review.plan()
        if not agreed:
            self._finish(jobs, renamed=False, run=None)
            return ExitCode.DECLINED
        if not self._manner.as_json:
            show_plan(jobs, self._manner.sort, paged=False, whole=False)
        return self._rename(jobs)

    def _refusal_to_spend(self) -> ExitCode | None:
        """Say what is about to be spent, and ask; return None where the run may go on."""
        provider, quote = self._processor.provider, self._orchestrator.quote()
        if not (provider.paid and quote.files):
            return None
        cap = self._manner.max_cost
        if cap is not None:
            refuse_unpriced(self._runner, provider)
        need = (
            f"{quote.files:,} of {counted(len(self._orchestrator.survey.jobs), 'file')} "
            f"{'needs' if quote.files == 1 else 'need'} {provider.name}:{provider.model}, "
            f"about {rounded(quote.tokens)} tokens"
            f"{'' if cap is None else f', for at most ${cap:g}'}."
        )
        return refusal_to_spend(need, yes=self._manner.yes)

    def _rename(self, jobs: list[FileJob]) -> ExitCode:
        if self._manner.dry_run or all(job.action != "rename" for job in jobs):
            return self._finish(jobs, renamed=False, run=None)
        from renai.renaming.execute import execute

        with watching_renames(sum(job.action == "rename" for job in jobs)) as on_step:
            run = execute(jobs, journal_folder(), words=_words(), on_step=on_step)
        self._orchestrator.remember_renamed(jobs)
        return self._finish(jobs, renamed=True, run=run)

    def _finish(self, jobs: list[FileJob], *, renamed: bool, run: str | None) -> ExitCode:
        survey, caches = self._orchestrator.survey, self._processor.caches
        # For the last time it is tried to store what waits for the store; the rest is lost.
        lost = caches.metadata.give_up_waiting()
        summary = show.summarise(
            jobs,
            renamed=renamed,
            hits=caches.counters.hits,
            misses=caches.counters.misses,
            calls=self._processor.provider.calls,
            seconds=time.monotonic() - self._started,
            not_read=survey.not_read,
            unstored=lost,
        )
        if self._manner.as_json:
            show.print_json(jobs, summary, run)
        else:
            show.begin_outcome()
            show.show_trouble(jobs)
            show.show_summary(summary, jobs, run, survey.known_unreadable)
        if survey.ended_early:
            remark(f"[ERROR] Ended early: {survey.ended_early}")
        unknown = _of_no_format(survey)
        if unknown:
            remark(f"[ERROR] {unknown_formats(unknown)}")
        if summary.failed or survey.ended_early:
            return ExitCode.SOME_FAILED
        return ExitCode.USAGE if unknown else ExitCode.DONE
