"""Keys that data services derive: S3 Express, Access Grants, Lake Formation, and other APIs."""

from __future__ import annotations

from ..calls import BUCKET_READ, raw
from ..clock import HOUR, MINUTE, timestamp
from ..credentials import Credential, Evidence, Origin
from ..identities import foreign_identity, role_identity
from ..ids import hexadecimal
from ..organisation import Json
from ..simulation import World
from .assume import assume, assume_by_service, issued, role_of, session_name
from .sts import some_user
from .workloads import workload_role


def reader(world: World, start: int) -> Credential:
    """A session that will ask for data."""
    role = role_of(world, world.organisation.account())
    user = world.user(some_user(world, role.account))
    made = assume(world, user, role, session_name(world, user), start)
    world.use(made, 2)
    return made


def reads(world: World, who: Credential, count: int) -> None:
    for _ in range(count):
        world.call(who, BUCKET_READ, who.start + int(world.rng.random() * (who.end - who.start)))


def s3_express(world: World, start: int) -> Credential:
    """`CreateSession`: a key of five minutes for one bucket, of the same principal."""
    base = reader(world, start)
    at, key = start + MINUTE, world.key(base.home)
    gone = world.record(
        base, at, "s3express.amazonaws.com", "CreateSession",
        category="Data", read_only=True, request={"bucketName": "fast--use1-az4--x-s3"},
        response=issued(world, key, at + 5 * MINUTE),
    )  # fmt: skip
    identity = base.identity | {
        "accessKeyId": key,
        "sessionContext": {"attributes": {"creationDate": timestamp(at)}},
    }
    made = world.credential(
        "s3_express_create_session", base.origin, identity, base.home,
        start=at, end=at + 5 * MINUTE, parent=base, hops=base.hops + 1, evidence=[Evidence(gone)], shown=key,
        ip=base.ip, region=base.region,
    )  # fmt: skip
    reads(world, made, 4)
    return made


def access_grants(world: World, start: int) -> Credential:
    """`GetDataAccess` of S3: the key is not logged; only time and target tie its uses to the request."""
    base = reader(world, start)
    at = start + MINUTE
    world.record(
        base, at, "s3.amazonaws.com", "GetDataAccess",
        read_only=True, request={"target": "s3://corp-lake-raw/orders/*", "permission": "READ"},
    )  # fmt: skip
    host = "access-grants.s3.amazonaws.com"
    origin = Origin(
        base.origin.kind, base.origin.id, base.origin.same, (*base.origin.coarser, host),
        not_sure="only the time ties the grant to a session",
    )  # fmt: skip
    made = assume_by_service(
        world, host, base.home.workload_roles[2], f"access-grants-{hexadecimal(world.rng, 12)}", at, HOUR,
        kind="s3_access_grants", origin=origin, session_in_response=True, ip=base.ip,
    )  # fmt: skip
    made.parent = base
    reads(world, made, 4)
    return made


def lake_formation(world: World, start: int) -> Credential:
    """Lake Formation: the session name that the service made is in the request for access, too."""
    base = reader(world, start)
    at, account = start + MINUTE, base.home
    name = f"AWSLF-00-GL-{account.id}-{hexadecimal(world.rng, 10)}"
    data = {
        "requesterService": "GLUE_JOB",
        "lakeFormationPrincipal": base.identity["sessionContext"]["sessionIssuer"]["arn"],
        "lakeFormationRoleSessionName": name,
    }
    gone = world.record(
        base, at, "lakeformation.amazonaws.com", "GetDataAccess",
        identity=raw(foreign_identity(base.identity)), read_only=True, ip="lakeformation.amazonaws.com",
        request={"tableArn": f"arn:aws:glue:{base.region}:{account.id}:table/lake/orders"},
        more={"additionalEventData": data}, tls=False, view="lake_formation_request", lone=True,
    )  # fmt: skip
    role = account.linked_roles.setdefault("lake", account.role(world.rng, "LFRegistrationRole"))
    key = world.key(account)
    context: Json = {}
    if world.chance(0.4):
        role_id = base.principal.partition(":")[0]
        context["sourceIdentity"] = f"V2.{account.id}.{role_id}"
    origin = Origin(
        base.origin.kind, base.origin.id, base.origin.same,
        (*base.origin.coarser, "lakeformation.amazonaws.com"),
    )  # fmt: skip
    made = world.credential(
        "lake_formation", origin, role_identity(role, name, key, at, context), account,
        start=at, end=at + HOUR, parent=base, hops=base.hops + 1, evidence=[Evidence(gone)],
        ip="lakeformation.amazonaws.com", agent="lakeformation.amazonaws.com", region=base.region,
    )  # fmt: skip
    reads(world, made, 5)
    return made


def other_api(world: World, start: int) -> Credential:
    """An API of another service that returns a key; what its record shows is unverified."""
    base = reader(world, start)
    at, key, account = start + 2 * MINUTE, world.key(base.home), base.home
    source, name = world.pick(
        ("datazone", "GetEnvironmentCredentials"),
        ("deadline", "AssumeQueueRoleForUser"),
        ("gamelift", "GetComputeAccess"),
    )
    gone = world.record(
        base, at, f"{source}.amazonaws.com", name,
        read_only=True, request={"domainIdentifier": "dzd_1"}, response=issued(world, key, at + HOUR),
    )  # fmt: skip
    role = workload_role(world, account)
    identity = role_identity(role, f"{source}-{hexadecimal(world.rng, 10)}", key, world.created(at))
    made = world.credential(
        "other_api", base.origin, identity, account,
        start=at, end=at + HOUR, parent=base, hops=base.hops + 1, evidence=[Evidence(gone)], shown=key,
        ip=base.ip,
    )  # fmt: skip
    world.use(made, 4)
    return made
