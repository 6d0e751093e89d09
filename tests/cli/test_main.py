"""The program builds what it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command

from renai.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NOT_NEEDED = {
    *("asyncio", "concurrent.futures.thread", "http", "importlib.metadata", "numpy", "openai"),
    *("pydantic", "pydantic_core", "rich", "socket", "ssl", "statistics"),
    *("renai.cache.flow", "renai.cache.leases", "renai.cache.reservation", "renai.identifiers"),
    *("renai.documents.ocr.pages", "renai.documents.ocr.tesseract", "renai.documents.ocr.scripts"),
    *("renai.documents.readers.mutool", "renai.documents.sandbox.confine"),
    *("renai.metadata.pipeline", "renai.providers.budget", "renai.renaming.execute"),
}
"""What a run over a cached library need not import, and would begin later for."""

_RUN = """
import sys
from renai.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=open(sys.argv[1] + "/../imported", "w"))
"""


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


def test_a_run_over_a_cached_library_imports_only_what_it_needs(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    book = library / "a.txt"
    book.write_text("The Book of Tides\nby Ada Quill\nCopyright 2001\n")
    os.utime(book, (0, 0))  # what was written just now is read again by the next run
    homes = {name: str(tmp_path) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    environment = os.environ | homes | {"RENAI_CACHE_DIR": str(tmp_path / "cache")}
    for _ in range(2):
        words = [sys.executable, "-c", _RUN, str(library), "--yes", "--sort", "certainty"]
        subprocess.run(words, check=True, capture_output=True, env=environment)
    imported = set((tmp_path / "imported").read_text().split())
    assert "renai.metadata.recall" in imported
    assert not imported & _NOT_NEEDED
