"""Chains of roles, and juggling: a chain that renews itself."""

from __future__ import annotations

from ..clock import HOUR, MINUTE
from ..credentials import Credential
from ..simulation import World
from . import brokers, federation, identity_center, sts, workloads
from .assume import assume, denied, role_of, session_name

# Where chains begin. Each gives a session that is used before others are made from it.
ROOTS: tuple[tuple[sts.Root, int], ...] = (
    (sts.user_key, 30),
    (sts.session_token, 6),
    (federation.github_actions, 10),
    (federation.saml_cli, 8),
    (federation.irsa, 4),
    (identity_center.command_line, 16),
    (workloads.instance, 8),
    (workloads.function, 6),
    (workloads.task, 4),
    (brokers.pod_identity, 4),
    (brokers.roles_anywhere, 2),
)
DEPTHS = (1, 2, 3, 4, 5, 6, 8, 10, 12)
DEPTH_WEIGHTS = (40, 24, 14, 8, 5, 4, 2, 2, 1)


def chain(world: World, start: int) -> Credential:
    """From a user, a person or a workload through up to twelve roles, often of other accounts."""
    roots, weights = zip(*ROOTS, strict=True)
    at = start
    session: Credential = world.rng.choices(roots, weights)[0](world, at)
    at = max(at, session.start)
    sticky = ""
    if world.chance(0.2):
        sticky = str(session.identity.get("userName") or session.principal.rpartition(":")[2])[:60]
    for hop in range(world.rng.choices(DEPTHS, DEPTH_WEIGHTS)[0]):
        at += world.rng.randint(1, 20 * MINUTE)
        if at > session.end - MINUTE:
            break
        account = world.organisation.account() if world.chance(0.5) else session.home
        if world.chance(0.05):
            denied(world, session, role_of(world, account), at)
        role = role_of(world, account)
        name = session_name(world, session)
        hours = world.pick(1, 1, 4, 12) if not hop else 1
        session = assume(world, session, role, name, at, hours * HOUR, source_identity="" if hop else sticky)
        world.use(session)
    return session


def juggling(world: World, start: int) -> Credential:
    """Two roles that assume each other again and again, each hop an hour at most (T12, T13)."""
    account = world.organisation.account()
    user = sts.some_user(world, account)
    roles = [role_of(world, account), role_of(world, world.organisation.account())]
    session = world.user(user)
    at = start
    for hop in range(world.rng.randint(world.juggling // 3, world.juggling)):
        at += world.rng.randint(10, 55) * MINUTE
        session = assume(world, session, roles[hop % 2], "keepalive", at, kind="juggling")
        if world.chance(0.4):
            world.use(session, 1, forwards=False)
    world.use(session)
    return session


def self_assumption(world: World, start: int) -> Credential:
    """A role assumes itself and so changes its session name (T12)."""
    role = role_of(world, world.organisation.account())
    user = sts.some_user(world, role.account)
    first = assume(world, world.user(user), role, user.name, start)
    world.use(first, 2)
    more = {"explicitTrustGrant": False}
    second = assume(
        world, first, role, session_name(world, first), start + 4 * MINUTE,
        kind="self_assumption", more={"additionalEventData": more},
    )  # fmt: skip
    world.use(second)
    return second


def impostor(world: World, start: int) -> Credential:
    """Somebody assumes a live session's role under that session's name (T09, T10, T15)."""
    if world.chance(0.5):
        victim = workloads.instance(world, start)
        role = next(each for each in victim.home.workload_roles if victim.principal.startswith(each.id))
    else:
        role = role_of(world, world.organisation.account())
        user = sts.some_user(world, role.account)
        victim = assume(world, world.user(user), role, user.name, start)
        world.use(victim)
    name = victim.principal.partition(":")[2]
    thief = sts.some_user(world, role.account)
    made = assume(
        world, world.user(thief), role, name, victim.start + world.pick(1, 2, 30, 600), kind="impostor"
    )
    world.use(made)
    # Both go on into another account, whose copies name account, role and session name only.
    target = role_of(world, world.organisation.any_account())
    for number, each in enumerate((victim, made)):
        onward = assume(
            world, each, target, f"onward-{number}", made.start + 5 * MINUTE, kind="beside_an_impostor"
        )
        # With the copy alone, nothing tells the two callers apart.
        if all(evidence.removed or evidence.copy for evidence in onward.evidence):
            onward.doubt = "two live sessions of one name"
        world.use(onward)
    return made
