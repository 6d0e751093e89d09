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
CLEARS_THE_LINE = "\x15"
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
        ("renai corr", "renai corrections"),
        ("renai undo --y", "renai undo --yes"),
        ("renai --min-conf", "renai --min-confidence"),
        ("renai . --min-conf", "renai . --min-confidence"),
        ("renai --provider off", "renai --provider offline"),
        ("renai Libr", "renai Library"),
    ]:
        if name == "fish":  # its line is drawn with many colours; this asks for what Tab shows
            shell.sendline(f"complete --do-complete '{typed}'")
            shell.expect(rf"{completed.split()[-1]}[\t\r ]")
            shell.expect(PROMPT)
        else:
            shell.send(f"{typed}\t")
            shell.expect(completed)
            shell.send(CLEARS_THE_LINE)
    shell.close()
