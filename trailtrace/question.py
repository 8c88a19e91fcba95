"""Frozen values of a question about events, and of what answers it."""

from dataclasses import dataclass
from datetime import datetime

from trailtrace.model import Caller, Evidence, Grade, Origin, Stop
from trailtrace.names import NO_NAMES, Names
from trailtrace.notebook import Shown


@dataclass(frozen=True, slots=True)
class Question:
    """Which events are asked for; None asks for nothing. All that is given must hold."""

    call: str | None = None
    """`DeleteBucket`, `s3:DeleteBucket` or `s3:Delete*`, in any case."""
    resource: str | None = None
    """A whole name or ARN that the record's resources, parameters or response hold."""
    ip: str | None = None
    """A source address, a network such as `198.51.100.0/24`, or a service's name."""
    agent: str | None = None
    """Part of the user agent."""
    error: str | None = None
    """Part of the error code."""
    account: str | None = None
    """The account that recorded the call."""
    region: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """UTC; events at that time are not asked for."""


@dataclass(frozen=True, slots=True)
class Match:
    """One call that a question asks for, and who is behind it."""

    event_id: str | None
    event_time: datetime
    event_source: str | None
    event_name: str
    error_code: str | None
    account_id: str | None
    aws_region: str | None
    source_ip_address: str | None
    user_agent: str | None
    resources: list[str]
    """ARNs of the record, else names it was asked about."""
    caller: Caller
    """As the record names it."""
    origin: Origin
    grade: Grade
    stop: Stop | None
    """None: the event lies outside the life of its credential."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Matches(Shown):
    """The newest events that a question asks for."""

    question: Question
    matches: list[Match]
    more: int
    """Older events that match as well and are not listed."""
    names: Names = NO_NAMES
    """Of what the events name."""
