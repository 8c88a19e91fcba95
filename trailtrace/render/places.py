"""Times, and records with the file they lie in, as text."""

import re
from datetime import datetime

from trailtrace.model import Evidence
from trailtrace.names import NO_NAMES, Names
from trailtrace.render.names import account_text
from trailtrace.render.visible import visible

_TRAIL_FILE = re.compile(r"/\d{12}_CloudTrail_[\w-]+_\d{8}T\d{4}Z_\w+\.json(\.gz)?$")


def evidence_text(evidence: Evidence, names: Names = NO_NAMES) -> str:
    """Event id, whose copy it is, file#record, and what is known of the file if it was checked."""
    recipient = evidence.recipient_account_id
    account = f" (copy of {account_text(recipient, names)})" if recipient else ""
    source = evidence.source
    if _TRAIL_FILE.search(source):
        source = source.rpartition("/")[2]  # unique by itself; the folders only repeat it
    return (
        f"{visible(evidence.event_id)}{account} {visible(source)}#{evidence.record}{integrity_text(evidence)}"
    )


def integrity_text(evidence: Evidence) -> str:
    """What a verification said of its file; nothing if it was not checked."""
    return "" if evidence.integrity == "unchecked" else f" [{visible(evidence.integrity)}]"


def time_text(value: datetime | None) -> str:
    """UTC to the second."""
    return "-" if value is None else f"{value:%Y-%m-%d %H:%M:%SZ}"


def span_text(first: datetime | None, last: datetime | None) -> str:
    if first == last or first is None or last is None:
        return time_text(first)
    same_day = first.date() == last.date()
    return (
        f"{time_text(first)} to {last:%H:%M:%SZ}" if same_day else f"{time_text(first)} to {time_text(last)}"
    )


def events_text(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"
