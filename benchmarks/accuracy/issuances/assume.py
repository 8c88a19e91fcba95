"""The records of STS that several stories share: AssumeRole by a principal, by a service, by federation."""

from __future__ import annotations

from typing import Any

from ..calls import NULL, raw
from ..clock import HOUR, expiration
from ..credentials import Credential, Evidence, Origin
from ..identities import foreign_identity, role_identity
from ..ids import guid, hexadecimal, token
from ..organisation import Account, Json, Role
from ..simulation import OMITTED, World

RETRIES = 0.05
TRUNCATED = 0.002
STS = "sts.amazonaws.com"


def issued(world: World, key: str, end: int, session: Json | None = None) -> Json:
    """The response that hands out a key; the secret is never logged."""
    credentials = {
        "accessKeyId": key,
        "sessionToken": token(world.rng),
        "expiration": expiration(end, world.chance(0.9)),
    }
    return {"credentials": credentials, **(session or {})}


def assumed_role_user(role: Role, name: str) -> Json:
    return {"assumedRoleUser": {"assumedRoleId": f"{role.id}:{name}", "arn": role.session_arn(name)}}


def sts_region(world: World, near: str) -> tuple[str, Json]:
    """The global endpoint is logged in us-east-1, wherever it answers (T05)."""
    if world.chance(0.3):
        return "us-east-1", {"RequestDetails": {"endpointType": "global", "awsServingRegion": near}}
    return near, {"RequestDetails": {"endpointType": "regional", "awsServingRegion": near}}


def session_name(world: World, caller: Credential) -> str:
    """What a caller types; some type what looks like somebody else (T09, T10)."""
    rng = world.rng
    draw = rng.random()
    if draw < 0.10:
        return str(
            world.pick(
                world.pick(*world.organisation.people).user_name,
                f"i-0{hexadecimal(rng, 16)}",
                f"AWSLF-00-GL-{caller.account}-{hexadecimal(rng, 10)}",
                "GitHubActions",
                "CognitoIdentityCredentials",
                "orders-api",
            )
        )
    if draw < 0.35:
        return str(caller.identity.get("userName") or "deploy")
    if draw < 0.65:
        return f"botocore-session-{rng.randrange(10**10)}"
    return f"{world.pick('ci', 'tf', 'ops', 'job')}-{rng.randrange(10**6)}"


def assume(
    world: World,
    caller: Credential,
    role: Role,
    name: str,
    start: int,
    seconds: int = HOUR,
    *,
    kind: str = "assume_role",
    source_identity: str = "",
    request: Json | None = None,
    response: Json | None = None,
    used_key: bool = True,
    twice: bool | None = None,
    more: Json | None = None,
    context: Json | None = None,
    **credential: Any,
) -> Credential:
    """A principal assumes a role; two accounts record it if the role is another account's."""
    rng = world.rng
    if caller.identity["type"] == "AssumedRole":
        seconds = min(seconds, HOUR)  # role chaining
    source_identity = caller.source_identity or source_identity
    sticky: Json = {"sourceIdentity": source_identity} if source_identity else {}
    region, details = sts_region(world, caller.region)
    repeats = world.chance(RETRIES) if twice is None else twice
    truncated = world.chance(TRUNCATED)
    face = caller.faces[int(rng.random() * len(caller.faces))]
    asked: Json = {"roleArn": role.arn, "roleSessionName": name, **(request or {})}
    if seconds != HOUR:
        asked["durationSeconds"] = seconds
    if source_identity and not caller.source_identity:
        asked["sourceIdentity"] = source_identity
    evidence: list[Evidence] = []
    key = ""
    # SDKs retry within the second: two keys of one session name, one of which is used (T06).
    for _ in range(1 + repeats):
        key = world.key(role.account)
        answer = issued(world, key, start + seconds, assumed_role_user(role, name))
        answer |= sticky | (response or {})
        common: Json = {
            "region": region,
            "request": asked,
            "response": OMITTED if truncated else answer,
            "read_only": True,
            "request_id": guid(rng),
            "ip": credential.get("call_ip", ""),
            "agent": credential.get("call_agent", ""),
        }
        cross = role.account.id != caller.account
        shared: Json = {"sharedEventID": guid(rng)} if cross else {}
        extra = {"additionalEventData": details, **shared, **(more or {})}
        resource = {"accountId": role.account.id, "type": "AWS::IAM::Role", "ARN": role.arn}
        extra["resources"] = [resource]
        gone = world.record(caller, start, STS, "AssumeRole", identity=face.plain, more=extra, **common)
        found = [Evidence(gone)]
        if cross:
            gone = world.record(
                caller, start, STS, "AssumeRole",
                account=role.account.id, identity=raw(foreign_identity(caller.identity)),
                more=extra, view="issuance_copy", lost=gone, **common,
            )  # fmt: skip
            found.append(Evidence(gone, copy=True))
        evidence = found
    for name_of in ("call_ip", "call_agent"):
        credential.pop(name_of, None)
    identity = role_identity(
        role,
        name,
        key if used_key else world.key(role.account),
        world.created(start),
        sticky | (context or {}),
    )
    credential.setdefault("ip", caller.ip)
    return world.credential(
        kind,
        caller.origin,
        identity,
        role.account,
        start=start,
        end=start + seconds,
        parent=caller,
        hops=caller.hops + 1,
        evidence=evidence,
        source_identity=source_identity,
        shown=key,
        **credential,
    )


