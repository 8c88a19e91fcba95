"""`trailtrace who-did`: of a target, or of the events that a question asks for."""

import sys
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from trailtrace.investigation import Investigation
    from trailtrace.model import Answers
    from trailtrace.question import Question

DEFAULT_LIMIT = 50


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    SVG = "svg"
    MERMAID = "mermaid"
    DOT = "dot"


PICTURES = {Format.HTML, Format.SVG, Format.MERMAID, Format.DOT}


def who_did(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="[TARGET]",
            help="Access key id, event id, session or user ARN, principal id, instance id"
            " or source identity.",
        ),
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    logs: LogsOption = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Which use of a recycled key: 2026-05-01T09:00:00Z.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="List every issuance that was considered, kept or refused.")
    ] = False,
    call: Annotated[
        str | None, typer.Option(metavar="NAME", help="DeleteBucket, s3:DeleteBucket or s3:Delete*.")
    ] = None,
    resource: Annotated[
        str | None, typer.Option(metavar="NAME", help="A whole name, id or ARN that the record holds.")
    ] = None,
    ip: Annotated[
        str | None,
        typer.Option("--ip", metavar="ADDRESS", help="Source address, or a network: 198.51.100.0/24."),
    ] = None,
    agent: Annotated[str | None, typer.Option(metavar="TEXT", help="Part of the user agent.")] = None,
    error: Annotated[str | None, typer.Option(metavar="CODE", help="Part of the error code.")] = None,
    account: Annotated[str | None, typer.Option(metavar="ID", help="Account that recorded the call.")] = None,
    region: Annotated[str | None, typer.Option(metavar="NAME", help="AWS Region.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[
        int, typer.Option(min=0, help="Most events to show, the newest, or credentials as text; 0 shows all.")
    ] = DEFAULT_LIMIT,
    format: Annotated[
        Format,
        typer.Option(
            help="How to print the answer; csv is for events, html, svg, mermaid and dot for a TARGET."
        ),
    ] = Format.TEXT,
    redact: RedactOption = False,
    redact_key_file: RedactKeyOption = None,
) -> None:
    """Tell who is really behind a credential, event, session or instance, or behind certain events.

    Example: trailtrace who-did ASIAIOSFODNN7EXAMPLE --logs AWSLogs/ --explain

    Example: trailtrace who-did --call DeleteBucket --resource my-bucket --since 2d
    """
    from trailtrace.errors import UsageError
    from trailtrace.question import Question

    now = present()
    question = Question(
        *(call, resource, ip, agent, error, account, region),
        since=utc(since, "--since", now),
        until=utc(until, "--until", now),
    )
    moment = utc(at, "--at")
    if target is None:
        if at is not None or explain:
            raise UsageError("--at and --explain need a TARGET: give one, or leave them out")
        if question == Question():
            raise UsageError("give a TARGET, or a question such as --call DeleteBucket --since 2d")
        if format in PICTURES:
            raise UsageError(f"--format {format}: it is for a TARGET: events are text, json or csv")
        with asked(store, logs, redaction(redact, redact_key_file)) as investigation:
            _show_events(investigation, question, limit or None, format)
        return
    if question != Question():
        raise UsageError("give a TARGET or a question (--call, --since …), not both")
    if format is Format.CSV:
        raise UsageError(
            "--format csv: it is for events (--call, --since …): a chain is text, json or a picture"
        )
    with asked(store, logs, redaction(redact, redact_key_file)) as investigation:
        _show_answers(investigation, target, moment, format, limit or None, explain=explain)


def _show_answers(
    investigation: "Investigation",
    target: str,
    at: datetime | None,
    format: Format,
    limit: int | None,
    *,
    explain: bool,
) -> None:
    from trailtrace.cli.output import complain
    from trailtrace.errors import TargetNotFoundError
    from trailtrace.model import Target

    try:
        answers = investigation.who_did(target, at, explain=explain)
    except TargetNotFoundError:
        if format is Format.JSON:
            from trailtrace.cli.output import show
            from trailtrace.investigate.targets import recognise
            from trailtrace.render.json import nothing_found_json

            unknown = Target(target, recognise(target), at)
            show(nothing_found_json(investigation.redacted(unknown)))
        raise
    _print(answers, format, limit)
    if any(answer.stop.value == "cycle" for answer in answers.answers):
        complain("warning: records form a circle; check the integrity of these logs")


def _print(answers: "Answers", format: Format, limit: int | None) -> None:
    from trailtrace.cli.output import show, show_pieces, show_rich

    match format:
        case Format.JSON:
            from trailtrace.render.json import answers_json

            show(answers_json(answers))
        case Format.HTML:
            from trailtrace.render.chain_html import answers_html

            show_pieces([answers_html(answers, limit)])
        case Format.SVG | Format.MERMAID | Format.DOT:
            from trailtrace.render.graph.answers import answers_graph
            from trailtrace.render.graph.written import written

            show_pieces(written(answers_graph(answers, limit), format))
        case _:
            from trailtrace.render.text import answers_text

            show_rich(answers_text(answers, limit))


def _show_events(
    investigation: "Investigation", question: "Question", limit: int | None, format: Format
) -> None:
    from trailtrace.cli.output import complain, show, show_pieces, show_rich, table_width
    from trailtrace.errors import TargetNotFoundError
    from trailtrace.render import matches as render

    try:
        found = investigation.which_events(question, limit)
    except TargetNotFoundError:
        if format is Format.JSON:
            show(render.no_matches_json(investigation.redacted(question)))
        raise
    match format:
        case Format.JSON:
            show(render.matches_json(found))
        case Format.CSV:
            show_pieces(render.matches_csv(found, escape=sys.stdout.isatty()))
            if found.more:
                complain(render.more_text(found))
        case Format.TEXT:
            show_rich(render.matches_text(found, table_width()))
