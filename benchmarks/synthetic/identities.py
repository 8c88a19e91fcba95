"""Who a record says its caller was, and what STS answers when it hands out a session."""

from __future__ import annotations

from base64 import b64encode
from random import Random
from typing import Any

from synthetic.clock import expiration, timestamp
from synthetic.organisation import Role, User, minted

Json = dict[str, Any]


def user_identity(user: User, key: str = "") -> Json:
    return {
        "type": "IAMUser",
        "principalId": user.unique_id,
        "arn": user.arn,
        "accountId": user.account,
        "accessKeyId": key or user.key,
        "userName": user.name,
    }


def session_identity(role: Role, session: str, key: str, start: int, extra: Json) -> Json:
    attributes = {"creationDate": timestamp(start), "mfaAuthenticated": "false"}
    return {
        "type": "AssumedRole",
        "principalId": f"{role.unique_id}:{session}",
        "arn": role.session_arn(session),
        "accountId": role.account,
        "accessKeyId": key,
        "sessionContext": {"sessionIssuer": role.issuer(), "attributes": attributes} | extra,
    }


def foreign(identity: Json) -> Json:
    """What the role's account gets to see of a caller from another account."""
    return {
        "type": "AWSAccount",
        "principalId": identity["principalId"],
        "accountId": identity["accountId"],
    }


def forwarded(rng: Random, identity: Json) -> Json:
    """The same session in the hands of a service: a fresh key that no event issued."""
    key = minted(rng, "ASIA", identity["accountId"])
    return identity | {"accessKeyId": key, "invokedBy": "secretsmanager.amazonaws.com"}


def issued(rng: Random, role: Role, session: str, end: int) -> tuple[str, Json]:
    """The new key, and the response that hands it out."""
    key = minted(rng, "ASIA", role.account)
    token = b64encode(rng.randbytes(510)).decode()
    return key, {
        "credentials": {
            "accessKeyId": key,
            "sessionToken": f"IQoJ{token}",
            "expiration": expiration(end),
        },
        "assumedRoleUser": {
            "assumedRoleId": f"{role.unique_id}:{session}",
            "arn": role.session_arn(session),
        },
    }
