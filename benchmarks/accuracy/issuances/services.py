"""AWS services at work: jobs that run under a role, service-linked roles, and calls for nobody."""

from __future__ import annotations

from ..calls import SERVICE_CALLS
from ..clock import HOUR, MINUTE
from ..credentials import Credential, Origin
from ..ids import guid, hexadecimal
from ..simulation import World
from .assume import assume_by_service
from .sts import some_user
from .workloads import workload_role

LINKED = (
    ("inspector2.amazonaws.com", "AWSServiceRoleForAmazonInspector2", "MandoService7"),
    ("rolesanywhere.amazonaws.com", "AWSServiceRoleForRolesAnywhere", "RolesAnywhereInternalSession"),
    ("config.amazonaws.com", "AWSServiceRoleForConfig", "ConfigResourceCompositionSession"),
)
SELF_ACTING = ("cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com", "config.amazonaws.com")


def job(
    world: World, start: int, kind: str, host: str, name: str, seconds: int, also: tuple[str, ...] = ()
) -> Credential:
    """A service runs something under a role. The service is the origin that records state."""
    account = world.organisation.account()
    made = assume_by_service(
        world, host, workload_role(world, account), name, start, seconds,
        kind=kind, origin=Origin("aws_service", host, also), session_in_response=world.chance(0.5),
        ip=host if world.chance(0.3) else world.private_address(),
    )  # fmt: skip
    world.use(made, 4)
    return made


def glue(world: World, start: int) -> Credential:
    """A constant session name; jobs overlap (T15)."""
    return job(world, start, "glue_job", "glue.amazonaws.com", "GlueJobRunnerSession", HOUR)


def step_functions(world: World, start: int) -> Credential:
    name = "".join(world.rng.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", k=32))
    return job(world, start, "step_functions", "states.amazonaws.com", name, HOUR)


def code_build(world: World, start: int) -> Credential:
    build = guid(world.rng)
    starter = world.user(some_user(world))
    world.record(
        starter, start - 2, "codebuild.amazonaws.com", "StartBuild",
        request={"projectName": "orders"}, response={"build": {"id": f"orders:{build}"}},
    )  # fmt: skip
    name = f"AWSCodeBuild-{build}"
    return job(world, start, "codebuild", "codebuild.amazonaws.com", name, HOUR, (build, f"orders:{build}"))


def cloud_formation(world: World, start: int) -> Credential:
    """A stack with a service role (session name unverified)."""
    return job(world, start, "cloudformation_role", "cloudformation.amazonaws.com", "AWSCloudFormation", HOUR)


def emr_serverless(world: World, start: int) -> Credential:
    name = f"00{hexadecimal(world.rng, 14)},1"
    return job(world, start, "emr_serverless", "ops.emr-serverless.amazonaws.com", name, HOUR)


def service_linked(world: World, start: int) -> Credential:
    """A service in its own role; now and then without a key on its records."""
    account = world.organisation.account()
    host, role_name, session = world.pick(*LINKED)
    role = account.linked_role(world.rng, host, role_name)
    made = assume_by_service(
        world, host, role, session, start, HOUR,
        kind="service_linked_role", origin=Origin("aws_service", host), session_in_response=True,
        named=True, ip=host, agent=host,
    )  # fmt: skip
    world.use(made, 4, forwards=False)
    return made


def service_calls(world: World, start: int) -> Credential:
    """A service acts for itself."""
    account, host = world.organisation.account(), world.pick(*SELF_ACTING)
    made = world.service(host, account)
    for number in range(world.rng.randint(2, 8)):
        call = SERVICE_CALLS[number % len(SERVICE_CALLS)]
        world.record(
            made, start + number * MINUTE, call.source, call.name,
            account=account.id, region=account.regions[0], request=call.request, read_only=call.read_only,
            category=call.category, tls=False, more={"sharedEventID": guid(world.rng)},
        )  # fmt: skip
    return made


def anonymous(world: World, start: int) -> Credential:
    """A call without credentials."""
    account = world.organisation.account()
    identity = {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    if world.chance(0.5):
        identity = {"type": "Unknown", "principalId": "Anonymous"}
    made = world.credential(
        "anonymous", Origin("anonymous", ""), identity, account, start=start, end=start + HOUR, named=True
    )
    for number in range(2):
        world.record(
            made, start + number, "s3.amazonaws.com", "GetObject",
            category="Data", read_only=True, request={"bucketName": "public"},
        )  # fmt: skip
    return made
