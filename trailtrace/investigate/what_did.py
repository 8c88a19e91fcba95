"""What came out of a credential, principal, person or workload: the tree of sessions, and what each did."""

from dataclasses import dataclass
from datetime import datetime

from trailtrace.errors import TargetNotFoundError
from trailtrace.investigate.advice import facts_only
from trailtrace.investigate.chain import GRADE_ORDER, weakest
from trailtrace.investigate.coverage import Coverage
from trailtrace.investigate.deeds import Deeds, deeds_of, key_states
from trailtrace.investigate.links import Record, evidence
from trailtrace.investigate.missing import account_of_arn
from trailtrace.investigate.nearest import not_found
from trailtrace.investigate.revoke import life_of, revocations
from trailtrace.investigate.targets import recognise
from trailtrace.investigate.tree import UNSURE, Key, Node, nodes_of
from trailtrace.investigate.trust import GRADES, of_failed_files, of_translated, of_unnamed_files
from trailtrace.investigate.unseen import unseen
from trailtrace.model import Evidence, Grade, Origin, Target, TargetKind, Warn
from trailtrace.scope import Behind, Issued, LeftOut, Scope, Session, SessionKind
from trailtrace.store import Store

MOST_HOPS = 1000
"""No chain of real logs is near as long; a circle is left by then."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question, and what is read once for all of its answer."""

    store: Store
    coverage: Coverage
    target: Target
    now: datetime
    since: datetime | None
    until: datetime | None
    depth: int | None
    resources: int | None


def what_did(
    store: Store,
    text: str,
    *,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    depth: int | None = None,
    resources: int | None,
) -> Scope:
    """Everything that came out of a target, each edge with its rule and grade.

    All times are UTC. Calls before `since` or at or after `until` are not counted, and sessions
    neither begun nor used between them are left out. `depth` is how many sessions deep to follow,
    `resources` how many resources of a session to list, None for all. Raises TargetNotFoundError when
    the logs do not hold the target, UsageError when it cannot be one.
    """
    target, seeds = _seeds(store, text)
    asked = _Asked(store, Coverage(store), target, now, since, until, depth, resources)
    rows = store.records("answers/what_did/tree", {"use_ids": sorted(seeds), "most_hops": MOST_HOPS})
    return _scope(asked, nodes_of(rows, seeds), seeds)


def _seeds(store: Store, text: str) -> tuple[Target, dict[str, Grade]]:
    """What the target is, and the uses it names."""
    kind = recognise(text)
    if kind is TargetKind.EVENT_ID:
        seeds = _signers(store, text)
    elif kind is TargetKind.SOURCE_IDENTITY:
        # A person or workload goes before a source identity, which whoever began the session typed.
        seeds = _named(store, TargetKind.ORIGIN, text)
        if seeds:
            kind = TargetKind.ORIGIN
        else:
            # An id in an odd form (masked logs) may still be an event id.
            seeds = _named(store, kind, text) or _signers(store, text)
    else:
        seeds = _named(store, kind, text)
        if kind is TargetKind.ACCESS_KEY:
            services = store.records("answers/what_did/acting_services", {"target": text})
            seeds = {row["use_id"]: Grade(row["grade"]) for row in services} | seeds
    if not seeds:
        raise TargetNotFoundError(not_found(store, text))
    return Target(text, kind, None), seeds


def _signers(store: Store, event_id: str) -> dict[str, Grade]:
    """The credential that signed a call, whoever's copy of it the event is."""
    return {
        row["use_id"]: Grade.PROBABLE
        if row["copy_rule"] == "L17"
        else GRADES.get(row["form_grade"], Grade.PROOF)
        for row in store.records("answers/events_of_id", {"target": event_id})
        if store.records("answers/origin", {"use_ids": [row["use_id"]]})
    }


def _named(store: Store, kind: TargetKind, text: str) -> dict[str, Grade]:
    seeds: dict[str, Grade] = {}
    for row in store.records("answers/what_did/seeds", {"kind": kind, "target": text}):
        grade = Grade(row["grade"])
        # Of several ways in which the target names a use, the surest counts.
        seeds[row["use_id"]] = max(grade, seeds.get(row["use_id"], grade), key=GRADE_ORDER.index)
    return seeds


