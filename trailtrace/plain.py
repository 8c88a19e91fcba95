"""Tells whether a trail file is plain: nothing but records whose members all have columns.

Such a file needs one parse in SQL; any other is read record by record, so that what has no column
is preserved and what is odd is judged.
"""

import re
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw, Struct


class _Member(Struct, gc=False, forbid_unknown_fields=True):
    pass


class _Issuer(_Member):
    type: Raw = Raw()
    principalId: Raw = Raw()
    arn: Raw = Raw()
    accountId: Raw = Raw()
    userName: Raw = Raw()


class _Attributes(_Member):
    creationDate: Raw = Raw()
    mfaAuthenticated: Raw = Raw()
    sessionCredentialFromConsole: Raw = Raw()


class _Empty(_Member):
    pass


class _FederationData(_Member):
    federatedProvider: Raw = Raw()
    attributes: _Empty | None = None


class _SessionContext(_Member):
    sessionIssuer: _Issuer | None = None
    webIdFederationData: _FederationData | None = None
    attributes: _Attributes | None = None
    sourceIdentity: Raw = Raw()
    ec2RoleDelivery: Raw = Raw()
    assumedRoot: Raw = Raw()
    signInSessionArn: Raw = Raw()


class _OnBehalfOf(_Member):
    userId: Raw = Raw()
    identityStoreArn: Raw = Raw()


class _Delegate(_Member):
    accountId: Raw = Raw()


class _InScopeOf(_Member):
    sourceArn: Raw = Raw()
    sourceAccount: Raw = Raw()
    issuerType: Raw = Raw()
    credentialsIssuedTo: Raw = Raw()


class _UserIdentity(_Member):
    type: Raw = Raw()
    principalId: Raw = Raw()
    arn: Raw = Raw()
    accountId: Raw = Raw()
    accessKeyId: Raw = Raw()
    userName: Raw = Raw()
    sessionContext: _SessionContext | None = None
    invokedBy: Raw = Raw()
    identityProvider: Raw = Raw()
    onBehalfOf: _OnBehalfOf | None = None
    credentialId: Raw = Raw()
    inScopeOf: _InScopeOf | None = None
    invokedByDelegate: _Delegate | None = None


class _Record(_Member, kw_only=True):
    # In CloudTrail's own order: msgspec finds the next member first where it expects it.
    eventVersion: Raw = Raw()
    userIdentity: _UserIdentity | None = None
    eventTime: datetime
    eventSource: Raw = Raw()
    eventName: Annotated[str, Meta(min_length=1)]
    awsRegion: Raw = Raw()
    sourceIPAddress: Raw = Raw()
    userAgent: Raw = Raw()
    errorCode: Raw = Raw()
    errorMessage: Raw = Raw()
    requestParameters: Raw = Raw()
    responseElements: Raw = Raw()
    additionalEventData: Raw = Raw()
    requestID: Raw = Raw()
    eventID: Raw = Raw()
    readOnly: bool | str | None = None
    resources: Raw = Raw()
    eventType: (
        Literal[
            "AwsApiCall",
            "AwsServiceEvent",
            "AwsConsoleAction",
            "AwsConsoleSignIn",
            "AwsConsoleSignin",
            "AwsVpceEvent",
            "AwsVpceEvents",
        ]
        | None
    ) = None
    apiVersion: Raw = Raw()
    managementEvent: bool | str | None = None
    recipientAccountId: Raw = Raw()
    sharedEventID: Raw = Raw()
    serviceEventDetails: Raw = Raw()
    vpcEndpointId: Raw = Raw()
    vpcEndpointAccountId: Raw = Raw()
    eventCategory: Literal["Management", "Data", "NetworkActivity"] | None = None
    addendum: Raw = Raw()
    tlsDetails: Raw = Raw()
    sessionCredentialFromConsole: Raw = Raw()


_RECORDS = msgspec.json.Decoder(list[_Record])
_OPENING = re.compile(rb'\s*\{\s*"Records"\s*:\s*(?=\[)')
_CLOSING = re.compile(rb"\}\s*$")


def plain_records(data: bytes) -> int:
    """How many records `{"Records":[…]}` holds if it is plain, else 0.

    Plain: valid JSON, one member, and records that have a name, a time and only members with a
    column. The array is decoded by itself, so a second "Records" member cannot hide behind it.
    """
    opening = _OPENING.match(data)
    closing = _CLOSING.search(data, max(len(data) - 64, 0))
    if opening is None or closing is None:
        return 0
    try:
        if not data.isascii():
            data.decode()
        return len(_RECORDS.decode(memoryview(data)[opening.end() : closing.start()]))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return 0
