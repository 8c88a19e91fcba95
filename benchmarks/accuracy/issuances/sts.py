"""Long-term keys, and the sessions that users and roles ask STS for."""

from __future__ import annotations

from collections.abc import Callable

from ..calls import raw
from ..clock import HOUR, MINUTE, timestamp
from ..credentials import Credential, Evidence, Face, Origin
from ..identities import user_identity, user_origin
from ..ids import guid, hexadecimal
from ..organisation import Account, Json, Role, User
from ..simulation import SDKS, World
from .assume import STS, assume, denied, issued, role_of, session_name

Root = Callable[[World, int], Credential]


def some_user(world: World, account: Account | None = None) -> User:
    users = (account or world.organisation.account()).users
    return users[int(world.rng.random() * len(users))]


def long_term_key(world: World, start: int) -> Credential:
    """An IAM user works with an access key; now and then somebody has just made it."""
    user = some_user(world)
    key = world.user(user)
    if world.chance(0.1):
        maker = world.user(some_user(world, user.account))
        made = {
            "accessKeyId": user.key,
            "userName": user.name,
            "status": "Active",
            "createDate": timestamp(start),
        }
        world.record(
            maker, start, "iam.amazonaws.com", "CreateAccessKey",
            region="us-east-1", request={"userName": user.name}, response={"accessKey": made},
        )  # fmt: skip
    burst(world, key, start)
    return key


def burst(world: World, key: Credential, start: int) -> None:
    """Some calls of a long-term key around `start`; the key itself has no beginning or end."""
    made = world.credential(
        "long_term_key", key.origin, key.identity, key.home,
        start=start, end=start + 2 * HOUR, named=True, ip=key.ip, agent=key.agent,
    )  # fmt: skip
    world.use(made)


def root_key(world: World, start: int) -> Credential:
    """The root user has an access key, which it should not."""
    account = world.organisation.any_account()
    identity = root_identity(account, account.key(world.rng, "AKIA"))
    origin = Origin("root", account.id, (f"arn:aws:iam::{account.id}:root",))
    made = world.credential(
        "root_long_term_key", origin, identity, account,
        start=start, end=start + HOUR, named=True,
    )  # fmt: skip
    world.use(made, forwards=False)
    return made


def root_identity(account: Account, key: str) -> Json:
    return {
        "type": "Root",
        "principalId": account.id,
        "arn": f"arn:aws:iam::{account.id}:root",
        "accountId": account.id,
        "accessKeyId": key,
    }


def session_token(world: World, start: int) -> Credential:
    """GetSessionToken: the session stays the user, with a temporary key."""
    user = some_user(world)
    caller = world.user(user)
    key, seconds = world.key(user.account), world.pick(1, 12, 12, 36) * HOUR
    gone = world.record(
        caller, start, STS, "GetSessionToken",
        region="us-east-1", response=issued(world, key, start + seconds),
        request={"durationSeconds": seconds, "serialNumber": f"arn:aws:iam::{user.account.id}:mfa/phone"},
    )  # fmt: skip
    attributes = {"creationDate": timestamp(world.created(start)), "mfaAuthenticated": "true"}
    context: Json = {"sessionIssuer": {}, "webIdFederationData": {}, "attributes": attributes}
    made = world.credential(
        "get_session_token", caller.origin, user_identity(user, key) | {"sessionContext": context},
        user.account, start=start, end=start + seconds, parent=caller, hops=1,
        evidence=[Evidence(gone)], named=True, ip=caller.ip,
    )  # fmt: skip
    world.use(made)
    return made


