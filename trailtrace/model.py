"""Frozen values and enums that cross layers. One spelling in SQL, JSON, command line and text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from trailtrace.names import NO_NAMES, Names
from trailtrace.notebook import Shown


class Grade(StrEnum):
    """How well a link is supported; `docs/rules.md` defines each."""

    PROOF = "proof"
    STRONG = "strong"
    PROBABLE = "probable"
    WEAK = "weak"
    NONE = "none"


class Stop(StrEnum):
    """Why a chain ends where it does."""

    ORIGIN = "origin"
    SERVICE = "service"
    EXTERNAL_ACCOUNT = "external_account"
    MISSING_LOG = "missing_log"
    NO_ISSUANCE = "no_issuance"
    AMBIGUOUS = "ambiguous"
    CYCLE = "cycle"
    CONTRADICTION = "contradiction"


class TargetKind(StrEnum):
    """What the text of a target names."""

    ACCESS_KEY = "access_key"
    EVENT_ID = "event_id"
    SESSION_ARN = "session_arn"
    USER_ARN = "user_arn"
    PRINCIPAL_ID = "principal_id"
    INSTANCE_ID = "instance_id"
    SOURCE_IDENTITY = "source_identity"
    ROLE_ARN = "role_arn"
    FUNCTION_ARN = "function_arn"
    ORIGIN = "origin"
    """The name or id of a person or workload; what-did alone knows it."""


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What one ingest did. read = kept + duplicate + rejected + not_events."""

    files: int
    known_files: int
    """Files that were in the store already, byte for byte; not read again."""
    read: int
    kept: int
    duplicate: int
    rejected: dict[str, int]
    """Count by reason."""
    not_events: int
    containers: dict[str, int]
    """Files by container."""
    conflicts: int
    """Event ids in the store that name records of different content."""
    accounts: int
    regions: int
    first_event: datetime | None
    last_event: datetime | None
    pruned: int = 0
    """Records that left again at once: they are older than the time to which the store was pruned."""
    unlabelled: int = 0
    """Addresses of which a .mmdb file of the store would tell more, if what reads it were installed."""
    unreadable: int = 0
    """Objects that could not be read, as before: their rejects are in the store already."""
    left_in_lake: int = 0
    """Kept records that stay in the lake that was loaded, of all its files: no fact is made of them."""


def together(summaries: Sequence[IngestSummary]) -> IngestSummary:
    """What ingests did that followed each other, at least one."""
    rejected: Counter[str] = Counter()
    containers: Counter[str] = Counter()
    for each in summaries:
        rejected.update(each.rejected)
        containers.update(each.containers)
    return replace(
        summaries[-1],
        files=sum(each.files for each in summaries),
        known_files=sum(each.known_files for each in summaries),
        read=sum(each.read for each in summaries),
        kept=sum(each.kept for each in summaries),
        duplicate=sum(each.duplicate for each in summaries),
        rejected=dict(sorted(rejected.items())),
        not_events=sum(each.not_events for each in summaries),
        containers=dict(sorted(containers.items())),
        pruned=sum(each.pruned for each in summaries),
        unlabelled=sum(each.unlabelled for each in summaries),
        unreadable=sum(each.unreadable for each in summaries),
    )


@dataclass(frozen=True, slots=True)
class LakeBuilt:
    """What one build of a lake did. read = kept + duplicate + rejected + not_events."""

    files: int
    known_sources: int
    """Sources that were in the lake already, by name, size and the time of their last change or ETag."""
    read: int
    kept: int
    duplicate: int
    rejected: dict[str, int]
    """Count by reason."""
    not_events: int
    days: tuple[str, ...]
    """Those that were built, new or again: `2026-05-01`."""
    uses: int
    """In the lake, as all below."""
    issuances: int
    conflicts: int
    """Event ids that name records of different content."""


@dataclass(frozen=True, slots=True)
class LakeCopied:
    """What was done to the copy of a lake in a bucket."""

    to: str
    files: int
    """Those that it lacked."""
    bytes: int
    """Of these."""
    known_files: int
    """Files that were there."""
    removed: int
    """Objects of builds that nobody reads any more."""


@dataclass(frozen=True, slots=True)
class Target:
    """What was asked for."""

    text: str
    kind: TargetKind
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record that shows a hop, and where it lies."""

    event_id: str | None
    recipient_account_id: str | None
    source: str
    record: int
    sha256: str
    integrity: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who made an issuing call, as its record names them."""

    type: str | None
    principal_id: str | None
    arn: str | None
    account_id: str | None
    access_key_id: str | None
    invoked_by: str | None


