"""Services that hand sessions to workloads outside EC2: pods, certificates, devices, nodes, app users."""

from __future__ import annotations

from ..clock import HOUR, MINUTE
from ..credentials import Credential, Evidence, Origin
from ..identities import role_identity
from ..ids import guid, hexadecimal
from ..organisation import Json
from ..simulation import World
from .assume import assume, assume_by_service, assumed_role_user, issued, role_of
from .sts import some_user
from .workloads import instance, workload_role


def pod_identity(world: World, start: int) -> Credential:
    """EKS Pod Identity: the node asks, `pods.eks` assumes the role and tags the session with the pod."""
    node = instance(world, start)
    account, rng = node.home, world.rng
    role, region = workload_role(world, account), account.regions[0]
    at = node.start + 2 * MINUTE
    cluster, namespace = "prod", world.pick("web", "batch")
    app = role.name.removesuffix("-role")
    pod = f"{app}-{hexadecimal(rng, 10)}-{hexadecimal(rng, 5)}"
    arn = f"arn:aws:eks:{region}:{account.id}:cluster/{cluster}"
    world.record(
        node, at, "eks-auth.amazonaws.com", "AssumeRoleForPodIdentity",
        read_only=True, request={"clusterName": cluster, "token": "HIDDEN_DUE_TO_SECURITY_REASONS"},
    )  # fmt: skip
    tags = {
        "eks-cluster-arn": arn,
        "eks-cluster-name": cluster,
        "kubernetes-namespace": namespace,
        "kubernetes-service-account": app,
        "kubernetes-pod-name": pod,
        "kubernetes-pod-uid": guid(rng),
    }
    made = assume_by_service(
        world, "pods.eks.amazonaws.com", role, f"eks-{cluster}-{pod[:20]}-{guid(rng)}"[:64], at, 6 * HOUR,
        kind="eks_pod_identity", session_in_response=True, region=region, ip=node.ip,
        origin=Origin("eks_pod", f"{arn}/{namespace}/{pod}", coarser=("pods.eks.amazonaws.com",)),
        request={
            "durationSeconds": 21_600,
            "tags": [{"key": key, "value": value} for key, value in tags.items()],
            "transitiveTagKeys": list(tags),
        },
    )  # fmt: skip
    world.use(made)
    return made


def roles_anywhere(world: World, start: int) -> Credential:
    """IAM Roles Anywhere (record shape unverified): a certificate gets a session from `CreateSession`."""
    account = world.organisation.account()
    role, region = workload_role(world, account), account.regions[0]
    serial = hexadecimal(world.rng, 32)
    host = f"build{world.rng.randrange(500):03}.corp.example"
    anchor = f"arn:aws:rolesanywhere:{region}:{account.id}:trust-anchor/{guid(world.rng)}"
    subject = f"arn:aws:rolesanywhere:{region}:{account.id}:subject/{guid(world.rng)}"
    origin = Origin(
        "certificate", f"{anchor}#{serial}", (serial, f"CN={host}", f"{anchor}#CN={host}", subject),
        coarser=(anchor,),
    )  # fmt: skip
    identity: Json = {"type": "Unknown", "accountId": account.id}
    caller = world.credential(
        "certificate", origin, identity, account, start=start, end=start + HOUR, named=True, region=region
    )
    key = world.key(account)
    member = {"roleArn": role.arn, "sourceIdentity": f"CN={host}", **assumed_role_user(role, serial)}
    member |= issued(world, key, start + HOUR)
    gone = world.record(
        caller, start, "rolesanywhere.amazonaws.com", "CreateSession",
        request={
            "profileArn": f"arn:aws:rolesanywhere:{region}:{account.id}:profile/build",
            "roleArn": role.arn,
            "trustAnchorArn": anchor,
            "cert": "HIDDEN_DUE_TO_SECURITY_REASONS",
            "durationSeconds": 3600,
        },
        response={"credentialSet": [member], "subjectArn": subject},
    )  # fmt: skip
    context = {"sourceIdentity": f"CN={host}"}
    made = world.credential(
        "roles_anywhere", origin, role_identity(role, serial, key, world.created(start), context), account,
        start=start, end=start + HOUR, parent=caller, hops=1, evidence=[Evidence(gone)],
        shown=key, region=region,
        ip=caller.ip, source_identity=f"CN={host}",
    )  # fmt: skip
    world.use(made)
    return made


