"""What a store holds and what it lacks: the values that `trailtrace status` shows."""

from dataclasses import dataclass
from datetime import date, datetime

from trailtrace.names import NO_NAMES, Names


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day of one account and Region."""

    day: date
    events: int
    hours_with_events: int
    longest_gap_hours: int
    state: str
    """As in the view `coverage`: events, gap, before, after, pruned."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is held of one account and Region; its days are the same as those of every other place."""

    account_id: str | None
    region: str | None
    last_event: datetime
    days: tuple[Day, ...]

    @property
    def events(self) -> int:
        return sum(day.events for day in self.days)

    @property
    def gaps(self) -> int:
        """Days without a record, between days that have some."""
        return sum(day.state == "gap" for day in self.days)


@dataclass(frozen=True, slots=True)
class Reason:
    """How many records and files were rejected for one reason."""

    reason: str
    rejected: int


@dataclass(frozen=True, slots=True)
class Reject:
    """A record, or (record 0) a whole file, that could not become an event."""

    source: str | None
    record: int
    reason: str
    detail: str
    excerpt: str | None


@dataclass(frozen=True, slots=True)
class Unaccounted:
    """A file whose ledger does not add up, or says something else than the tables."""

    source: str | None
    """None for records of a file that no ledger names."""
    read: int
    kept: int
    duplicate: int
    rejected: int
    not_events: int
    pruned: int
    events: int
    """In the table of records."""
    rejects: int
    """In the table of rejects."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a store holds. read = kept + duplicate + rejected + not_events; kept = events + pruned."""

    store: str
    size_bytes: int
    """Of the store file; 0 in memory."""
    schema_version: int
    created_by: str
    now: datetime
    files: int
    source_bytes: int
    """Of the files as they were stored."""
    verified: int
    """Files that are what CloudTrail wrote, by the last verification."""
    unverified: int
    """Files of which a verification could say nothing."""
    failed: int
    """Files that are not what CloudTrail wrote. All others were not checked."""
    unnamed: int
    """Files, unverified, that the verified digests of their time do not name."""
    read: int
    kept: int
    duplicate: int
    rejected: int
    not_events: int
    pruned: int
    events: int
    pruned_before: datetime | None
    days_in_lake: int
    """Days of which only the records were loaded that facts are made of, from a lake."""
    translated: int
    """Events that were put together again from another form, such as OCSF: their grades are capped."""
    conflicts: int
    """Event ids that name records of different content."""
    first_event: datetime | None
    last_event: datetime | None
    reasons: tuple[Reason, ...]
    unaccounted: tuple[Unaccounted, ...]
    places: tuple[Place, ...]
    rejects: tuple[Reject, ...] | None = None
    """None unless they were asked for."""
    names: Names = NO_NAMES
    """Of the places."""

    @property
    def unchecked(self) -> int:
        """Files that no verification has seen."""
        return self.files - self.verified - self.unverified - self.failed

    @property
    def seconds_since_last_event(self) -> int | None:
        """Negative if the last event lies in the future of `now`."""
        return None if self.last_event is None else int((self.now - self.last_event).total_seconds())
