"""What commands that ask a question share: where the logs are, and how a time is written."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trailtrace.investigation import Investigation

LogsOption = Annotated[
    list[str] | None,
    typer.Option("--logs", metavar="PATH", help="Answer from log files; nothing is stored. Repeatable."),
]
SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", help="Only calls from this UTC time on: 2026-05-01T09:00:00Z, 2d, 6h."
    ),
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Only calls before this UTC time.")
]

RedactOption = Annotated[
    bool,
    typer.Option(
        "--redact", help="Replace accounts, keys, names and addresses; the secret is TRAILTRACE_REDACT_KEY."
    ),
]
RedactKeyOption = Annotated[
    Path | None,
    typer.Option("--redact-key-file", metavar="FILE", help="Read the secret of --redact from a file."),
]

_AGO = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def redaction(wanted: bool, key_file: Path | None) -> str | None:
    """The secret to redact with; None if nothing is to be redacted. Raises UsageError without one."""
    from trailtrace.errors import UsageError

    if not wanted:
        if key_file is not None:
            raise UsageError("--redact-key-file: give --redact too")
        return None
    if key_file is None:
        secret = os.environ.get("TRAILTRACE_REDACT_KEY", "")
        if not secret:
            raise UsageError("--redact: no secret: set TRAILTRACE_REDACT_KEY, or give --redact-key-file FILE")
        return secret
    try:
        return key_file.read_text(encoding="utf-8", errors="surrogateescape").strip()
    except OSError as error:
        raise UsageError(f"--redact-key-file {key_file}: {error.strerror or error}") from error


def asked(store: Path, logs: list[str] | None, redact: str | None = None) -> "Investigation":
    """The store; or, with logs, what they hold, in memory. Raises NoRecordsError if that is nothing."""
    import trailtrace
    from trailtrace.cli.output import complain, progress_bar
    from trailtrace.errors import NoRecordsError

    if not logs:
        return trailtrace.open(store, complain, redact=redact)
    with progress_bar() as progress:
        found = trailtrace.from_logs(logs, progress, redact=redact, telling=complain)
    summary = found.summary
    assert summary is not None
    rejected = sum(summary.rejected.values())
    if rejected:
        complain(f"{rejected} records were rejected: `trailtrace ingest` shows why")
    if not summary.kept:
        found.close()
        raise NoRecordsError("no CloudTrail event in the input: give the folder a trail writes to")
    return found


def utc(text: str | None, option: str, now: datetime | None = None) -> datetime | None:
    """A time that a user typed, in UTC without offset; None stays None. Raises UsageError.

    With `now`, `6h` is so long before it.
    """
    from trailtrace.errors import UsageError

    if text is None:
        return None
    try:
        if now is not None and (ago := _AGO.fullmatch(text)):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise UsageError(f"{option} {text}: no time of any log") from None
    except ValueError:
        ago_too = ", or 2d, 6h, 30m ago" if now is not None else ""
        raise UsageError(f"{option} {text}: not a time: write it as 2026-05-01T09:00:00Z{ago_too}") from None


def present() -> datetime:
    """The current time, UTC without offset, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
