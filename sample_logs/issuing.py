"""Calls inside AWS that issue credentials: each writes its record(s), returns the credential."""

from __future__ import annotations

from datetime import datetime, timedelta

from identities import (
    Credential,
    JsonObject,
    Role,
    User,
    access_key_id,
    after,
    iso,
)
from organisation import ACCOUNTS
from records import HOME_REGION, Trail, issued_credentials, long_date, role_resource, sts_details

# Time a service's credentials live, as seen in practice.
EC2_LIFETIME = timedelta(hours=6, minutes=35)
LAMBDA_LIFETIME = timedelta(hours=12)


def temporary_key(account_id: str, *parts: str) -> str:
    """The key a call issues; it belongs to the account in which it will be used."""
    return access_key_id("ASIA", account_id, " ".join(parts))


def assume_role(
    trail: Trail,
    caller: Credential,
    when: datetime,
    role: Role,
    session_name: str,
    *,
    duration: int = 3600,
    source_identity: str | None = None,
    limits: JsonObject | None = None,
    key: str | None = None,
    user_agent: str | None = None,
    global_endpoint: bool = False,
) -> Credential:
    """``AssumeRole``; when the role is in another account, both accounts get a copy.

    ``limits`` are session policies (``policy``, ``policyArns``). A source identity, once set, is
    carried along without being asked for again.
    """
    key = key or temporary_key(role.account_id, role.arn, session_name, iso(when))
    request: JsonObject = {"roleArn": role.arn, "roleSessionName": session_name}
    if duration != 3600:
        request["durationSeconds"] = duration
    if source_identity:
        request["sourceIdentity"] = source_identity
    request |= limits or {}
    response: JsonObject = {
        "credentials": issued_credentials(key, after(when, seconds=duration)),
        "assumedRoleUser": role.assumed(session_name),
    }
    if limits:
        response["packedPolicySize"] = 9
    carried = source_identity or caller.session_context.get("sourceIdentity")
    if carried:
        response["sourceIdentity"] = carried
    crosses = role.account_id != caller.account_id
    record = trail.call(
        caller,
        when,
        "sts:AssumeRole",
        request,
        response=response,
        region="us-east-1" if global_endpoint else HOME_REGION,
        additional=sts_details("global") if global_endpoint else None,
        resources=role_resource(role),
        shared_event_id=trail.new_id() if crosses else None,
        user_agent=user_agent,
    )
    record["readOnly"] = True
    if crosses and role.account_id in ACCOUNTS:
        trail.copy_to(role.account_id, record)
    context = {"sourceIdentity": carried} if carried else None
    identity = role.identity(session_name, key, when, mfa=caller.mfa, context=context)
    return Credential(identity, caller.source_ip, user_agent or caller.user_agent)


def denied_assume_role(trail: Trail, caller: Credential, when: datetime, role: Role) -> None:
    """A refused ``AssumeRole``: only the caller's account hears of it, and the message is all."""
    trail.call(caller, when, "sts:AssumeRole", denied=role.arn)["readOnly"] = True


def service_assume_role(
    trail: Trail,
    service: str,
    when: datetime,
    role: Role,
    session_name: str,
    *,
    lifetime: timedelta,
    names_session: bool,
    request_id: str | None = None,
    serial: str = "",
) -> str:
    """``AssumeRole`` by an AWS service; returns the issued key.

    EC2 and Lambda leave ``assumedRoleUser`` out of the response, service-linked roles do not.
    """
    key = temporary_key(role.account_id, role.arn, session_name, iso(when), serial)
    response: JsonObject = {"credentials": issued_credentials(key, when + lifetime)}
    if names_session:
        response["assumedRoleUser"] = role.assumed(session_name)
    trail.by_service(
        service,
        when,
        "sts:AssumeRole",
        role.account_id,
        {"roleArn": role.arn, "roleSessionName": session_name},
        response=response,
        request_id=request_id,
        resources=role_resource(role),
        read_only=True,
    )
    return key


def service_session(trail: Trail, service: str, when: datetime, role: Role, session_name: str) -> Credential:
    """A session a service takes for work of its own: the service is the origin."""
    key = service_assume_role(
        trail, service, when, role, session_name, lifetime=timedelta(hours=1), names_session=True
    )
    host = f"{service}.amazonaws.com"
    identity = role.identity(session_name, key, when) | {"invokedBy": host}
    return Credential(identity, host, host)


def service_linked_session(
    trail: Trail, service: str, when: datetime, role: Role, session_name: str
) -> Credential:
    """As above through a service-linked role, whose calls are recorded without a key."""
    session = service_session(trail, service, when, role, session_name)
    del session.user_identity["accessKeyId"]
    return session


def instance_session(
    trail: Trail,
    when: datetime,
    role: Role,
    instance_id: str,
    source_ip: str,
    *,
    request_id: str | None = None,
    serial: str = "",
) -> Credential:
    """Credentials EC2 delivers to an instance through its metadata service (IMDSv2)."""
    key = service_assume_role(
        trail,
        "ec2",
        when,
        role,
        instance_id,
        lifetime=EC2_LIFETIME,
        names_session=False,
        request_id=request_id,
        serial=serial,
    )
    context = {"ec2RoleDelivery": "2.0"}
    arn = f"arn:aws:ec2:{HOME_REGION}:{role.account_id}:instance/{instance_id}"
    identity = role.identity(instance_id, key, when, context=context)
    identity["inScopeOf"] = {"issuerType": "AWS::EC2::Instance", "credentialsIssuedTo": arn}
    return Credential(identity, source_ip, "Boto3/1.40.9 ua/2.1 os/linux#6.8.0 exec-env/EC2")


