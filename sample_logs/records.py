"""The trail: builds full CloudTrail records and keeps them. Knows nothing of files or stories."""

from __future__ import annotations

import base64
import copy
import random
from datetime import datetime

from identities import Credential, JsonObject, Role, guid, iso, stream

HOME_REGION = "eu-west-1"

# Services log at their own version of the record format, also within one session.
EVENT_VERSIONS = {"sts": "1.08", "sso": "1.08", "ec2": "1.10", "dynamodb": "1.10"}
GLOBAL_SERVICES = {"iam", "signin", "organizations"}
DATA_EVENTS = {
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
}
READ_ONLY_VERBS = (
    "AssumeRoleWith",
    "Decrypt",
    "Describe",
    "Filter",
    "GenerateDataKey",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Query",
)
# AWS writes these as changes, although their names begin like reads.
NOT_READ_ONLY = {"GetSessionToken", "GetFederationToken"}
TLS = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}
S3_DETAILS = {"SignatureVersion": "SigV4", "AuthenticationMethod": "AuthHeader"}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def long_date(when: datetime, comma: str = ",") -> str:
    """A time as IAM and STS responses write it, built by hand because %b and %p follow locales."""
    half = "AM" if when.hour < 12 else "PM"
    clock = f"{(when.hour + 11) % 12 + 1}:{when:%M:%S}"
    return f"{MONTHS[when.month - 1]} {when.day}, {when.year}{comma} {clock} {half}"


def session_token(label: str) -> str:
    """Text of a session token's length and alphabet which says, decoded, that it opens nothing."""
    noise = stream(f"token {label}").randbytes(150)
    return base64.b64encode(b"an invented session token that opens nothing: " + noise).decode()


def issued_credentials(key: str, expiration: datetime) -> JsonObject:
    """``responseElements.credentials``: all but the secret key, as CloudTrail logs it."""
    return {
        "accessKeyId": key,
        "sessionToken": session_token(f"{key} {iso(expiration)}"),
        "expiration": long_date(expiration),
    }


def sts_details(endpoint: str = "regional") -> JsonObject:
    """``additionalEventData`` of an STS call: the endpoint called and the Region that served it."""
    return {"RequestDetails": {"awsServingRegion": HOME_REGION, "endpointType": endpoint}}


def role_resource(role: Role) -> list[JsonObject]:
    """``resources`` of a call that concerns a role."""
    return [{"accountId": role.account_id, "type": "AWS::IAM::Role", "ARN": role.arn}]