def _scope(asked: _Asked, nodes: dict[Key, Node], seeds: dict[str, Grade]) -> Scope:
    hops = _hops(nodes)
    near = {key: node for key, node in nodes.items() if asked.depth is None or hops[key] <= asked.depth}
    uses = [[use["use_id"] for use in node.uses] for node in near.values()]
    deeds = dict(
        zip(near, deeds_of(asked.store, uses, asked.since, asked.until, asked.resources), strict=True)
    )
    shown, outside = _within(asked, near, deeds)
    uses_shown = [use for node in shown.values() for use in node.uses]
    states = key_states(asked.store, (use["access_key_id"] for use in uses_shown))
    files = _files(asked.store, shown)
    numbers = {key: number for number, key in enumerate(shown, 1)}
    sessions = [
        _session(asked, node, deeds[key], numbers, hops[key], states, files) for key, node in shown.items()
    ]
    sure = [session for session in sessions if session.grade not in UNSURE]
    return Scope(
        target=asked.target,
        now=asked.now,
        since=asked.since,
        until=asked.until,
        depth=asked.depth,
        behind=_behind(nodes),
        sessions=sure,
        possibly=[session for session in sessions if session.grade in UNSURE],
        revocations=revocations(sure, asked.now),
        warnings=_warnings(asked, nodes),
        missing=unseen(asked.store, asked.coverage, sure, asked.now),
        left_out=LeftOut(len(nodes) - len(near), outside),
    )


def _hops(nodes: dict[Key, Node]) -> dict[Key, int]:
    hops: dict[Key, int] = {}
    for key, node in nodes.items():
        hops[key] = 0 if node.parent is None else hops[node.parent] + 1
    return hops


def _within(asked: _Asked, nodes: dict[Key, Node], deeds: dict[Key, Deeds]) -> tuple[dict[Key, Node], int]:
    """The nodes begun or used in the time asked for, with what leads to them, and how many others."""
    kept: set[Key] = set()
    outside = 0
    for key, node in reversed(nodes.items()):
        told = all(use["user_identity_type"] == "AWSAccount" for use in node.uses)
        if key not in kept and not deeds[key].calls:
            if told and not deeds[key].uncovered and not deeds[key].told:
                continue  # other accounts' copies of calls that are counted where they were made
            if (asked.since or asked.until) and not _begun_within(asked, node):
                outside += 1
                continue
        kept.add(key)
        if node.parent is not None:
            kept.add(node.parent)
    return {key: node for key, node in nodes.items() if key in kept}, outside


def _begun_within(asked: _Asked, node: Node) -> bool:
    return any(
        (asked.since is None or call["issued_at"] >= asked.since)
        and (asked.until is None or call["issued_at"] < asked.until)
        for call in node.calls
    )


def _session(
    asked: _Asked,
    node: Node,
    deeds: Deeds,
    numbers: dict[Key, int],
    hop: int,
    states: dict[tuple[str | None, str], str],
    files: dict[int, Record],
) -> Session:
    main = min(node.uses, key=lambda use: (use["invoked_by"] is not None, not use["used"], use["use_id"]))
    kind = _kind(node, main)
    call = node.calls[0] if node.calls else None
    keys = sorted({use["access_key_id"] for use in node.uses if use["access_key_id"]})
    expires, stated = life_of(node, kind)
    created = main["creation_date"] or (call["issued_at"] if call else None)
    account = main["account_id"] or account_of_arn(main["role_arn"])
    callers = call["caller_account_id"] if call else None
    return Session(
        number=numbers[node.key],
        parent=numbers[node.parent] if node.parent is not None else None,
        hop=hop,
        kind=kind,
        grade=node.grade,
        issued=_issued(node, call, files) if call else None,
        access_key_ids=keys,
        principal_id=main["principal_id"],
        arn=main["arn"],
        account_id=account,
        role_arn=main["role_arn"],
        session_name=main["session_name"],
        source_identity=main["source_identity"],
        invoked_by=sorted({use["invoked_by"] for use in node.uses if use["invoked_by"]}),
        cross_account=callers is not None and account is not None and callers != account,
        created=created,
        expires=expires,
        expires_stated=stated,
        alive=_alive(asked, kind, [states.get((account, key)) for key in keys], created, expires),
        first_use=deeds.first_use,
        last_use=deeds.last_use,
        calls=deeds.calls,
        uncovered=deeds.uncovered,
        told=deeds.told,
        deeds=deeds.deeds,
        addresses=deeds.addresses,
        address_count=len(deeds.addresses),
        agents=deeds.agents,
        agent_count=len(deeds.agents),
        resources=deeds.resources,
        resource_count=deeds.resource_count,
        grants=deeds.grants,
    )


def _alive(
    asked: _Asked,
    kind: SessionKind,
    states: list[str | None],
    created: datetime | None,
    expires: datetime | None,
) -> bool:
    if kind is SessionKind.LONG_TERM_KEY:
        return any(state in (None, "active") for state in states)
    if kind in (SessionKind.SERVICE, SessionKind.OTHER) or expires is None:
        return False  # a service's session ends with the call that caused it
    return expires > asked.now and (created is None or created <= asked.now)


