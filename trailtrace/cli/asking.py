"""What every command that asks shares: a store, or log files in its place, opened for questions."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trailtrace.investigation import Investigation

LogsOption = Annotated[
    list[str] | None,
    typer.Option("--logs", metavar="PATH", help="Answer from log files; nothing is stored. Repeatable."),
]


def asked(store: Path, logs: list[str] | None) -> "Investigation":
    """The store; or, with logs, what they hold, in memory. Raises NoRecordsError if that is nothing."""
    import trailtrace
    from trailtrace.cli.output import complain, progress_bar
    from trailtrace.errors import NoRecordsError

    if not logs:
        return trailtrace.open(
            store, lambda: complain(f"{store} is being written by another process: waiting")
        )
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


def utc(text: str | None, option: str) -> datetime | None:
    """A time that a user typed, in UTC without offset; None stays None. Raises UsageError."""
    from trailtrace.errors import UsageError

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: not a time: write it as 2026-05-01T09:00:00Z") from None
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise UsageError(f"{option} {text}: no time of any log") from None