def cognito_enhanced(world: World, start: int) -> Credential:
    """The enhanced flow: a data event hands out the key, and every user has one session name."""
    account = world.organisation.account()
    role, region = account.workload_roles[1], account.regions[0]
    subject = f"{region}:{guid(world.rng)}"
    origin = Origin("cognito_identity", subject, (f"cognito-identity.amazonaws.com#{subject}",))
    caller = world.credential(
        "cognito_identity", origin, {"type": "Unknown"}, account, start=start, end=start + HOUR, named=True
    )
    key = world.key(account)
    gone = world.record(
        caller, start, "cognito-identity.amazonaws.com", "GetCredentialsForIdentity",
        region=region, category="Data", read_only=False,
        request={"identityId": subject, "logins": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        response={"identityId": subject, **issued(world, key, start + HOUR)},
    )  # fmt: skip
    provider = "cognito-identity.amazonaws.com"
    context = {"webIdFederationData": {"federatedProvider": provider, "attributes": {}}}
    identity = role_identity(role, "CognitoIdentityCredentials", key, world.created(start), context)
    made = world.credential(
        "cognito_enhanced_flow", origin, identity, account,
        start=start, end=start + HOUR, parent=caller, hops=1, evidence=[Evidence(gone)],
        shown=key, region=region,
        ip=caller.ip,
    )  # fmt: skip
    world.use(made, 4)
    return made


def iot_device(world: World, start: int) -> Credential:
    """The IoT credentials provider (event shape unverified): the session is named for the certificate."""
    account = world.organisation.account()
    certificate = hexadecimal(world.rng, 64)
    arn = f"arn:aws:iot:{account.regions[0]}:{account.id}:cert/{certificate}"
    made = assume_by_service(
        world, "credentials.iot.amazonaws.com", workload_role(world, account), certificate, start, HOUR,
        kind="iot_certificate", session_in_response=True,
        origin=Origin("certificate", certificate, (arn,), ("credentials.iot.amazonaws.com",)),
    )  # fmt: skip
    world.use(made, 4)
    return made


def hybrid_node(world: World, start: int) -> Credential:
    return managed_node(world, start, hybrid=True)


def default_host_management(world: World, start: int) -> Credential:
    return managed_node(world, start, hybrid=False)


def managed_node(world: World, start: int, *, hybrid: bool) -> Credential:
    """A hybrid node or an instance under default host management (record shape unverified)."""
    account = world.organisation.account()
    name = f"mi-0{hexadecimal(world.rng, 16)}" if hybrid else f"i-0{hexadecimal(world.rng, 16)}"
    role = world.pick(*account.workload_roles)
    if hybrid:
        admin = world.user(some_user(world, account))
        world.record(
            admin, start - 60, "ssm.amazonaws.com", "CreateActivation",
            request={"iamRole": role.name}, response={"activationId": guid(world.rng)},
        )  # fmt: skip
    else:
        role = account.linked_roles.setdefault(
            "managed-nodes",
            account.role(world.rng, "AWSSystemsManagerDefaultEC2InstanceManagementRole"),
        )
    same = (f"arn:aws:ssm:{account.regions[0]}:{account.id}:managed-instance/{name}",)
    made = assume_by_service(
        world, "ssm.amazonaws.com", role, name, start, HOUR,
        kind="ssm_hybrid_node" if hybrid else "ssm_default_host_management", session_in_response=True,
        origin=Origin("managed_node", name, same, ("ssm.amazonaws.com",)),
    )  # fmt: skip
    world.use(made, 4)
    return made


def just_in_time(world: World, start: int) -> Credential:
    """SSM just-in-time node access (record shape unverified): the response shows the key."""
    role = role_of(world, world.organisation.account())
    user = some_user(world, role.account)
    requester = assume(world, world.user(user), role, user.name, start - 5 * MINUTE, 4 * HOUR)
    world.use(requester, 2)
    account, key = role.account, world.key(role.account)
    request_id = f"oi-{hexadecimal(world.rng, 12)}"
    world.record(
        requester, start - MINUTE, "ssm.amazonaws.com", "StartAccessRequest",
        request={"reason": "patching"}, response={"accessRequestId": request_id},
    )  # fmt: skip
    gone = world.record(
        requester, start, "ssm.amazonaws.com", "GetAccessToken",
        request={"accessRequestId": request_id}, response=issued(world, key, start + HOUR),
    )  # fmt: skip
    access = account.linked_roles.setdefault("jit", account.role(world.rng, "JustInTimeNodeAccess"))
    made = world.credential(
        "ssm_just_in_time", requester.origin, role_identity(access, request_id, key, start), account,
        start=start, end=start + HOUR, parent=requester, hops=requester.hops + 1, ip=requester.ip,
        evidence=[Evidence(gone)], shown=key,
    )  # fmt: skip
    world.use(made, 4)
    return made