def federation_token(world: World, start: int) -> Credential:
    """GetFederationToken: a broker's user hands out sessions; the user is the issuer on every record."""
    user = some_user(world)
    caller = world.user(user)
    name = f"{world.pick(*world.organisation.people).user_name.partition('@')[0]}"
    account = user.account
    key, seconds = world.key(account), world.pick(1, 12, 36) * HOUR
    arn = f"arn:aws:sts::{account.id}:federated-user/{name}"
    federated = {"federatedUser": {"federatedUserId": f"{account.id}:{name}", "arn": arn}}
    gone = world.record(
        caller, start, STS, "GetFederationToken",
        region="us-east-1", request={"name": name, "durationSeconds": seconds},
        response=issued(world, key, start + seconds, federated),
    )  # fmt: skip
    issuer = {"type": "IAMUser", "principalId": user.id, "arn": user.arn, "accountId": account.id}
    identity = {
        "type": "FederatedUser",
        "principalId": f"{account.id}:{name}",
        "arn": arn,
        "accountId": account.id,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": issuer | {"userName": user.name},
            "attributes": {"creationDate": timestamp(world.created(start)), "mfaAuthenticated": "false"},
        },
    }
    made = world.credential(
        "get_federation_token", caller.origin, identity, account,
        start=start, end=start + seconds, parent=caller, hops=1, evidence=[Evidence(gone)], named=True,
    )  # fmt: skip
    world.use(made)
    if world.chance(0.2):
        # The key is deleted, and the session lives on (C28).
        admin = world.user(some_user(world, account))
        world.record(
            admin, start + 20 * MINUTE, "iam.amazonaws.com", "DeleteAccessKey",
            region="us-east-1", request={"userName": user.name, "accessKeyId": user.key},
        )  # fmt: skip
    return made


def assume_root(world: World, start: int) -> Credential:
    """A role of the management account becomes root of a member for a quarter of an hour."""
    management = world.organisation.accounts[0]
    member = world.pick(*world.organisation.accounts[1:])
    admin_user = some_user(world, management)
    admin = assume(world, world.user(admin_user), management.roles[1], admin_user.name, start)
    world.use(admin, 2)
    at, key = start + 5 * MINUTE, world.key(member)
    shared, request_id = guid(world.rng), guid(world.rng)
    common: Json = {
        "region": management.regions[0],
        "request_id": request_id,
        "request": {
            "targetPrincipal": member.id,
            "taskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"},
            "durationSeconds": 900,
        },
        "response": issued(world, key, at + 900),
        "more": {"sharedEventID": shared},
    }
    own = world.record(admin, at, STS, "AssumeRoot", **common)
    identity = {"type": "AWSAccount", "principalId": admin.principal, "accountId": management.id}
    copy = world.record(
        admin, at, STS, "AssumeRoot",
        account=member.id, identity=raw(identity), view="issuance_copy", lost=own, **common,
    )  # fmt: skip
    root = root_identity(member, key) | {
        "sessionContext": {
            "attributes": {"creationDate": timestamp(at), "mfaAuthenticated": "false"},
            "assumedRoot": "true",
        }
    }
    made = world.credential(
        "assume_root", admin.origin, root, member,
        start=at, end=at + 900, parent=admin, hops=admin.hops + 1, ip=admin.ip,
        evidence=[Evidence(own), Evidence(copy, copy=True)], shown=key,
    )  # fmt: skip
    world.use(made, 4, forwards=False)
    return made


def delegated_access(world: World, start: int) -> Credential:
    """Temporary delegation (unverified): a product provider acts under a customer principal's authority."""
    provider = world.pick(*world.organisation.outside)
    role = role_of(world, world.organisation.account())
    person = some_user(world, role.account)
    customer = assume(world, world.user(person), role, person.name, start, 4 * HOUR)
    world.use(customer, 3)
    at = start + 10 * MINUTE
    identity = customer.identity | {
        "accessKeyId": world.key(role.account),
        "invokedByDelegate": {"accountId": provider.id},
    }
    made = world.credential(
        "delegated_access", Origin("external_account", provider.id), identity, role.account,
        start=at, end=at + HOUR, named=True,
    )  # fmt: skip
    world.use(made, 4, forwards=False)
    return made


