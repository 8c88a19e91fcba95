"""What a report tells of a window of time: the values that every format draws.

Lists are bounded, so that a report of a billion events is as long as one of a million; each has beside
it the number of all that there are. `audit/collect.py` fills them in.
"""

from dataclasses import dataclass
from datetime import date, datetime

from trailtrace.baseline import Standing
from trailtrace.finding import Confidence, Finding, Severity, Window
from trailtrace.model import Grade, Hop, Origin, Stop
from trailtrace.names import Account, Address
from trailtrace.snapshot import Snapshot
from trailtrace.status import Place, Status

HOPS = 10
"""Hops of a chain that are listed."""

NAMES = 20
"""Accounts, Regions, roles and origins that one entry of a list names."""

FINDINGS = 1_000
ORIGINS = 500
PAIRS = 500
EDGES = 200
SESSIONS = 100
PLACES = 500
GAPS = 200
FILES = 100
CHANGES = 200


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A finding with the chain of its credential."""

    finding: Finding
    chain: tuple[Hop, ...]
    """Nearest first, at most HOPS; empty where the credential itself names its origin."""
    hops: int
    """Of the whole chain."""
    is_new: bool | None
    """Not in the report before; None if that was not given."""
    accepted_before: Standing | None
    """Why a baseline does not hide it any longer; None where none ever did."""
    addresses: tuple[str, ...] = ()
    """Where the listed events came from, those of which something is known; at most NAMES."""


@dataclass(frozen=True, slots=True)
class OriginActivity:
    """What one origin did in the window, whatever roles it took for it."""

    origin: Origin
    stop: Stop
    calls: int
    writes: int
    """Calls that changed something and succeeded."""
    denied: int
    failed: int
    """Failed for another reason than access."""
    grades: tuple[tuple[Grade, int], ...]
    """Calls by how well they are attributed, best first, only those that occur."""
    credentials: int
    """Distinct ones."""
    sessions: int
    """Credentials that a call issued."""
    accounts: tuple[str, ...]
    """That recorded the calls, at most NAMES."""
    account_count: int
    regions: tuple[str, ...]
    region_count: int
    first_seen: datetime
    last_seen: datetime
    calls_by_day: tuple[tuple[date, int], ...]
    """Days with calls, in order."""
    is_new: bool | None
    """Not held before the window; None where nothing from before is held."""


@dataclass(frozen=True, slots=True)
class RolePair:
    """One origin that took a role, directly or from another role."""

    origin: Origin
    from_role_arn: str | None
    """The role whose session took it; None: the origin did so itself."""
    role_arn: str
    from_account_id: str | None
    to_account_id: str | None
    issuances: int
    grade: Grade
    """The least of the chains'."""
    first_seen: datetime
    last_seen: datetime
    is_new: bool | None
    """This role was never taken from that one (or by that origin) before the window; None where nothing
    from before is held."""


@dataclass(frozen=True, slots=True)
class AccountEdge:
    """Roles of one account that were taken from another."""

    from_account_id: str
    to_account_id: str
    roles: tuple[str, ...]
    role_count: int
    origins: tuple[Origin, ...]
    origin_count: int
    issuances: int
    first_seen: datetime
    last_seen: datetime
    caller_logs_held: bool
    """The caller's own account recorded it here, at least once."""
    is_new: bool | None


@dataclass(frozen=True, slots=True)
class ReportedSession:
    """A credential of the window that is worth a look."""

    use_id: str
    access_key_id: str | None
    arn: str | None
    account_id: str | None
    role_arn: str | None
    session_name: str | None
    origin: Origin
    grade: Grade
    stop: Stop
    chain: tuple[Hop, ...]
    hops: int
    issued_at: datetime | None
    """None where no call of these logs issued it."""
    expires: datetime | None
    first_seen: datetime
    """First call in the window."""
    last_seen: datetime
    calls: int
    writes: int
    denied: int
    findings: int
    """That are about it."""
    why: tuple[str, ...]
    """Why it is listed, in words."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of which nothing is held: of one account and Region, or of all."""

    account_id: str | None
    """None: all accounts."""
    region: str | None
    """None: all Regions."""
    start: datetime
    end: datetime
    state: str
    """`gap`: there are records before and after. `before`, `after`: none on that side. `pruned`."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which days of the window are held."""

    first_day: date | None
    """Of the calendar: the first day of the window, or of what is held. None where nothing is held."""
    last_day: date | None
    places: tuple[Place, ...]
    """Days of the calendar for each account and Region, at most PLACES."""
    place_count: int
    gaps: tuple[Gap, ...]
    """Those of all accounts first, then of single accounts, then of Regions; at most GAPS."""
    gap_count: int
    complete: bool
    """Every account has records of every day of the window, and the window lies within what is held."""


