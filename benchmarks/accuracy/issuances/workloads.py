"""Compute that AWS hands a role to: EC2, Lambda, ECS, RDS, and an instance's own identity."""

from __future__ import annotations

from ..calls import raw
from ..clock import HOUR, MINUTE, timestamp
from ..credentials import Credential, Origin
from ..ids import guid, hexadecimal
from ..organisation import Account, Json, Role
from ..simulation import SDKS, World
from .assume import assume_by_service, role_of
from .sts import some_user, stolen_face

EC2 = "ec2.amazonaws.com"
ROTATION = 6 * HOUR + 5 * MINUTE
INSTANCE_LIFE = 6 * HOUR + 35 * MINUTE


def workload_role(world: World, account: Account) -> Role:
    roles = account.workload_roles
    return roles[int(world.rng.random() * len(roles))]


def scope(issuer_type: str, arn: str) -> Json:
    return {"inScopeOf": {"issuerType": issuer_type, "credentialsIssuedTo": arn}}


def stamp_scope(made: Credential, issuer_type: str, arn: str) -> None:
    """`inScopeOf`, on the records of services that stamp it."""
    for face in made.faces:
        face.stamped = raw(made.identity | scope(issuer_type, arn))


def instance(world: World, start: int) -> Credential:
    """An instance: launched by somebody, its credential issued twice at once, then rotated."""
    account = world.organisation.account()
    role, region = workload_role(world, account), account.regions[0]
    name = f"i-0{hexadecimal(world.rng, 16)}"
    arn = f"arn:aws:ec2:{region}:{account.id}:instance/{name}"
    origin = Origin("ec2_instance", name, (arn,))
    launched = world.chance(0.5)
    request_id = guid(world.rng)
    if launched:
        launcher = world.user(some_user(world, account))
        world.record(
            launcher, start, EC2, "RunInstances",
            region=region, request_id=request_id,
            request={"instanceType": "m7g.large", "iamInstanceProfile": {"name": role.name}},
            response={"reservationId": "r-0a1", "instancesSet": {"items": [{"instanceId": name}]}},
        )  # fmt: skip
    address = world.private_address()
    made: Credential | None = None
    for turn in range(world.pick(1, 1, 2, 4)):
        first = launched and not turn
        made = assume_by_service(
            world, EC2, role, name, start + turn * ROTATION, INSTANCE_LIFE,
            kind="ec2_instance", origin=origin, session_in_response=False, region=region,
            repeats=2 if first else 1, request_id=request_id if first else "",
            context={"ec2RoleDelivery": world.pick("1.0", "2.0", "2.0")}, named=True,
            ip=address, agent=SDKS[1],
        )  # fmt: skip
        if world.chance(0.7):
            stamp_scope(made, "AWS::EC2::Instance", arn)
        world.use(made)
        if world.chance(0.05):
            stolen_face(world, made)
    assert made
    return made


def instance_identity(world: World, start: int) -> Credential:
    """The pseudo-role of an instance; no event ever issues it."""
    account = world.organisation.account()
    name = f"i-0{hexadecimal(world.rng, 16)}"
    infrastructure = world.chance(0.3)
    pseudo = "aws:ec2-infrastructure" if infrastructure else "aws:ec2-instance"
    origin = Origin("ec2_instance", name, (f"arn:aws:ec2:{account.regions[0]}:{account.id}:instance/{name}",))
    identity: Json = {
        "type": "AssumedRole",
        "principalId": f"{account.id}:{pseudo}:{name}",
        "arn": f"arn:aws:sts::{account.id}:assumed-role/{pseudo}/{name}",
        "accountId": account.id,
        "accessKeyId": world.key(account),
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": f"{account.id}:{pseudo}",
                "arn": f"arn:aws:iam::{account.id}:role/{pseudo}",
                "accountId": account.id,
                "userName": pseudo,
            },
            "attributes": {"creationDate": timestamp(start), "mfaAuthenticated": "false"},
        },
    }
    made = world.credential(
        "instance_identity", origin, identity, account, start=start, end=start + 6 * HOUR, named=True
    )
    world.use(made, 4, forwards=False)
    return made


def function(world: World, start: int) -> Credential:
    """A function; its run-time issuance is not always logged (unverified)."""
    account = world.organisation.account()
    role, region = workload_role(world, account), account.regions[0]
    name = f"{role.name.removesuffix('-role')}-{world.rng.randrange(40)}"
    arn = f"arn:aws:lambda:{region}:{account.id}:function:{name}"
    origin = Origin("lambda_function", arn, (name,))
    logged = world.chance(0.8)
    if world.chance(0.2):
        # The service checks the role when a function is made; nothing runs in that session (C18).
        maker = world.user(some_user(world, account))
        world.record(
            maker, start, "lambda.amazonaws.com", "CreateFunction20150331",
            region=region, request={"functionName": name, "role": role.arn},
            response={"functionName": name, "functionArn": arn},
        )  # fmt: skip
        assume_by_service(
            world, "lambda.amazonaws.com", role, f"awslambda_{world.rng.randrange(999)}_2026050412",
            start, 2 * HOUR,
            kind="lambda_role_check", origin=Origin("aws_service", "lambda.amazonaws.com"),
            session_in_response=False, region=region,
        )  # fmt: skip
    made = assume_by_service(
        world, "lambda.amazonaws.com", role, name, start + 3, 12 * HOUR,
        kind="lambda_function" if logged else "lambda_function_unlogged", origin=origin,
        session_in_response=False, region=region, logged=logged, agent=SDKS[1],
    )  # fmt: skip
    if world.chance(0.75):
        stamp_scope(made, "AWS::Lambda::Function", arn)
    world.use(made)
    return made


def task(world: World, start: int) -> Credential:
    """An ECS task: its two roles are issued in one second under one session name."""
    account = world.organisation.account()
    role, region = workload_role(world, account), account.regions[0]
    name = hexadecimal(world.rng, 32)
    arn = f"arn:aws:ecs:{region}:{account.id}:task/prod/{name}"
    origin = Origin("ecs_task", name, (arn,))
    if world.chance(0.4):
        runner = world.user(some_user(world, account))
        world.record(
            runner, start - 4, "ecs.amazonaws.com", "RunTask",
            region=region, request={"cluster": "prod", "taskDefinition": role.name},
            response={"tasks": [{"taskArn": arn}]},
        )  # fmt: skip
    execution = assume_by_service(
        world, "ecs-tasks.amazonaws.com", role_of(world, account), name, start, 6 * HOUR,
        kind="ecs_execution_role", origin=origin, session_in_response=False, region=region,
    )  # fmt: skip
    world.use(execution, 2, forwards=False)
    made = assume_by_service(
        world, "ecs-tasks.amazonaws.com", role, name, start, 6 * HOUR,
        kind="ecs_task", origin=origin, session_in_response=False, region=region, ip=world.private_address(),
    )  # fmt: skip
    world.use(made)
    return made


def database(world: World, start: int) -> Credential:
    """RDS runs a database instance's role."""
    account = world.organisation.account()
    made = assume_by_service(
        world, "rds.amazonaws.com", workload_role(world, account),
        f"dbi-id-db-{hexadecimal(world.rng, 20).upper()}", start, 6 * HOUR,
        kind="rds_database", origin=Origin("aws_service", "rds.amazonaws.com"),
        session_in_response=False,
    )  # fmt: skip
    world.use(made, 3, forwards=False)
    return made
