"""Events around a chain: who launched a workload, made a service act, asked a broker. Never a hop."""

import json
import re
from datetime import datetime, timedelta

from trailtrace.investigate.chain import Chain
from trailtrace.investigate.links import Record, evidence
from trailtrace.investigate.missing import account_of_arn
from trailtrace.investigate.places import place_of, records_at
from trailtrace.investigate.trust import FAILED
from trailtrace.model import Context, Grade
from trailtrace.store import Needed, Store

CONTEXT_LIMIT = 5
"""Most events of one relation."""

LAUNCH = timedelta(minutes=10)
SECONDS = timedelta(seconds=5)
"""At least as far as the statements look around a time."""

_SSO_ROLE = re.compile(r":role/aws-reserved/sso\.amazonaws\.com/(?:[^/]+/)?AWSReservedSSO_(.+)_[^_/]+$")

_Found = tuple[str, Grade, str, str, Record]
"""Rule, grade, why, relation, and the event's row."""


def context_of(
    store: Store, chain: Chain, until: datetime, use: Record, triggers: list[Record]
) -> list[Context]:
    """The events around a chain up to a time, by time.

    `use` is of the credential that was asked for, `triggers` what `triggers_of` found for it.
    """
    found = [
        *_resource_events(store, chain, use, until),
        *_launches(store, chain, until),
        *_triggers(triggers),
        *_portal_requests(store, chain),
        *_pod_identity_requests(store, chain),
    ]
    # The launch is in both lists where its response and its request id name the instance.
    by_event = {
        (relation, row["file_id"], row["record"]): item for item in found for *_, relation, row in [item]
    }
    chosen = list(by_event.values())
    files = _files(store, [row for *_, row in chosen])
    return [
        Context(
            rule,
            # What failed verification is a lead, whatever it says.
            Grade.WEAK if files[row["file_id"]]["integrity"] == FAILED else grade,
            why,
            relation,
            row["event_name"],
            row["event_time"],
            row["arn"],
            row.get("principal_id"),
            row["access_key_id"],
            evidence(row, files),
        )
        for rule, grade, why, relation, row in sorted(
            chosen, key=lambda item: (item[4]["event_time"], item[4]["event_id"] or "", item[3])
        )
    ]


def _files(store: Store, rows: list[Record]) -> dict[int, Record]:
    ids = sorted({row["file_id"] for row in rows})
    if not ids:
        return {}
    return {row["file_id"]: row for row in store.records("answers/evidence_files", {"file_ids": ids})}


def _resource_events(store: Store, chain: Chain, use: Record, until: datetime) -> list[_Found]:
    """L23: who made, changed or could drive the workload or long-term key."""
    origin = chain.origin
    resource = {
        "ec2_instance": origin.id,
        "lambda_function": origin.name,
        "ecs_task": origin.name,
    }.get(origin.kind)
    account = origin.account_id
    if resource is None and (use["access_key_id"] or "").startswith("AKIA"):
        resource, account = use["access_key_id"], use["account_id"]
    if resource is None:
        return []
    rows = store.records(
        "answers/resource_events", {"resource_id": resource, "account_id": account, "until": until}
    )
    kept: dict[str, list[Record]] = {}
    for row in rows:
        relation = kept.setdefault(row["relation"], [])
        if len(relation) < CONTEXT_LIMIT:
            relation.append(row)
    told = records_at(store, [row for members in kept.values() for row in members])
    for members in kept.values():
        for row in members:
            row["principal_id"] = told.get(place_of(row), {}).get("principal_id")
    # Who could reach into a workload is a hint about who made it act, not a fact about the workload.
    return [
        ("L23", Grade.WEAK if relation == "could_drive" else Grade.STRONG, f"names {resource}", relation, row)
        for relation, members in kept.items()
        for row in members
    ]


def _launches(store: Store, chain: Chain, until: datetime) -> list[_Found]:
    """L14: the RunInstances call whose request id the instance's first credential bears."""
    instance = chain.origin.id if chain.origin.kind == "ec2_instance" else None
    if instance is None:
        return []
    account = chain.origin.account_id
    issued = store.records("answers/first_credentials_of_instance", {"instance_id": instance})
    requests = sorted(
        {
            (row["event_time"], row["request_id"])
            for row in records_at(store, issued).values()
            if row["request_id"] is not None
        }
    )
    why = "same request id as the first credential of the instance"
    return [
        ("L14", Grade.STRONG, why, "launched", row)
        for at, request_id in requests
        for row in store.records(
            "answers/launches",
            {"request_id": request_id, "at": at, "account_id": account},
            Needed.around(at, LAUNCH, None if account is None else (account, None)),
        )
        if row["event_time"] <= until
    ][:CONTEXT_LIMIT]


