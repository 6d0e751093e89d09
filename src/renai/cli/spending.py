"""Ask for consent before money is spent, in the same way for every command that may spend any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from renai.cli.exits import ExitCode
from renai.cli.terminal import ask, can_ask, remark
from renai.errors import ConfigurationError

if TYPE_CHECKING:
    import asyncio

    from renai.cli.late_runner import LateRunner
    from renai.providers.base import Provider


def refusal_to_spend(need: str, *, yes: bool) -> ExitCode | None:
    """Say what is about to be spent, and ask for consent.

    Args:
        need: the questions and the provider they go to, as a sentence.
        yes: whether the person has agreed beforehand.

    Returns:
        None to go on, else the exit code.
    """
    if yes:
        remark(need)
        return None
    if not can_ask():
        remark(f"{need} To go on without being asked: --yes")
        return ExitCode.CONFIGURATION
    return None if ask(f"{need} Go on?") else ExitCode.DECLINED


def refuse_unpriced(runner: asyncio.Runner | LateRunner, provider: Provider) -> None:
    """Raise if a model's price is unknown, so that its cost cannot be capped.

    Raises:
        ConfigurationError: the price is unknown.
    """
    if runner.run(provider.price()) is None:
        from renai.providers.prices import unknown_price

        raise ConfigurationError(unknown_price(provider.name, provider.model))
