"""Who is behind a credential, session, event or instance."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from trailtrace.errors import TargetNotFoundError, UsageError
from trailtrace.investigate.advice import warnings
from trailtrace.investigate.chain import UNKNOWN_ORIGIN, Chain, chain_of_use, weakest
from trailtrace.investigate.considered import considered_for
from trailtrace.investigate.context import context_of, triggers_of
from trailtrace.investigate.coverage import Coverage
from trailtrace.investigate.links import Links, Record
from trailtrace.investigate.missing import account_of_arn, missing_logs, missing_own_record
from trailtrace.investigate.nearest import not_found
from trailtrace.investigate.targets import recognise
from trailtrace.investigate.trust import of_failed_context, of_failed_event
from trailtrace.model import (
    Activity,
    Answer,
    Answers,
    Credential,
    Event,
    Grade,
    Stop,
    Target,
    TargetKind,
    Warn,
)
from trailtrace.store import Needed, Store

ADDRESS_LIMIT = 20

_QUERIES = {
    TargetKind.ACCESS_KEY: "answers/uses_of_access_key",
    TargetKind.SESSION_ARN: "answers/uses_of_arn",
    TargetKind.USER_ARN: "answers/uses_of_arn",
    TargetKind.PRINCIPAL_ID: "answers/uses_of_principal",
    TargetKind.INSTANCE_ID: "answers/uses_of_instance",
    TargetKind.SOURCE_IDENTITY: "answers/uses_of_source_identity",
    TargetKind.FUNCTION_ARN: "answers/uses_of_function",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where all answers to one target are read, and whether to list what was considered."""

    store: Store
    links: Links
    coverage: Coverage
    explain: bool


def who_did(store: Store, text: str, at: datetime | None = None, *, explain: bool = False) -> Answers:
    """One answer for each distinct credential the target names, hops from it back to its origin.

    `at` (UTC) keeps the credential that was used nearest to that time. `explain` adds every issuance
    that was considered. Raises TargetNotFoundError when the logs do not hold the target, UsageError
    when it cannot be one.
    """
    kind = recognise(text)
    if kind is TargetKind.ROLE_ARN:
        raise UsageError(
            f"{text}: a role is not a session: give one of its session ARNs (arn:aws:sts::…),"
            " its role id (AROA…) or an access key; `what-did` takes a role"
        )
    target = Target(text, kind, at)
    asked = _Asked(store, Links(store), Coverage(store), explain)
    if kind is TargetKind.EVENT_ID:
        answers = _of_event(asked, text)
    else:
        uses = store.records(_QUERIES[kind], {"target": text})
        answers = _of_uses(asked, uses, at)
        if kind is TargetKind.ACCESS_KEY:
            if at is None or not answers:
                answers += _of_unused(asked, text, at)
            answers = _with_recycled_warning(uses, answers)
        if kind is TargetKind.SOURCE_IDENTITY and not answers:
            # An id in an odd form (masked logs) may still be an event id.
            answers = _of_event(asked, text)
    if not answers:
        raise TargetNotFoundError(not_found(store, text))
    return Answers(target, answers)


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


def _of_uses(asked: _Asked, uses: list[Record], at: datetime | None) -> list[Answer]:
    credentials: dict[tuple[Any, ...], list[Record]] = {}
    for use in uses:
        credentials.setdefault(_credential_key(use), []).append(use)
    groups = list(credentials.values())
    if at is not None:
        groups = _nearest(asked.store, groups, at)
    if len(groups) > 1:
        asked.links.read_ahead(_main_use(group)["use_id"] for group in groups)
    deeds = _deeds(asked.store, groups)
    answers = [_of_credential(asked, group, done) for group, done in zip(groups, deeds, strict=True)]
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
                Needed(((use["first_seen"], use["last_seen"]),)),
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
            -use["form_grade"],
            use["invoked_by"] is not None,
            -use["event_count"],
            use["use_id"],
        ),
    )


