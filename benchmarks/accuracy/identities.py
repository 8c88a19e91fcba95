"""Who a record says its caller was."""

from __future__ import annotations

from .clock import timestamp
from .credentials import Origin
from .organisation import Json, Role, User


def user_origin(user: User) -> Origin:
    return Origin(
        "iam_user",
        user.id,
        # An account that sees only a copy knows the user by account and unique id; a SwitchRole by ARN.
        (f"{user.account.id}#{user.id}", user.arn, f"{user.account.id}#{user.arn}"),
    )


def user_identity(user: User, key: str = "") -> Json:
    return {
        "type": "IAMUser",
        "principalId": user.id,
        "arn": user.arn,
        "accountId": user.account.id,
        "accessKeyId": key or user.key,
        "userName": user.name,
    }


def role_identity(role: Role, name: str, key: str, created: int, more: Json | None = None) -> Json:
    """`more` goes into the session context."""
    return {
        "type": "AssumedRole",
        "principalId": f"{role.id}:{name}",
        "arn": role.session_arn(name),
        "accountId": role.account.id,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": role.issuer(),
            "attributes": {"creationDate": timestamp(created), "mfaAuthenticated": "false"},
            **(more or {}),
        },
    }


def foreign_identity(identity: Json) -> Json:
    """What another account gets to see of a caller."""
    return {
        "type": "AWSAccount",
        "principalId": identity["principalId"],
        "accountId": identity["accountId"],
    }
