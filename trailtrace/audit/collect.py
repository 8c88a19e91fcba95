"""Collects one report: runs the detections, reads the window, and puts beside it what was known before."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from trailtrace.audit import activity
from trailtrace.audit.coverage import coverage, seen
from trailtrace.audit.findings import find, lacking, with_store
from trailtrace.audit.summary import summary
from trailtrace.baseline import Baseline, Standing
from trailtrace.detections import Detection, detection, detection_names
from trailtrace.finding import Finding, Severity, Window
from trailtrace.investigate.naming import addresses_of
from trailtrace.investigate.status import status
from trailtrace.library import values_for
from trailtrace.model import Grade, Origin
from trailtrace.report import (
    CHANGES,
    FILES,
    FINDINGS,
    NAMES,
    Accepted,
    ChangedAnswer,
    Detected,
    InputFile,
    Inputs,
    News,
    Report,
    ReportedFinding,
    Source,
    Tuned,
    Versions,
)
from trailtrace.settings import DetectionSettings, Settings
from trailtrace.snapshot import ANSWERS, KEYS, Snapshot, Told
from trailtrace.store import Store
from trailtrace.version import __version__

SOURCES = {
    "store": ("answers/status/totals", "answers/status/reasons"),
    "totals": ("audit/window_calls", "audit/totals"),
    "findings": ("audit/noted_calls", "audit/issued_credentials", "audit/subjects", "answers/candidates"),
    "news": ("audit/history", "audit/known", "audit/answers"),
    "activity": ("audit/window_calls", "audit/activity"),
    "pairs": ("audit/roles_taken", "audit/pairs"),
    "edges": ("audit/roles_taken", "audit/edges"),
    "sessions": ("audit/window_calls", "audit/sessions", "answers/candidates"),
    "coverage": ("answers/status/days", "audit/window_calls", "audit/window_places", "audit/silences"),
    "inputs": ("audit/inputs",),
}
"""The files of `queries/` behind the numbers of each section; a finding's own is `findings/<name>`."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a report is asked for."""

    window: Window
    generated_at: datetime
    settings: Settings = field(default_factory=Settings)
    previous: Snapshot | None = None
    baseline: Baseline | None = None


def collect(store: Store, asked: Request) -> Report:
    """The report of a window. The same store and request give the same one."""
    window = _closed(asked.window, asked.generated_at)
    held = status(store, asked.generated_at)
    found = find(store, window, asked.settings)
    shown, accepted = _accepted(found, asked.baseline, asked.generated_at)
    activity.prepare(store, window)
    totals = activity.totals(store, window)
    history = activity.history_from(store, window)
    previous = asked.previous
    known = activity.Known(window.since if history else None)
    if previous is not None:
        known = replace(known, origins=previous.origins, pairs=previous.pairs, edges=previous.edges)
    origins = activity.activity(store, known)
    pairs = activity.pairs(store, window, known)
    edges = activity.edges(store, window, known)
    sessions = activity.session_rows(
        store, Counter(finding.subject.use_id for finding, _ in shown if finding.subject)
    )
    listed = shown[:FINDINGS]
    chains = activity.Chains(
        store,
        [
            *(finding.subject.use_id for finding, _ in listed if finding.subject),
            *(row["use_id"] for row in sessions),
        ],
    )
    sources = _sources_of_events(store, [finding for finding, _ in listed])
    known_addresses = addresses_of(store, {each for found in sources.values() for each in found})
    labelled = {each.address for each in known_addresses if each.label}
    findings = tuple(
        _reported(finding, back, chains, previous, _from(finding, sources, labelled))
        for finding, back in listed
    )
    by_severity = Counter(finding.severity for finding, _ in shown)
    changed = _changed(store, previous)
    news = News(
        previous=None if previous is None else previous.generated_at,
        previous_until=_looked_until(previous),
        history_from=history,
        origins=origins.new,
        pairs=pairs.new,
        edges=edges.new,
        findings=_new_findings([finding for finding, _ in shown], previous),
        changed=tuple(changed[:CHANGES]),
        changed_count=len(changed),
        skipped=_skipped(window, previous),
    )
    days = coverage(held, window, seen(store, window))
    severities = tuple((severity, by_severity[severity]) for severity in reversed(Severity))
    report = Report(
        window=window,
        generated_at=asked.generated_at,
        versions=_versions(store, held.schema_version),
        configuration=asked.settings.path,
        summary=(),
        store=replace(held, places=()),
        totals=totals,
        findings=findings,
        finding_count=len(shown),
        findings_by_severity=severities,
        news=news,
        activity=origins.items,
        origin_count=origins.count,
        pairs=pairs.items,
        pair_count=pairs.count,
        edges=edges.items,
        edge_count=edges.count,
        sessions=tuple(activity.session(row, chains) for row in sessions),
        session_count=sessions[0]["all_count"] if sessions else 0,
        coverage=days,
        inputs=_inputs(store),
        accounts=with_store(asked.settings, store).accounts,
        accepted=accepted,
        addresses=known_addresses,
        detections=_detections(asked.settings, lacking(store)),
        tuned=_tuned(asked.settings),
        sources=tuple(Source(section, query) for section, queries in SOURCES.items() for query in queries),
        snapshot=_snapshot(store, asked.generated_at, window, found),
    )
    return replace(report, summary=summary(report))


