"""Which credentials of a scope can still be alive, and the AWS CLI commands that would end them.

Nothing is run. Names come from logs, which attackers write: a command is made only of names that AWS
would accept, and quoting is left to the renderer.
"""

import json
import re
from datetime import datetime, timedelta

from trailtrace.investigate.missing import LOOK_BACK, USER_LOOK_BACK, account_of_arn
from trailtrace.investigate.tree import Node
from trailtrace.scope import Revocation, Session, SessionKind

POLICY_NAME = "AWSRevokeOlderSessions"
"""The name that the IAM console gives the same policy."""

_UNSTATED = ("console_login", "switch_role", "signin_token", "oauth2_token", "lake_formation")
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_KEY = re.compile(r"AKIA[A-Z0-9]{16}")
_ROLE = re.compile(r"arn:aws[a-z-]*:(?:iam::\d{12}:role/(?:.*/)?([^/]+)|sts::\d{12}:assumed-role/([^/]+)/.*)")
_USER = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:user/(?:.*/)?([^/]+)")


def life_of(node: Node, kind: SessionKind) -> tuple[datetime | None, bool]:
    """When a node's credentials end at the latest, and whether a record states it."""
    if kind is SessionKind.LONG_TERM_KEY:
        return None, False
    if kind is SessionKind.SIGN_IN:
        return _ends(max(use["last_seen"] for use in node.uses), LOOK_BACK), False
    ends = [call["expiration"] for call in node.calls]
    if ends:
        return max(ends), all(call["issuance_kind"] not in _UNSTATED for call in node.calls)
    begins = [use["creation_date"] or use["first_seen"] for use in node.uses]
    known = [begin for begin in begins if begin is not None]
    is_role = any(use["user_identity_type"] == "AssumedRole" for use in node.uses)
    return _ends(max(known, default=None), LOOK_BACK if is_role else USER_LOOK_BACK), False


def _ends(begins: datetime | None, life: timedelta) -> datetime | None:
    return None if begins is None else begins + life


def revocations(sessions: list[Session], now: datetime) -> list[Revocation]:
    """Commands that would end what is alive: long-term keys first, then users, then roles."""
    alive = [session for session in sessions if session.alive]
    found = [_key_of(session) for session in alive if session.kind is SessionKind.LONG_TERM_KEY]
    found += _made_keys(sessions)
    sessions_of = (SessionKind.SESSION, SessionKind.SIGN_IN)
    found += [_session(session, now) for session in alive if session.kind in sessions_of]
    # One policy ends all sessions of its user or role.
    unique: dict[object, Revocation] = {}
    for revocation in found:
        unique.setdefault((revocation.account_id, tuple(revocation.command or [revocation.text])), revocation)
    return sorted(unique.values(), key=lambda revocation: revocation.command is None)


def _key_of(session: Session) -> Revocation:
    [key] = session.access_key_ids[:1]
    user = _user(session.arn)
    if user is None:
        text = f"the key {key} of {session.arn or session.principal_id}: only its owner can delete it"
        return Revocation(session.account_id, text, None)
    return _deactivation(session.account_id, f"long-term key of {user}", user, key)


def _made_keys(sessions: list[Session]) -> list[Revocation]:
    found = []
    for session in sessions:
        for grant in session.grants:
            key = grant.access_key_id
            if grant.event_name != "CreateAccessKey" or key is None:
                continue
            if grant.key_state in ("deleted", "inactive") or not grant.named:
                continue
            text = f"long-term key made by {session.arn or session.principal_id}"
            found.append(_deactivation(grant.account_id, text, grant.named[0], key))
    return found


def _deactivation(account: str | None, text: str, user: str, key: str) -> Revocation:
    if not _NAME.fullmatch(user) or not _KEY.fullmatch(key):
        return Revocation(account, f"{text}: {key} of {user} cannot be names of AWS: no command", None)
    command = [
        *("aws", "iam", "update-access-key", f"--user-name={user}"),
        *(f"--access-key-id={key}", "--status=Inactive"),
    ]
    return Revocation(account, text, command)


def _session(session: Session, now: datetime) -> Revocation:
    account = session.account_id
    role = _ROLE.fullmatch(session.role_arn or session.arn or "")
    user = _user(session.arn) or _user(session.issued.caller_arn if session.issued else None)
    if role is not None:
        name = role[1] or role[2]
        if name.startswith("AWSReservedSSO_"):
            text = (
                f"{name} belongs to IAM Identity Center and cannot be changed: end the person's sessions"
                " there, and deny older sessions in the permission set"
            )
            return Revocation(account, text, None)
        if name.startswith("AWSServiceRoleFor"):
            return Revocation(account, f"{name} is a service's own role and cannot be changed", None)
        return _older_sessions(account_of_arn(session.role_arn or session.arn), "role", name, now)
    if user is not None:
        return _older_sessions(account, "user", user, now)
    text = f"no policy ends the session of {session.arn or session.principal_id or 'unknown'}"
    return Revocation(account, text, None)


def _older_sessions(account: str | None, owner: str, name: str, now: datetime) -> Revocation:
    if not _NAME.fullmatch(name):
        return Revocation(account, f"{name} cannot be the name of a {owner}: no command", None)
    condition = {"DateLessThan": {"aws:TokenIssueTime": f"{now:%Y-%m-%dT%H:%M:%SZ}"}}
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
    text = f"all sessions of the {owner} {name} begun before {now:%Y-%m-%d %H:%M:%SZ}, not only these"
    command = [
        *("aws", "iam", f"put-{owner}-policy", f"--{owner}-name={name}"),
        *(f"--policy-name={POLICY_NAME}", f"--policy-document={policy}"),
    ]
    return Revocation(account, text, command)


def _user(arn: str | None) -> str | None:
    found = _USER.fullmatch(arn or "")
    return found[1] if found else None