@dataclass(slots=True)
class _Deeds:
    """What one credential did, and from where."""

    calls: list[Activity] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    triggers: list[Record] = field(default_factory=list)
    """The calls that made a service act with it."""


def _deeds(store: Store, groups: list[list[Record]], moment: datetime | None = None) -> list[_Deeds]:
    """For the uses of each credential, in the same order; triggers of the one `moment`, if it is given."""
    if not groups:
        return []
    mains = [_main_use(group) for group in groups]
    spans = [_span(group) for group in groups]
    moments = spans if moment is None else [(moment, moment)] * len(groups)
    found = [_Deeds(triggers=triggers) for triggers in triggers_of(store, mains, moments)]
    parameters = {
        "numbers": list(range(len(groups))),
        "first_seen": [first for first, _ in spans],
        "last_seen": [last for _, last in spans],
        "access_key_ids": [main["access_key_id"] for main in mains],
        "principal_ids": [main["principal_id"] for main in mains],
        "creation_dates": [main["creation_date"] for main in mains],
        "types": [main["user_identity_type"] for main in mains],
        "account_ids": [main["account_id"] for main in mains],
        "delegate_account_ids": [main["delegate_account_id"] for main in mains],
        "since": min(first for first, _ in spans),
        "until": max(last for _, last in spans),
    }
    keys = [main["access_key_id"] for main in mains]
    needed = Needed(tuple(spans), keys=None if None in keys else tuple(keys))
    for row in store.records("answers/activity", parameters, needed):
        deeds = found[row["number"]]
        if row["is_call"] and row["calls"]:
            deeds.calls.append(Activity(row["event_source"], row["event_name"], row["calls"], row["errors"]))
        elif not row["is_call"] and row["source_ip_address"] is not None:
            deeds.addresses.append(row["source_ip_address"])
    return found


def _span(group: list[Record]) -> tuple[datetime, datetime]:
    return min(use["first_seen"] for use in group), max(use["last_seen"] for use in group)


def _of_credential(
    asked: _Asked, group: list[Record], deeds: _Deeds, moment: datetime | None = None
) -> Answer:
    """The answer for the uses of one credential; `moment` is the time of the one event asked about."""
    main = _main_use(group)
    chain = chain_of_use(asked.links, main["use_id"])
    first_seen, last_seen = _span(group)
    credential = Credential(
        main["access_key_id"],
        main["principal_id"],
        main["arn"],
        main["account_id"],
        main["creation_date"],
        first_seen,
        last_seen,
        sum(call.count for call in deeds.calls),
    )
    answer = _answer(asked, credential, chain, main)
    until = last_seen if moment is None else moment
    context = context_of(asked.store, chain, until, main, deeds.triggers)
    return replace(
        answer,
        warnings=[*answer.warnings, *of_failed_context(context)],
        activity=deeds.calls,
        addresses=deeds.addresses[:ADDRESS_LIMIT],
        address_count=len(deeds.addresses),
        context=context,
    )


def _answer(asked: _Asked, credential: Credential, chain: Chain, use: Record | None) -> Answer:
    return Answer(
        credential=credential,
        origin=chain.origin,
        grade=chain.grade,
        stop=chain.stop,
        hops=chain.hops,
        warnings=warnings(asked.store, asked.coverage, chain, use),
        missing=missing_logs(asked.coverage, chain, use),
        candidates=[_answer(replace(asked, explain=False), credential, fork, use) for fork in chain.forks],
        considered=considered_for(asked.store, chain, use["use_id"] if use else None)
        if asked.explain
        else None,
    )


