"""CloudTrail records as Security Lake writes them: OCSF of source versions 1 and 2, as JSON and Parquet."""

import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from case_records import Record

VERSIONS = {1: "1.0.0-rc.2", 2: "1.1.0", 3: "1.3.0"}
"""By source version; the third is a newer shape of the second."""

_PLACED = {
    "eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent",
    "errorCode", "errorMessage", "requestID", "eventID", "apiVersion", "vpcEndpointId", "eventCategory",
    "userIdentity", "resources",
}  # fmt: skip


def security_lake(record: Record, source_version: int = 2) -> dict[str, Any]:
    """What Security Lake makes of a record; what it has no place for goes into `unmapped`, by its path."""
    identity = record.get("userIdentity", {})
    session = identity.get("sessionContext", {})
    moment = datetime.fromisoformat(record["eventTime"])
    created = session.get("attributes", {}).get("creationDate")
    mfa = session.get("attributes", {}).get("mfaAuthenticated")
    address = record.get("sourceIPAddress") or ""
    person = identity.get("onBehalfOf", {})
    event: dict[str, Any] = {
        "class_uid": 6003 if source_version > 1 else 3005,
        "metadata": {
            "product": {
                "name": "CloudTrail",
                "vendor_name": "AWS",
                "version": record.get("eventVersion"),
                "feature": {"name": record.get("eventCategory", "Management, Data, and Insights")},
            },
            "uid": record.get("eventID"),
            "version": VERSIONS[source_version],
            "profiles": ["cloud"],
        },
        "time": int(moment.timestamp() * 1000),
        "cloud": {"provider": "AWS", "region": record.get("awsRegion")},
        "api": {
            "operation": record["eventName"],
            "version": record.get("apiVersion"),
            "service": {"name": record.get("eventSource")},
            "request": {"uid": record.get("requestID")},
            "response": {"error": record.get("errorCode"), "message": record.get("errorMessage")},
        },
        "src_endpoint": {
            "ip" if address[:1].isdigit() else "domain": address,
            "uid": record.get("vpcEndpointId") or "",
        },
        "http_request": {"user_agent": record.get("userAgent")},
        "resources": [
            {"uid": item.get("ARN"), "type": item.get("type")} for item in record.get("resources") or []
        ],
    }
    user = {
        "type": identity.get("type"),
        "name": identity.get("userName"),
        "credential_uid": identity.get("accessKeyId"),
    }
    provider = identity.get("identityProvider") or session.get("webIdFederationData", {}).get(
        "federatedProvider"
    )
    actor = {
        "user": user,
        "session": {"issuer": session.get("sessionIssuer", {}).get("arn")},
        "invoked_by": identity.get("invokedBy"),
        "idp": {"name": provider},
    }
    gone = {"type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy"}
    rest = {name: value for name, value in record.items() if name not in _PLACED}
    if source_version == 1:
        user |= {"uuid": identity.get("arn"), "uid": identity.get("principalId")}
        user["account_uid"] = identity.get("accountId")
        actor["session"] |= {"created_time": _milliseconds(created), "mfa": mfa == "true"}
        rest["eventType"] = record.get("eventType")
    else:
        user |= {"uid": identity.get("arn"), "uid_alt": person.get("userId") or identity.get("principalId")}
        user["account"] = {"uid": identity.get("accountId")}
        actor["session"] |= {"created_time_dt": created, "is_mfa": mfa == "true"}
        if person:
            actor["idp"]["uid"] = person.get("identityStoreArn")
            gone.add("onBehalfOf")
        event["time_dt"] = record["eventTime"]
        event["metadata"]["event_code"] = rest.pop("eventType", None)
        event["api"]["request"]["data"] = _json(rest.pop("requestParameters", None))
        event["api"]["response"]["data"] = _json(rest.pop("responseElements", None))
        event["cloud"]["account"] = {"uid": record.get("recipientAccountId")}
        if source_version == 3:
            del rest["recipientAccountId"]
    rest["userIdentity"] = {name: value for name, value in identity.items() if name not in gone}
    rest["userIdentity"].pop("identityProvider", None)
    context = dict(session)
    context.pop("attributes", None)
    context.pop("webIdFederationData", None)
    issuer = {name: value for name, value in session.get("sessionIssuer", {}).items() if name != "arn"}
    rest["userIdentity"]["sessionContext"] = context | {"sessionIssuer": issuer}
    event["actor"] = actor
    event["unmapped"] = dict(_paths("", rest))
    return event


def as_parquet(events: Iterable[dict[str, Any]]) -> bytes:
    """Security Lake's columns; times are instants, and `unmapped` is a map."""
    rows = [dict(event) for event in events]
    for row in rows:
        row["unmapped"] = list(row["unmapped"].items())
        if "time_dt" in row:
            row["time_dt"] = datetime.fromisoformat(row["time_dt"])
        created = row["actor"]["session"].get("created_time_dt")
        session = {**row["actor"]["session"], "created_time_dt": created and datetime.fromisoformat(created)}
        row["actor"] = {**row["actor"], "session": session}
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=_schema(rows[0])), buffer, compression="zstd")
    return buffer.getvalue()


def _schema(event: dict[str, Any]) -> pa.Schema:
    text, instant = pa.string(), pa.timestamp("us", tz="UTC")
    account = pa.struct([("uid", text)])
    user = dict.fromkeys(("type", "name", "credential_uid", "uid", "uuid", "uid_alt", "account_uid"), text)
    session = {"issuer": text, "created_time": pa.int64(), "created_time_dt": instant}
    session |= {"mfa": pa.bool_(), "is_mfa": pa.bool_()}
    named = pa.struct([("name", text)])
    product = [("name", text), ("vendor_name", text), ("version", text), ("feature", named)]
    columns: dict[str, pa.DataType] = {
        "class_uid": pa.int32(),
        "metadata": pa.struct(
            [("product", pa.struct(product)), ("uid", text), ("version", text), ("event_code", text)]
        ),
        "time": pa.int64(),
        "cloud": pa.struct([("provider", text), ("region", text), ("account", account)]),
        "api": pa.struct(
            [
                ("operation", text),
                ("version", text),
                ("service", named),
                ("request", pa.struct([("uid", text), ("data", text)])),
                ("response", pa.struct([("error", text), ("message", text), ("data", text)])),
            ]
        ),
        "src_endpoint": pa.struct([("ip", text), ("domain", text), ("uid", text)]),
        "http_request": pa.struct([("user_agent", text)]),
        "resources": pa.list_(pa.struct([("uid", text), ("type", text)])),
        "actor": pa.struct(
            [
                ("user", pa.struct([*user.items(), ("account", account)])),
                ("session", pa.struct(list(session.items()))),
                ("invoked_by", text),
                ("idp", pa.struct([("name", text), ("uid", text)])),
            ]
        ),
        "unmapped": pa.map_(text, text),
    }
    if "time_dt" in event:
        columns["time_dt"] = instant
    return pa.schema(list(columns.items()))


def _paths(above: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict) and above not in ("requestParameters", "responseElements"):
        for name, below in value.items():
            yield from _paths(f"{above}.{name}" if above else name, below)
    elif value is not None:
        yield above, value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value)


def _milliseconds(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)
