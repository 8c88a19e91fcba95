"""An event as OCSF API Activity (class 6003), its actor being whoever stands behind the session.

What OCSF calls things: https://schema.ocsf.io/1.3.0/classes/api_activity. The mapping is described
in `docs/export.md`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import msgspec

OCSF_VERSION = "1.3.0"
CATEGORY_UID = 6
CLASS_UID = 6003

CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
ACTIVITY_NAMES = {CREATE: "Create", READ: "Read", UPDATE: "Update", DELETE: "Delete"}

_VERBS = {
    CREATE: ("Create", "Run", "Register", "Import", "Allocate", "Add", "Request", "Issue", "Copy", "Restore"),
    READ: ("Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Query", "Scan"),
    UPDATE: (
        "Put", "Update", "Modify", "Set", "Attach", "Associate", "Change", "Enable", "Disable", "Tag",
        "Untag", "Detach", "Disassociate", "Start", "Stop", "Reboot",
    ),
    DELETE: ("Delete", "Terminate", "Remove", "Deregister", "Revoke", "Release", "Cancel"),
}  # fmt: skip

STATED_GRADES = ("proof", "strong")
"""An origin that is less sure is an enrichment, and never the actor."""

_USER_TYPES = {
    "iam_user": 1,
    "identity_center_user": 1,
    "saml_user": 1,
    "oidc_subject": 1,
    "cognito_identity": 1,
    "root": 2,
    "aws_service": 3,
}

_PLACED = frozenset(
    (
        "eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "userAgent", "errorCode",
        "errorMessage", "requestParameters", "responseElements", "requestID", "eventID", "eventType",
        "apiVersion", "eventCategory", "recipientAccountId", "sharedEventID", "sourceIPAddress", "resources",
    )
)  # fmt: skip
"""Members of a record that have a place of their own, most of the time."""

_AWS_ACCOUNT = {"type": "AWS Account", "type_id": 10}

Row = Mapping[str, Any]


def api_activity(row: Row) -> dict[str, Any]:
    """The OCSF event of a row of `queries/export/events_of_day.sql`; what is absent is left out."""
    activity = _activity(row)
    failed = row["error_code"] is not None
    event: dict[str, Any] = _present(
        {
            "activity_id": activity,
            "activity_name": ACTIVITY_NAMES.get(activity, row["event_name"]),
            "category_uid": CATEGORY_UID,
            "category_name": "Application Activity",
            "class_uid": CLASS_UID,
            "class_name": "API Activity",
            "type_uid": CLASS_UID * 100 + activity,
            "type_name": f"API Activity: {ACTIVITY_NAMES.get(activity, 'Other')}",
            "severity_id": 1,
            "severity": "Informational",
            "status_id": 2 if failed else 1,
            "status": "Failure" if failed else "Success",
            "status_code": row["error_code"],
            "status_detail": row["error_message"],
            "time": _milliseconds(row["event_time"]),
            "metadata": _metadata(row),
            "cloud": {
                "provider": "AWS",
                "region": row["aws_region"],
                "account": _account(row["recipient_account_id"]),
            },
            "api": _api(row),
            "actor": _actor(row),
            "src_endpoint": _endpoint(row),
            "http_request": {"user_agent": row["user_agent"]} if row["user_agent"] else None,
            "resources": _resources(row),
            "enrichments": [_origin_enrichment(row)],
            "unmapped": _unmapped(row),
        }
    )
    return event


def _activity(row: Row) -> int:
    if row["read_only"]:
        return READ
    name = str(row["event_name"])
    for activity, verbs in _VERBS.items():
        if name.startswith(verbs):
            return activity
    return OTHER


def _metadata(row: Row) -> dict[str, Any]:
    return {
        "version": OCSF_VERSION,
        "product": {
            "name": "CloudTrail",
            "vendor_name": "AWS",
            "version": row["event_version"],
            "feature": {"name": row["event_category"]} if row["event_category"] else None,
        },
        "profiles": ["cloud"],
        "uid": row["event_id"],
        "event_code": row["event_type"],
        "log_provider": "CloudTrail",
        "correlation_uid": row["shared_event_id"],
        "original_time": _time(row["event_time"]),
    }


def _api(row: Row) -> dict[str, Any]:
    failed = row["error_code"] is not None
    answered = row["response_elements"] is not None
    asked = _json(row["request_parameters"])
    return {
        "operation": row["event_name"],
        "version": row["api_version"],
        "service": {"name": row["event_source"]} if row["event_source"] else None,
        # OCSF wants an id with a request; without one the request itself is unmapped.
        "request": {"uid": row["request_id"], "data": asked} if row["request_id"] else None,
        "response": {
            "error": row["error_code"],
            "error_message": row["error_message"],
            "data": _json(row["response_elements"]),
        }
        if failed or answered
        else None,
    }


def _actor(row: Row) -> dict[str, Any]:
    return {
        "user": _origin_user(row) if _is_stated(row) else _recorded_user(row),
        "session": _session(row),
        "app_name": row["invoked_by"],
        "idp": {"name": row["identity_provider"] or row["federated_provider"]}
        if row["identity_provider"] or row["federated_provider"]
        else None,
    }


def _is_stated(row: Row) -> bool:
    return (
        row["origin_grade"] in STATED_GRADES
        and row["origin_kind"] not in ("unknown", "anonymous")
        and (row["origin_arn"] or row["origin_id"] or row["origin_name"]) is not None
    )


def _origin_user(row: Row) -> dict[str, Any]:
    kind = row["origin_kind"]
    return {
        "type": kind,
        "type_id": _USER_TYPES.get(kind, OTHER),
        "uid": row["origin_arn"] or row["origin_id"],
        "uid_alt": row["origin_id"],
        "name": row["origin_name"],
        "account": _account(row["origin_account_id"]),
        # A credential that is nobody else's: the origin signed with it.
        "credential_uid": row["access_key_id"] if row["origin_hops"] == 0 else None,
    }


def _recorded_user(row: Row) -> dict[str, Any]:
    """The principal of the record; OCSF wants an actor even where CloudTrail names none."""
    return {
        "type": row["user_identity_type"],
        "type_id": OTHER if row["user_identity_type"] else 0,
        "uid": row["arn"] or row["principal_id"] or row["invoked_by"],
        "uid_alt": row["principal_id"],
        "name": row["user_name"] or row["session_issuer_user_name"] or _nobody(row),
        "account": _account(row["account_id"]),
        "credential_uid": row["access_key_id"],
    }


def _nobody(row: Row) -> str | None:
    return None if row["arn"] or row["principal_id"] or row["invoked_by"] else "unknown"


def _session(row: Row) -> dict[str, Any] | None:
    if row["creation_date"] is None and row["session_issuer_arn"] is None:
        return None
    return {
        "uid": row["principal_id"],
        "uid_alt": row["arn"],
        "issuer": row["session_issuer_arn"],
        "created_time": _milliseconds(row["creation_date"]),
        "is_mfa": row["mfa_authenticated"],
        "credential_uid": row["access_key_id"],
    }


def _endpoint(row: Row) -> dict[str, Any]:
    address = row["source_ip_address"]
    if _is_address(address):
        return {"ip": address}
    # A service that passed the call on, or no address at all.
    return {"svc_name": address or row["event_source"] or "unknown"}


def _is_address(text: str | None) -> bool:
    try:
        ip_address(text or "")
    except ValueError:
        return False
    return True


def _resources(row: Row) -> list[dict[str, Any]] | None:
    listed = _json(row["resources"])
    found = []
    for item in listed if isinstance(listed, list) else []:
        if not isinstance(item, dict):
            continue
        uid = item.get("ARN") or item.get("arn") or item.get("ARNPrefix")
        if isinstance(uid, str):
            kind, account = item.get("type"), item.get("accountId")
            found.append(
                {
                    "uid": uid,
                    "type": kind if isinstance(kind, str) else None,
                    "owner": {"account": _account(account)} if isinstance(account, str) else None,
                }
            )
    return found or None


def _origin_enrichment(row: Row) -> dict[str, Any]:
    """What the chain ends in, whatever its grade, and how sure that is."""
    kind = row["origin_kind"] or "unknown"
    return {
        "name": "actor.user",
        "value": row["origin_arn"] or row["origin_id"] or row["origin_name"] or kind,
        "type": "origin",
        "provider": "trailtrace",
        "data": {
            "kind": kind,
            "id": row["origin_id"],
            "arn": row["origin_arn"],
            "account_id": row["origin_account_id"],
            "name": row["origin_name"],
            "grade": row["origin_grade"] or "none",
            "stop": row["origin_stop"],
            "hops": row["origin_hops"],
            "source": row["source"],
            "record": row["record"],
        },
    }


def _unmapped(row: Row) -> dict[str, Any] | None:
    record = _json(row["cloudtrail_record"])
    record = record if isinstance(record, dict) else {}
    placed = set(_PLACED)
    if not row["request_id"]:
        placed.discard("requestParameters")
    if not _is_address(row["source_ip_address"]):
        placed.discard("sourceIPAddress")
    if not _has_plain_resources(record):
        placed.discard("resources")
    return {name: value for name, value in record.items() if name not in placed and value is not None} or None


def _has_plain_resources(record: Mapping[str, Any]) -> bool:
    """Whether nothing of the resources is lost in OCSF."""
    listed = record.get("resources")
    return isinstance(listed, list) and all(
        isinstance(item, dict) and "ARN" in item and item.keys() <= {"ARN", "type", "accountId"}
        for item in listed
    )


def _account(account_id: str | None) -> dict[str, Any] | None:
    return None if account_id is None else {"uid": account_id, **_AWS_ACCOUNT}


def _json(text: str | None) -> Any:
    try:
        return None if text is None else msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.replace(tzinfo=UTC).timestamp() * 1000)


def _time(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _present(value: Any) -> Any:
    """Without members that are null, but for what is a log's own JSON."""
    if isinstance(value, dict):
        return {
            name: item if name in ("data", "unmapped") else _present(item)
            for name, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [_present(item) for item in value]
    return value
