"""Sessions of people and pipelines that an outside identity provider vouches for."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha1
from typing import Any

from ..clock import HOUR
from ..credentials import Credential, Origin
from ..ids import guid, hexadecimal
from ..organisation import Account, Json, Role
from ..simulation import World
from .assume import assume_with_token, role_of

GITHUB = "token.actions.githubusercontent.com"
TERRAFORM = "app.terraform.io"
COGNITO = "cognito-identity.amazonaws.com"
IDP = "https://idp.corp.example/saml/metadata"


def name_qualifier(account: Account, provider: str) -> str:
    """The hash by which records of AssumeRoleWithSAML name the provider."""
    return b64encode(sha1(f"{account.id}/{provider}".encode(), usedforsecurity=False).digest()).decode()


def saml_caller(world: World, origin: Origin, subject: str, account: Account) -> Credential:
    """Who an AssumeRoleWithSAML record says its caller was; the name qualifier is a hash."""
    qualifier = name_qualifier(account, "corp-idp")
    # The record of the call itself knows the provider by this hash, others by its issuer.
    origin = Origin(origin.kind, origin.id, (*origin.same, f"{qualifier}#{subject}"))
    identity = {
        "type": "SAMLUser",
        "principalId": f"{qualifier}:{subject}",
        "userName": subject,
        "identityProvider": qualifier,
    }
    return world.credential("saml_assertion", origin, identity, account, start=0, end=10**9, named=True)


def oidc_caller(
    world: World, host: str, subject: str, account: Account, origin: Origin | None = None
) -> Credential:
    """Who an AssumeRoleWithWebIdentity record says its caller was."""
    # Cognito and the other built-in providers go by their name, others by their IAM provider's ARN.
    provider = host if host == COGNITO else f"arn:aws:iam::{account.id}:oidc-provider/{host}"
    identity = {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
    origin = origin or Origin("oidc_subject", f"{host}#{subject}")
    return world.credential("web_identity_token", origin, identity, account, start=0, end=10**9, named=True)


def web_identity(
    world: World, start: int, kind: str, role: Role, host: str, subject: str, name: str, **more: Any
) -> Credential:
    """AssumeRoleWithWebIdentity and the session it gives."""
    caller = oidc_caller(world, host, subject, role.account, more.pop("origin", None))
    provider = caller.identity["identityProvider"]
    response: Json = {
        "provider": provider,
        "subjectFromWebIdentityToken": subject,
        "audience": "sts.amazonaws.com",
    }
    return assume_with_token(
        world, "AssumeRoleWithWebIdentity", caller, role, name, start, more.pop("seconds", HOUR),
        kind=kind, request={}, response=response,
        context={"webIdFederationData": {"federatedProvider": provider, "attributes": {}}}, **more,
    )  # fmt: skip


def github_actions(world: World, start: int) -> Credential:
    """A pipeline; several runs at a time often share one constant session name (T15)."""
    role = role_of(world, world.organisation.account())
    repository = world.pick(*world.organisation.repositories)
    which = world.pick("ref:refs/heads/main", "environment:production", "pull_request")
    name = "GitHubActions" if world.chance(0.6) else f"run-{world.rng.randrange(10**10)}"
    made = web_identity(world, start, "github_actions", role, GITHUB, f"repo:acme/{repository}:{which}", name)
    world.use(made)
    return made


def concurrent_pipelines(world: World, start: int) -> Credential:
    """Three runs in one second or in three, of three repositories, under one role and session name (C26)."""
    role = role_of(world, world.organisation.account())
    runs = []
    apart = world.pick(0, 0, 1)
    for number, repository in enumerate(world.rng.sample(world.organisation.repositories, 3)):
        subject = f"repo:acme/{repository}:ref:refs/heads/main"
        second = start + number * apart
        runs.append(web_identity(world, second, "github_same_second", role, GITHUB, subject, "GitHubActions"))
    for run in runs:
        run.keyless_doubt = "several issuances of one session in one second"
        world.use(run)
    return runs[0]


def terraform_cloud(world: World, start: int) -> Credential:
    role = role_of(world, world.organisation.account())
    workspace = world.pick(*world.organisation.repositories)
    subject = f"organization:acme:project:infra:workspace:{workspace}:run_phase:apply"
    name = f"terraform-run-{hexadecimal(world.rng, 8)}"
    made = web_identity(world, start, "terraform_cloud", role, TERRAFORM, subject, name)
    world.use(made)
    return made


def irsa(world: World, start: int) -> Credential:
    """A Kubernetes service account with a role of its own."""
    account = world.organisation.account()
    role = world.pick(*account.workload_roles)
    host = f"oidc.eks.{account.regions[0]}.amazonaws.com/id/{int(account.id):032X}"
    subject = f"system:serviceaccount:{world.pick('web', 'batch')}:{role.name.removesuffix('-role')}"
    name = f"botocore-session-{world.rng.randrange(10**10)}"
    made = web_identity(world, start, "irsa", role, host, subject, name)
    world.use(made)
    return made


def cognito_basic(world: World, start: int) -> Credential:
    """The basic flow of an identity pool; every user has the same role, and picks the session name."""
    account = world.organisation.account()
    role = account.workload_roles[0]
    subject = f"{account.regions[0]}:{guid(world.rng)}"
    origin = Origin("cognito_identity", subject, (f"{COGNITO}#{subject}",))
    name = world.pick("web-app", "mobile")
    made = web_identity(world, start, "cognito_basic_flow", role, COGNITO, subject, name, origin=origin)
    world.use(made)
    return made


def saml_session(
    world: World, role: Role, subject: str, start: int, seconds: int, *, kind: str, console: bool = False
) -> Credential:
    """A person of the company's own identity provider takes a role."""
    origin = Origin("saml_user", f"{IDP}#{subject}")
    caller = saml_caller(world, origin, subject, role.account)
    response: Json = {
        "subject": subject,
        "subjectType": "persistent",
        "issuer": IDP,
        "audience": "https://signin.aws.amazon.com/saml",
        "nameQualifier": caller.identity["identityProvider"],
    }
    request = {
        "sAMLAssertionID": f"_{guid(world.rng)}",
        "principalArn": f"arn:aws:iam::{role.account.id}:saml-provider/corp-idp",
    }
    return assume_with_token(
        world, "AssumeRoleWithSAML", caller, role, subject, start, seconds,
        kind=kind, request=request, response=response, used_key=not console, console=console,
        source_identity=subject if world.chance(0.2) else "",
    )  # fmt: skip


def saml_cli(world: World, start: int) -> Credential:
    """A command line that trades a SAML assertion for keys."""
    role = role_of(world, world.organisation.account())
    subject = world.pick(*world.organisation.people).user_name
    made = saml_session(world, role, subject, start, world.pick(1, 4, 8) * HOUR, kind="saml")
    world.use(made)
    return made
