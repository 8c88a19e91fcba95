"""The ways to get a session: each function draws one and hands it to the plan."""

from __future__ import annotations

from base64 import b64encode
from itertools import accumulate

from synthetic.clock import timestamp
from synthetic.identities import Json, issued, session_identity, user_identity
from synthetic.organisation import guid, minted
from synthetic.plan import HOUR, SDKS, Plan

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
GITHUB = "token.actions.githubusercontent.com"
WORKLOADS = (
    ("ec2", 6 * HOUR + 35 * 60),
    ("lambda", 12 * HOUR),
    ("lambda", 12 * HOUR),
    ("ecs-tasks", 6 * HOUR),
)


def fill(plan: Plan) -> None:
    """Draw until the plan has its sessions, or a few more."""
    ways = (chain, workload, web_identity, saml, console)
    weights = tuple(accumulate((30, 27, 14, 12, 9)))
    enough = len(plan.credentials) + plan.sessions
    while len(plan.credentials) < enough:
        plan.rng.choices(ways, cum_weights=weights)[0](plan)


def chain(plan: Plan) -> None:
    """A user assumes a role, and from there up to three more, often in other accounts."""
    rng = plan.rng
    account = plan.account()
    user = rng.choice(account.users)
    identity, parent = user_identity(user), plan.key_of[user.key]
    start, end, ip = plan.start(), plan.period, plan.credentials[parent].ip
    sticky = {"sourceIdentity": user.name} if rng.random() < 0.2 else {}
    for hop in range(rng.choices((1, 2, 3, 4), (50, 28, 15, 7))[0]):
        if hop:
            start += rng.randint(1, 40 * 60)
        if start + 120 > min(end, plan.period):
            return
        account = plan.account() if rng.random() < 0.6 else account
        role = rng.choice(account.roles)
        # A session that another session assumed lives an hour at most.
        hours = 1 if hop else rng.choice((1, 1, 4, 12))
        end = start + hours * HOUR
        names = (user.name, f"{user.name}-{rng.randrange(10**9)}", f"botocore-session-{start}")
        session = rng.choice(names)
        request: Json = {"roleArn": role.arn, "roleSessionName": session} | sticky
        if hours > 1:
            request["durationSeconds"] = hours * HOUR
        key, response = issued(rng, role, session, end)
        kind = "AssumeRole by a role session" if hop else "AssumeRole by a user"
        plan.issue("AssumeRole", kind, identity, role, start, request, response, ip=ip)
        plan.signed.add(parent)
        identity = session_identity(role, session, key, start, sticky)
        parent = plan.add(
            [identity], role.session_arn(session), (start + 1, end),
            account=account.id, region=plan.region(), ip=ip, forwards=True,
        )  # fmt: skip


def workload(plan: Plan) -> None:
    """EC2, Lambda or ECS gives a workload its role's session: no `assumedRoleUser`."""
    rng = plan.rng
    account, start, region = plan.account(), plan.start(), plan.region()
    role = rng.choice(account.workload_roles)
    service, seconds = rng.choice(WORKLOADS)
    extra: Json = {}
    scope: Json = {}
    if service == "ec2":
        session = f"i-0{rng.randbytes(8).hex()}"
        extra = {"ec2RoleDelivery": "2.0"}
        arn = f"arn:aws:ec2:{region}:{account.id}:instance/{session}"
        scope = {"issuerType": "AWS::EC2::Instance", "credentialsIssuedTo": arn}
    elif service == "lambda":
        session = rng.choice(account.functions)
        arn = f"arn:aws:lambda:{region}:{account.id}:function:{session}"
        scope = {"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": arn}
    else:
        session = rng.randbytes(16).hex()
    key, response = issued(rng, role, session, start + seconds)
    del response["assumedRoleUser"]
    host = f"{service}.amazonaws.com"
    plan.issue(
        "AssumeRole", f"AssumeRole by {host}", {"type": "AWSService", "invokedBy": host},
        role, start, {"roleArn": role.arn, "roleSessionName": session}, response,
        ip=host, agent=host, region=region,
    )  # fmt: skip
    identity = session_identity(role, session, key, start, extra)
    if scope:
        identity["inScopeOf"] = scope
    plan.add(
        [identity], role.session_arn(session), (start + 1, start + seconds),
        account=account.id, region=region, agent=rng.choice(SDKS[1:4]), forwards=True,
        ip=f"10.0.{rng.randrange(16)}.{rng.randrange(2, 250)}", weight=rng.lognormvariate(0.2, 1),
    )  # fmt: skip


