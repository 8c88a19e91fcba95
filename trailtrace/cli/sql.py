"""`trailtrace sql`."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from trailtrace.cli.asking import (
    LogsOption,
    RedactKeyOption,
    RedactOption,
    asked,
    redaction,
)
from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption
from trailtrace.cli.rows import (
    DEFAULT_ROWS,
    DEFAULT_TIMEOUT,
    FormatOption,
    OutOption,
    RowFormat,
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
    logs: LogsOption = None,
    format: FormatOption = None,
    out: OutOption = None,
    rows: RowsOption = DEFAULT_ROWS,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    redact: RedactOption = False,
    redact_key_file: RedactKeyOption = None,
) -> None:
    """Run a select on the store, or open a prompt for many. Nothing but the store can be read.

    Example: trailtrace sql "select origin_name, count(*) from calls group by all"
    """
    from trailtrace.errors import UsageError

    secret = redaction(redact, redact_key_file)
    wanted = format_for(format, out)
    if text is None and sys.stdin.isatty():
        if out is not None:
            raise UsageError("--out: not for the prompt: give a statement")
        check_out(out, wanted, store)
        _prompt(store, logs, secret, wanted, rows, timeout)
        return
    check_out(out, wanted, store)
    statement = sys.stdin.read() if text is None else text
    with (
        asked(store, logs, secret) as investigation,
        investigation.sql_results(statement, timeout) as results,
    ):
        write_rows(results, wanted, out, rows)


def _prompt(
    store: Path, logs: list[str] | None, secret: str | None, format: RowFormat, rows: int, timeout: float
) -> None:
    from trailtrace.cli.prompt import prompt

    if not logs:
        prompt(lambda: asked(store, None, secret), format, rows, timeout)
        return
    with asked(store, logs, secret) as investigation:
        # Logs are read once and stay open: they keep nobody waiting.
        prompt(lambda: nullcontext(investigation), format, rows, timeout)
