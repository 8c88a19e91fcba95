"""The findings of a report as SARIF 2.1.0: a rule a detection, a result a finding."""

import json
import re
from typing import Any

from trailtrace.finding import Confidence, Severity
from trailtrace.render.json import time_value
from trailtrace.render.rows import plain
from trailtrace.render.visible import visible
from trailtrace.report import Detected, Report, ReportedFinding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}

SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
"""`security-severity`, by which code scanning sorts rules into critical, high, medium and low."""

PRECISIONS = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}

FINGERPRINT = "trailtraceFinding/v1"


def report_sarif(report: Report) -> str:
    """One JSON object, ASCII."""
    numbers = {rule.name: number for number, rule in enumerate(report.detections)}
    run = {
        "tool": {
            "driver": {
                "name": "trailtrace",
                "version": report.versions.trailtrace,
                "rules": [_rule(rule) for rule in report.detections],
            }
        },
        "invocations": [{"executionSuccessful": True, "endTimeUtc": time_value(report.generated_at)}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(reported, numbers) for reported in report.findings],
        "properties": {
            "since": time_value(report.window.since),
            "until": time_value(report.window.until),
            "summary": list(report.summary),
            "findingCount": report.finding_count,
        },
    }
    value = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(value, indent=1, ensure_ascii=True) + "\n"


def _rule(rule: Detected) -> dict[str, Any]:
    help_text = "\n\n".join(
        f"{heading}: {' '.join(sentences)}"
        for heading, sentences in (
            ("It cannot see", rule.cannot_see),
            ("False positives", rule.false_positives),
            ("What to do", rule.what_to_do),
        )
    )
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": " ".join(rule.about)},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["security"],
            "security-severity": SCORES[rule.severity],
            "precision": PRECISIONS[rule.confidence],
        },
    }


def _result(reported: ReportedFinding, numbers: dict[str, int]) -> dict[str, Any]:
    found = reported.finding
    subject = found.subject
    result: dict[str, Any] = {
        "ruleId": found.name,
        "ruleIndex": numbers[found.name],
        "level": LEVELS[found.severity],
        "message": {"text": _unlinked(visible(found.summary, 2000))},
        "partialFingerprints": {FINGERPRINT: found.id},
        "locations": [{"logicalLocations": [_place(reported)]}],
        "occurrenceCount": max(found.event_count, 1),
        "properties": {
            "severity": found.severity,
            "confidence": found.confidence,
            "accountId": found.account_id,
            "origin": None
            if subject is None
            else {
                "kind": subject.origin.kind,
                "id": subject.origin.id,
                "arn": subject.origin.arn,
                "accountId": subject.origin.account_id,
                "name": subject.origin.name,
            },
            "grade": None if subject is None else subject.grade,
            "firstSeen": time_value(found.first_seen),
            "lastSeen": time_value(found.last_seen),
            "eventIds": list(found.event_ids),
            "details": {name: plain(value) for name, value in found.details},
        },
    }
    if reported.is_new is not None:
        result["baselineState"] = "new" if reported.is_new else "unchanged"
    return result


def _unlinked(text: str) -> str:
    """A plain text message in which log text links nowhere: SARIF reads `[text](address)` as a link."""
    return re.sub(r"[\\\[\]]", r"\\\g<0>", text)


def _place(reported: ReportedFinding) -> dict[str, Any]:
    """The credential, else the account: findings have no place in a file of source code."""
    found = reported.finding
    name = (found.subject and (found.subject.arn or found.subject.access_key_id)) or found.account_id
    return {"fullyQualifiedName": visible(name or "unknown"), "kind": "resource"}