def web_identity(plan: Plan) -> None:
    """A pipeline trades its OIDC token for a role session."""
    rng = plan.rng
    account, start, ip = plan.account(), plan.start(), plan.address()
    role = rng.choice(account.roles)
    provider = f"arn:aws:iam::{account.id}:oidc-provider/{GITHUB}"
    branch = rng.choice(("main", "dev"))
    subject = f"repo:example-org/{rng.choice(account.functions)}:ref:refs/heads/{branch}"
    caller = {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
    session = rng.choice(("GitHubActions", f"run-{rng.randrange(10**10)}"))
    key, response = issued(rng, role, session, start + HOUR)
    response |= {
        "subjectFromWebIdentityToken": subject,
        "provider": provider,
        "audience": "sts.amazonaws.com",
    }
    request = {"roleArn": role.arn, "roleSessionName": session, "durationSeconds": HOUR}
    call = "AssumeRoleWithWebIdentity"
    plan.issue(call, call, caller, role, start, request, response, ip=ip)
    federation = {"webIdFederationData": {"federatedProvider": provider, "attributes": {}}}
    identity = session_identity(role, session, key, start, federation)
    plan.add(
        [identity], role.session_arn(session), (start + 1, start + HOUR),
        account=account.id, region=plan.region(), ip=ip, forwards=True,
    )  # fmt: skip


def saml(plan: Plan) -> None:
    """An Identity Center person: the keys that are used are not the key that was issued."""
    rng = plan.rng
    account, start, ip = plan.account(), plan.start(), plan.address()
    role = rng.choice(account.sso_roles)
    person = rng.choice(plan.account().users[:6]).name
    session = f"{person}@example.com"
    qualifier = b64encode(rng.randbytes(20)).decode()
    caller = {
        "type": "SAMLUser",
        "principalId": f"{qualifier}:{session}",
        "userName": session,
        "identityProvider": qualifier,
    }
    end = start + rng.choice((1, 4, 8)) * HOUR
    _, response = issued(rng, role, session, end)
    response |= {
        "subject": session,
        "subjectType": "persistent",
        "issuer": "https://portal.sso.eu-west-1.amazonaws.com/saml/assertion/example",
        "audience": "https://signin.aws.amazon.com/saml",
        "nameQualifier": qualifier,
    }
    provider = f"AWSSSO_{role.unique_id[-8:].lower()}_DO_NOT_DELETE"
    request = {
        "sAMLAssertionID": f"_{plan.guid()}",
        "roleSessionName": session,
        "durationSeconds": end - start,
        "roleArn": role.arn,
        "principalArn": f"arn:aws:iam::{account.id}:saml-provider/{provider}",
    }
    call = "AssumeRoleWithSAML"
    plan.issue(call, call, caller, role, start, request, response, ip=ip)
    home = plan.accounts[0].id
    behalf = {
        "userId": guid(person.encode().hex().ljust(32, "0")),
        "identityStoreArn": f"arn:aws:identitystore::{home}:identitystore/d-9000000001",
    }
    keys = [minted(rng, "ASIA", account.id) for _ in range(rng.choice((1, 1, 2, 3)))]
    identities = [session_identity(role, session, key, start, {}) | {"onBehalfOf": behalf} for key in keys]
    plan.add(
        identities, role.session_arn(session), (start + 1, end),
        account=account.id, region=plan.region(), ip=ip,
    )  # fmt: skip


def console(plan: Plan) -> None:
    """A user signs in: no key is issued, each service then gets a fresh one of the session."""
    rng = plan.rng
    account, start = plan.account(), plan.start()
    user = rng.choice(account.users[:6])
    ip, region = plan.address(), plan.region()
    identity = user_identity(user)
    del identity["accessKeyId"]
    record = {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": timestamp(start),
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "awsRegion": region,
        "sourceIPAddress": ip,
        "userAgent": BROWSER,
        "requestParameters": None,
        "responseElements": {"ConsoleLogin": "Success"},
        "additionalEventData": {
            "LoginTo": f"https://console.aws.amazon.com/console/home?region={region}",
            "MobileVersion": "No",
            "MFAIdentifier": f"arn:aws:iam::{account.id}:mfa/{user.name}",
            "MFAUsed": "Yes",
        },
        "eventID": plan.guid(),
        "readOnly": False,
        "eventType": "AwsConsoleSignIn",
        "managementEvent": True,
        "recipientAccountId": account.id,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "signin.aws.amazon.com",
        },
    }
    plan.kinds["ConsoleLogin"] += 1
    plan.write(account.id, region, start, record)
    context = {
        "sessionIssuer": {},
        "webIdFederationData": {},
        "attributes": {"creationDate": timestamp(start), "mfaAuthenticated": "true"},
    }
    keys = [minted(rng, "ASIA", account.id) for _ in range(rng.randint(2, 8))]
    identities = [user_identity(user, key) | {"sessionContext": context} for key in keys]
    plan.add(
        identities, user.arn, (start + 1, start + rng.randint(1, 8) * HOUR),
        account=account.id, region=region, ip=ip, agent=BROWSER, console=True,
    )  # fmt: skip
