"""What `make run` does: rename a library, twice, so that the second run shows what is cached.

Without an argument it makes a small sample library first, and keeps cache and journal beside it,
so that nothing of yours is touched. With one, it works on that folder as `renai` itself would: it
shows its plan and asks before it renames anything.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SAMPLE = Path("sample-library")


def run(words: list[str], environment: dict[str, str]) -> int:
    """Show and run one command; returns its exit code."""
    print(f"\n$ renai {' '.join(words)}", flush=True)
    return subprocess.run([sys.executable, "-m", "renai", *words], env=environment).returncode


def main(library: str | None) -> int:
    """Run renai twice over a library, or over the sample."""
    if library is not None:
        words = [str(Path(library).expanduser())]
        return run(words, dict(os.environ)) or run(words, dict(os.environ))
    from sample_library import make_sample_library

    books = SAMPLE / "books"
    if not books.exists():
        make_sample_library(books)
    kept = {
        "RENAI_CACHE_DIR": str((SAMPLE / "cache").absolute()),
        "XDG_STATE_HOME": str((SAMPLE / "state").absolute()),
    }
    environment = {**os.environ, **kept}
    code = run([str(books), "--yes"], environment) or run([str(books), "--yes"], environment)
    undo = (
        f"XDG_STATE_HOME={kept['XDG_STATE_HOME']} {Path(sys.executable).parent / 'renai'} undo 0001"
    )
    print(f"\nThe sample has a journal of its own, so here that is:\n{undo}")
    print(f"To see it all again, delete {SAMPLE} and run this anew.")
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else None))