def function_arn(role: Role, function: str) -> str:
    """The ARN of a function that lives beside its execution role."""
    return f"arn:aws:lambda:{HOME_REGION}:{role.account_id}:function:{function}"


def function_session(trail: Trail, when: datetime, role: Role, function: str) -> Credential:
    """Credentials Lambda hands to a running function."""
    key = service_assume_role(
        trail, "lambda", when, role, function, lifetime=LAMBDA_LIFETIME, names_session=False
    )
    arn = function_arn(role, function)
    identity = role.identity(function, key, when)
    identity["inScopeOf"] = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": arn}
    agent = f"Boto3/1.40.9 ua/2.1 os/linux exec-env/AWS_Lambda_python3.13 {function}"
    return Credential(identity, "192.0.2.130", agent)


def get_session_token(trail: Trail, user: User, base: Credential, when: datetime) -> Credential:
    """``GetSessionToken`` with MFA: the session stays the user, under a temporary key."""
    key = temporary_key(user.account_id, user.arn, "session", iso(when))
    trail.call(
        base,
        when,
        "sts:GetSessionToken",
        {
            "durationSeconds": 43200,
            "serialNumber": f"arn:aws:iam::{user.account_id}:mfa/{user.name}",
        },
        response={"credentials": issued_credentials(key, after(when, hours=12))},
    )
    return Credential(user.session_identity(key, when, mfa=True), base.source_ip, base.user_agent)


def get_federation_token(
    trail: Trail, user: User, base: Credential, when: datetime, name: str, policy: str
) -> Credential:
    """``GetFederationToken``: a federated user whose session issuer is the calling user."""
    account = user.account_id
    key = temporary_key(account, user.arn, name, iso(when))
    federated = {
        "federatedUserId": f"{account}:{name}",
        "arn": f"arn:aws:sts::{account}:federated-user/{name}",
    }
    trail.call(
        base,
        when,
        "sts:GetFederationToken",
        {"name": name, "durationSeconds": 7200, "policy": policy},
        response={
            "credentials": issued_credentials(key, after(when, hours=2)),
            "federatedUser": federated,
            "packedPolicySize": 5,
        },
    )
    issuer = {
        "type": "IAMUser",
        "principalId": user.user_id,
        "arn": user.arn,
        "accountId": account,
        "userName": user.name,
    }
    identity: JsonObject = {
        "type": "FederatedUser",
        "principalId": federated["federatedUserId"],
        "arn": federated["arn"],
        "accountId": account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": issuer,
            "attributes": {"creationDate": iso(when), "mfaAuthenticated": "false"},
        },
    }
    return Credential(identity, base.source_ip, base.user_agent)


def assume_root(
    trail: Trail, caller: Credential, when: datetime, target_account: str, task: str
) -> Credential:
    """``AssumeRoot``: fifteen minutes as the root user of a member account, for one task."""
    key = temporary_key(target_account, "root", task, iso(when))
    record = trail.call(
        caller,
        when,
        "sts:AssumeRoot",
        {
            "targetPrincipal": target_account,
            "taskPolicyArn": {"arn": f"arn:aws:iam::aws:policy/root-task/{task}"},
            "durationSeconds": 900,
        },
        response={"credentials": issued_credentials(key, after(when, minutes=15))},
        shared_event_id=trail.new_id(),
    )
    trail.copy_to(target_account, record)
    identity: JsonObject = {
        "type": "Root",
        "principalId": target_account,
        "arn": f"arn:aws:iam::{target_account}:root",
        "accountId": target_account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": {},
            "attributes": {"creationDate": iso(when), "mfaAuthenticated": "false"},
            "assumedRoot": "true",
        },
    }
    return Credential(identity, caller.source_ip, caller.user_agent)


def create_access_key(trail: Trail, maker: Credential, when: datetime, user: User) -> Credential:
    """``CreateAccessKey`` for another user: the one event that says where an AKIA key came from."""
    key = access_key_id("AKIA", user.account_id, f"user {user.name} made {iso(when)}")
    made = {
        "accessKeyId": key,
        "status": "Active",
        "userName": user.name,
        "createDate": long_date(when, comma=""),
    }
    trail.call(
        maker,
        when,
        "iam:CreateAccessKey",
        {"userName": user.name},
        response={"accessKey": made},
    )
    return user.long_term(key)


def forward_access(
    trail: Trail,
    identity: JsonObject,
    when: datetime,
    service: str,
    action: str,
    request: JsonObject,
    *,
    from_console: bool = False,
) -> Credential:
    """A service acting as its caller (FAS): the caller's identity, a key nobody logged.

    ``identity`` is the caller's, already under the key of the forward access session.
    """
    host = f"{service}.amazonaws.com"
    credential = Credential(identity | {"invokedBy": host}, host, host, from_console)
    trail.call(credential, when, action, request)
    return credential