@dataclass(frozen=True, slots=True)
class ChangedAnswer:
    """A credential whose origin is another than the report before said: later logs told more."""

    use_id: str
    access_key_id: str | None
    arn: str | None
    was: Origin
    was_grade: Grade
    now: Origin
    now_grade: Grade


@dataclass(frozen=True, slots=True)
class News:
    """What was not there before: the items themselves say `is_new`."""

    previous: datetime | None
    """When the report before was made; None if it was not given."""
    previous_until: datetime | None
    """End of the time that it looked at, as far as that had come; None where it is not known."""
    history_from: datetime | None
    """First event held from before the window; None: nothing is, and nothing can be called new."""
    origins: int
    pairs: int
    edges: int
    findings: int | None
    """None without the report before."""
    changed: tuple[ChangedAnswer, ...]
    changed_count: int
    skipped: Window | None
    """Between the report before and this one: no report looked at it. None if there is no such time."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a baseline hid, and what it could not."""

    file: str
    hidden: int
    hidden_by_severity: tuple[tuple[Severity, int], ...]
    expired: int
    changed: int
    again: int
    unknown: tuple[str, ...]
    """Ids that no finding of this report has, at most NAMES."""
    unknown_count: int


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that was loaded."""

    source: str
    size_bytes: int
    sha256: str
    integrity: str
    """`unchecked`, or what the last verification said of it."""
    kept: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files behind the store."""

    files: tuple[InputFile, ...]
    """The first FILES by name."""
    file_count: int
    sha256: str
    """Of all their hashes, sorted, one a line."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The window in numbers; every call once."""

    events: int
    """Records, copies of a call among them."""
    calls: int
    writes: int
    denied: int
    attributed: int
    """Calls with an origin of grade proof or strong."""
    unresolved: int
    """Calls without an origin."""
    origins: int
    """Distinct ones that are known."""
    credentials: int
    accounts: int
    regions: int
    role_sessions: int
    """Roles taken."""
    first_event: datetime | None
    last_event: datetime | None


@dataclass(frozen=True, slots=True)
class Versions:
    """What made the report."""

    trailtrace: str
    schema: int
    duckdb: str


@dataclass(frozen=True, slots=True)
class Detected:
    """What was looked for, found or not: the header of one file of `queries/findings/`."""

    name: str
    title: str
    severity: Severity
    confidence: Confidence
    about: tuple[str, ...]
    cannot_see: tuple[str, ...]
    false_positives: tuple[str, ...]
    what_to_do: tuple[str, ...]
    not_asked: str | None
    """What it needs and the store does not hold; None if it was asked."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """What the configuration changed of a detection."""

    name: str
    enabled: bool
    """False: it was not looked for."""
    severity: Severity
    """Its own."""
    set_severity: Severity
    """That it has in this report."""
    thresholds: tuple[tuple[str, object], ...]
    """Parameters with a value other than their own."""

    @property
    def lowered(self) -> bool:
        return self.enabled and self.set_severity.rank < self.severity.rank


@dataclass(frozen=True, slots=True)
class Source:
    """The file of `queries/` behind the numbers of a section."""

    section: str
    """Name of the field of `Report`."""
    query: str


@dataclass(frozen=True, slots=True)
class Report:
    """One report. The same store, window and clock give the same one."""

    window: Window
    generated_at: datetime
    """UTC without offset; given, never asked of the clock."""
    versions: Versions
    configuration: str | None
    """The file that was read."""
    summary: tuple[str, ...]
    """Sentences, the most important first. Hold log text."""
    store: Status
    """Its `places` are those of `coverage`."""
    totals: Totals
    findings: tuple[ReportedFinding, ...]
    """The most severe first, at most FINDINGS."""
    finding_count: int
    findings_by_severity: tuple[tuple[Severity, int], ...]
    """The most severe first; all severities."""
    news: News
    activity: tuple[OriginActivity, ...]
    """The most calls first, at most ORIGINS."""
    origin_count: int
    pairs: tuple[RolePair, ...]
    """New ones first, then the most taken, at most PAIRS."""
    pair_count: int
    edges: tuple[AccountEdge, ...]
    edge_count: int
    sessions: tuple[ReportedSession, ...]
    session_count: int
    """Of all that were used in the window."""
    coverage: Coverage
    inputs: Inputs
    accounts: tuple[Account, ...]
    """What the store and the configuration say of accounts, which counts where both say something."""
    addresses: tuple[Address, ...]
    """What is known of addresses that findings name."""
    accepted: Accepted | None
    """None without a baseline."""
    detections: tuple[Detected, ...]
    """By name, those that the configuration did not switch off."""
    tuned: tuple[Tuned, ...]
    """By name, those that the configuration changed."""
    sources: tuple[Source, ...]
    snapshot: Snapshot | None
    """For the next report; None in a redacted one."""

    @property
    def is_empty(self) -> bool:
        """Nothing happened in the window, as far as these logs tell."""
        return self.totals.events == 0
