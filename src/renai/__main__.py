"""Run renai's command line, also as `python -m renai`."""

from __future__ import annotations

from renai.cli.interrupts import interrupts_end


def main() -> None:
    """Run the program and exit."""
    interrupts_end()
    from renai.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
