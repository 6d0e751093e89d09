"""The program builds what it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.main import get_command

from renai.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("words", "built"),
    [
        (["history"], ("history",)),
        (["cache", "stats"], ("cache",)),
        (["a.pdf", "undo"], ("process",)),
        (["--help"], ()),
        ([], ()),
    ],
)
def test_a_run_builds_only_its_command(
    monkeypatch: pytest.MonkeyPatch, words: list[str], built: tuple[str, ...]
) -> None:
    asked: list[tuple[str, ...]] = []

    def program(*names: str) -> Callable[..., None]:
        asked.append(names)
        return lambda *_, **__: None

    monkeypatch.setattr(main, "program", program)
    main._run(main._with_command(words))
    assert asked == [built]


def test_a_program_has_the_commands_that_it_is_made_of() -> None:
    assert list(get_command(main.program("eval", "undo")).commands) == ["undo", "eval"]  # type: ignore[attr-defined]
    assert list(get_command(main.program()).commands) == [*main.COMMANDS, *main.GROUPS]  # type: ignore[attr-defined]
