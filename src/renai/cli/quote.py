"""Show what a run would cost, to a person or to a program."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from renai.cli.terminal import say, say_json
from renai.counting import counted, money_of, rounded
from renai.file_job import WOULD_ASK

if TYPE_CHECKING:
    from renai.file_job import ScanResult
    from renai.metadata.quotation import Estimate
    from renai.providers.base import Provider


def show_quote(
    survey: ScanResult, provider: Provider, estimate: Estimate, *, as_json: bool
) -> None:
    """Print how many files would be asked about, and what that takes."""
    known = sum(job.metadata is not None for job in survey.jobs)
    # For a free provider the questions are not counted, and files are left waiting.
    to_ask = len(survey.waiting) + sum(job.problem == WOULD_ASK for job in survey.jobs)
    files = {
        "found": len(survey.jobs),
        "known": known,
        "to_ask": to_ask,
        "skipped": len(survey.jobs) - known - to_ask,
    }
    if as_json:
        say_json(
            {
                "provider": provider.name,
                "model": provider.model,
                "files": files,
                **asdict(estimate),
                "completion_tokens": estimate.completion_tokens,
            }
        )
        return
    say(
        f"{counted(files['found'], 'file')}: {known:,} known, {to_ask:,} to ask about, "
        f"{files['skipped']:,} skipped."
    )
    if not estimate.calls:
        say(f"{provider.name}:{provider.model}: no calls, $0.")
        return
    how_long = "its average so far" if estimate.measured else "assumed"
    money = (
        "at an unknown price ($?)"
        if estimate.money is None
        else f"about {money_of(estimate.money)}"
    )
    say(
        f"{provider.name}:{provider.model}: {counted(estimate.calls, 'call')}, about "
        f"{rounded(estimate.prompt_tokens)} tokens of prompts and "
        f"{rounded(estimate.completion_tokens)} of answers "
        f"({estimate.answer_tokens:,} each, {how_long}): {money}."
    )