def outbound_web_identity(world: World, start: int) -> Credential:
    """GetWebIdentityToken, and back into another account with that token (unverified)."""
    from .federation import web_identity

    role = role_of(world, world.organisation.account())
    user = some_user(world, role.account)
    caller = assume(world, world.user(user), role, session_name(world, world.user(user)), start)
    world.use(caller, 2)
    at = start + 3 * MINUTE
    request = {"audience": ["sts.amazonaws.com"], "signingAlgorithm": "RS256", "durationSeconds": 300}
    gone = world.record(caller, at, STS, "GetWebIdentityToken", request=request)
    target = role_of(world, world.organisation.account())
    host = f"{int(role.account.id):x}.tokens.sts.global.api.aws"
    origin = Origin(caller.origin.kind, caller.origin.id, caller.origin.same, (f"{host}#{role.arn}",))
    made = web_identity(
        world, at + 2, "get_web_identity_token", target, host, role.arn, "partner-sync", origin=origin
    )
    # The subject is a role; which of its sessions asked for the token, only the time tells. So it is
    # for the session, and for the record of the call, which is all that names the token.
    doubt = "only the time ties the token to a session" if gone is None else "token request removed"
    token = made.parent
    assert token is not None
    token.named, token.doubt = False, doubt
    made.parent, made.hops, made.doubt = caller, caller.hops + 1, doubt
    world.use(made)
    return made


def outside_principal(world: World, start: int) -> Credential:
    """A principal of an account that is nobody's here assumes a role: account and id is all there is."""
    account = world.pick(*world.organisation.outside)
    user = some_user(world, account)
    if world.chance(0.4):
        identity, origin = user_identity(user), user_origin(user)
        origin = Origin("external_account", f"{account.id}#{user.id}", (user.id, user.arn), (account.id,))
    else:
        role = role_of(world, account)
        principal = f"{role.id}:{world.pick('scanner', 'ci-42', 'support')}"
        identity = {"type": "AssumedRole", "principalId": principal, "accountId": account.id}
        origin = Origin("external_account", f"{account.id}#{principal}", coarser=(account.id,))
    caller = world.credential(
        "outside_account", origin, identity, account, start=start, end=start + HOUR, named=True
    )
    target = role_of(world, world.organisation.account())
    name = session_name(world, caller)
    extra = {"externalId": hexadecimal(world.rng, 16)}
    made = assume(world, caller, target, name, start, kind="outside_account", request=extra)
    world.use(made)
    return made


def same_second(world: World, start: int) -> Credential:
    """Two users assume one role under one session name in one second (C25, T06)."""
    role = role_of(world, world.organisation.account())
    first, second = world.rng.sample(role.account.users, 2)
    pair = [
        assume(world, world.user(user), role, "deploy", start, kind="same_second", twice=False)
        for user in (first, second)
    ]
    for made in pair:
        made.keyless_doubt = "several issuances of one session in one second"
        world.use(made)
    return pair[0]


def recreated_role(world: World, start: int) -> Credential:
    """A role is deleted and made again under its ARN between two sessions (T08)."""
    account = world.organisation.account()
    old = account.role(world.rng, f"temp-{hexadecimal(world.rng, 6)}")
    user = some_user(world, account)
    before = assume(world, world.user(user), old, "ops", start, kind="recreated_role")
    world.use(before)
    new = Role(account, old.name, old.path, account.role(world.rng, old.name).id)
    other = some_user(world, account)
    after = assume(world, world.user(other), new, "ops", start + 10 * MINUTE, kind="recreated_role")
    world.use(after)
    return after


def user_key(world: World, start: int) -> Credential:
    return world.user(some_user(world))


def stolen_face(world: World, made: Credential) -> None:
    """The same key from a foreign network: still the same credential (C16)."""
    thief = world.credential(
        made.kind, made.origin, made.identity, made.home,
        start=made.start, end=made.end, session=made, hops=made.hops, region=made.region,
        ip=world.address(), agent=SDKS[0], named=made.named, parent=made.parent,
    )  # fmt: skip
    thief.faces = [Face(face.key, face.plain, face.stamped) for face in made.faces]
    world.use(thief, 2, forwards=False)


def refused(world: World, start: int) -> Credential:
    """A user tries roles it may not have; somebody else then uses one of them (C41)."""
    role = role_of(world, world.organisation.account())
    user = some_user(world, role.account)
    for _ in range(3):
        denied(world, world.user(user), role, start)
    other = some_user(world, role.account)
    made = assume(world, world.user(other), role, other.name, start + 30, kind="assume_role")
    world.use(made)
    return made
