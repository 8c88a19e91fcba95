"""Who is behind a credential, session, event or instance."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from trailtrace.errors import TargetNotFoundError
from trailtrace.investigate.advice import missing_logs, warnings
from trailtrace.investigate.chain import UNKNOWN_ORIGIN, Chain, Record, chain_of_use, evidence, weakest
from trailtrace.investigate.targets import recognise
from trailtrace.model import (
    Activity,
    Answer,
    Answers,
    Context,
    Credential,
    Event,
    Grade,
    Origin,
    Stop,
    Target,
    TargetKind,
    Warn,
)
from trailtrace.store import Store

ADDRESS_LIMIT = 20
CONTEXT_LIMIT = 5

_QUERIES = {
    TargetKind.ACCESS_KEY: "answers/uses_of_access_key",
    TargetKind.SESSION_ARN: "answers/uses_of_arn",
    TargetKind.USER_ARN: "answers/uses_of_arn",
    TargetKind.PRINCIPAL_ID: "answers/uses_of_principal",
    TargetKind.INSTANCE_ID: "answers/uses_of_instance",
    TargetKind.SOURCE_IDENTITY: "answers/uses_of_source_identity",
}


def who_did(store: Store, text: str, at: datetime | None = None) -> Answers:
    """One answer for each distinct credential the target names, hops from it back to its origin.

    `at` (UTC) keeps the credential that was used nearest to that time. Raises TargetNotFoundError
    when the logs do not hold the target, UsageError when it cannot be one.
    """
    kind = recognise(text)
    target = Target(text, kind, at)
    if kind is TargetKind.EVENT_ID:
        answers = _of_event(store, text)
    else:
        answers = _of_uses(store, store.records(_QUERIES[kind], {"target": text}), at)
        if kind is TargetKind.ACCESS_KEY and (at is None or not answers):
            answers += _of_unused(store, text, at)
        if kind is TargetKind.SOURCE_IDENTITY and not answers:
            # An id in an odd form (masked logs) may still be an event id.
            answers = _of_event(store, text)
    if not answers:
        raise TargetNotFoundError(_not_found(store, text))
    if kind is TargetKind.ACCESS_KEY:
        answers = _with_recycled_warning(store, text, answers)
    return Answers(target, answers)


def _not_found(store: Store, text: str) -> str:
    near = [row["candidate"] for row in store.records("answers/nearest_targets", {"target": text})]
    [held] = store.records("answers/coverage")
    if not held["events"]:
        return f"{text}: not found: the store holds no events"
    parts = [
        f"{text}: not in the logs held: {held['events']} events of {held['accounts']} accounts,"
        f" {held['first_event']:%Y-%m-%dT%H:%M:%SZ} to {held['last_event']:%Y-%m-%dT%H:%M:%SZ}"
    ]
    if near:
        parts.append("nearest: " + ", ".join(near))
    return "; ".join(parts)


def _credential_key(use: Record) -> tuple[Any, ...]:
    person = use["subject"] if use["access_key_id"] is None else None
    return (
        use["access_key_id"],
        use["principal_id"],
        use["creation_date"],
        use["account_id"],
        person,
        use["authenticated"],
        use["delegate_account_id"],
    )


def _of_uses(store: Store, uses: list[Record], at: datetime | None) -> list[Answer]:
    credentials: dict[tuple[Any, ...], list[Record]] = {}
    for use in uses:
        credentials.setdefault(_credential_key(use), []).append(use)
    groups = list(credentials.values())
    if at is not None:
        groups = _nearest(store, groups, at)
    answers = [_of_credential(store, group) for group in groups]
    return sorted(answers, key=_order)


def _order(answer: Answer) -> tuple[str, str, str]:
    credential = answer.credential
    return (
        str(credential.first_use or credential.created),
        credential.principal_id or "",
        credential.access_key_id or "",
    )


def _nearest(store: Store, groups: list[list[Record]], at: datetime) -> list[list[Record]]:
    """The credentials in use nearest to a time; none if none was alive within its day and a half."""
    distances = []
    for group in groups:
        seconds = [
            store.records(
                "answers/distance_in_time",
                {
                    "use_id": use["use_id"],
                    "first_seen": use["first_seen"],
                    "last_seen": use["last_seen"],
                    "at": at,
                },
            )[0]["seconds"]
            for use in group
        ]
        distances.append(min(seconds))
    limit = timedelta(hours=36).total_seconds()
    least = min(distances, default=limit)
    return [
        group
        for group, distance in zip(groups, distances, strict=True)
        if distance == least and distance <= limit
    ]


def _main_use(group: list[Record]) -> Record:
    """The use that stands for its credential: signed by it directly, if any is."""
    return min(
        group,
        key=lambda use: (
            not use["authenticated"],
            use["invoked_by"] is not None,
            -use["event_count"],
            use["use_id"],
        ),
    )


def _of_credential(store: Store, group: list[Record]) -> Answer:
    main = _main_use(group)
    chain = chain_of_use(store, main["use_id"])
    first_seen = min(use["first_seen"] for use in group)
    last_seen = max(use["last_seen"] for use in group)
    window = {
        "first_seen": first_seen,
        "last_seen": last_seen,
        "access_key_id": main["access_key_id"],
        "principal_id": main["principal_id"],
        "creation_date": main["creation_date"],
        "user_identity_type": main["user_identity_type"],
        "account_id": main["account_id"],
        "delegate_account_id": main["delegate_account_id"],
    }
    calls = [
        Activity(row["event_source"], row["event_name"], row["calls"], row["errors"])
        for row in store.records("answers/activity", window)
    ]
    addresses = [row["source_ip_address"] for row in store.records("answers/addresses", window)]
    credential = Credential(
        main["access_key_id"],
        main["principal_id"],
        main["arn"],
        main["account_id"],
        main["creation_date"],
        first_seen,
        last_seen,
        sum(call.count for call in calls),
    )
    answer = _answer(store, credential, chain, main)
    return replace(
        answer,
        activity=calls,
        addresses=addresses[:ADDRESS_LIMIT],
        address_count=len(addresses),
        context=_context(store, chain.origin, main, last_seen),
    )


def _answer(store: Store, credential: Credential, chain: Chain, use: Record | None) -> Answer:
    return Answer(
        credential=credential,
        origin=chain.origin,
        grade=chain.grade,
        stop=chain.stop,
        hops=chain.hops,
        warnings=warnings(store, chain, use),
        missing=missing_logs(store, chain, use),
        candidates=[_answer(store, credential, fork, use) for fork in chain.forks],
    )


def _of_unused(store: Store, key: str, at: datetime | None) -> list[Answer]:
    answers = []
    for row in store.records("answers/issuances_of_key", {"target": key}):
        chain = chain_of_use(store, row["issuance_id"])
        issuance = chain.issuances[0]
        if at is not None and not issuance["event_time"] <= at <= issuance["expiration"]:
            continue
        credential = Credential(
            access_key_id=key,
            principal_id=issuance["session_principal_id"],
            arn=issuance["session_arn"],
            account_id=_account(issuance["session_arn"] or issuance["role_arn"]),
            created=issuance["event_time"],
            first_use=None,
            last_use=None,
            uses=0,
        )
        answers.append(_answer(store, credential, chain, None))
    return answers


def _account(arn: str | None) -> str | None:
    parts = (arn or "").split(":")
    return parts[4] if len(parts) > 5 and parts[4] else None


def _of_event(store: Store, event_id: str) -> list[Answer]:
    answers: dict[str, Answer] = {}
    rows = store.records("answers/events_of_id", {"target": event_id})
    for row in rows:
        uses = store.records("answers/use", {"use_id": row["use_id"]})
        if not uses or row["use_id"] in answers:
            continue
        answer = replace(_of_credential(store, uses), event=_event(row))
        if row["conflicting"]:
            answer = _doubted(answer, "this event id names records of different content")
        answers[row["use_id"]] = _refused_if_late(answer, row["event_time"])
    if rows and not answers:
        raise TargetNotFoundError(
            f"{event_id}: a network activity record, the endpoint owner's copy of a call:"
            " ask for the call's own event id"
        )
    return list(answers.values())


def _doubted(answer: Answer, text: str) -> Answer:
    """Records that contradict each other never prove more than weakly (C37)."""
    return replace(
        answer,
        grade=weakest([answer.grade, Grade.WEAK]),
        warnings=[
            *(warn for warn in answer.warnings if warn.code != "contradictory_records"),
            Warn("contradictory_records", text),
        ],
    )


def _event(row: Record) -> Event:
    import json

    try:
        members = json.loads(row["resources"] or "[]")
    except ValueError:
        members = []
    listed: Iterable[Any] = members if isinstance(members, list) else []
    named = (member.get("ARN") or member.get("arn") for member in listed if isinstance(member, dict))
    return Event(
        row["event_id"],
        row["event_time"],
        row["event_source"],
        row["event_name"],
        row["recipient_account_id"],
        tuple(arn for arn in named if isinstance(arn, str)),
        row["error_code"],
    )


def _refused_if_late(answer: Answer, event_time: datetime) -> Answer:
    """An event after its credential's expiration is not covered by the link (T16)."""
    expiration = answer.hops[0].expiration if answer.hops else None
    sso_or_console = answer.hops and answer.hops[0].rule in ("L05", "L10", "L11")
    if expiration is None or sso_or_console or event_time <= expiration:
        return answer
    text = f"the event is later than the credential's expiration, {expiration:%Y-%m-%dT%H:%M:%SZ}"
    return replace(
        answer,
        origin=UNKNOWN_ORIGIN,
        grade=Grade.NONE,
        stop=Stop.CONTRADICTION,
        hops=[],
        warnings=[
            *(warn for warn in answer.warnings if warn.code != "use_after_expiry"),
            Warn("use_after_expiry", text),
        ],
    )


