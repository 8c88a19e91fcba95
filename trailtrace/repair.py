"""A second look at a record that is JSON but not an event as it stands.

Pipelines change the case of keys and store objects as text (trap T29): that is undone for known
keys only. What then still is no event is rejected with its reason.
"""

import json
from typing import Any

import msgspec

# fmt: off
_KNOWN = [
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
    "sourceIPAddress", "userAgent", "errorCode", "errorMessage", "requestParameters",
    "responseElements", "additionalEventData", "requestID", "eventID", "readOnly", "resources",
    "apiVersion", "eventType", "recipientAccountId", "sharedEventID", "vpcEndpointId",
    "vpcEndpointAccountId", "managementEvent", "eventCategory", "addendum",
    "sessionCredentialFromConsole", "tlsDetails", "serviceEventDetails", "edgeDeviceDetails",
    "type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy",
    "identityProvider", "credentialId", "onBehalfOf", "userId", "identityStoreArn",
    "invokedByDelegate", "inScopeOf", "sourceArn", "sourceAccount", "issuerType",
    "credentialsIssuedTo", "sessionContext", "sessionIssuer", "attributes", "creationDate",
    "mfaAuthenticated", "webIdFederationData", "federatedProvider", "sourceIdentity",
    "ec2RoleDelivery", "assumedRoot", "signInSessionArn", "credentials", "assumedRoleUser",
    "assumedRoleId", "federatedUser", "federatedUserId", "expiration", "sessionToken", "roleArn",
    "roleSessionName", "durationSeconds", "policy", "policyArns", "subject", "issuer", "audience",
    "provider", "subjectFromWebIdentityToken", "packedPolicySize", "consoleLogin",
    "translatedFrom",
]
# fmt: on

_SPELLING = {name.lower(): name for name in _KNOWN} | {"consolelogin": "ConsoleLogin"}
_RESOURCE_SPELLING = _SPELLING | {"arn": "ARN", "arnprefix": "ARNPrefix"}
_OBJECTS = ("userIdentity", "requestParameters", "responseElements", "additionalEventData")
_IDENTITY_OBJECTS = ("sessionContext", "onBehalfOf", "inScopeOf", "invokedByDelegate")
_SESSION_OBJECTS = ("attributes", "sessionIssuer", "webIdFederationData")


def json_error(raw: bytes) -> str:
    """What keeps a record from being JSON."""
    try:
        msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        return f"not valid JSON: {error}"
    return "not valid JSON"


def repair(raw: bytes) -> bytes | None:
    """The record with known keys in CloudTrail's spelling, or None if nothing could be mended."""
    try:
        record = json.loads(raw)
        if not isinstance(record, dict):
            return None
        # A service's own parameters may differ from known keys in case alone: if the record's keys
        # are spelled right, so are they.
        odd = any(_SPELLING.get(key.lower(), key) != key for key in record)
        spelling = _SPELLING if odd else {}
        mended = _respell(record, spelling)
        _open(mended, _OBJECTS, spelling)
        if isinstance(identity := mended.get("userIdentity"), dict):
            _open(identity, _IDENTITY_OBJECTS, spelling)
            if isinstance(context := identity.get("sessionContext"), dict):
                _open(context, _SESSION_OBJECTS, spelling)
        if mended == record:
            return None
        return json.dumps(mended, ensure_ascii=False).encode()
    except (ValueError, RecursionError, UnicodeEncodeError):
        return None


def _open(parent: dict[str, Any], names: tuple[str, ...], spelling: dict[str, str]) -> None:
    """Replaces members that hold an object as text by that object."""
    for name in names:
        if isinstance(parent.get(name), str):
            parent[name] = _respell(_parsed(parent[name]), spelling)


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, dict) else text


def _respell(value: Any, spelling: dict[str, str]) -> Any:
    if isinstance(value, dict):
        spelled = {}
        for key, member in value.items():
            name = spelling.get(key.lower(), key)
            below = _RESOURCE_SPELLING if spelling and name == "resources" else spelling
            # The exact spelling wins over a variant of it; the variant stays as it is.
            spelled[name if name == key or name not in value else key] = _respell(member, below)
        return spelled
    if isinstance(value, list):
        return [_respell(element, spelling) for element in value]
    return value