def _kind(node: Node, main: Record) -> SessionKind:
    if node.key[0] == "service":
        return SessionKind.SERVICE
    if (main["access_key_id"] or "").startswith("AKIA"):
        return SessionKind.LONG_TERM_KEY
    if node.calls or main["creation_date"] is not None:
        return SessionKind.SESSION
    if main["user_identity_type"] in ("IAMUser", "Root") and main["access_key_id"] is None:
        return SessionKind.SIGN_IN
    return SessionKind.OTHER


def _issued(node: Node, call: Record, files: dict[int, Record]) -> Issued:
    why = call["why"]
    if call["parent_rule"] == "L17":
        why += "; the caller was found in its own account's logs (L17)"
    return Issued(
        call["rule"],
        Grade(call["grade"]),
        why,
        call["issuing_event_name"],
        call["issued_at"],
        call["caller_arn"],
        call["caller_account_id"],
        len({row["issuance_id"] for row in node.calls}),
        _evidence(call, files),
    )


def _evidence(call: Record, files: dict[int, Record]) -> list[Evidence]:
    return [evidence(record, files) for record in call["evidence"]]


def _files(store: Store, nodes: dict[Key, Node]) -> dict[int, Record]:
    ids = {
        record["file_id"] for node in nodes.values() for call in node.calls[:1] for record in call["evidence"]
    }
    return {row["file_id"]: row for row in store.records("answers/evidence_files", {"file_ids": sorted(ids)})}


def _behind(nodes: dict[Key, Node]) -> list[Behind]:
    """Who is behind the target's own sessions, the most sessions first."""
    counts: dict[Origin, tuple[Grade, int]] = {}
    for node in nodes.values():
        if node.parent is not None or node.grade in UNSURE:
            continue
        use = node.uses[0]
        origin = Origin(
            use["origin_kind"] or "unknown",
            use["origin_id"],
            use["origin_arn"],
            use["origin_account_id"],
            use["origin_name"],
        )
        grade, count = counts.get(origin, (Grade.PROOF, 0))
        counts[origin] = (weakest([grade, Grade(use["origin_grade"] or "none")]), count + 1)
    found = [Behind(origin, grade, count) for origin, (grade, count) in counts.items()]
    return sorted(found, key=lambda behind: (-behind.sessions, behind.origin.kind, behind.origin.id or ""))


def _warnings(asked: _Asked, nodes: dict[Key, Node]) -> list[Warn]:
    found: list[Warn] = []
    text = asked.target.text
    roots = [node for node in nodes.values() if node.parent is None and node.grade not in UNSURE]
    if asked.target.kind is TargetKind.ACCESS_KEY:
        uses = asked.store.records("answers/uses_of_access_key", {"target": text})
        claims = sum(use["event_count"] for use in uses if not use["authenticated"])
        if claims:
            told = (
                f"{claims} events bear this key and were not authenticated, or only another account tells"
                " of them: they are claims and not counted"
            )
            found.append(Warn("not_authenticated", told))
        holders = {(use["principal_id"], use["creation_date"]) for use in uses if use["authenticated"]}
        if len({created for _, created in holders if created is not None}) > 1:
            told = f"this key id was held by {len(holders)} sessions: --since and --until tell them apart"
            found.append(Warn("recycled_key", told))
        [others] = asked.store.records("answers/what_did/other_keys", {"target": text})
        if others["keys"]:
            told = (
                f"its session has {others['keys']} other keys, whose calls are not counted here:"
                " ask for the session's ARN"
            )
            found.append(Warn("more_keys", told))
    origins = {(node.uses[0]["origin_kind"], node.uses[0]["origin_id"]) for node in roots}
    if asked.target.kind is TargetKind.ORIGIN and len(origins) > 1:
        told = f"{len(origins)} people or workloads are called {text}: an ARN or id picks one"
        found.append(Warn("several_origins", told))
    if asked.target.kind is TargetKind.SOURCE_IDENTITY:
        told = "whoever began the first of these sessions typed the source identity: it proves nothing"
        found.append(Warn("source_identity_typed", told))
    pruned = asked.coverage.pruned_before
    if pruned is not None and (asked.since is None or asked.since < pruned):
        told = f"records before {pruned:%Y-%m-%dT%H:%M:%SZ} were pruned: what was done earlier is not counted"
        found.append(Warn("pruned", told))
    days = asked.coverage.days_in_lake(asked.since, asked.until)
    if days:
        found.append(facts_only(days))
    if asked.coverage.failed_files:
        found += of_failed_files(asked.store, [use["use_id"] for node in nodes.values() for use in node.uses])
    if asked.coverage.unnamed_files:
        found += of_unnamed_files(
            asked.store, [use["use_id"] for node in nodes.values() for use in node.uses]
        )
    found += of_translated(use for node in nodes.values() for use in node.uses)
    uncertain = sum(1 for node in nodes.values() if node.grade in UNSURE)
    if uncertain and not roots:
        told = "nothing is more than possibly the target's: see why with `who-did`"
        found.append(Warn("nothing_sure", told))
    return found
