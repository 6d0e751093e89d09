"""Completion in real shells: installed as a person would, in a home of its own, and used."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from waiting import LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from program import Program

SHELLS = {
    "bash": ("--noprofile", "-i"),
    "zsh": ("-i",),
    "fish": ("-i",),
}
PROMPT = "ready> "
SETUP = {
    "bash": "PS1='rea''dy> '; bind 'set enable-bracketed-paste off' 'set bell-style none'",
    "zsh": "PROMPT='rea''dy> '; unsetopt zle_bracketed_paste; unset zle_bracketed_paste",
    "fish": "function fish_prompt; echo -n 'rea''dy> '; end",
}


def shell_of(renai: Program, name: str) -> pexpect.spawn[str]:
    """Start a shell that finds `renai`, and wait for its prompt."""
    if shutil.which(name) is None:
        pytest.skip(f"needs {name}")
    programs = renai.home / "programs"
    if not programs.exists():
        programs.mkdir()
        (programs / "renai").write_text(f'#!/bin/sh\nexec {sys.executable} -m renai "$@"\n')
        (programs / "renai").chmod(0o755)
    environment = renai.environment | {
        "PATH": f"{programs}:{renai.environment['PATH']}",
        "TERM": "xterm",
        "SHELL": name,
    }
    environment.pop("XDG_CONFIG_HOME")  # fish keeps completions there, and Typer does not look
    shell = pexpect.spawn(
        name,
        list(SHELLS[name]),
        cwd=str(renai.home),
        env=environment,  # type: ignore[arg-type]
        dimensions=(40, 200),
        encoding="utf-8",
        timeout=LIMIT,
    )
    shell.sendline(SETUP[name])
    shell.expect(PROMPT)
    return shell


@pytest.mark.parametrize("name", SHELLS)
def test_installed_completion_knows_commands_options_and_files(
    renai: Program, tmp_path: Path, name: str
) -> None:
    shell = shell_of(renai, name)
    shell.sendline("renai --install-completion")
    shell.expect(f"{name} completion installed in")
    shell.expect(PROMPT)
    shell.close()
    (tmp_path / "Library of mine").mkdir()

    shell = shell_of(renai, name)
    for typed, completed in [
        ("renai corr\t", "renai corrections"),
        ("renai undo --y\t", "renai undo --yes"),
        ("renai --min-conf\t", "renai --min-confidence"),
        ("renai . --min-conf\t", "renai . --min-confidence"),
        ("renai --provider off\t", "renai --provider offline"),
        ("renai Libr\t", r"renai Library\\? of\\? mine"),
    ]:
        shell.send(typed)
        shell.expect(completed)
        shell.sendcontrol("c")
        shell.expect(PROMPT)
    shell.close()
