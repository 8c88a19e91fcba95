"""Reads one chain out of the store, hop by hop, with the evidence of every hop."""

import json
from dataclasses import dataclass, field, replace

from trailtrace.investigate.links import Links, Record
from trailtrace.model import Caller, Grade, Hop, Origin, Stop

GRADE_ORDER = [Grade.NONE, Grade.WEAK, Grade.PROBABLE, Grade.STRONG, Grade.PROOF]

MAX_HOPS = 10_000

MAX_CANDIDATES = 20
"""Most candidates of an ambiguous answer that are spelled out."""

UNKNOWN_ORIGIN = Origin("unknown", None, None, None, None)


@dataclass(frozen=True, slots=True)
class Chain:
    """The hops of one use or issuance, where they end, and the rows they were read from."""

    hops: list[Hop]
    origin: Origin
    grade: Grade
    stop: Stop
    issuances: list[Record] = field(default_factory=list)
    """The issuance of each hop, as stored."""
    uses: list[Record | None] = field(default_factory=list)
    """The use that each hop is of; None for an issuance never used."""
    last_use: Record | None = None
    """The use at which the chain stops; None if it stops at an issuance's caller."""
    forks: list["Chain"] = field(default_factory=list)
    """The chain of each candidate, where the candidates do not agree."""


def weakest(grades: list[Grade]) -> Grade:
    return min(grades, key=GRADE_ORDER.index, default=Grade.PROOF)


def chain_of_use(links: Links, use_id: str) -> Chain:
    """The chain of a use, or of an issuance never used, as far as its row in `origins` says it goes."""
    return _follow(links, use_id, links.origin(use_id), expand=True)


def _follow(links: Links, use_id: str, end: Record, *, expand: bool) -> Chain:
    """Walks from a use to the end its origin row states."""
    origin = Origin(end["kind"], end["id"], end["arn"], end["account_id"], end["name"])
    grade, stop = Grade(end["grade"]), Stop(end["stop"])
    hops: list[Hop] = []
    issuances: list[Record] = []
    passed: list[str] = []
    wanted = end["hops"]
    seen: set[str] = set()
    current: str | None = use_id
    while current is not None and (len(hops) < wanted or stop is Stop.CYCLE) and len(hops) < MAX_HOPS:
        rows = links.candidates(current)
        if not rows or rows[0]["issuance_id"] in seen:
            break
        seen.add(rows[0]["issuance_id"])
        hop = _hop(links, rows[0])
        fitting = len({row["issuance_id"] for row in rows})
        if fitting > 1:
            hop = replace(hop, why=f"{hop.why}; {fitting} issuances fit, all from the same origin")
        hops.append(hop)
        issuances.append(rows[0])
        passed.append(current)
        current = rows[0]["parent_use_id"]
    forks: list[Chain] = []
    if expand and stop is Stop.AMBIGUOUS and current is not None:
        # A candidate that is ambiguous itself says so; its own candidates can be asked for by its key.
        rows = links.candidates(current)
        forks = [_through(links, current, row) for row in rows[:MAX_CANDIDATES]]
    uses = links.uses(passed if current is None else [*passed, current])
    last = uses.pop() if current is not None else None
    return Chain(hops, origin, grade, stop, issuances, uses, last, forks)


def _through(links: Links, use_id: str, row: Record) -> Chain:
    """The chain that begins with one candidate link of a use."""
    hop, use = _hop(links, row), links.use(use_id)
    if row["parent_lived"] is False or row["callers_differ"]:
        return Chain([hop], UNKNOWN_ORIGIN, Grade.NONE, Stop.CONTRADICTION, [row], [use])
    if row["parent_use_id"] is not None:
        chain = _follow(links, row["parent_use_id"], links.origin(row["parent_use_id"]), expand=False)
        return replace(
            chain,
            hops=[hop, *chain.hops],
            grade=weakest([hop.grade, chain.grade]),
            issuances=[row, *chain.issuances],
            uses=[use, *chain.uses],
        )
    caller = links.caller_origin(row["issuance_id"])
    origin = Origin(caller["kind"], caller["id"], caller["arn"], caller["account_id"], caller["name"])
    grade = weakest([hop.grade, Grade(caller["grade"])])
    return Chain([hop], origin, grade, Stop(caller["stop"]), [row], [use])


def _hop(links: Links, row: Record) -> Hop:
    why = row["why"]
    if row["parent_rule"] == "L17":
        why += "; the caller was found in its own account's logs (L17)"
    return Hop(
        rule=row["rule"],
        grade=Grade(row["grade"]),
        why=why,
        event_name=row["event_name"],
        event_time=row["event_time"],
        role_arn=row["role_arn"],
        session_name=row["session_name"],
        source_identity=row["source_identity"],
        session_policy=row["session_policy"],
        policy_arns=_policy_arns(row["policy_arns"]),
        issued_access_key_id=row["issued_key"],
        expiration=row["expiration"] if row["kind"] not in ("console_login", "switch_role") else None,
        caller=_switcher(row["switched_from"])
        if row["switched_from"]
        else Caller(
            row["caller_type"],
            row["caller_principal_id"],
            row["caller_arn"],
            row["caller_account_id"],
            row["caller_access_key_id"],
            row["caller_invoked_by"],
        ),
        evidence=links.evidence(row["evidence"]),
    )


def _switcher(arn: str) -> Caller:
    """Who a SwitchRole record says switched; the record's own identity is the new session."""
    account = arn.split(":")[4] if arn.count(":") >= 5 else None
    return Caller(None, None, arn, account or None, None, None)


def _policy_arns(text: str | None) -> list[str]:
    try:
        members = json.loads(text or "[]")
    except ValueError:
        return []
    if not isinstance(members, list):
        return []
    arns = [member.get("arn") if isinstance(member, dict) else member for member in members]
    return [arn for arn in arns if isinstance(arn, str)]