def _sources_of_events(store: Store, findings: list[Finding]) -> dict[str, list[str]]:
    """The addresses that events of findings came from, by event id; none where nothing is known of any."""
    found: dict[str, list[str]] = {}
    ids = sorted({event_id for finding in findings for event_id in finding.event_ids})
    if ids and store.run("store/network_lists"):
        for event_id, address in store.run("audit/addresses_of_events", {"event_ids": ids}):
            found.setdefault(event_id, []).append(address)
    return found


def _from(finding: Finding, sources: Mapping[str, list[str]], labelled: Set[str]) -> tuple[str, ...]:
    addresses = (each for event_id in finding.event_ids for each in sources.get(event_id, []))
    return tuple(dict.fromkeys(each for each in addresses if each in labelled))[:NAMES]


def _closed(window: Window, generated_at: datetime) -> Window:
    """A window that has a begin ends when the report is made, at the latest."""
    if window.since is None or window.until is not None:
        return window
    return replace(window, until=generated_at)


def _accepted(
    found: list[Finding], baseline: Baseline | None, now: datetime
) -> tuple[list[tuple[Finding, Standing | None]], Accepted | None]:
    """The findings that are shown, those that were accepted once with the reason, and what was hidden."""
    if baseline is None:
        return [(finding, None) for finding in found], None
    shown: list[tuple[Finding, Standing | None]] = []
    hidden: Counter[Severity] = Counter()
    back: Counter[Standing] = Counter()
    for finding in found:
        if finding.id not in baseline.acceptances:
            shown.append((finding, None))
        elif (standing := baseline.standing(finding, now.date())) is None:
            hidden[finding.severity] += 1
        else:
            back[standing] += 1
            shown.append((finding, standing))
    unknown = sorted(baseline.acceptances.keys() - {finding.id for finding in found})
    return shown, Accepted(
        file=baseline.path,
        hidden=hidden.total(),
        hidden_by_severity=tuple(
            (severity, hidden[severity]) for severity in reversed(Severity) if hidden[severity]
        ),
        expired=back[Standing.EXPIRED],
        changed=back[Standing.CHANGED],
        again=back[Standing.AGAIN],
        unknown=tuple(unknown[:NAMES]),
        unknown_count=len(unknown),
    )


def _reported(
    finding: Finding,
    back: Standing | None,
    chains: activity.Chains,
    previous: Snapshot | None,
    addresses: tuple[str, ...],
) -> ReportedFinding:
    hops, count = ((), 0) if finding.subject is None else chains.hops(finding.subject.use_id)
    is_new = None
    if previous is not None and previous.findings is not None:
        is_new = finding.id not in previous.findings
    return ReportedFinding(finding, hops, count, is_new, back, addresses)


