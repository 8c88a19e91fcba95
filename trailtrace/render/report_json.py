"""The JSON contract of `report`, in `docs/json.md`: keys may be added, their meaning never changes."""

import json
from dataclasses import asdict
from typing import Any

from trailtrace.finding import Window
from trailtrace.model import Grade, Hop
from trailtrace.render.json import hop_value, origin_value, time_value
from trailtrace.render.names import address_value
from trailtrace.render.rows import plain
from trailtrace.render.status_json import place_value, status_value
from trailtrace.report import (
    AccountEdge,
    ChangedAnswer,
    Coverage,
    News,
    OriginActivity,
    Report,
    ReportedFinding,
    ReportedSession,
    RolePair,
    Totals,
    Tuned,
)
from trailtrace.snapshot import snapshot_value


def report_json(report: Report) -> str:
    """One JSON object, ASCII; times `2026-05-01T09:00:00Z`; what is absent is null."""
    value = {
        "window": _window(report.window),
        "generated_at": time_value(report.generated_at),
        "versions": asdict(report.versions),
        "configuration": report.configuration,
        "summary": list(report.summary),
        "totals": _totals(report.totals),
        "findings_by_severity": dict(report.findings_by_severity),
        "finding_count": report.finding_count,
        "findings": [_finding(found) for found in report.findings],
        "accepted": _accepted(report),
        "news": _news(report.news),
        "origin_count": report.origin_count,
        "activity": [_activity(each) for each in report.activity],
        "pair_count": report.pair_count,
        "pairs": [_pair(each) for each in report.pairs],
        "edge_count": report.edge_count,
        "edges": [_edge(each) for each in report.edges],
        "session_count": report.session_count,
        "sessions": [_session(each) for each in report.sessions],
        "coverage": _coverage(report.coverage),
        "store": status_value(report.store),
        "inputs": asdict(report.inputs),
        "accounts": [asdict(account) for account in report.accounts],
        "tuned": [_tuned(each) for each in report.tuned],
        "addresses": [address_value(each) for each in report.addresses],
        "detections": [asdict(each) for each in report.detections],
        "queries": _sources(report),
        "snapshot": None if report.snapshot is None else snapshot_value(report.snapshot),
    }
    return json.dumps(value, indent=1, ensure_ascii=True) + "\n"


def _totals(totals: Totals) -> dict[str, Any]:
    times = {"first_event": time_value(totals.first_event), "last_event": time_value(totals.last_event)}
    return asdict(totals) | times


def _finding(reported: ReportedFinding) -> dict[str, Any]:
    found = reported.finding
    subject = found.subject
    return {
        "id": found.id,
        "name": found.name,
        "title": found.title,
        "severity": found.severity,
        "confidence": found.confidence,
        "summary": found.summary,
        "account_id": found.account_id,
        "subject": None
        if subject is None
        else {
            "use_id": subject.use_id,
            "access_key_id": subject.access_key_id,
            "arn": subject.arn,
            "origin": origin_value(subject.origin),
            "grade": subject.grade,
            "stop": subject.stop,
        },
        "first_seen": time_value(found.first_seen),
        "last_seen": time_value(found.last_seen),
        "event_count": found.event_count,
        "event_ids": list(found.event_ids),
        "details": {name: plain(value) for name, value in found.details},
        "is_new": reported.is_new,
        "accepted_before": reported.accepted_before,
        "addresses": list(reported.addresses),
        **_chain(reported.chain, reported.hops),
    }


def _chain(chain: tuple[Hop, ...], hops: int) -> dict[str, Any]:
    return {"hops": hops, "chain": [hop_value(hop) for hop in chain]}


def _accepted(report: Report) -> dict[str, Any] | None:
    accepted = report.accepted
    if accepted is None:
        return None
    by_severity = dict(accepted.hidden_by_severity)
    return asdict(accepted) | {"hidden_by_severity": by_severity}


def _news(news: News) -> dict[str, Any]:
    return {
        "previous": time_value(news.previous),
        "previous_until": time_value(news.previous_until),
        "history_from": time_value(news.history_from),
        "origins": news.origins,
        "pairs": news.pairs,
        "edges": news.edges,
        "findings": news.findings,
        "changed_count": news.changed_count,
        "changed": [_changed(each) for each in news.changed],
        "skipped": None if news.skipped is None else _window(news.skipped),
    }


