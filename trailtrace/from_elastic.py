"""Elastic documents that lost the record they were made from, put together again as records.

Names of members: the AWS integration of Elastic, data stream `cloudtrail`
(https://github.com/elastic/integrations, `packages/aws/data_stream/cloudtrail`). Requests and answers are
taken from `aws.cloudtrail.flattened`, where they are objects; elsewhere they are flat text, in which nothing
is quoted, and are left out. Each record says what it was made from, in `userIdentity.translatedFrom`.
"""

from typing import Any

from trailtrace.translation import Event, Members, NoRecordError, encoded, object_at, present, with_principal

_FIX = "keep event.original (preserve original event), or export aws.cloudtrail with it"


def record_text(document: Any) -> bytes:
    """The record that a document tells of, as JSON. Raises NoRecordError."""
    trail, event = object_at(document, "aws", "cloudtrail"), object_at(document, "event")
    identity = object_at(trail, "user_identity")
    if not trail or not identity or not event.get("action"):
        raise NoRecordError("no_original_record", f"the Elastic document has no event.original: {_FIX}")
    flattened = object_at(trail, "flattened")
    source = object_at(document, "source")
    record = present(
        {
            "eventVersion": trail.get("event_version"),
            "eventTime": object_at(document).get("@timestamp"),
            "eventSource": event.get("provider"),
            "eventName": event.get("action"),
            "awsRegion": object_at(document, "cloud").get("region"),
            "sourceIPAddress": source.get("address") or source.get("ip"),
            "userAgent": object_at(document, "user_agent").get("original"),
            "errorCode": trail.get("error_code"),
            "errorMessage": trail.get("error_message"),
            "requestParameters": _object(flattened.get("request_parameters")),
            "responseElements": _object(flattened.get("response_elements")),
            "additionalEventData": _object(flattened.get("additional_eventdata")),
            "serviceEventDetails": _object(flattened.get("service_event_details")),
            "requestID": trail.get("request_id"),
            "eventID": event.get("id"),
            "eventType": trail.get("event_type"),
            "eventCategory": trail.get("event_category"),
            "apiVersion": trail.get("api_version"),
            "readOnly": _boolean(trail.get("read_only")),
            "managementEvent": _boolean(trail.get("management_event")),
            "recipientAccountId": trail.get("recipient_account_id"),
            "sharedEventID": trail.get("shared_event_id"),
            "vpcEndpointId": trail.get("vpc_endpoint_id"),
            "resources": _resources(trail.get("resources")),
        }
    )
    record["userIdentity"] = _identity(document, identity) | {"translatedFrom": "Elastic"}
    return encoded(record)


def _identity(document: Any, identity: Event) -> Members:
    session = object_at(identity, "session_context")
    issuer = object_at(session, "session_issuer")
    arn, user = identity.get("arn"), object_at(document, "user")
    context = present(
        {
            "attributes": present(
                {
                    "creationDate": session.get("creation_date"),
                    "mfaAuthenticated": session.get("mfa_authenticated"),
                }
            ),
            "sessionIssuer": present(
                {
                    "type": issuer.get("type"),
                    "principalId": issuer.get("principal_id"),
                    "arn": issuer.get("arn"),
                    "accountId": issuer.get("account_id"),
                }
            ),
        }
    )
    return with_principal(
        present(
            {
                "type": identity.get("type"),
                "principalId": user.get("id"),
                "arn": arn,
                "accountId": _account(arn) or object_at(document, "cloud", "account").get("id"),
                "accessKeyId": identity.get("access_key_id"),
                # Of a session, the name there is the role's.
                "userName": None if context else user.get("name"),
                "sessionContext": context,
                "invokedBy": identity.get("invoked_by"),
            }
        )
    )


def _account(arn: object) -> str | None:
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[4] or None if len(parts) > 5 else None


def _object(value: Any) -> Any:
    """What is an object; text is not taken apart."""
    return value if isinstance(value, dict) else None


def _boolean(value: object) -> object:
    return value if isinstance(value, bool) else str(value).lower() if value is not None else None


def _resources(listed: object) -> list[Members]:
    return [
        present({"ARN": item.get("arn"), "type": item.get("type"), "accountId": item.get("account_id")})
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict)
    ]
