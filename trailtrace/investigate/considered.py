"""Every issuance that was considered for the uses of a chain, and why it was kept or not."""

import re
from datetime import datetime

from trailtrace.investigate.chain import Chain
from trailtrace.investigate.links import Links, Record
from trailtrace.investigate.places import place_of, records_at
from trailtrace.model import Candidate, Considered, Grade, Verdict
from trailtrace.store import Needed, Store

CONSIDERED_STEPS = 20
"""Most uses of a chain whose candidates are listed."""

CONSIDERED_LIMIT = 20
"""Most candidates of one use that rules asked about."""

NEAR_MISSES = 5
"""Most near misses before, and as many after."""

EARLY_SECONDS = 2
_PRODUCT = re.compile(r"[A-Za-z][\w.+-]{0,39}(?:/[\w.+-]{1,20})?")


def considered_for(store: Store, chain: Chain, use_id: str | None) -> list[Considered]:
    """Step by step from the credential that was asked for. `use_id` is None for a key never used."""
    first = use_id if use_id is not None else (chain.issuances[0]["issuance_id"] if chain.issuances else None)
    steps = [first, *(issuance["parent_use_id"] for issuance in chain.issuances)]
    return [
        _considered(store, number, step)
        for number, step in enumerate(steps[:CONSIDERED_STEPS])
        if step is not None
    ]


def _considered(store: Store, step: int, use_id: str) -> Considered:
    rows = store.records("answers/considered", {"use_id": use_id, "most": CONSIDERED_LIMIT})
    uses = store.records("answers/use", {"use_ids": [use_id]})
    candidates = [_asked(store, row) for row in rows]
    more = rows[0]["fitting"] - len(rows) if rows else 0
    if uses and all(candidate.verdict is Verdict.REFUSED for candidate in candidates):
        near, others = _near_misses(store, uses[0])
        candidates, more = candidates + near, more + others
    if not uses:  # a key that was issued and never used
        return Considered(step, None, None, None, candidates, more)
    use = uses[0]
    return Considered(step, use["access_key_id"], use["principal_id"], use["creation_date"], candidates, more)


def _asked(store: Store, row: Record) -> Candidate:
    grade = Grade(row["grade"])
    verdict = Verdict.REFUSED if grade is Grade.NONE else Verdict.KEPT
    return _candidate(store, row, verdict, row["rule"], grade, row["why"])


def _candidate(
    store: Store, row: Record, verdict: Verdict, rule: str | None, grade: Grade, why: str
) -> Candidate:
    return Candidate(
        verdict,
        rule,
        grade,
        why,
        row["event_name"],
        row["event_time"],
        row["role_arn"],
        row["session_name"],
        row["issued_key"],
        Links(store).evidence(row["evidence"]),
    )


def _near_misses(store: Store, use: Record) -> tuple[list[Candidate], int]:
    """Issuances of the same principal or role, nearest in time, and what keeps them apart."""
    if use["principal_id"] is None or (use["creation_date"] is None and use["session_issuer_arn"] is None):
        return [], 0  # a long-term key, which no such call issues
    rows = store.records(
        "answers/near_issuances",
        {
            "use_id": use["use_id"],
            "principal_id": use["principal_id"],
            "role_arn": use["session_issuer_arn"],
            "at": use["creation_date"] or use["first_seen"],
            "each_side": NEAR_MISSES,
        },
    )
    if not rows:
        return [], 0
    clients = store.records(
        "answers/clients",
        {name: use[name] for name in ("access_key_id", "principal_id", "creation_date")}
        | {"first_seen": use["first_seen"], "last_seen": use["last_seen"]},
        Needed(((use["first_seen"], use["last_seen"]),)),
    )
    told = records_at(store, rows)
    near = [
        _candidate(
            store,
            row,
            Verdict.NEAR_MISS,
            None,
            Grade.NONE,
            _apart(row, told.get(place_of(row), {}), use, clients),
        )
        for row in rows
    ]
    return near, rows[0]["fitting"] - len(rows)


def _apart(issuance: Record, call: Record, use: Record, clients: list[Record]) -> str:
    """What separates a use from an issuance that is not its own, most telling first.

    `call` is what the record of the issuance says, as far as it is held.
    """
    found = [*_other_principal(issuance, use), *_other_time(issuance, use)]
    if issuance["issued_key"] and use["join_key"] and issuance["issued_key"] != use["join_key"]:
        found.append("another key")
    address = call.get("source_ip_address")
    if address and clients and address not in {row["source_ip_address"] for row in clients}:
        found.append(f"called from another address, {address[:60]}")
    agent = _product(call.get("user_agent"))
    if agent and clients and agent not in {_product(row["user_agent"]) for row in clients}:
        found.append(f"called by another agent, {agent}")
    return "; ".join(found) or "no rule takes it"


def _other_principal(issuance: Record, use: Record) -> list[str]:
    principal = issuance["session_principal_id"]
    if principal is not None and principal != use["principal_id"]:
        if principal.partition(":")[0] != use["principal_id"].partition(":")[0]:
            return ["another role id"]
        return ["another session name"]
    if principal is None and issuance["session_name"] != use["session_name"]:
        return ["another session name"]
    return []


def _other_time(issuance: Record, use: Record) -> list[str]:
    issued: datetime = issuance["event_time"]
    found = []
    if use["creation_date"] is None:
        found.append("the use has no creation date")
    else:
        seconds = (use["creation_date"] - issued).total_seconds()
        if abs(seconds) >= 1:
            side = "before" if seconds > 0 else "after"
            found.append(f"issued {_duration(abs(seconds))} {side} the credential was created")
    if use["first_seen"] > issuance["expiration"]:
        found.append(f"expired at {issuance['expiration']:%Y-%m-%dT%H:%M:%SZ}, before the first use")
    elif (issued - use["first_seen"]).total_seconds() > EARLY_SECONDS:
        found.append("issued after the first use")
    return found


def _duration(seconds: float) -> str:
    whole = int(seconds)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= size:
            rest = whole % size
            smaller = {"d": (3_600, "h"), "h": (60, "min"), "min": (1, "s")}[unit]
            tail = f" {rest // smaller[0]} {smaller[1]}" if rest // smaller[0] else ""
            return f"{whole // size} {unit}{tail}"
    return f"{whole} s"


def _product(agent: str | None) -> str | None:
    """The first product of a user agent. The rest may hold anything, a session token too: never shown."""
    first = (agent or "").strip("[]").partition(" ")[0]
    return first if _PRODUCT.fullmatch(first) else None
