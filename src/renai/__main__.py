"""Run renai's command line, also as `python -m renai`."""

from __future__ import annotations

import gc

from renai.cli.interrupts import interrupts_end

OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""The number of new objects after which Python looks for garbage. What is imported, and what a run
makes for its files, lives until its end, so that looking as often as Python does by default wastes
time."""

_CONFIGURATION = 3  # as in `cli.exits`, which needs what may be missing


def main() -> None:
    """Run the program and exit; if a package is missing, say how to install it."""
    interrupts_end()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    try:
        from renai.cli.main import main as run

        run()
    except ImportError as error:
        import sys

        from renai.missing import what_is_missing

        said = what_is_missing(error, "renai")
        if said is None:
            raise
        sys.stderr.write(f"[ERROR] {said}\n")
        raise SystemExit(_CONFIGURATION) from None


if __name__ == "__main__":
    main()
