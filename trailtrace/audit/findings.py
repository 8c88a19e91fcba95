"""Runs the detections of `queries/findings/` over a window of time; rows become findings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from trailtrace.audit.sequences import SEQUENCES
from trailtrace.detections import COLUMNS, Detection, detection, detection_names
from trailtrace.finding import Finding, Subject, Window
from trailtrace.investigate.naming import accounts_of
from trailtrace.library import values_for
from trailtrace.model import Grade, Origin, Stop
from trailtrace.names import configured
from trailtrace.settings import Settings
from trailtrace.store import Store

Row = dict[str, Any]


def find(store: Store, window: Window, settings: Settings) -> list[Finding]:
    """All findings of a window, the most severe first."""
    settings = with_store(settings, store)
    prepare(store)
    missing = lacking(store)
    rows = [
        (found, row)
        for found in map(detection, detection_names())
        if settings.detection(found.name).enabled and found.needs not in missing
        for row in _rows(store, found, window, settings)
    ]
    subjects = _subjects(store, {row["use_id"] for _, row in rows} - {None})
    findings = [_finding(found, row, subjects, settings) for found, row in rows]
    return sorted(
        _no_surer_than_events(store, findings),
        key=lambda found: (-found.severity.rank, found.first_seen, found.name, found.id),
    )


def prepare(store: Store) -> None:
    """Makes what many detections read, once."""
    for name in ("audit/macros", "audit/noted_calls", "audit/issued_credentials"):
        store.run(name)


def lacking(store: Store) -> dict[str, str]:
    """What detections need and the store does not hold, and how it would come."""
    [(places_known,)] = store.run("audit/places_known")
    if places_known:
        return {}
    return {
        "places": "no address has a known place: `trailtrace networks import` a .mmdb file with cities",
    }


def with_store(settings: Settings, store: Store) -> Settings:
    """Settings with what the store says besides; where both say something, they count.

    An account that they only name is ours where the store does not say whose it is.
    """
    return replace(settings, accounts=configured(accounts_of(store), settings.accounts))


def _rows(store: Store, found: Detection, window: Window, settings: Settings) -> Iterable[Row]:
    declared = {param.name for param in found.query.params}
    shared = {name: value for name, value in settings.shared.items() if name in declared}
    given = {"since": window.since, "until": window.until, **shared, **settings.detection(found.name).params}
    values = values_for(found.query, given)
    name = f"findings/{found.name}"
    if found.sequence is None:
        return store.records(name, values)
    frame = store.frame(name, parameters=values)
    return SEQUENCES[found.sequence](frame.lazy()).collect().to_dicts()


def _subjects(store: Store, use_ids: set[str]) -> dict[str, Subject]:
    return {
        row["use_id"]: Subject(
            row["use_id"],
            row["access_key_id"],
            row["arn"],
            Origin(row["kind"], row["id"], row["origin_arn"], row["origin_account_id"], row["name"]),
            Grade(row["grade"]),
            Stop(row["stop"]),
        )
        for row in store.records("audit/subjects", {"use_ids": sorted(use_ids)})
    }


def _finding(found: Detection, row: Row, subjects: Mapping[str, Subject], settings: Settings) -> Finding:
    standard = {name for name, _ in COLUMNS}
    return Finding(
        id=finding_id(found.name, row["key"]),
        name=found.name,
        title=found.query.title,
        severity=settings.detection(found.name).severity or found.severity,
        confidence=found.confidence,
        summary=row["summary"],
        account_id=row["account_id"],
        subject=None if row["use_id"] is None else subjects[row["use_id"]],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        event_count=row["event_count"],
        event_ids=tuple(dict.fromkeys(row["event_ids"])),
        details=tuple((name, value) for name, value in row.items() if name not in standard),
    )


def _no_surer_than_events(store: Store, findings: list[Finding]) -> Iterator[Finding]:
    """Findings with the least grade that their events have as calls of the same origin.

    One credential may have made some of them surely, and others only as another account tells.
    """
    ids = sorted({event_id for found in findings if found.subject for event_id in found.event_ids})
    told: dict[str, list[Row]] = {}
    if ids:
        first = min(found.first_seen for found in findings)
        last = max(found.last_seen for found in findings)
        for row in store.records("audit/grades_of_events", {"event_ids": ids, "first": first, "last": last}):
            told.setdefault(row["event_id"], []).append(row)
    for found in findings:
        if found.subject is None:
            yield found
            continue
        origin = found.subject.origin
        named = (origin.kind, origin.id or origin.arn)
        rows = [row for event_id in found.event_ids for row in told.get(event_id, [])]
        grades = [Grade(row["grade"]) for row in rows if (row["kind"], row["id"]) == named]
        least = max([found.subject.grade, *grades], key=list(Grade).index)
        yield replace(found, subject=replace(found.subject, grade=least))


def finding_id(name: str, key: Iterable[str | None]) -> str:
    """The same for the same detection and key, in every report: 16 hexadecimal digits."""
    text = "\0".join([name, *("" if part is None else part for part in key)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
