"""Run renai's command line, also as `python -m renai`."""

from __future__ import annotations

from renai.cli.interrupts import interrupts_end

_CONFIGURATION = 3  # as in `cli.exits`, which needs what may be missing


def main() -> None:
    """Run the program and exit."""
    interrupts_end()
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
