"""`trailtrace sql`."""

import sys
from typing import Annotated

import typer

from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption
from trailtrace.cli.rows import (
    DEFAULT_ROWS,
    DEFAULT_TIMEOUT,
    FormatOption,
    OutOption,
    RowsOption,
    TimeoutOption,
    check_out,
    format_for,
    write_rows,
)


def sql(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[STATEMENT]",
            help="One select. Without it, a prompt; or, if standard input is no terminal, what is in it.",
        ),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    format: FormatOption = None,
    out: OutOption = None,
    rows: RowsOption = DEFAULT_ROWS,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
) -> None:
    """Run a select on the store, or open a prompt for many. Nothing but the store can be read.

    Example: trailtrace sql "select origin_name, count(*) from calls group by all"
    """
    import trailtrace
    from trailtrace.cli.output import complain
    from trailtrace.errors import UsageError

    def waiting() -> None:
        complain(f"{store} is being written by another process: waiting")

    wanted = format_for(format, out)
    if text is None and sys.stdin.isatty():
        from trailtrace.cli.prompt import prompt

        if out is not None:
            raise UsageError("--out: not for the prompt: give a statement")
        check_out(out, wanted, store)
        prompt(lambda: trailtrace.open(store, waiting), wanted, rows, timeout)
        return
    check_out(out, wanted, store)
    statement = sys.stdin.read() if text is None else text
    with (
        trailtrace.open(store, waiting) as investigation,
        investigation.sql_results(statement, timeout) as results,
    ):
        write_rows(results, wanted, out, rows)
