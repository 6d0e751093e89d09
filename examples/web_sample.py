"""What `make run-web` does: show the page over a small sample library.

Cache, journal and corrections are kept beside it, so that nothing of yours is touched. With an
argument it shows that folder, with your own cache and journal, as `renai web` itself would.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SAMPLE = Path("sample-library")


def main(library: str | None) -> int:
    """Show the page until Ctrl-C."""
    environment = dict(os.environ)
    if library is None:
        from sample_library import make_sample_library

        books = SAMPLE / "books"
        if not books.exists():
            make_sample_library(books)
        environment["RENAI_CACHE_DIR"] = str((SAMPLE / "cache").absolute())
        environment["XDG_STATE_HOME"] = str((SAMPLE / "state").absolute())
    else:
        books = Path(library).expanduser()
    words = [sys.executable, "-m", "renai", "web", str(books)]
    try:
        return subprocess.run(words, env=environment).returncode
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else None))
