"""The JSON contract of `docs/json.md`: keys may be added, their meaning never changes."""

import json
from datetime import datetime
from typing import Any

from trailtrace.model import (
    Answer,
    Answers,
    Candidate,
    Considered,
    Context,
    Event,
    Evidence,
    Hop,
    Missing,
    Origin,
    Target,
)
from trailtrace.render.names import names_value


def answers_json(answers: Answers) -> str:
    """One JSON object; times `2026-05-01T09:00:00Z`; what is absent is null."""
    return json.dumps(
        {
            "target": target_value(answers.target),
            "answers": [_answer(answer) for answer in answers.answers],
            **names_value(answers.names),
        },
        indent=2,
        ensure_ascii=True,  # control characters and bidirectional text in logs stay visible
    )


def nothing_found_json(target: Target) -> str:
    """The object for a target that the logs do not hold."""
    return json.dumps({"target": target_value(target), "answers": []}, indent=2)


def target_value(target: Target) -> dict[str, Any]:
    return {"text": target.text, "kind": target.kind, "at": time_value(target.at)}


def time_value(value: datetime | None) -> str | None:
    return None if value is None else f"{value:%Y-%m-%dT%H:%M:%SZ}"


def _answer(answer: Answer) -> dict[str, Any]:
    credential = answer.credential
    value: dict[str, Any] = {
        "credential": {
            "access_key_id": credential.access_key_id,
            "principal_id": credential.principal_id,
            "arn": credential.arn,
            "account_id": credential.account_id,
            "created": time_value(credential.created),
            "first_use": time_value(credential.first_use),
            "last_use": time_value(credential.last_use),
            "uses": credential.uses,
        },
        "origin": origin_value(answer.origin),
        "grade": answer.grade,
        "stop": answer.stop,
        "hops": [hop_value(hop) for hop in answer.hops],
        "warnings": [{"code": warn.code, "text": warn.text} for warn in answer.warnings],
        "missing": [missing_value(missing) for missing in answer.missing],
        "candidates": [_answer(candidate) for candidate in answer.candidates],
        "context": [_context(context) for context in answer.context],
    }
    if answer.event is not None:
        value["event"] = _event(answer.event)
    if answer.considered is not None:
        value["considered"] = [_considered(considered) for considered in answer.considered]
    return value


def origin_value(origin: Origin) -> dict[str, Any]:
    return {
        "kind": origin.kind,
        "id": origin.id,
        "arn": origin.arn,
        "account_id": origin.account_id,
        "name": origin.name,
    }


def hop_value(hop: Hop) -> dict[str, Any]:
    return {
        "rule": hop.rule,
        "grade": hop.grade,
        "why": hop.why,
        "event_name": hop.event_name,
        "event_time": time_value(hop.event_time),
        "role_arn": hop.role_arn,
        "session_name": hop.session_name,
        "source_identity": hop.source_identity,
        "session_policy": hop.session_policy,
        "policy_arns": hop.policy_arns,
        "issued_access_key_id": hop.issued_access_key_id,
        "expiration": time_value(hop.expiration),
        "caller": {
            "type": hop.caller.type,
            "principal_id": hop.caller.principal_id,
            "arn": hop.caller.arn,
            "account_id": hop.caller.account_id,
            "access_key_id": hop.caller.access_key_id,
            "invoked_by": hop.caller.invoked_by,
        },
        "evidence": [evidence_value(evidence) for evidence in hop.evidence],
    }


def evidence_value(evidence: Evidence) -> dict[str, Any]:
    return {
        "event_id": evidence.event_id,
        "recipient_account_id": evidence.recipient_account_id,
        "source": evidence.source,
        "record": evidence.record,
        "sha256": evidence.sha256,
        "integrity": evidence.integrity,
    }


def missing_value(missing: Missing) -> dict[str, Any]:
    return {
        "account_id": missing.account_id,
        "region": missing.region,
        "from": time_value(missing.start),
        "to": time_value(missing.end),
        "why": missing.why,
        "reason": missing.reason,
    }


def _context(context: Context) -> dict[str, Any]:
    return {
        "rule": context.rule,
        "grade": context.grade,
        "why": context.why,
        "relation": context.relation,
        "event_name": context.event_name,
        "event_time": time_value(context.event_time),
        "by_arn": context.by_arn,
        "by_id": context.by_id,
        "by_access_key_id": context.by_access_key_id,
        "evidence": evidence_value(context.evidence),
    }


def _considered(considered: Considered) -> dict[str, Any]:
    return {
        "step": considered.step,
        "access_key_id": considered.access_key_id,
        "principal_id": considered.principal_id,
        "created": time_value(considered.created),
        "candidates": [_candidate(candidate) for candidate in considered.candidates],
        "more": considered.more,
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "verdict": candidate.verdict,
        "rule": candidate.rule,
        "grade": candidate.grade,
        "why": candidate.why,
        "event_name": candidate.event_name,
        "event_time": time_value(candidate.event_time),
        "role_arn": candidate.role_arn,
        "session_name": candidate.session_name,
        "issued_access_key_id": candidate.issued_access_key_id,
        "evidence": [evidence_value(evidence) for evidence in candidate.evidence],
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "event_time": time_value(event.event_time),
        "event_source": event.event_source,
        "event_name": event.event_name,
        "account_id": event.recipient_account_id,
        "resources": event.resources,
        "error_code": event.error_code,
    }