def triggers_of(
    store: Store, uses: list[Record], spans: list[tuple[datetime, datetime]]
) -> list[list[Record]]:
    """For each use the calls that made a service act for the principal between its two times."""
    found: list[list[Record]] = [[] for _ in uses]
    asked = [
        (number, use, since, until)
        for number, (use, (since, until)) in enumerate(zip(uses, spans, strict=True))
        if use["invoked_by"] is not None and use["principal_id"] is not None and use["authenticated"]
    ]
    if not asked:
        return found
    parameters = {
        "numbers": [number for number, *_ in asked],
        "first_seen": [since for _, _, since, _ in asked],
        "last_seen": [until for *_, until in asked],
        "access_key_ids": [use["access_key_id"] for _, use, _, _ in asked],
        "principal_ids": [use["principal_id"] for _, use, _, _ in asked],
        "creation_dates": [use["creation_date"] for _, use, _, _ in asked],
        "account_ids": [use["account_id"] for _, use, _, _ in asked],
        "services": [use["invoked_by"] for _, use, _, _ in asked],
        "since": min(since for _, _, since, _ in asked),
        "until": max(until for *_, until in asked),
    }
    calls = [
        (min(since, use["creation_date"] or since) - SECONDS, until + SECONDS)
        for _, use, since, until in asked
    ]
    parameters |= {
        "calls_since": min(since for since, _ in calls),
        "calls_until": max(until for _, until in calls),
    }
    for row in store.records("answers/triggers", parameters, Needed(tuple(calls))):
        found[row["number"]].append(row)
    return found


def _triggers(rows: list[Record]) -> list[_Found]:
    """L14: forward access sessions."""
    same_request = [row for row in rows if row["same_request"]]
    if same_request:
        why = "same request id as a call of the service"
        return [("L14", Grade.STRONG, why, "triggered", row) for row in same_request[:CONTEXT_LIMIT]]
    # With a long-term key the forwarded session begins in the second of the call that caused it; two such
    # calls leave it open which.
    one = len(rows) == 1 and rows[0]["long_term"]
    grade = Grade.STRONG if one else Grade.PROBABLE
    return [
        (
            "L14",
            grade,
            "to that service, in the second in which the forwarded session began"
            if row["long_term"]
            else "to that service by the same session, in a second in which the service acted",
            "triggered",
            row,
        )
        for row in rows[:CONTEXT_LIMIT]
    ]


def _portal_requests(store: Store, chain: Chain) -> list[_Found]:
    """L20: who asked the Identity Center portal for the session that the chain begins with."""
    issuance = chain.issuances[-1] if chain.issuances else None
    if issuance is None or issuance["kind"] != "saml":
        return []
    role = _SSO_ROLE.search(issuance["role_arn"] or "")
    if role is None:
        return []
    rows = store.records(
        "answers/portal_requests",
        {
            "at": issuance["event_time"],
            "account_id": account_of_arn(issuance["role_arn"]),
            "permission_set": role[1],
        },
        Needed.around(issuance["event_time"], SECONDS),
    )
    if chain.origin.kind == "identity_center_user":
        # The stamp tells whose session it is; another person's request in those seconds is not its.
        rows = [row for row in rows if row["principal_id"] == chain.origin.id]
    alone = len({row["principal_id"] for row in rows}) == 1
    why = "same account and permission set, within 2 seconds" + ("" if alone else "; several people fit")
    grade = Grade.PROBABLE if alone else Grade.WEAK
    return [("L20", grade, why, "requested", row) for row in rows[:CONTEXT_LIMIT]]


def _pod_identity_requests(store: Store, chain: Chain) -> list[_Found]:
    """L26: the node whose agent asked for the pod's session."""
    issuance = chain.issuances[-1] if chain.issuances else None
    if issuance is None or issuance["caller_invoked_by"] != "pods.eks.amazonaws.com":
        return []
    cluster = _cluster(issuance["tags"])
    if cluster is None:
        return []
    rows = store.records(
        "answers/pod_identity_requests",
        {
            "at": issuance["event_time"],
            "account_id": account_of_arn(issuance["role_arn"]),
            "cluster": cluster,
        },
        Needed.around(issuance["event_time"], SECONDS),
    )
    alone = len({row["principal_id"] for row in rows}) == 1
    why = "same cluster and second" + ("" if alone else "; several nodes fit")
    grade = Grade.PROBABLE if alone else Grade.WEAK
    return [("L26", grade, why, "requested", row) for row in rows[:CONTEXT_LIMIT]]


def _cluster(tags: str | None) -> str | None:
    """The name of the cluster in the tags of a pod's session."""
    try:
        members = json.loads(tags or "[]")
    except ValueError:
        return None
    values = {
        member.get("key"): member.get("value")
        for member in (members if isinstance(members, list) else [])
        if isinstance(member, dict) and isinstance(member.get("key"), str)
    }
    named = values.get("eks-cluster-name") or str(values.get("eks-cluster-arn") or "").rpartition("/")[2]
    return named if isinstance(named, str) and named else None