def _skipped(window: Window, previous: Snapshot | None) -> Window | None:
    """The time that neither the report before nor this one looks at."""
    until = _looked_until(previous)
    if until is None or window.since is None or window.since <= until:
        return None
    return Window(until, window.since)


def _looked_until(previous: Snapshot | None) -> datetime | None:
    """No report has looked at what came after it was made, whatever its window."""
    if previous is None or previous.until is None:
        return None
    return min(previous.until, previous.generated_at)


def _new_findings(shown: list[Finding], previous: Snapshot | None) -> int | None:
    if previous is None or previous.findings is None:
        return None
    return len({finding.id for finding in shown} - set(previous.findings))


def _changed(store: Store, previous: Snapshot | None) -> list[ChangedAnswer]:
    """Credentials that now belong to another origin, or better or worse surely to the same."""
    if previous is None:
        return []
    told = {each.use_id: each for each in previous.answers}
    changed = []
    for row in store.records("audit/subjects", {"use_ids": sorted(told)}):
        before, now = told[row["use_id"]], _told(row)
        if (before.origin.kind, before.origin.id, before.grade) == (
            now.origin.kind,
            now.origin.id,
            now.grade,
        ):
            continue
        changed.append(
            ChangedAnswer(
                row["use_id"],
                row["access_key_id"],
                row["arn"],
                before.origin,
                before.grade,
                now.origin,
                now.grade,
            )
        )
    return changed


def _snapshot(store: Store, generated_at: datetime, window: Window, found: list[Finding]) -> Snapshot:
    keys: dict[str, tuple[str, ...] | None] = {"origins": (), "pairs": (), "edges": ()}
    for row in store.records("audit/known", {"until": window.until, "limit": KEYS}):
        keys[row["what"]] = tuple(row["keys"]) if row["known"] <= KEYS else None
    ids = sorted({finding.id for finding in found})
    return Snapshot(
        generated_at=generated_at,
        until=window.until or generated_at,
        findings=tuple(ids) if len(ids) <= KEYS else None,
        answers=tuple(map(_told, store.records("audit/answers", {"limit": ANSWERS}))),
        **keys,
    )


def _told(row: dict[str, Any]) -> Told:
    origin = Origin(row["kind"], row["id"], row["origin_arn"], row["origin_account_id"], row["name"])
    return Told(row["use_id"], origin, Grade(row["grade"]))


def _inputs(store: Store) -> Inputs:
    rows = store.records("audit/inputs", {"limit": FILES})
    if not rows:
        return Inputs((), 0, hashlib.sha256().hexdigest())
    files = tuple(
        InputFile(row["source"], row["size_bytes"], row["sha256"], row["integrity"], row["kept"])
        for row in rows
    )
    return Inputs(files, rows[0]["file_count"], rows[0]["all_sha256"])


def _detections(settings: Settings, lacking: Mapping[str, str]) -> tuple[Detected, ...]:
    return tuple(
        Detected(
            found.name,
            found.query.title,
            settings.detection(found.name).severity or found.severity,
            found.confidence,
            found.query.about,
            found.cannot_see,
            found.false_positives,
            found.what_to_do,
            lacking.get(found.needs or ""),
        )
        for found in map(detection, detection_names())
        if settings.detection(found.name).enabled
    )


def _tuned(settings: Settings) -> tuple[Tuned, ...]:
    """What differs from the detections' own, in fact."""
    return tuple(
        Tuned(name, said.enabled, own.severity, said.severity or own.severity, thresholds)
        for name, said, own in (
            (name, settings.detection(name), detection(name)) for name in detection_names()
        )
        if (thresholds := _thresholds(own, said))
        or not said.enabled
        or said.severity not in (None, own.severity)
    )


def _thresholds(own: Detection, said: DetectionSettings) -> tuple[tuple[str, object], ...]:
    defaults = values_for(own.query, {})
    return tuple((name, value) for name, value in sorted(said.params.items()) if value != defaults[name])


def _versions(store: Store, schema: int) -> Versions:
    [(engine,)] = store.run("audit/duckdb_version")
    return Versions(__version__, schema, engine)
