"""The question before money is spent, the same for every command that may spend any."""

from __future__ import annotations

from renai.cli.exits import ExitCode
from renai.cli.terminal import ask, can_ask, remark


def refusal_to_spend(need: str, *, yes: bool) -> ExitCode | None:
    """Say what is about to be spent, and ask.

    Args:
        need: what would be asked of whom, as a sentence.
        yes: whether the person has agreed beforehand.

    Returns:
        None to go on, else what to end with.
    """
    if yes:
        remark(need)
        return None
    if not can_ask():
        remark(f"{need} To go on without being asked: --yes")
        return ExitCode.CONFIGURATION
    return None if ask(f"{need} Go on?") else ExitCode.DECLINED
