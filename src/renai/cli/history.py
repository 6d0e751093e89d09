"""`renai history`: list the runs."""

from __future__ import annotations

from renai.cli.exits import ExitCode


def history() -> ExitCode:
    """List the runs that renamed something, the last one first."""
    from rich.table import Table
    from rich.text import Text

    from renai.cli.logs import log_to_stderr
    from renai.cli.terminal import output, say
    from renai.locations import journal_folder
    from renai.renaming import history as library
    from renai.text_cleaning import printable

    log_to_stderr()
    table = Table(
        "Run", "When", "Files", "State", "Arguments", box=None, header_style="bold", pad_edge=False
    )
    for run in reversed(library.history(journal_folder())):
        table.add_row(
            run.run,
            f"{run.started_at.astimezone():%Y-%m-%d %H:%M}" if run.started_at else "",
            f"{run.renamed:,}",
            run.problem or run.state,
            Text(printable(run.words), overflow="fold"),
        )
    if table.row_count:
        output().print(table)
    else:
        say("No run has renamed anything yet.")
    return ExitCode.DONE