def _of_unused(asked: _Asked, key: str, at: datetime | None) -> list[Answer]:
    answers = []
    issued = [row["issuance_id"] for row in asked.store.records("answers/issued_with_key", {"target": key})]
    if not issued:
        return []
    for row in asked.store.records("answers/issuances_of_key", {"issuance_ids": issued}):
        chain = chain_of_use(asked.links, row["issuance_id"])
        issuance = chain.issuances[0]
        if at is None or issuance["event_time"] <= at <= issuance["expiration"]:
            answers.append(_of_issued(asked, chain))
    return answers


def _of_issued(asked: _Asked, chain: Chain) -> Answer:
    """The answer for a credential of which only the issuing call is held."""
    issuance = chain.issuances[0]
    credential = Credential(
        access_key_id=issuance["issued_key"],
        principal_id=issuance["session_principal_id"],
        arn=issuance["session_arn"],
        account_id=account_of_arn(issuance["session_arn"] or issuance["role_arn"]),
        created=issuance["event_time"],
        first_use=None,
        last_use=None,
        uses=0,
    )
    return _answer(asked, credential, chain, None)


def _of_event(asked: _Asked, event_id: str) -> list[Answer]:
    answers: dict[str, Answer] = {}
    rows = asked.store.records("answers/events_of_id", {"target": event_id}, Needed(event_id=event_id))
    for row in rows:
        use = asked.links.use(row["use_id"])
        if row["use_id"] in answers or not (use or row["copy_rule"]):
            continue
        if use is not None:
            [deeds] = _deeds(asked.store, [[use]], row["event_time"])
            answer = _of_credential(asked, [use], deeds, row["event_time"])
        else:
            # A copy's session may be known by the call that began it alone.
            answer = _of_issued(asked, chain_of_use(asked.links, row["use_id"]))
        answer = replace(answer, event=_event(row))
        if row["conflicting"]:
            answer = _doubted(answer, "this event id names records of different content")
        if row["failed_integrity"]:
            answer = replace(
                answer,
                grade=weakest([answer.grade, Grade.WEAK]),
                warnings=[*answer.warnings, of_failed_event()],
            )
        if row["copy_rule"] == "L17":
            answer = replace(
                answer,
                grade=weakest([answer.grade, Grade.PROBABLE]),
                missing=[*missing_own_record(asked.coverage, row), *answer.missing],
            )
        end = asked.links.origin(row["use_id"])
        answers[row["use_id"]] = _refused_if_uncovered(answer, row["event_time"], end)
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


def _refused_if_uncovered(answer: Answer, event_time: datetime, end: Record) -> Answer:
    """An event before its credential was issued (C09) or after it expired (T16) is none of the link's."""
    begins, ends = end["covers_from"], end["covers_until"]
    if begins is not None and event_time < begins:
        code = "use_before_issuance"
        text = (
            "the event is earlier than its credential,"
            f" which did not exist before {begins:%Y-%m-%dT%H:%M:%SZ}"
        )
    elif ends is not None and event_time > ends:
        code = "use_after_expiry"
        text = f"the event is later than the credential's expiration, {ends:%Y-%m-%dT%H:%M:%SZ}"
    else:
        return answer
    return replace(
        answer,
        origin=UNKNOWN_ORIGIN,
        grade=Grade.NONE,
        stop=Stop.CONTRADICTION,
        hops=[],
        warnings=[
            *(warn for warn in answer.warnings if warn.code not in ("use_after_expiry", "clock_skew")),
            Warn(code, text),
        ],
    )


def _with_recycled_warning(uses: list[Record], answers: list[Answer]) -> list[Answer]:
    """With a warning if several sessions held the key, of which these are all uses."""
    holders = {
        (answer.credential.principal_id, answer.credential.created)
        for answer in answers
        if answer.credential.created is not None
    } | {(use["principal_id"], use["creation_date"]) for use in uses if use["creation_date"] is not None}
    if len(holders) < 2:
        return answers
    text = f"this key id was held by {len(holders)} sessions: tell them apart by principal and time"
    return [replace(answer, warnings=[Warn("recycled_key", text), *answer.warnings]) for answer in answers]
