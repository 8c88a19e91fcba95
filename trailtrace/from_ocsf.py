"""OCSF events that CloudTrail records were turned into, put together again as records.

Names of members: https://github.com/ocsf/examples, `mappings/markdown/AWS` (1.0.0-rc.2 is what Security
Lake's source version 1 writes, 1.1.0 its version 2), and `render/ocsf.py`. What has no place in OCSF is in
`unmapped`, whose names are paths: `userIdentity.sessionContext.sessionIssuer.type`. What is in neither is
lost, so each record says what it was made from, in `userIdentity.translatedFrom`: that caps its grade.
"""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from trailtrace.translation import Event, Members, NoRecordError, encoded, object_at, present, with_principal

COLUMNS = (
    "class_uid", "metadata", "time", "time_dt", "api", "actor", "src_endpoint", "http_request", "cloud",
    "resources", "enrichments", "unmapped",
)  # fmt: skip
"""The members of an event that say something of the record."""

MAX_PATH = 8
"""Most names in the name of an unmapped member."""

_JSON_MEMBERS = (
    "requestParameters", "responseElements", "additionalEventData", "serviceEventDetails", "resources",
    "tlsDetails", "addendum",
)  # fmt: skip
"""Objects of the record, which writers of OCSF store as text."""

_VERSION = re.compile(r"[0-9A-Za-z.-]{1,20}")
_WORD = re.compile(r"[A-Za-z]+")


NOT_CLOUDTRAIL = "an OCSF event, and not one of CloudTrail"


def is_cloudtrail(event: Event) -> bool:
    """Whether the event tells of a CloudTrail record."""
    return "cloudtrail" in str(object_at(event, "metadata", "product").get("name")).lower()


def record_text(event: Event) -> bytes:
    """The record that an OCSF event tells of, as JSON. Raises NoRecordError.

    `event` is decoded JSON, or a row of Parquet, in which a map is a list of pairs.
    """
    metadata = object_at(event, "metadata")
    if not is_cloudtrail(event):
        raise NoRecordError("unrecognised", NOT_CLOUDTRAIL)
    ours = _written_by_trailtrace(event)
    unmapped = _members(event.get("unmapped"))
    identity = _parsed(unmapped.pop("userIdentity", None))
    if not isinstance(identity, dict):
        if ours:
            detail = "OCSF of `trailtrace export` that lost unmapped.userIdentity: export NDJSON or Parquet"
            raise NoRecordError("no_original_record", detail)
        identity = _identity(event)
    record = _record(event, metadata, ours)
    record["userIdentity"] = identity
    for name, value in unmapped.items():
        path = name.split(".")
        _put(record, [name] if ours or len(path) > MAX_PATH else path, value)
    if not ours:
        _complete(event, record)
    record |= {name: _parsed(record[name]) for name in _JSON_MEMBERS if name in record}
    _tell_form(record["userIdentity"], str(metadata.get("version")))
    return encoded(record)


def _tell_form(identity: Members, version: str) -> None:
    """Notes that it was OCSF, unless it was something else before: what that had lost is lost."""
    earlier = identity.get("translatedFrom")
    if not earlier or str(earlier).startswith("OCSF"):
        identity["translatedFrom"] = f"OCSF {version}" if _VERSION.fullmatch(version) else "OCSF"


def _record(event: Event, metadata: Event, ours: bool) -> Members:
    api, endpoint = object_at(event, "api"), object_at(event, "src_endpoint")
    request, response = object_at(api, "request"), object_at(api, "response")
    product, category = object_at(metadata, "product"), object_at(metadata, "product", "feature").get("name")
    return present(
        {
            "eventVersion": product.get("version"),
            "eventTime": _event_time(event, metadata, ours),
            "eventSource": object_at(api, "service").get("name"),
            "eventName": api.get("operation"),
            "awsRegion": object_at(event, "cloud").get("region"),
            # What passed the call on is a name; ours is among what is unmapped.
            "sourceIPAddress": endpoint.get("ip") or (None if ours else endpoint.get("domain")),
            "userAgent": object_at(event, "http_request").get("user_agent"),
            "errorCode": response.get("error"),
            "errorMessage": response.get("error_message") or response.get("message"),
            "requestParameters": request.get("data"),
            "responseElements": response.get("data"),
            "requestID": request.get("uid"),
            "eventID": metadata.get("uid"),
            "eventType": metadata.get("event_code"),
            "apiVersion": api.get("version"),
            "vpcEndpointId": endpoint.get("uid"),
            "eventCategory": category if _WORD.fullmatch(str(category)) else None,
            "sharedEventID": metadata.get("correlation_uid") if ours else None,
            "recipientAccountId": _account(object_at(event, "cloud")) if ours else None,
            "resources": _resources(event.get("resources")),
        }
    )


