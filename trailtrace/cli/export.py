"""`trailtrace export`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from trailtrace.cli.asking import (
    LogsOption,
    RedactKeyOption,
    RedactOption,
    SinceOption,
    UntilOption,
    asked,
    present,
    redaction,
    utc,
)
from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption


class Format(StrEnum):
    NDJSON = "ndjson"
    OCSF = "ocsf"
    PARQUET = "parquet"


def export(
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET",
            help="File for ndjson and ocsf (packed if it ends in .gz, - for standard output),"
            " folder for parquet.",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    logs: LogsOption = None,
    format: Annotated[
        Format,
        typer.Option(
            help="ndjson: CloudTrail records. ocsf: API Activity with the origin as its actor."
            " parquet: events with origins, by day and account."
        ),
    ] = Format.NDJSON,
    since: SinceOption = None,
    until: UntilOption = None,
    account: Annotated[
        list[str] | None,
        typer.Option(metavar="ACCOUNT", help="Only events that this account recorded. Repeatable."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there already.")] = False,
    redact: RedactOption = False,
    redact_key_file: RedactKeyOption = None,
) -> None:
    """Write the events, with who is behind them, for other tools.

    Example: trailtrace export events/ --format parquet --since 2026-05-01 --store incident.duckdb
    """
    from trailtrace.cli.output import complain, counting_bar, reader_may_leave
    from trailtrace.errors import UsageError

    stdout = str(target) == "-"
    if stdout and format is Format.PARQUET:
        raise UsageError("--format parquet: a folder of files: give the name of one instead of -")
    now = present()
    begin, end = utc(since, "--since", now), utc(until, "--until", now)
    with (
        asked(store, logs, redaction(redact, redact_key_file)) as investigation,
        counting_bar("exporting") as progress,
        reader_may_leave(),
    ):
        summary = investigation.export(
            sys.stdout.buffer if stdout else target,
            format,
            since=begin,
            until=end,
            accounts=account or [],
            force=force,
            progress=progress,
        )
        sys.stdout.flush()
    complain(f"{summary.events:,} events written" + ("" if stdout else f" to {target}"))
