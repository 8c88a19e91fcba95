"""`trailtrace query`."""

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


def _completions(incomplete: str) -> list[tuple[str, str]]:
    from trailtrace.library import named_query, query_names

    return [(name, named_query(name).title) for name in query_names() if name.startswith(incomplete)]


def _parameters(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """What may follow --set for the query that is named on the line."""
    from trailtrace.library import named_query, query_names

    # A line that ends in --set is not parsed to its end: the name is still among the arguments.
    words = [context.params.get("name"), *context.args]
    names = [word for word in words if word in query_names()]
    return [
        (f"{param.name}=", f"{param.type}: {param.about}")
        for name in names[:1]
        for param in named_query(name).params
        if param.name.startswith(incomplete)
    ]


def query(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="Name of a query; without one, all are listed.",
            autocompletion=_completions,
        ),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    logs: LogsOption = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PARAM=VALUE",
            help="Give a parameter its value. Repeatable.",
            autocompletion=_parameters,
        ),
    ] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print the statement instead of running it.")] = False,
    format: FormatOption = None,
    out: OutOption = None,
    rows: RowsOption = DEFAULT_ROWS,
    timeout: TimeoutOption = DEFAULT_TIMEOUT,
    redact: RedactOption = False,
    redact_key_file: RedactKeyOption = None,
) -> None:
    """List the named queries, or run one.

    Example: trailtrace query timeline-of-person --set origin=alice --set since=2026-05-01
    """
    from trailtrace.cli.output import show
    from trailtrace.library import named_query

    if name is None:
        _list(format_for(format, out))
        return
    found = named_query(name)
    if sql:
        show(found.sql.rstrip("\n"))
        return
    given = _pairs(values or [])
    wanted = format_for(format, out)
    check_out(out, wanted, store)
    with (
        asked(store, logs, redaction(redact, redact_key_file)) as investigation,
        investigation.query_results(name, given, timeout) as results,
    ):
        write_rows(results, wanted, out, rows)


def _pairs(values: list[str]) -> dict[str, str]:
    from trailtrace.errors import UsageError

    pairs = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set {text}: write it as --set PARAM=VALUE")
        pairs[name] = value
    return pairs


def _list(format: RowFormat) -> None:
    import json

    from trailtrace.cli.output import show, show_rich, table_width
    from trailtrace.library import named_query, query_names
    from trailtrace.render.table import rows_table

    listed = [(name, named_query(name).title) for name in query_names()]
    if format is RowFormat.JSON:
        show(json.dumps([{"name": name, "title": title} for name, title in listed], indent=1))
    else:
        show_rich(rows_table(["name", "title"], listed, table_width()))