@dataclass(frozen=True, slots=True)
class Hop:
    """One issuance → session link, from the session back to its caller."""

    rule: str
    grade: Grade
    why: str
    event_name: str
    event_time: datetime
    role_arn: str | None
    session_name: str | None
    source_identity: str | None
    session_policy: str | None
    """The inline session policy, JSON text."""
    policy_arns: list[str]
    """Managed policies that limit the session."""
    issued_access_key_id: str | None
    expiration: datetime | None
    caller: Caller
    evidence: list[Evidence]


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential: access key id, principal id and creation date together name it."""

    access_key_id: str | None
    principal_id: str | None
    arn: str | None
    account_id: str | None
    created: datetime | None
    first_use: datetime | None
    last_use: datetime | None
    uses: int
    """Distinct events it signed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a chain ends in."""

    kind: str
    id: str | None
    arn: str | None
    account_id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Warn:
    """Something the reader of an answer must know."""

    code: str
    text: str


class MissingReason(StrEnum):
    """Why the logs held do not show what a chain needs; `docs/rules.md` defines each."""

    ACCOUNT_NOT_HELD = "account_not_held"
    READS_NOT_HELD = "reads_not_held"
    REGION_NOT_HELD = "region_not_held"
    BEFORE_FIRST_EVENT = "before_first_event"
    END_OF_DATA = "end_of_data"
    HOURS_NOT_HELD = "hours_not_held"
    CALL_NOT_HELD = "call_not_held"
    DATA_EVENTS_NOT_HELD = "data_events_not_held"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Missing:
    """Logs that would settle what is open."""

    account_id: str | None
    region: str | None
    """None: all Regions."""
    start: datetime | None
    end: datetime | None
    why: str
    reason: MissingReason


@dataclass(frozen=True, slots=True)
class Context:
    """An event around the chain: who launched a workload, made a key, made a service act. Never a hop."""

    rule: str
    grade: Grade
    """How well the event is tied to the answer's subject, not to who used the credential."""
    why: str
    relation: str
    event_name: str
    event_time: datetime
    by_arn: str | None
    by_id: str | None
    """Principal id, or `<identity store ARN>#<user id>` of an Identity Center user."""
    by_access_key_id: str | None
    evidence: Evidence


class Verdict(StrEnum):
    """What became of an issuance that was considered for a use."""

    KEPT = "kept"
    REFUSED = "refused"
    NEAR_MISS = "near_miss"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An issuance that was considered for a use, and why it was kept or not."""

    verdict: Verdict
    rule: str | None
    """None for a near miss, which no rule asked about."""
    grade: Grade
    why: str
    event_name: str
    event_time: datetime
    role_arn: str | None
    session_name: str | None
    issued_access_key_id: str | None
    evidence: list[Evidence]


@dataclass(frozen=True, slots=True)
class Considered:
    """All issuances considered for one use of a chain."""

    step: int
    """0 for the credential that was asked for, n for the caller of hop n."""
    access_key_id: str | None
    principal_id: str | None
    created: datetime | None
    candidates: list[Candidate]
    more: int
    """Candidates that are not listed."""


@dataclass(frozen=True, slots=True)
class Event:
    """The event an event-id target names."""

    event_id: str | None
    event_time: datetime
    event_source: str | None
    event_name: str
    recipient_account_id: str | None
    resources: tuple[str, ...]
    error_code: str | None


@dataclass(frozen=True, slots=True)
class Activity:
    """What a credential did: one row per call."""

    event_source: str | None
    event_name: str
    count: int
    errors: int


@dataclass(frozen=True, slots=True)
class Answer(Shown):
    """Who is behind one credential."""

    credential: Credential
    origin: Origin
    grade: Grade
    stop: Stop
    hops: list[Hop]
    warnings: list[Warn] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    candidates: list["Answer"] = field(default_factory=list)
    context: list[Context] = field(default_factory=list)
    event: Event | None = None
    activity: list[Activity] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    """Source addresses of the uses, most used first, at most ADDRESS_LIMIT."""
    address_count: int = 0
    considered: list[Considered] | None = None
    """By step, at most CONSIDERED_STEPS; None unless it was asked for."""


@dataclass(frozen=True, slots=True)
class Answers(Shown):
    """The answers to one target: one for each distinct credential it names."""

    target: Target
    answers: list[Answer]
    names: Names = NO_NAMES
    """Of what the answers name."""


@dataclass(frozen=True, slots=True)
class RebuiltTable:
    """A derived table that was made anew, and how the stored one differed."""

    name: str
    rows: int
    lacking: int
    """Rows that were not stored."""
    surplus: int
    """Rows that were stored and follow from no record."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found."""

    tables: tuple[RebuiltTable, ...]
    upgraded_from: int | None = None
    """Schema version that the store had before."""
    unlabelled: int = 0
    """Addresses that keep the labels they had, for want of what reads a .mmdb file."""

    @property
    def differing(self) -> int:
        """Rows that were not as they should have been."""
        return sum(table.lacking + table.surplus for table in self.tables)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a prune removed."""

    before: datetime
    records: int
    """That were removed."""
    files: int
    """That they came from."""
    left: int
    """Records from before that time which chains still need."""
    all_facts: bool
    """Whether every credential that was ever seen had to be kept, so that no answer changed."""
    bytes_before: int = 0
    bytes_after: int = 0
