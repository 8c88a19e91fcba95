"""What translators of other forms share: members that may be anything, and why no record comes of them."""

from collections.abc import Mapping
from typing import Any

import msgspec

Event = Mapping[str, Any]
Members = dict[str, Any]


class NoRecordError(Exception):
    """Why no record can be had from an event: the reason of a reject, and the detail."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def encoded(record: Members) -> bytes:
    """The record as JSON. Raises NoRecordError."""
    try:
        return msgspec.json.encode(record)
    except (OverflowError, ValueError) as error:
        raise NoRecordError("invalid_json", f"what it says cannot be written as a record: {error}") from error


def object_at(value: Any, *path: str) -> Event:
    """The object at a path; an empty one if there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def present(members: Members) -> Members:
    """Without what is null or empty."""
    return {name: value for name, value in members.items() if value not in (None, "", {}, [])}


def with_principal(identity: Members) -> Members:
    """The identity of a role session with its principal id, if all that AWS makes it of is there."""
    role = object_at(identity, "sessionContext", "sessionIssuer").get("principalId")
    name = str(identity.get("arn")).rpartition("/")[2]
    if identity.get("type") == "AssumedRole" and "principalId" not in identity and role and name:
        return identity | {"principalId": f"{role}:{name}"}
    return identity