def _with_recycled_warning(store: Store, key: str, answers: list[Answer]) -> list[Answer]:
    uses = store.records("answers/uses_of_access_key", {"target": key})
    holders = {
        (answer.credential.principal_id, answer.credential.created)
        for answer in answers
        if answer.credential.created is not None
    } | {(use["principal_id"], use["creation_date"]) for use in uses if use["creation_date"] is not None}
    if len(holders) < 2:
        return answers
    text = f"this key id was held by {len(holders)} sessions: tell them apart by principal and time"
    return [replace(answer, warnings=[Warn("recycled_key", text), *answer.warnings]) for answer in answers]


def _context(store: Store, origin: Origin, use: Record, until: datetime) -> list[Context]:
    """Who made, changed or could drive the workload or long-term key: context, never a hop."""
    resource = {
        "ec2_instance": origin.id,
        "lambda_function": origin.name,
        "ecs_task": origin.name,
    }.get(origin.kind)
    account = origin.account_id
    if resource is None and (use["access_key_id"] or "").startswith("AKIA"):
        resource, account = use["access_key_id"], None
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
    chosen = [row for relation in kept.values() for row in relation]
    ids = sorted({row["file_id"] for row in chosen})
    files = {row["file_id"]: row for row in store.records("answers/evidence_files", {"file_ids": ids})}
    return [
        Context(
            row["relation"],
            row["event_name"],
            row["event_time"],
            row["arn"],
            row["access_key_id"],
            evidence(row, files),
        )
        for row in sorted(chosen, key=lambda row: (row["event_time"], row["event_id"] or ""))
    ]