def _window(window: Window) -> dict[str, Any]:
    return {"since": time_value(window.since), "until": time_value(window.until)}


def _tuned(tuned: Tuned) -> dict[str, Any]:
    return {
        "name": tuned.name,
        "enabled": tuned.enabled,
        "severity": tuned.severity,
        "set_severity": tuned.set_severity,
        "thresholds": dict(tuned.thresholds),
    }


def _changed(changed: ChangedAnswer) -> dict[str, Any]:
    return {
        "use_id": changed.use_id,
        "access_key_id": changed.access_key_id,
        "arn": changed.arn,
        "was": origin_value(changed.was),
        "was_grade": changed.was_grade,
        "now": origin_value(changed.now),
        "now_grade": changed.now_grade,
    }


def _activity(each: OriginActivity) -> dict[str, Any]:
    grades: dict[Grade, int] = dict(each.grades)
    return {
        "origin": origin_value(each.origin),
        "stop": each.stop,
        "calls": each.calls,
        "writes": each.writes,
        "denied": each.denied,
        "failed": each.failed,
        "calls_by_grade": grades,
        "credentials": each.credentials,
        "sessions": each.sessions,
        "account_count": each.account_count,
        "accounts": list(each.accounts),
        "region_count": each.region_count,
        "regions": list(each.regions),
        "first_seen": time_value(each.first_seen),
        "last_seen": time_value(each.last_seen),
        "calls_by_day": {day.isoformat(): calls for day, calls in each.calls_by_day},
        "is_new": each.is_new,
    }


def _pair(pair: RolePair) -> dict[str, Any]:
    return {
        "origin": origin_value(pair.origin),
        "from_role_arn": pair.from_role_arn,
        "role_arn": pair.role_arn,
        "from_account_id": pair.from_account_id,
        "to_account_id": pair.to_account_id,
        "issuances": pair.issuances,
        "grade": pair.grade,
        "first_seen": time_value(pair.first_seen),
        "last_seen": time_value(pair.last_seen),
        "is_new": pair.is_new,
    }


def _edge(edge: AccountEdge) -> dict[str, Any]:
    return {
        "from_account_id": edge.from_account_id,
        "to_account_id": edge.to_account_id,
        "role_count": edge.role_count,
        "roles": list(edge.roles),
        "origin_count": edge.origin_count,
        "origins": [origin_value(origin) for origin in edge.origins],
        "issuances": edge.issuances,
        "first_seen": time_value(edge.first_seen),
        "last_seen": time_value(edge.last_seen),
        "caller_logs_held": edge.caller_logs_held,
        "is_new": edge.is_new,
    }


def _session(session: ReportedSession) -> dict[str, Any]:
    return {
        "use_id": session.use_id,
        "access_key_id": session.access_key_id,
        "arn": session.arn,
        "account_id": session.account_id,
        "role_arn": session.role_arn,
        "session_name": session.session_name,
        "origin": origin_value(session.origin),
        "grade": session.grade,
        "stop": session.stop,
        "issued_at": time_value(session.issued_at),
        "expires": time_value(session.expires),
        "first_seen": time_value(session.first_seen),
        "last_seen": time_value(session.last_seen),
        "calls": session.calls,
        "writes": session.writes,
        "denied": session.denied,
        "findings": session.findings,
        "why": list(session.why),
        **_chain(session.chain, session.hops),
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "first_day": coverage.first_day and coverage.first_day.isoformat(),
        "last_day": coverage.last_day and coverage.last_day.isoformat(),
        "complete": coverage.complete,
        "gap_count": coverage.gap_count,
        "gaps": [
            {
                "account_id": gap.account_id,
                "region": gap.region,
                "start": time_value(gap.start),
                "end": time_value(gap.end),
                "state": gap.state,
            }
            for gap in coverage.gaps
        ],
        "place_count": coverage.place_count,
        "places": [place_value(place) for place in coverage.places],
    }


def _sources(report: Report) -> dict[str, list[str]]:
    queries: dict[str, list[str]] = {}
    for source in report.sources:
        queries.setdefault(source.section, []).append(source.query)
    return queries
