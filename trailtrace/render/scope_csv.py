"""The sessions of a scope as CSV: a row each, in the order of the tree."""

from collections.abc import Iterator
from typing import Any

from trailtrace.render.rows import csv_rows
from trailtrace.scope import Scope, Session

COLUMNS = (
    *("number", "parent", "hop", "possibly", "kind", "grade", "rule", "rule_grade", "issuing_event_name"),
    *("issued_at", "issuing_event_id", "access_key_ids", "principal_id", "arn", "account_id", "role_arn"),
    *("session_name", "source_identity", "cross_account", "created", "expires", "expires_stated", "alive"),
    *(
        "first_use",
        "last_use",
        "calls",
        "writes",
        "reads",
        "denied",
        "failed",
        "uncovered",
        "told",
        "addresses",
    ),
    *("agents", "resource_count", "resources", "grants"),
)


def scope_csv(scope: Scope, escape: bool) -> Iterator[str]:
    """With `escape`, fit for a terminal. Lists in a cell are JSON."""
    rows = [
        *((session, False) for session in scope.sessions),
        *((session, True) for session in scope.possibly),
    ]
    return csv_rows(COLUMNS, (_row(session, possibly) for session, possibly in rows), escape)


def _row(session: Session, possibly: bool) -> tuple[Any, ...]:
    issued = session.issued
    return (
        session.number,
        session.parent,
        session.hop,
        possibly,
        str(session.kind),
        str(session.grade),
        issued.rule if issued else None,
        str(issued.grade) if issued else None,
        issued.event_name if issued else None,
        issued.event_time if issued else None,
        issued.evidence[0].event_id if issued and issued.evidence else None,
        session.access_key_ids,
        session.principal_id,
        session.arn,
        session.account_id,
        session.role_arn,
        session.session_name,
        session.source_identity,
        session.cross_account,
        session.created,
        session.expires,
        session.expires_stated,
        session.alive,
        session.first_use,
        session.last_use,
        session.calls,
        sum(deed.done for deed in session.deeds if deed.write),
        sum(deed.done for deed in session.deeds if not deed.write),
        sum(deed.denied for deed in session.deeds),
        sum(deed.failed for deed in session.deeds),
        session.uncovered,
        session.told,
        session.addresses,
        session.agents,
        session.resource_count,
        [item.resource for item in session.resources],
        [f"{grant.event_name} {' '.join(grant.named)}" for grant in session.grants],
    )
