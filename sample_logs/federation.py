"""Calls by which people and pipelines from outside AWS get credentials."""

from __future__ import annotations

from datetime import datetime

from identities import Colleague, Credential, JsonObject, Role, after, guid, iso, stream
from issuing import temporary_key
from organisation import IDENTITY, IDENTITY_STORE_ARN
from records import Trail, issued_credentials, role_resource, sts_details


def assume_role_with_saml(
    trail: Trail,
    person: Colleague,
    when: datetime,
    role: Role,
    *,
    provider: str,
    issuer: str,
    name_qualifier: str,
    source_ip: str,
    user_agent: str,
    duration: int,
) -> str:
    """``AssumeRoleWithSAML``; returns the issued key."""
    key = temporary_key(role.account_id, role.arn, person.email, iso(when))
    identity = {
        "type": "SAMLUser",
        "principalId": f"{name_qualifier}:{person.email}",
        "userName": person.email,
        "identityProvider": name_qualifier,
    }
    trail.write(
        identity,
        when,
        "sts:AssumeRoleWithSAML",
        recipient=role.account_id,
        source_ip=source_ip,
        user_agent=user_agent,
        request={
            "sAMLAssertionID": f"_{trail.new_id()}",
            "roleSessionName": person.email,
            "durationSeconds": duration,
            "roleArn": role.arn,
            "principalArn": f"arn:aws:iam::{role.account_id}:saml-provider/{provider}",
        },
        response={
            "subjectType": "persistent",
            "issuer": issuer,
            "credentials": issued_credentials(key, after(when, seconds=duration)),
            "nameQualifier": name_qualifier,
            "assumedRoleUser": role.assumed(person.email),
            "subject": person.email,
            "audience": "https://signin.aws.amazon.com/saml",
        },
        additional=sts_details(),
        resources=role_resource(role),
        tls=source_ip != "AWS Internal",
    )
    return key


def on_behalf_of(person: Colleague) -> JsonObject:
    """The Identity Center user as services stamp it on some of a session's calls."""
    return {"userId": person.directory_id, "identityStoreArn": IDENTITY_STORE_ARN}


def identity_center_sign_in(trail: Trail, person: Colleague, when: datetime, role: Role) -> Credential:
    """``aws sso login`` and the role credentials it ends in.

    The portal's events are in the Identity Center account, the AssumeRoleWithSAML of the same
    second in the member account. The key then used is not the key issued there.
    """
    portal_session = guid(stream(f"portal {person.email} {iso(when)}"))
    permission_set_name = role.name.split("_")[1]
    details: JsonObject = {"account_id": role.account_id, "role_name": permission_set_name}
    for seconds, event_name, event_details in (
        (-9, "CreateToken", None),
        (-4, "ListAccounts", None),
        (-2, "ListAccountRoles", {"account_id": role.account_id}),
        (0, "GetRoleCredentials", details),
    ):
        trail.write(
            {
                "type": "IdentityCenterUser",
                "accountId": IDENTITY,
                "onBehalfOf": on_behalf_of(person),
                "credentialId": portal_session,
            },
            after(when, seconds=seconds),
            f"sso:{event_name}",
            recipient=IDENTITY,
            source_ip=person.source_ip,
            user_agent=person.user_agent,
            event_type="AwsServiceEvent",
            service_event_details=event_details,
            tls=False,
        )
    assume_role_with_saml(
        trail,
        person,
        when,
        role,
        provider=f"AWSSSO_{stream(role.arn).getrandbits(64):016x}_DO_NOT_DELETE",
        issuer="https://portal.sso.eu-west-1.amazonaws.com/saml/assertion/V3JlbmZpZWxk",
        name_qualifier="d3JlbmZpZWxkLXBvcnRhbA==",
        source_ip="AWS Internal",
        user_agent="aws-internal/3",
        duration=28800,
    )
    used = temporary_key(role.account_id, role.arn, person.email, iso(when), "used")
    identity = role.identity(person.email, used, when)
    return Credential(identity, person.source_ip, person.user_agent)


def assume_role_with_web_identity(
    trail: Trail,
    when: datetime,
    role: Role,
    session_name: str,
    *,
    host: str,
    subject: str,
    source_ip: str,
    user_agent: str,
) -> Credential:
    """``AssumeRoleWithWebIdentity``: later uses name the provider, never the subject."""
    key = temporary_key(role.account_id, role.arn, session_name, subject, iso(when))
    provider = f"arn:aws:iam::{role.account_id}:oidc-provider/{host}"
    audience = "sts.amazonaws.com"
    identity = {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:{audience}:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
    trail.write(
        identity,
        when,
        "sts:AssumeRoleWithWebIdentity",
        recipient=role.account_id,
        source_ip=source_ip,
        user_agent=user_agent,
        request={"roleArn": role.arn, "roleSessionName": session_name, "durationSeconds": 3600},
        response={
            "subjectFromWebIdentityToken": subject,
            "credentials": issued_credentials(key, after(when, hours=1)),
            "assumedRoleUser": role.assumed(session_name),
            "provider": provider,
            "audience": audience,
        },
        additional=sts_details(),
        resources=role_resource(role),
    )
    federation = {"webIdFederationData": {"federatedProvider": provider, "attributes": {}}}
    identity_used = role.identity(session_name, key, when, context=federation)
    return Credential(identity_used, source_ip, user_agent)
