"""The ordinary week around the stories: work, machines, refusals, and services on their rounds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from federation import identity_center_sign_in, on_behalf_of
from identities import Credential, JsonObject, Role, after, at, hex_id, stream
from issuing import (
    assume_role,
    denied_assume_role,
    function_session,
    instance_session,
    service_linked_session,
)
from organisation import (
    ACCOUNTS,
    AUDIT_READER,
    BOOKKEEPER,
    BRAM,
    CATALOGUE_WRITER,
    COORDINATOR,
    DATA,
    DATA_EXPLORER,
    DEPLOY,
    EVIDENCE_VAULT,
    HANA,
    IDENTITY,
    INGRID,
    INSPECTOR,
    LEGACY_BUILD,
    LEO,
    MAILER,
    NEST_BACKUP,
    NOOR,
    PEOPLE,
    PLATFORM_ADMIN,
    PRIYA,
    RECORDINGS_READER,
    SECURITY,
    SUPPORT_DESK,
    TOMAS,
    WEB_TIER,
    WIL,
    WORKLOADS,
    service_linked_role,
)
from records import Trail

WEEK = range(4, 11)  # Monday 4 to Sunday 10 May 2026
WORKDAYS = range(4, 9)

Call = tuple[str, JsonObject | None]

LOOKING_AROUND: tuple[Call, ...] = (
    ("sts:GetCallerIdentity", None),
    ("iam:ListRoles", {"maxItems": 100}),
    ("iam:GetUser", None),
    ("ec2:DescribeRegions", None),
    ("organizations:ListAccounts", None),
    ("s3:ListBuckets", None),
)
BUILDING: tuple[Call, ...] = (
    ("ec2:DescribeInstances", {"maxResults": 50}),
    ("ec2:DescribeSecurityGroups", None),
    ("ec2:DescribeVpcs", None),
    ("ec2:CreateTags", {"resourcesSet": {"items": [{"resourceId": "vpc-05190"}]}}),
    ("lambda:GetFunction20150331v2", {"functionName": "newsletter"}),
    ("s3:GetObject", {"bucketName": "wrenfield-terraform", "key": "state.json"}),
    ("s3:PutObject", {"bucketName": "wrenfield-terraform", "key": "state.json"}),
    ("elasticloadbalancing:DescribeLoadBalancers", None),
)
RESEARCH: tuple[Call, ...] = (
    ("s3:ListObjects", {"bucketName": "wrenfield-recordings"}),
    ("s3:GetObject", {"bucketName": "wrenfield-recordings", "key": "index.json"}),
    ("athena:StartQueryExecution", {"workGroup": "research"}),
    ("athena:GetQueryResults", None),
    ("glue:GetTables", {"databaseName": "catalogue"}),
    ("dynamodb:Query", {"tableName": "catalogue"}),
)
ADMINISTERING: tuple[Call, ...] = (
    ("iam:ListUsers", {"maxItems": 100}),
    ("iam:ListPolicies", {"scope": "Local"}),
    ("iam:GetAccountSummary", None),
    ("organizations:ListAccounts", None),
    ("cloudtrail:DescribeTrails", None),
)
AUDITING: tuple[Call, ...] = (
    ("cloudtrail:LookupEvents", {"maxResults": 50}),
    ("guardduty:ListFindings", None),
    ("securityhub:GetFindings", {"maxResults": 100}),
    ("config:DescribeComplianceByConfigRule", None),
    ("s3:GetObject", {"bucketName": "wrenfield-evidence", "key": "index.json"}),
)
PAYING: tuple[Call, ...] = (
    ("ce:GetCostAndUsage", None),
    ("budgets:ViewBudget", None),
    ("s3:GetObject", {"bucketName": "wrenfield-invoices", "key": "2026-04.pdf"}),
)
SERVING: tuple[Call, ...] = (
    ("ssm:UpdateInstanceInformation", None),
    ("s3:GetObject", {"bucketName": "wrenfield-website", "key": "index.html"}),
    ("monitoring:PutMetricData", {"namespace": "Web"}),
)
MAILING: tuple[Call, ...] = (
    ("logs:CreateLogStream", {"logGroupName": "/aws/lambda/newsletter"}),
    ("dynamodb:Query", {"tableName": "subscribers"}),
    ("ses:SendEmail", None),
)
WATCHING: tuple[Call, ...] = (
    ("config:DescribeConfigurationRecorders", None),
    ("ec2:DescribeInstances", None),
    ("s3:GetBucketPolicyStatus", None),
)


def some_calls(
    trail: Trail,
    draw: random.Random,
    credential: Credential,
    since: datetime,
    calls: Sequence[Call],
    count: int,
    *,
    minutes: int = 3,
    person: JsonObject | None = None,
) -> None:
    """A number of calls, a few minutes apart; ``person`` is stamped on about half of them."""
    moment = since
    for _ in range(count):
        moment = after(moment, seconds=1 + draw.randrange(60 * minutes))
        action, request = draw.choice(calls)
        stamp = person if draw.getrandbits(1) else None
        trail.call(credential, moment, action, request, on_behalf_of=stamp)


def people_at_work(trail: Trail, draw: random.Random) -> None:
    """Every workday: a few calls with the long-term key, then roles here and elsewhere."""
    roles: dict[str, tuple[tuple[Role, Sequence[Call]], ...]] = {
        PRIYA.name: ((DEPLOY, BUILDING), (PLATFORM_ADMIN, ADMINISTERING)),
        TOMAS.name: ((DEPLOY, BUILDING), (SUPPORT_DESK, RESEARCH)),
        NOOR.name: ((RECORDINGS_READER, RESEARCH), (CATALOGUE_WRITER, RESEARCH)),
        WIL.name: ((AUDIT_READER, AUDITING), (EVIDENCE_VAULT, AUDITING)),
    }
    for day in WORKDAYS:
        for user in PEOPLE:
            key = user.long_term()
            morning = after(at(day, "09:05:00"), seconds=draw.randrange(3600))
            some_calls(trail, draw, key, morning, LOOKING_AROUND, 4 + draw.randrange(4))
            for hour, (role, calls) in zip((11, 14), roles[user.name], strict=True):
                issued = after(at(day, f"{hour}:00:00"), seconds=draw.randrange(5400))
                session = assume_role(trail, key, issued, role, f"{user.name}-{day:02}{hour}", duration=7200)
                some_calls(trail, draw, session, issued, calls, 8 + draw.randrange(7))


def identity_center_people(trail: Trail, draw: random.Random) -> None:
    """Colleagues without an IAM user, through Identity Center."""
    for day in WORKDAYS:
        for person, role, calls in (
            (HANA, DATA_EXPLORER, RESEARCH),
            (INGRID, BOOKKEEPER, PAYING),
            (LEO, COORDINATOR, PAYING),
        ):
            issued = after(at(day, "12:10:00"), seconds=draw.randrange(9000))
            session = identity_center_sign_in(trail, person, issued, role)
            stamp = on_behalf_of(person)
            count = 6 + draw.randrange(8)
            some_calls(trail, draw, session, issued, calls, count, minutes=9, person=stamp)


def machines(trail: Trail, draw: random.Random) -> None:
    """A web server, a newsletter function, and two users that exist for machines."""
    web_server = "i-0" + hex_id("instance web", 16)
    issued = at(4, "00:04:31")
    while issued < at(10, "17:00:00"):
        session = instance_session(trail, issued, WEB_TIER, web_server, "192.0.2.116")
        some_calls(trail, draw, session, issued, SERVING, 14, minutes=27)
        issued = after(issued, hours=6, minutes=1, seconds=draw.randrange(120))
    for day in WEEK:
        for clock in ("04:00:02", "16:00:02"):
            running = function_session(trail, at(day, clock), MAILER, "newsletter")
            some_calls(trail, draw, running, at(day, clock), MAILING, 8, minutes=5)
        backup = NEST_BACKUP.long_term()
        some_calls(trail, draw, backup, at(day, "01:30:00"), RESEARCH, 12)
        build = LEGACY_BUILD.long_term()
        some_calls(trail, draw, build, at(day, "05:45:00"), BUILDING, 14)


def services(trail: Trail, draw: random.Random) -> None:
    """AWS services: for themselves, through service-linked roles, and unasked."""
    for day in WEEK:
        for hour in range(0, 24, 2):
            for account in (DATA, SECURITY):
                moment = after(at(day, f"{hour:02}:00:00"), seconds=draw.randrange(7000))
                bucket: JsonObject = {"bucketName": f"wrenfield-trail-{account[:4]}"}
                trail.by_service("cloudtrail", moment, "s3:GetBucketAcl", account, bucket)
                context: JsonObject = {"keySpec": "AES_256"}
                trail.by_service("cloudtrail", moment, "kms:GenerateDataKey", account, context)
        for account in ACCOUNTS:
            role = service_linked_role(account, "config", "AWSServiceRoleForConfig")
            moment = after(at(day, "02:00:00"), seconds=draw.randrange(3000))
            session = service_linked_session(trail, "config", moment, role, "ConfigRounds")
            some_calls(trail, draw, session, moment, WATCHING, 8)
        moment = after(at(day, "03:20:00"), seconds=draw.randrange(600))
        name = f"WrenScan-{draw.randrange(10**6):06}"
        session = service_linked_session(trail, "inspector2", moment, INSPECTOR, name)
        some_calls(trail, draw, session, moment, WATCHING, 9)
        details: JsonObject = {"keyId": f"arn:aws:kms:eu-west-1:{DATA}:key/{trail.new_id()}"}
        trail.service_event(at(day, "00:31:07"), "kms:RotateKey", DATA, details)
        snapshot = {"snapshotId": "snap-0" + hex_id(f"snapshot {day}", 16)}
        event = "ec2:SharedSnapshotVolumeCreated"
        trail.service_event(at(day, "04:44:44"), event, WORKLOADS, snapshot)


def refusals(trail: Trail, draw: random.Random) -> None:
    """Calls that were denied: mostly Bram, who tries doors."""
    bram = BRAM.long_term()
    for day in WORKDAYS:
        moment = after(at(day, "17:10:00"), seconds=draw.randrange(3000))
        denied_assume_role(trail, bram, moment, PLATFORM_ADMIN)
        denied_assume_role(trail, bram, after(moment, seconds=9), EVIDENCE_VAULT)
        for action in ("iam:ListUsers", "s3:ListBuckets", "secretsmanager:ListSecrets"):
            moment = after(moment, seconds=20 + draw.randrange(60))
            trail.call(bram, moment, action, denied="*")
        build = LEGACY_BUILD.long_term()
        trail.call(build, at(day, "06:40:00"), "ec2:RunInstances", denied="instance/*")


def one_bucket_two_accounts(trail: Trail, draw: random.Random) -> None:
    """Priya reads a bucket of another account with her own key; its owner gets a copy."""
    key = PRIYA.long_term()
    record = trail.call(
        key,
        at(7, "10:21:33"),
        "s3:GetObject",
        {"bucketName": "wrenfield-recordings", "key": f"shared/{draw.randrange(100)}.flac"},
        shared_event_id=trail.new_id(),
        resources=[
            {"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::wrenfield-recordings/"},
            {
                "accountId": DATA,
                "type": "AWS::S3::Bucket",
                "ARN": "arn:aws:s3:::wrenfield-recordings",
            },
        ],
    )
    trail.copy_to(DATA, record)


def redeliveries(trail: Trail, draw: random.Random) -> None:
    """CloudTrail delivers at least once: a handful of records come twice."""
    issuances = [r for r in trail.records if r["eventName"] == "AssumeRole"]
    ordinary = [r for r in trail.records if r["recipientAccountId"] == IDENTITY]
    for record in (draw.choice(issuances), *(draw.choice(ordinary) for _ in range(4))):
        trail.redeliver(record)


def ordinary_week(trail: Trail) -> None:
    """Everything that is not a story."""
    for part in (
        people_at_work,
        identity_center_people,
        machines,
        services,
        refusals,
        one_bucket_two_accounts,
        redeliveries,
    ):
        trail.begin(part.__name__)
        part(trail, stream(part.__name__))
