"""The JSON contract of `what-did`, in `docs/json.md`: keys may be added, their meaning never changes."""

import json
from typing import Any

from trailtrace.model import Target
from trailtrace.render.json import (
    evidence_value,
    missing_value,
    origin_value,
    target_value,
    time_value,
)
from trailtrace.render.names import names_value
from trailtrace.scope import Grant, Scope, Session


def scope_json(scope: Scope) -> str:
    """One JSON object, ASCII; times `2026-05-01T09:00:00Z`; what is absent is null."""
    value = {
        "target": target_value(scope.target),
        "now": time_value(scope.now),
        "since": time_value(scope.since),
        "until": time_value(scope.until),
        "depth": scope.depth,
        "behind": [
            {"origin": origin_value(behind.origin), "grade": behind.grade, "sessions": behind.sessions}
            for behind in scope.behind
        ],
        "sessions": [_session(session) for session in scope.sessions],
        "possibly": [_session(session) for session in scope.possibly],
        "revocations": [
            {
                "account_id": revocation.account_id,
                "text": revocation.text,
                "command": revocation.command,
            }
            for revocation in scope.revocations
        ],
        "warnings": [{"code": warn.code, "text": warn.text} for warn in scope.warnings],
        "missing": [missing_value(missing) for missing in scope.missing],
        "left_out": {"deeper": scope.left_out.deeper, "outside_time": scope.left_out.outside_time},
        **names_value(scope.names),
    }
    return json.dumps(value, indent=2, ensure_ascii=True)


def no_scope_json(target: Target) -> str:
    """The object for a target that the logs do not hold."""
    return json.dumps({"target": target_value(target), "sessions": [], "possibly": []}, indent=2)


def _session(session: Session) -> dict[str, Any]:
    issued = session.issued
    return {
        "number": session.number,
        "parent": session.parent,
        "hop": session.hop,
        "kind": session.kind,
        "grade": session.grade,
        "issued": None
        if issued is None
        else {
            "rule": issued.rule,
            "grade": issued.grade,
            "why": issued.why,
            "event_name": issued.event_name,
            "event_time": time_value(issued.event_time),
            "caller_arn": issued.caller_arn,
            "caller_account_id": issued.caller_account_id,
            "candidates": issued.candidates,
            "evidence": [evidence_value(evidence) for evidence in issued.evidence],
        },
        "access_key_ids": session.access_key_ids,
        "principal_id": session.principal_id,
        "arn": session.arn,
        "account_id": session.account_id,
        "role_arn": session.role_arn,
        "session_name": session.session_name,
        "source_identity": session.source_identity,
        "invoked_by": session.invoked_by,
        "cross_account": session.cross_account,
        "created": time_value(session.created),
        "expires": time_value(session.expires),
        "expires_stated": session.expires_stated,
        "alive": session.alive,
        "first_use": time_value(session.first_use),
        "last_use": time_value(session.last_use),
        "calls": session.calls,
        "uncovered": session.uncovered,
        "told": session.told,
        "deeds": [
            {
                "event_source": deed.event_source,
                "event_name": deed.event_name,
                "write": deed.write,
                "done": deed.done,
                "denied": deed.denied,
                "failed": deed.failed,
            }
            for deed in session.deeds
        ],
        "addresses": session.addresses,
        "agents": session.agents,
        "resources": [
            {
                "event_source": item.event_source,
                "resource": item.resource,
                "writes": item.writes,
                "done": item.done,
                "refused": item.refused,
            }
            for item in session.resources
        ],
        "resource_count": session.resource_count,
        "grants": [_grant(grant) for grant in session.grants],
    }


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "kind": grant.kind,
        "event_source": grant.event_source,
        "event_name": grant.event_name,
        "event_time": time_value(grant.event_time),
        "account_id": grant.account_id,
        "named": grant.named,
        "access_key_id": grant.access_key_id,
        "key_calls": grant.key_calls,
        "key_last_use": time_value(grant.key_last_use),
        "key_state": grant.key_state,
        "event_id": grant.event_id,
    }
