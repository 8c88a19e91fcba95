"""`trailtrace status`."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from trailtrace.cli.asking import (
    LogsOption,
    RedactKeyOption,
    RedactOption,
    asked,
    present,
    redaction,
    utc,
)
from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption


class StatusFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def status(
    store: StoreOption = DEFAULT_STORE,
    logs: LogsOption = None,
    rejects: Annotated[
        bool, typer.Option("--rejects", help="List every record and file that could not be read.")
    ] = False,
    now: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When to ask how old the last event is; else the present."),
    ] = None,
    format: Annotated[
        StatusFormat,
        typer.Option(help="How to print it. csv: a row a day, or with --rejects a row a reject."),
    ] = StatusFormat.TEXT,
    redact: RedactOption = False,
    redact_key_file: RedactKeyOption = None,
) -> None:
    """Tell what a store holds: files, records, days of each account and Region, and what is missing.

    Example: trailtrace status --rejects --store incident.duckdb
    """
    from trailtrace.cli.output import show, show_pieces, show_rich, table_width
    from trailtrace.errors import ContradictionError
    from trailtrace.render.rows import csv_rows
    from trailtrace.render.status_json import (
        DAY_COLUMNS,
        REJECT_COLUMNS,
        day_rows,
        reject_rows,
        status_json,
    )
    from trailtrace.render.status_text import status_text
    from trailtrace.render.table import rows_table

    moment = utc(now, "--now", present()) or present()
    with asked(store, logs, redaction(redact, redact_key_file)) as investigation:
        found = investigation.status(moment, rejects=rejects)
    match format:
        case StatusFormat.JSON:
            show(status_json(found))
        case StatusFormat.CSV:
            columns, rows = (
                (REJECT_COLUMNS, reject_rows(found)) if rejects else (DAY_COLUMNS, day_rows(found))
            )
            show_pieces(csv_rows(columns, rows, escape=sys.stdout.isatty()))
        case StatusFormat.TEXT:
            show_rich(status_text(found, table_width()))
            if rejects and found.rejects:
                show("")
                show_rich(rows_table(REJECT_COLUMNS, reject_rows(found), table_width()))
    if found.unaccounted:
        raise ContradictionError(
            f"{found.store}: the ledger and the tables disagree: load the logs into a new store"
        )
