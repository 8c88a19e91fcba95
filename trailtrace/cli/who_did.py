"""`trailtrace who-did`."""

from enum import StrEnum
from typing import Annotated

import typer

from trailtrace.cli.asking import LogsOption, asked, utc
from trailtrace.cli.ingest import DEFAULT_STORE, StoreOption


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def who_did(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="Access key id, event id, session or user ARN, principal id, instance id"
            " or source identity.",
        ),
    ],
    store: StoreOption = DEFAULT_STORE,
    logs: LogsOption = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Which use of a recycled key: 2026-05-01T09:00:00Z.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="List every issuance that was considered, kept or refused.")
    ] = False,
    format: Annotated[Format, typer.Option(help="How to print the answer.")] = Format.TEXT,
) -> None:
    """Tell who is really behind a credential, event, session or instance.

    Example: trailtrace who-did ASIAIOSFODNN7EXAMPLE --logs AWSLogs/ --explain
    """
    from trailtrace.cli.output import complain, show, show_rich
    from trailtrace.errors import TargetNotFoundError
    from trailtrace.model import Target
    from trailtrace.render.json import answers_json, nothing_found_json

    moment = utc(at, "--at")
    with asked(store, logs) as investigation:
        try:
            answers = investigation.who_did(target, moment, explain=explain)
        except TargetNotFoundError:
            if format is Format.JSON:
                from trailtrace.investigate.targets import recognise

                show(nothing_found_json(Target(target, recognise(target), moment)))
            raise
    if format is Format.JSON:
        show(answers_json(answers))
    else:
        from trailtrace.render.text import answers_text

        show_rich(answers_text(answers))
    if any(answer.stop.value == "cycle" for answer in answers.answers):
        complain("warning: records form a circle; check the integrity of these logs")
