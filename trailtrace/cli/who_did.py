"""`trailtrace who-did`."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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
    logs: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Answer from log files; nothing is stored. Repeatable."),
    ] = None,
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

    moment = None if at is None else _utc(at)
    with _investigation(store, logs) as investigation:
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


def _investigation(store: Path, logs: list[str] | None):  # type: ignore[no-untyped-def]
    import trailtrace
    from trailtrace.cli.output import complain, progress_bar
    from trailtrace.errors import NoRecordsError

    if not logs:
        waiting = lambda: complain(f"{store} is being written by another process: waiting")  # noqa: E731
        return trailtrace.open(store, waiting)
    with progress_bar() as progress:
        found = trailtrace.from_logs(logs, progress)
    summary = found.summary
    assert summary is not None
    rejected = sum(summary.rejected.values())
    if rejected:
        complain(f"{rejected} records were rejected: `trailtrace ingest` shows why")
    if not summary.kept:
        found.close()
        raise NoRecordsError("no CloudTrail event in the input: give the folder a trail writes to")
    return found


def _utc(text: str) -> datetime:
    from trailtrace.errors import UsageError

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--at {text}: not a time: write it as 2026-05-01T09:00:00Z") from None
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise UsageError(f"--at {text}: no time of any log") from None