class Trail:
    """An organisation trail: all records of all accounts, each in the account that received it."""

    def __init__(self) -> None:
        self.records: list[JsonObject] = []
        self.redelivered: list[JsonObject] = []
        self._draw: random.Random = stream("no story yet")

    def begin(self, story: str) -> None:
        """Start a story: its event ids follow from its name and not from what came before it."""
        self._draw = stream(f"story {story}")

    def new_id(self) -> str:
        """A fresh GUID for an event or a request."""
        return guid(self._draw)

    def write(
        self,
        user_identity: JsonObject,
        when: datetime,
        action: str,
        *,
        recipient: str,
        source_ip: str,
        user_agent: str,
        region: str = HOME_REGION,
        request: JsonObject | None = None,
        response: JsonObject | None = None,
        error: tuple[str, str] | None = None,
        additional: JsonObject | None = None,
        request_id: str | None = None,
        event_type: str = "AwsApiCall",
        read_only: bool | None = None,
        resources: list[JsonObject] | None = None,
        shared_event_id: str | None = None,
        service_event_details: JsonObject | None = None,
        tls: bool = True,
        from_console: bool = False,
    ) -> JsonObject:
        """Add one record; ``action`` is written as in a policy, such as ``s3:GetObject``."""
        service, event_name = action.split(":")
        if service in GLOBAL_SERVICES:
            region = "us-east-1"
        if read_only is None:
            read_only = event_name.startswith(READ_ONLY_VERBS) and event_name not in NOT_READ_ONLY
        is_data = action in DATA_EVENTS
        record: JsonObject = {
            "eventVersion": EVENT_VERSIONS.get(service, "1.11"),
            "userIdentity": copy.deepcopy(user_identity),
            "eventTime": iso(when),
            "eventSource": f"{service}.amazonaws.com",
            "eventName": event_name,
            "awsRegion": region,
            "sourceIPAddress": source_ip,
            "userAgent": user_agent,
        }
        if error:
            record["errorCode"], record["errorMessage"] = error
        record |= {"requestParameters": request, "responseElements": response}
        if service == "s3" and additional is None:
            additional = S3_DETAILS | {"bytesTransferredOut": self._draw.randrange(20000)}
        if additional:
            record["additionalEventData"] = additional
        if event_type != "AwsConsoleSignIn":
            record["requestID"] = request_id or self.new_id()
        record |= {"eventID": self.new_id(), "readOnly": read_only}
        if resources:
            record["resources"] = resources
        record |= {
            "eventType": event_type,
            "managementEvent": not is_data,
            "recipientAccountId": recipient,
        }
        if shared_event_id:
            record["sharedEventID"] = shared_event_id
        if service_event_details:
            record["serviceEventDetails"] = service_event_details
        record["eventCategory"] = "Data" if is_data else "Management"
        if tls:
            host = service if service in GLOBAL_SERVICES else f"{service}.{region}"
            record["tlsDetails"] = TLS | {"clientProvidedHostHeader": f"{host}.amazonaws.com"}
        if from_console:
            record["sessionCredentialFromConsole"] = "true"
        self.records.append(record)
        return record

    def call(
        self,
        credential: Credential,
        when: datetime,
        action: str,
        request: JsonObject | None = None,
        *,
        response: JsonObject | None = None,
        denied: str | None = None,
        on_behalf_of: JsonObject | None = None,
        region: str = HOME_REGION,
        additional: JsonObject | None = None,
        request_id: str | None = None,
        resources: list[JsonObject] | None = None,
        shared_event_id: str | None = None,
        user_agent: str | None = None,
    ) -> JsonObject:
        """A call signed with a credential, recorded in the credential's own account.

        ``denied`` names what access was refused to; the service then logs no parameters.
        """
        credential.uses += 1
        identity = credential.user_identity
        if on_behalf_of:
            identity = identity | {"onBehalfOf": on_behalf_of}
        error = None
        if denied is not None:
            message = (
                f"User: {identity['arn']} is not authorized to perform: {action} on resource: "
                f"{denied} because no identity-based policy allows the {action} action"
            )
            code = "Client.UnauthorizedOperation" if action.startswith("ec2:") else "AccessDenied"
            error, request = (code, message), None
        if additional is None and action.startswith("sts:"):
            additional = sts_details()
        # No TLS details where no outside client connected: the console, or a service (FAS).
        inside = credential.from_console or "invokedBy" in identity
        return self.write(
            identity,
            when,
            action,
            recipient=credential.account_id,
            source_ip=credential.source_ip,
            user_agent=user_agent or credential.user_agent,
            region=region,
            request=request,
            response=response,
            error=error,
            additional=additional,
            request_id=request_id,
            resources=resources,
            shared_event_id=shared_event_id,
            tls=not inside,
            from_console=credential.from_console,
        )

    def by_service(
        self,
        service: str,
        when: datetime,
        action: str,
        recipient: str,
        request: JsonObject | None = None,
        *,
        response: JsonObject | None = None,
        request_id: str | None = None,
        read_only: bool | None = None,
        resources: list[JsonObject] | None = None,
    ) -> JsonObject:
        """A call an AWS service makes for itself (``AWSService``)."""
        host = f"{service}.amazonaws.com"
        return self.write(
            {"type": "AWSService", "invokedBy": host},
            when,
            action,
            recipient=recipient,
            source_ip=host,
            user_agent=host,
            request=request,
            response=response,
            request_id=request_id,
            read_only=read_only,
            resources=resources,
            shared_event_id=self.new_id(),
            tls=False,
        )

    def service_event(self, when: datetime, action: str, recipient: str, details: JsonObject) -> JsonObject:
        """Something a service did unasked (``AwsServiceEvent``): its identity has no type."""
        host = f"{action.split(':')[0]}.amazonaws.com"
        return self.write(
            {"accountId": recipient, "invokedBy": host},
            when,
            action,
            recipient=recipient,
            source_ip=host,
            user_agent=host,
            event_type="AwsServiceEvent",
            service_event_details=details,
            tls=False,
        )

    def copy_to(self, account_id: str, record: JsonObject) -> JsonObject:
        """The copy of a call that another account receives: its caller is cut to account and id."""
        caller = record["userIdentity"]
        twin = copy.deepcopy(record)
        twin["userIdentity"] = {
            "type": "AWSAccount",
            "principalId": caller["principalId"],
            "accountId": caller["accountId"],
        }
        twin["eventID"] = self.new_id()
        twin["recipientAccountId"] = account_id
        # The flag is about the caller's session, of which the copy says nothing.
        twin.pop("sessionCredentialFromConsole", None)
        self.records.append(twin)
        return twin

    def redeliver(self, record: JsonObject) -> None:
        """Deliver a record a second time, unchanged, in another file."""
        self.redelivered.append(record)
