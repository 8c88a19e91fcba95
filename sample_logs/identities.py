"""Who and what can sign a call: accounts, users, roles, people, and the credentials they hold.

Every id is drawn from its own label, so adding a story never changes the ids of another.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

JsonObject = dict[str, Any]

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def stream(label: str) -> random.Random:
    """Numbers that follow from the label alone: the same on every machine, on every run."""
    return random.Random(label)  # nothing here is a secret, and it must repeat


def at(day: int, time: str) -> datetime:
    """A moment of the sample week: May 2026, UTC."""
    return datetime.fromisoformat(f"2026-05-{day:02}T{time}+00:00").astimezone(UTC)


def after(when: datetime, **delta: float) -> datetime:
    """A later moment, such as ``after(issued, minutes=5)``."""
    return when + timedelta(**delta)


def iso(when: datetime) -> str:
    """A time as CloudTrail writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def owned_id(prefix: str, account_id: str, label: str, length: int) -> str:
    """An id as AWS mints them since 2019, when the owning account became part of it.

    Eight characters hold half the account number, the ninth says whether it was odd.
    """
    half = (16 << 35) + int(account_id) // 2
    account = "".join(BASE32[(half >> shift) & 31] for shift in range(35, -1, -5))
    draw = stream(f"{prefix} {account_id} {label}")
    parity = BASE32[draw.randrange(16) + 16 * (int(account_id) % 2)]
    rest = "".join(draw.choice(BASE32) for _ in range(length - 13))
    return f"{prefix}{account}{parity}{rest}"


def access_key_id(prefix: str, account_id: str, label: str) -> str:
    """An access key id: AKIA for a long-term key, ASIA for a temporary one."""
    return owned_id(prefix, account_id, label, 20)


def hex_id(label: str, digits: int) -> str:
    """So many hexadecimal digits, as in an instance id."""
    return f"{stream(label).getrandbits(4 * digits):0{digits}x}"


def guid(draw: random.Random) -> str:
    """A version 4 GUID, as in ``eventID``."""
    text = f"{draw.getrandbits(128):032x}"
    variant = "89ab"[draw.getrandbits(2)]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


@dataclass(frozen=True)
class User:
    """An IAM user."""

    account_id: str
    name: str
    source_ip: str
    user_agent: str

    @property
    def user_id(self) -> str:
        return owned_id("AIDA", self.account_id, self.name, 21)

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:user/{self.name}"

    def identity(self, key: str | None = None) -> JsonObject:
        """``userIdentity`` of this user; a sign-in record carries no key."""
        identity: JsonObject = {
            "type": "IAMUser",
            "principalId": self.user_id,
            "arn": self.arn,
            "accountId": self.account_id,
        }
        if key:
            identity["accessKeyId"] = key
        return identity | {"userName": self.name}

    def session_identity(self, key: str, issued: datetime, mfa: bool) -> JsonObject:
        """``userIdentity`` of this user behind a temporary key: console, FAS, GetSessionToken."""
        attributes = {"creationDate": iso(issued), "mfaAuthenticated": str(mfa).lower()}
        return self.identity(key) | {
            "sessionContext": {
                "sessionIssuer": {},
                "webIdFederationData": {},
                "attributes": attributes,
            }
        }

    def long_term(self, key: str | None = None) -> Credential:
        """This user's long-term access key."""
        key = key or access_key_id("AKIA", self.account_id, f"user {self.name}")
        return Credential(self.identity(key), self.source_ip, self.user_agent)


@dataclass(frozen=True)
class Role:
    """An IAM role. Its path is in its own ARN and missing from the ARNs of its sessions."""

    account_id: str
    name: str
    path: str = "/"

    @property
    def role_id(self) -> str:
        return owned_id("AROA", self.account_id, self.name, 21)

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:role{self.path}{self.name}"

    def assumed(self, session_name: str) -> JsonObject:
        """``assumedRoleUser`` of a session of this role."""
        return {
            "assumedRoleId": f"{self.role_id}:{session_name}",
            "arn": f"arn:aws:sts::{self.account_id}:assumed-role/{self.name}/{session_name}",
        }

    def bare_identity(self, session_name: str) -> JsonObject:
        """``userIdentity`` of a session on a sign-in record: no key, no context."""
        assumed = self.assumed(session_name)
        return {
            "type": "AssumedRole",
            "principalId": assumed["assumedRoleId"],
            "arn": assumed["arn"],
            "accountId": self.account_id,
        }

    def identity(
        self,
        session_name: str,
        key: str,
        issued: datetime,
        *,
        mfa: bool = False,
        context: JsonObject | None = None,
    ) -> JsonObject:
        """``userIdentity`` of a session; ``context`` adds to its ``sessionContext``."""
        return self.bare_identity(session_name) | {
            "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": self.role_id,
                    "arn": self.arn,
                    "accountId": self.account_id,
                    "userName": self.name,
                },
                "attributes": {
                    "creationDate": iso(issued),
                    "mfaAuthenticated": str(mfa).lower(),
                },
            }
            | (context or {}),
        }


@dataclass(frozen=True)
class Colleague:
    """Somebody who signs in through a corporate directory and has no IAM user."""

    email: str
    source_ip: str
    user_agent: str

    @property
    def directory_id(self) -> str:
        return guid(stream(f"directory {self.email}"))


@dataclass
class Credential:
    """One access key together with the identity CloudTrail shows for it."""

    user_identity: JsonObject
    source_ip: str
    user_agent: str
    from_console: bool = False
    uses: int = 0  # distinct events it signed, for answers.json

    @property
    def access_key_id(self) -> str:
        return str(self.user_identity["accessKeyId"])

    @property
    def account_id(self) -> str:
        return str(self.user_identity["accountId"])

    @property
    def session_context(self) -> JsonObject:
        context: JsonObject = self.user_identity.get("sessionContext", {})
        return context

    @property
    def mfa(self) -> bool:
        return bool(self.session_context.get("attributes", {}).get("mfaAuthenticated") == "true")
