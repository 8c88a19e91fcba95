"""Frozen values of the forward direction: everything that came out of a credential, and what it did."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from trailtrace.model import Evidence, Grade, Missing, Origin, Target, Warn
from trailtrace.names import NO_NAMES, Names
from trailtrace.notebook import Shown


class SessionKind(StrEnum):
    """What a node of the tree is."""

    LONG_TERM_KEY = "long_term_key"
    SESSION = "session"
    SIGN_IN = "sign_in"
    """A user or root without a key: console sign-ins, and role switches by name."""
    SERVICE = "service"
    """A service that acted as the principal, with keys of its own."""
    OTHER = "other"


class GrantKind(StrEnum):
    """What a call gave away that outlives its session."""

    ACCESS_KEY = "access_key"
    LOGIN_PROFILE = "login_profile"
    USER = "user"
    MFA = "mfa"
    TRUST = "trust"
    POLICY = "policy"
    WORKLOAD = "workload"
    RESOURCE_POLICY = "resource_policy"


@dataclass(frozen=True, slots=True)
class Deed:
    """One kind of call that a session made."""

    event_source: str | None
    event_name: str
    write: bool
    done: int
    denied: int
    failed: int
    """Failed for another reason than access."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A resource that calls named, in AWS's words: an ARN, else the name that was asked for."""

    event_source: str | None
    resource: str
    writes: int
    """Calls that changed something and succeeded."""
    done: int
    refused: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A credential or access that was created or changed."""

    kind: GrantKind
    event_source: str | None
    event_name: str
    event_time: datetime
    account_id: str | None
    """The account that recorded the call."""
    named: list[str]
    """User, role, policy and the like that the call named."""
    access_key_id: str | None
    key_calls: int | None
    """Events of a key that was made; None for any other call."""
    key_last_use: datetime | None
    key_state: str | None
    """`deleted`, `inactive` or `active`, as the last call in these logs made it; None if none did."""
    event_id: str | None


@dataclass(frozen=True, slots=True)
class Issued:
    """The call that began a session, as the link that ties the two."""

    rule: str
    grade: Grade
    why: str
    event_name: str
    event_time: datetime
    caller_arn: str | None
    caller_account_id: str | None
    candidates: int
    """How many calls fit."""
    evidence: list[Evidence]


@dataclass(frozen=True, slots=True)
class Session:
    """One node of the tree: a long-term key, or a session with all its keys."""

    number: int
    parent: int | None
    hop: int
    """Sessions between it and the target's own; 0 for the target's own."""
    kind: SessionKind
    grade: Grade
    """How sure it is that it came out of the target: the least of the edges to it."""
    issued: Issued | None
    """None if no call in these logs began it."""
    access_key_ids: list[str]
    principal_id: str | None
    arn: str | None
    account_id: str | None
    role_arn: str | None
    session_name: str | None
    source_identity: str | None
    invoked_by: list[str]
    """Services that acted as it."""
    cross_account: bool
    """Its account is not that of whoever began it."""
    created: datetime | None
    expires: datetime | None
    """None: a long-term key or sign-in."""
    expires_stated: bool
    """False: the longest that AWS allows, since no record states it."""
    alive: bool
    """It can still be used at the time of the question, as far as these logs tell."""
    first_use: datetime | None
    last_use: datetime | None
    calls: int
    uncovered: int
    """Events under its key that lie outside its life; not counted in `calls`."""
    told: int
    """Calls that only other accounts recorded, its own or another session's of its origin (L17); not
    counted in `calls`."""
    deeds: list[Deed]
    addresses: list[str]
    address_count: int
    agents: list[str]
    agent_count: int
    resources: list[Touched]
    resource_count: int
    grants: list[Grant]


@dataclass(frozen=True, slots=True)
class Behind:
    """Who is behind sessions of the target's own."""

    origin: Origin
    grade: Grade
    sessions: int


@dataclass(frozen=True, slots=True)
class Revocation:
    """What would end a credential. Printed, never run."""

    account_id: str | None
    text: str
    command: list[str] | None
    """Arguments of the AWS CLI; None where no command can do it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the answer does not hold, by number of sessions."""

    deeper: int = 0
    """Beyond the depth that was asked for."""
    outside_time: int = 0
    """Neither begun nor used in the time that was asked for."""


@dataclass(frozen=True, slots=True)
class Scope(Shown):
    """Everything that came out of a target."""

    target: Target
    now: datetime
    since: datetime | None
    until: datetime | None
    depth: int | None
    behind: list[Behind]
    sessions: list[Session]
    """In the order of the tree, a parent before its children."""
    possibly: list[Session]
    """What is only weakly or ambiguously tied to the target, in the same order."""
    revocations: list[Revocation]
    warnings: list[Warn]
    missing: list[Missing]
    """Logs that could enlarge the scope."""
    left_out: LeftOut
    names: Names = NO_NAMES
    """Of what the answer names."""
