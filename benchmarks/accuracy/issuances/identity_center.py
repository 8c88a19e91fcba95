"""IAM Identity Center: the portal's events, the SAML call, and uses under keys that it did not issue."""

from __future__ import annotations

from ..calls import raw
from ..clock import HOUR, MINUTE
from ..credentials import Credential, Face, Origin
from ..ids import guid, hexadecimal
from ..organisation import Json, Person, Role
from ..simulation import BROWSER, World
from .assume import assume, assume_with_token, role_of
from .console import login_extra, many_faces, sign_in_event, switch
from .federation import name_qualifier

PORTAL = "sso.amazonaws.com"


def person_origin(world: World, person: Person) -> Origin:
    return Origin(
        "identity_center_user",
        f"{world.organisation.identity_store}#{person.user_id}",
        (f"{world.organisation.portal_issuer}#{person.user_name}",),
    )


def portal_event(
    world: World, person: Credential, second: int, name: str, details: Json | None = None, **more: object
) -> None:
    world.record(
        person, second, PORTAL, name,
        region=world.organisation.portal_region, event_type="AwsServiceEvent",
        read_only=name != "CreateToken", tls=False,
        more={**({"serviceEventDetails": details} if details else {}), **more},
    )  # fmt: skip


def directory_person(world: World, person: Person, start: int) -> Credential:
    """The caller of portal events; older records say Unknown and a user name (T27)."""
    home = world.organisation.accounts[0]
    behalf = {"userId": person.user_id, "identityStoreArn": world.organisation.identity_store}
    identity: Json = {
        "type": "IdentityCenterUser",
        "accountId": home.id,
        "onBehalfOf": behalf,
        "credentialId": guid(world.rng),
    }
    return world.credential(
        "identity_center_portal", person_origin(world, person), identity, home,
        start=start, end=start + 12 * HOUR, named=True, region=world.organisation.portal_region,
    )  # fmt: skip


def session(
    world: World, person: Person, role: Role, start: int, kind: str, *, stamps: bool | None = None
) -> Credential:
    """The SAML call in the member account, and the session; the issued key is never the used one."""
    provider = f"AWSSSO_{role.id[-16:].lower()}_DO_NOT_DELETE"
    qualifier = name_qualifier(role.account, provider)
    origin = person_origin(world, person)
    origin = Origin(origin.kind, origin.id, (*origin.same, f"{qualifier}#{person.user_name}"))
    identity: Json = {
        "type": "SAMLUser",
        "principalId": f"{qualifier}:{person.user_name}",
        "userName": person.user_name,
        "identityProvider": qualifier,
    }
    caller = world.credential(
        "saml_assertion", origin, identity, role.account, start=0, end=10**9, named=True
    )
    response: Json = {
        "subject": person.user_name,
        "subjectType": "persistent",
        "issuer": world.organisation.portal_issuer,
        "audience": "https://signin.aws.amazon.com/saml",
        "nameQualifier": qualifier,
    }
    made = assume_with_token(
        world, "AssumeRoleWithSAML", caller, role, person.user_name, start, world.pick(1, 4, 8, 12) * HOUR,
        kind=kind, response=response, used_key=False, region=world.pick(role.account.regions[0], "us-east-1"),
        request={
            "sAMLAssertionID": f"_{guid(world.rng)}",
            "principalArn": f"arn:aws:iam::{role.account.id}:saml-provider/{provider}",
        },
    )  # fmt: skip
    made.region = role.account.regions[0]
    if stamps if stamps is not None else world.chance(0.85):
        stamp(world, made, person)
    return made


def stamp(world: World, made: Credential, person: Person) -> None:
    """`onBehalfOf`, on the records of services that stamp it."""
    behalf = {"userId": person.user_id, "identityStoreArn": world.organisation.identity_store}
    for face in made.faces:
        face.stamped = raw(made.identity | {"accessKeyId": face.key, "onBehalfOf": behalf})


def sign_in(world: World, person: Credential, start: int, role: Role, verb: str) -> None:
    """What the portal records; nothing in it is shared with the session but account, role and second."""
    workflow = {"AuthWorkflowID": guid(world.rng), "CredentialType": "PASSWORD", "UserName": "HIDDEN"}
    if world.chance(0.5):
        portal_event(world, person, start - 20, "UserAuthentication", additionalEventData=workflow)
        portal_event(world, person, start - 15, "CreateToken")
        portal_event(world, person, start - 5, "ListAccounts")
    permission_set = role.name.removeprefix("AWSReservedSSO_").rpartition("_")[0]
    details = {"account_id": role.account.id, "role_name": permission_set}
    portal_event(world, person, start, verb, details)


def command_line(world: World, start: int) -> Credential:
    """`aws sso login`, GetRoleCredentials, and the session in the member account."""
    person = world.pick(*world.organisation.people)
    role = world.pick(*world.organisation.account().sso_roles)
    sign_in(world, directory_person(world, person, start), start, role, "GetRoleCredentials")
    made = session(world, person, role, start, "identity_center")
    for _ in range(world.pick(0, 0, 1, 2)):
        key = world.key(made.home)
        made.faces.append(Face(key, raw(made.identity | {"accessKeyId": key})))
    if made.faces[0].stamped is not None:
        stamp(world, made, person)
    world.use(made)
    return made


def console(world: World, start: int) -> Credential:
    """The portal opens a console: Federate, the SAML call, a sign-in token, and keys that nobody issued."""
    person = world.pick(*world.organisation.people)
    role = world.pick(*world.organisation.account().sso_roles)
    sign_in(world, directory_person(world, person, start), start, role, "Federate")
    made = session(world, person, role, start, "identity_center_console", stamps=world.chance(0.7))
    made.console, made.agent = True, BROWSER
    bare = {key: made.identity[key] for key in ("type", "principalId", "arn", "accountId")}
    sign_in_event(
        world, made, start + 1, "ConsoleLogin", bare, role.account,
        response={"ConsoleLogin": "Success"}, view="sign_in", more=login_extra(role.account, False),
        answerable=False,  # principal and time, but no creation date
    )  # fmt: skip
    stamped = made.faces[0].stamped is not None
    many_faces(world, made, world.rng.randint(3, 10))
    if stamped:
        stamp(world, made, person)
    world.use(made)
    if world.chance(0.3):
        # From here the person switches to a plain role, whose records bear no stamp (C24).
        other = switch(world, made, role_of(world, made.home), start + 3 * MINUTE)
        world.use(other)
        return other
    return made


def application(world: World, start: int) -> Credential:
    """An application acts for a person: but for the agent, records are the person's own."""
    person = world.pick(*world.organisation.people)
    role = world.pick(*world.organisation.account().sso_roles)
    app_role = role_of(world, world.organisation.accounts[0])
    user = world.user(world.organisation.accounts[0].users[-1])
    app = assume(world, user, app_role, "portal-app", start - 30)
    client = f"arn:aws:sso::{app.account}:application/ssoins-{hexadecimal(world.rng, 16)}/app"
    data = {
        "identitystore:UserId": person.user_id,
        "identitystore:IdentityStoreArn": world.organisation.identity_store,
        "identitycenter:CredentialId": guid(world.rng),
    }
    world.record(
        app, start - 3, "sso-oauth.amazonaws.com", "CreateTokenWithIAM",
        region=world.organisation.portal_region, more={"additionalEventData": data},
        request={"clientId": client},
    )  # fmt: skip
    sign_in(world, directory_person(world, person, start), start, role, "GetRoleCredentials")
    made = session(world, person, role, start, "identity_center_application")
    world.use(made)
    return made