def denied(world: World, caller: Credential, role: Role, second: int) -> None:
    """A refused AssumeRole: recorded for the caller's account only, without a response."""
    name = session_name(world, caller)
    asked = {"roleArn": role.arn, "roleSessionName": name}
    message = (
        f"User: {caller.identity.get('arn', caller.principal)} is not authorized to perform: "
        f"sts:AssumeRole on resource: {role.arn}"
    )
    world.record(
        caller, second, STS, "AssumeRole",
        request=asked if world.chance(0.5) else NULL, read_only=True,
        more={"errorCode": "AccessDenied", "errorMessage": message},
    )  # fmt: skip


def assume_by_service(
    world: World,
    host: str,
    role: Role,
    name: str,
    start: int,
    seconds: int,
    *,
    kind: str,
    origin: Origin,
    session_in_response: bool,
    request: Json | None = None,
    region: str = "",
    logged: bool = True,
    repeats: int = 1,
    request_id: str = "",
    context: Json | None = None,
    used_key: bool = True,
    **credential: Any,
) -> Credential:
    """An AWS service assumes a role for a workload or a job of the role's account."""
    service = world.service(host, role.account)
    region = region or role.account.regions[0]
    evidence: list[Evidence] = []
    key = ""
    for _ in range(repeats):
        key = world.key(role.account)
        session = assumed_role_user(role, name) if session_in_response else None
        if logged:
            gone = world.record(
                service, start, STS, "AssumeRole",
                account=role.account.id, region=region,
                request={"roleArn": role.arn, "roleSessionName": name, **(request or {})},
                response=issued(world, key, start + seconds, session),
                read_only=True, request_id=request_id or guid(world.rng), tls=False,
                more={
                    "sharedEventID": guid(world.rng),
                    "resources": [{"accountId": role.account.id, "type": "AWS::IAM::Role", "ARN": role.arn}],
                },
            )  # fmt: skip
            evidence = [Evidence(gone)]
    more_identity = credential.pop("identity_more", {})
    used = key if used_key else world.key(role.account)
    identity = role_identity(role, name, used, world.created(start), context) | more_identity
    return world.credential(
        kind, origin, identity, role.account,
        start=start, end=start + seconds, region=region, hops=1, evidence=evidence, shown=key,
        **credential,
    )  # fmt: skip


def assume_with_token(
    world: World,
    call: str,
    caller: Credential,
    role: Role,
    name: str,
    start: int,
    seconds: int,
    *,
    kind: str,
    request: Json,
    response: Json,
    key: str = "",
    region: str = "",
    context: Json | None = None,
    source_identity: str = "",
    **credential: Any,
) -> Credential:
    """AssumeRoleWithSAML or …WithWebIdentity: no AWS caller, recorded in the role's account only."""
    near = region or role.account.regions[0]
    region, details = (region, {}) if region else sts_region(world, near)
    key = key or world.key(role.account)
    sticky: Json = {"sourceIdentity": source_identity} if source_identity else {}
    answer = issued(world, key, start + seconds, assumed_role_user(role, name)) | response | sticky
    used_key = credential.pop("used_key", True)
    gone = world.record(
        caller, start, STS, call,
        account=role.account.id, region=region, read_only=True, response=answer,
        request={"roleArn": role.arn, "roleSessionName": name, "durationSeconds": seconds, **request},
        more={
            "additionalEventData": details,
            "resources": [{"accountId": role.account.id, "type": "AWS::IAM::Role", "ARN": role.arn}],
        },
    )  # fmt: skip
    identity = role_identity(
        role,
        name,
        key if used_key else world.key(role.account),
        world.created(start),
        sticky | (context or {}),
    )
    credential.setdefault("ip", caller.ip)
    return world.credential(
        kind, caller.origin, identity, role.account,
        start=start, end=start + seconds, region=near, parent=caller, hops=1, evidence=[Evidence(gone)],
        source_identity=source_identity, shown=key, **credential,
    )  # fmt: skip


def role_of(world: World, account: Account) -> Role:
    return account.roles[int(world.rng.random() * len(account.roles))]
