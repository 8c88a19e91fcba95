"""`trailtrace what-did`."""

import sys
from enum import StrEnum
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


class ScopeFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    SVG = "svg"
    MERMAID = "mermaid"
    DOT = "dot"


def what_did(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="Access key id, user, role, session or function ARN, principal id, instance id,"
            " event id, source identity, or the name or id of a person or workload.",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    logs: LogsOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    now: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="When to ask what is alive, and what 2d is before; else the present."
        ),
    ] = None,
    depth: Annotated[
        int | None, typer.Option(min=0, help="Sessions below the target's own to follow; else all.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Show every session, call, resource and address; else lists are cut."),
    ] = False,
    format: Annotated[ScopeFormat, typer.Option(help="How to print the answer.")] = ScopeFormat.TEXT,
    redact: RedactOption = False,
    redact_key_file: RedactKeyOption = None,
) -> None:
    """Tell everything that came out of a credential, person, role or workload, and what can still be alive.

    Example: trailtrace what-did AKIAIOSFODNN7EXAMPLE --logs AWSLogs/ --since 2d
    """
    from trailtrace.cli.output import show, show_pieces, show_rich
    from trailtrace.errors import TargetNotFoundError
    from trailtrace.investigation import RESOURCE_LIMIT
    from trailtrace.render.scope_json import no_scope_json, scope_json

    moment = utc(now, "--now", present()) or present()
    with asked(store, logs, redaction(redact, redact_key_file)) as investigation:
        try:
            scope = investigation.what_did(
                target,
                now=moment,
                since=utc(since, "--since", moment),
                until=utc(until, "--until", moment),
                depth=depth,
                resources=None if everything else RESOURCE_LIMIT,
            )
        except TargetNotFoundError:
            if format is ScopeFormat.JSON:
                from trailtrace.investigate.targets import recognise
                from trailtrace.model import Target

                unknown = Target(target, recognise(target), None)
                show(no_scope_json(investigation.redacted(unknown)))
            raise
    match format:
        case ScopeFormat.JSON:
            show(scope_json(scope))
        case ScopeFormat.CSV:
            from trailtrace.render.scope_csv import scope_csv

            show_pieces(scope_csv(scope, escape=sys.stdout.isatty()))
        case ScopeFormat.HTML:
            from trailtrace.render.chain_html import scope_html

            show_pieces([scope_html(scope, everything=everything)])
        case ScopeFormat.SVG | ScopeFormat.MERMAID | ScopeFormat.DOT:
            from trailtrace.render.graph.scope import scope_graph
            from trailtrace.render.graph.written import written

            show_pieces(written(scope_graph(scope, everything=everything), format))
        case ScopeFormat.TEXT:
            from trailtrace.render.commands import commands_text
            from trailtrace.render.scope_text import scope_text

            show_rich(scope_text(scope, everything=everything))
            if scope.revocations:
                show("")
                show_pieces(commands_text(scope))