def _identity(event: Event) -> Members:
    """The userIdentity of an event by others than us: its actor is the principal of the record."""
    user, session = object_at(event, "actor", "user"), object_at(event, "actor", "session")
    provider = object_at(event, "actor", "idp")
    if str(object_at(event, "metadata").get("version")).startswith("1.0"):
        arn, principal = user.get("uuid"), user.get("uid")
    else:
        arn, principal = user.get("uid"), user.get("uid_alt")
    person = None
    if ":identitystore:" in str(provider.get("uid")):
        # The person behind the session stands where its principal id would.
        person, principal = {"userId": principal, "identityStoreArn": provider["uid"]}, None
    federated = user.get("type") in ("SAMLUser", "WebIdentityUser")
    mfa = session.get("mfa") if session.get("is_mfa") is None else session["is_mfa"]
    attributes = present(
        {
            "creationDate": _time(session.get("created_time_dt") or session.get("created_time")),
            "mfaAuthenticated": None if mfa is None else str(mfa).lower(),
        }
    )
    issuer = present({"arn": session.get("issuer")})
    federation = present({"federatedProvider": None if federated else provider.get("name")})
    context: Members = {}
    if "creationDate" in attributes or issuer:
        context = {"attributes": attributes, "sessionIssuer": issuer}
    if federation:
        context["webIdFederationData"] = federation
    return present(
        {
            "type": user.get("type"),
            "principalId": principal,
            "arn": arn,
            "accountId": _account(user),
            "accessKeyId": user.get("credential_uid") or session.get("credential_uid"),
            "userName": user.get("name"),
            "sessionContext": context or None,
            "invokedBy": object_at(event, "actor").get("invoked_by"),
            "identityProvider": provider.get("name") if federated else None,
            "onBehalfOf": person,
        }
    )


def _complete(event: Event, record: Members) -> None:
    """What follows from what the event says."""
    if not record.get("recipientAccountId") and (account := _account(object_at(event, "cloud"))):
        record["recipientAccountId"] = account
    record["userIdentity"] = with_principal(record["userIdentity"])


def _put(record: Members, path: list[str], value: Any) -> None:
    """Adds an unmapped member where the record has none; what has no place keeps its whole name."""
    if value in (None, ""):
        return
    *parents, last = path
    place = record
    for name in parents:
        below = place.setdefault(name, {})
        if not isinstance(below, dict):
            place, last = record, ".".join(path)
            break
        place = below
    place.setdefault(last, value)


def _event_time(event: Event, metadata: Event, ours: bool) -> str | None:
    if ours and isinstance(metadata.get("original_time"), str):
        return str(metadata["original_time"])
    moment = event.get("time")
    return _time(event.get("time_dt") if moment is None else moment)


def _time(value: object) -> str | None:
    """A time as CloudTrail writes it; of a number, milliseconds since 1970."""
    if isinstance(value, str):
        return value or None
    try:
        if isinstance(value, int | float) and value:
            value = datetime.fromtimestamp(value / 1000, UTC)
        if isinstance(value, datetime):
            zoned = value if value.tzinfo else value.replace(tzinfo=UTC)
            return zoned.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    except (ValueError, OverflowError, OSError):
        return str(value)
    return None


def _resources(listed: object) -> list[Members] | None:
    found = [
        present({"ARN": item.get("uid"), "type": item.get("type"), "accountId": _owner(item)})
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict)
    ]
    return [item for item in found if item] or None


def _owner(resource: Event) -> str | None:
    return _account(resource) or _account(object_at(resource, "owner"))


def _account(holder: Event) -> str | None:
    """The account of an object: a member of its own since 1.1."""
    account = object_at(holder, "account").get("uid") or holder.get("account_uid")
    return account if isinstance(account, str) else None


def _written_by_trailtrace(event: Event) -> bool:
    """Whether the actor is what a chain ends in, and not the principal of the record."""
    listed = event.get("enrichments")
    return any(
        isinstance(item, dict) and item.get("provider") == "trailtrace"
        for item in (listed if isinstance(listed, list) else [])
    )


def _members(value: object) -> Members:
    value = _parsed(value)
    pairs = value.items() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {pair[0]: pair[1] for pair in pairs if isinstance(pair, tuple) and isinstance(pair[0], str)}


def _parsed(value: Any) -> Any:
    """JSON that its writer stored as text."""
    try:
        return msgspec.json.decode(value) if isinstance(value, str) and value[:1] in ("{", "[") else value
    except (msgspec.DecodeError, RecursionError):
        return value
