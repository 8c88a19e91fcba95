"""A credential of the simulation, who truly is behind it, and whether the kept logs can tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Raw

from .organisation import Account, Json


@dataclass(frozen=True, slots=True)
class Removed:
    """The log that a record would have been in, and why it is not there; a null means all."""

    account: str
    region: str | None
    start: int | None
    end: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is behind a credential. An empty id means nobody that AWS could name."""

    kind: str
    id: str
    same: tuple[str, ...] = ()
    """Other ids that name just this origin."""
    coarser: tuple[str, ...] = ()
    """Ids of something true that says less, such as the service that hands out a job's session."""
    not_sure: str = ""
    """Why the records never settle it, whatever is kept; empty if they do."""


@dataclass(slots=True)
class Face:
    """One key of a session as its records show it; consoles show many."""

    key: str
    plain: Raw
    stamped: Raw | None = None
    """The same with a stamp that names the origin, on the records of services that stamp."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record that ties a credential to who got it."""

    removed: Removed | None
    copy: bool = False
    """The role account's copy, which names a foreign caller by account and principal id only."""


@dataclass(eq=False, slots=True)
class Credential:
    kind: str
    origin: Origin
    principal: str
    """As records name it; with the account, the waypoint that an unfinished answer may state."""
    home: Account
    """The principal's account, and where its calls are recorded."""
    region: str
    start: int
    end: int
    identity: Json
    faces: list[Face] = field(default_factory=list)
    ip: str = ""
    agent: str = ""
    parent: Credential | None = None
    """The credential that signed the issuing call."""
    session: Credential | None = None
    """The session that this is another key of."""
    hops: int = 0
    named: bool = False
    """Every record names the origin by itself."""
    stamped: bool = False
    """A kept record carries a stamp that names the origin."""
    evidence: list[Evidence] = field(default_factory=list)
    doubt: str = ""
    """Why its records do not settle to which issuance it belongs; empty if they do."""
    keyless_doubt: str = ""
    """The same for other keys of the session, which only principal and creation date tie to it."""
    source_identity: str = ""
    shown: str = ""
    """The key that its issuance shows."""
    console: bool = False
    number: int = -1
    known: bool = False
    loose: bool = False
    """Known only through a caller that a foreign account's copy names by its session's name (L17)."""
    seen: bool = False
    """A record of its own account that it signed is kept."""
    broken: tuple[Removed, ...] = ()
    """The logs for want of any of which the chain breaks: a call may have been in two."""
    why: str = ""

    @property
    def account(self) -> str:
        return self.home.id

    @property
    def shown_to_others(self) -> bool:
        """Whether who is behind its id, which is all that another account is told, is in a kept record."""
        base = self.session or self
        if self.identity["type"] not in ("AssumedRole", "FederatedUser") or self.kind == "outside_account":
            return True
        return self.seen or base.seen or any(each.removed is None for each in base.evidence)

    def settle(self) -> None:
        """Say whether the kept records tell the origin; the parent and the session come first."""
        base = self.session
        if self.origin.not_sure and not self.named:
            self.why = self.origin.not_sure
        elif self.named or self.stamped or (base and base.stamped):
            self.known = True
        elif self.doubt:
            self.why = self.doubt
            # Where only another account's copy of the call is kept, the caller's own would end the doubt.
            if not any(each.removed is None and not each.copy for each in self.evidence):
                self.broken = self._own_records_lost()
        elif base:
            self.known, self.broken, self.why = base.known, base.broken, base.why
            self.loose = base.loose
        elif any(each.removed is None for each in self.evidence):
            if self.parent is None:
                self.known = True
                return
            held = any(each.removed is None and not each.copy for each in self.evidence)
            self.known, self.why = self.parent.known, self.parent.why
            self.loose = self.parent.loose or not (held or self.parent.named)
            shown = held or self.parent.shown_to_others
            if self.known and not shown:
                # The role account's copy tells an id of which nothing else is kept.
                self.known, self.why = False, "no record of the caller is kept"
            self.broken = self.parent.broken
            # With that copy alone, the caller's own record of the call helps too; but not where the
            # caller is found without it, and what lies behind the caller was in no log.
            if not held and not self.known and (self.broken or not shown):
                self.broken += self._own_records_lost()
        else:
            # Either account's record of the call would do. An outside account's was never there to be kept.
            lost = tuple(each.removed for each in self.evidence if each.removed)
            self.broken = tuple(each for each in lost if each.why != "outside") or lost
            self.why = "issuance removed" if self.broken else "never logged"

    def _own_records_lost(self) -> tuple[Removed, ...]:
        return tuple(each.removed for each in self.evidence if each.removed and not each.copy)
