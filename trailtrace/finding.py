"""Findings: what an auditor should look at, with the events that show it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trailtrace.model import Grade, Origin, Stop


class Severity(StrEnum):
    """How bad it is if it is what it looks like."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the mildest."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """How likely it is what it looks like."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is looked at, UTC without offset: from `since` until before `until`; None is open."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Subject:
    """The credential a finding is about, and what its chain ends in."""

    use_id: str
    access_key_id: str | None
    arn: str | None
    origin: Origin
    grade: Grade
    stop: Stop


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. Its `id` stays the same from report to report."""

    id: str
    name: str
    """Of the detection: `queries/findings/<name>.sql`."""
    title: str
    severity: Severity
    confidence: Confidence
    summary: str
    """What happened, in a sentence. Holds log text."""
    account_id: str | None
    subject: Subject | None
    """None where no credential is behind it, as with missing logs."""
    first_seen: datetime
    last_seen: datetime
    event_count: int
    event_ids: tuple[str, ...]
    """The first of the events that show it, at most EVENT_IDS."""
    details: tuple[tuple[str, object], ...]
    """The detection's own columns: name and value."""


EVENT_IDS = 20
