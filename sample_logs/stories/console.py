"""Tomas in the management console: one session, many keys, none of them issued in any record."""

from __future__ import annotations

from datetime import datetime

from expected import Questions, iam_user
from identities import Credential, JsonObject, after, at
from issuing import assume_role, forward_access, temporary_key
from organisation import BROWSER, IDENTITY, ON_CALL, TOMAS, WORKLOADS
from records import Trail

LOGIN = at(6, "07:55:48")
CONSOLE = "https://eu-west-1.console.aws.amazon.com/console/home"

# Page by page: minutes after the sign-in, the calls a page makes, the service in between if any.
Page = tuple[int, tuple[tuple[str, JsonObject | None], ...], str | None]
PAGES: tuple[Page, ...] = (
    (0, (("monitoring:DescribeAlarms", None), ("monitoring:ListDashboards", None)), None),
    (0, (("ce:GetCostAndUsage", None),), None),
    (1, (("health:DescribeEventAggregates", None),), "health"),
    (1, (("notifications:ListNotificationHubs", None),), None),
    (2, (("iam:GetAccountSummary", None), ("iam:ListUsers", None)), None),
    (2, (("iam:ListMFADevices", {"userName": "tomas"}),), None),
    (3, (("access-analyzer:ListAnalyzers", None),), None),
    (4, (("organizations:DescribeOrganization", None),), None),
    (4, (("organizations:ListAccounts", None),), "cost-optimization-hub"),
    (6, (("s3:ListBuckets", None),), None),
    (6, (("s3:GetBucketPolicyStatus", {"bucketName": "wrenfield-terraform"}),), None),
    (7, (("s3:ListObjects", {"bucketName": "wrenfield-terraform"}),), None),
    (9, (("cloudtrail:LookupEvents", {"maxResults": 50}),), None),
    (11, (("secretsmanager:ListSecrets", None),), None),
    (12, (("secretsmanager:GetSecretValue", {"secretId": "terraform/token"}),), None),
    (12, (("kms:Decrypt", {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}),), "secretsmanager"),
    (15, (("ssm:DescribeParameters", None),), None),
    (16, (("kms:ListAliases", None),), None),
    (18, (("budgets:ViewBudget", None),), None),
    (21, (("support:DescribeCases", None),), "health"),
)


def console_login(trail: Trail, when: datetime) -> None:
    """``ConsoleLogin``: an identity without key, and no request id."""
    trail.write(
        TOMAS.identity(),
        when,
        "signin:ConsoleLogin",
        recipient=IDENTITY,
        source_ip=TOMAS.source_ip,
        user_agent=BROWSER,
        response={"ConsoleLogin": "Success"},
        additional={
            "LoginTo": CONSOLE,
            "MobileVersion": "No",
            "MFAIdentifier": f"arn:aws:iam::{IDENTITY}:mfa/tomas",
            "MFAUsed": "Yes",
        },
        event_type="AwsConsoleSignIn",
    )


def console_key(page: str) -> Credential:
    """A key the console mints for itself, with the creation date of the sign-in."""
    key = temporary_key(IDENTITY, "console tomas", page)
    identity = TOMAS.session_identity(key, LOGIN, mfa=True)
    return Credential(identity, TOMAS.source_ip, BROWSER, from_console=True)


def console_session(trail: Trail, questions: Questions) -> None:
    """Tomas signs in with his password and looks around."""
    console_login(trail, LOGIN)
    keys: list[Credential] = []
    for number, (minute, calls, through) in enumerate(PAGES):
        moment = after(LOGIN, minutes=minute, seconds=4 + number)
        page = console_key(f"page {number}")
        if through:
            identity = page.user_identity
            for action, request in calls:
                forward_access(trail, identity, moment, through, action, request or {}, from_console=True)
            continue
        for action, request in calls:
            trail.call(page, moment, action, request)
        keys.append(page)
    for key in (keys[0], keys[4], keys[-1]):
        questions.ask(key, iam_user(TOMAS), "L10", grade="strong")


def switch_role(trail: Trail, questions: Questions) -> None:
    """From that session Tomas switches to the on-call role of the workloads account."""
    when = after(LOGIN, minutes=27)
    issued = assume_role(
        trail,
        console_key("switch"),
        when,
        ON_CALL,
        "tomas",
        user_agent="AWS Signin, aws-internal/3",
    )
    trail.write(
        ON_CALL.bare_identity("tomas"),
        when,
        "signin:SwitchRole",
        recipient=WORKLOADS,
        source_ip=TOMAS.source_ip,
        user_agent=BROWSER,
        response={"SwitchRole": "Success"},
        additional={"SwitchFrom": TOMAS.arn, "RedirectTo": CONSOLE},
        event_type="AwsConsoleSignIn",
    )
    # The key of that AssumeRole is never seen again; the console goes on with keys of its own.
    pages: list[Credential] = []
    for number, action in enumerate(
        (
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceStatus",
            "monitoring:GetMetricData",
            "logs:DescribeLogGroups",
            "lambda:ListFunctions20150331",
        )
    ):
        key = temporary_key(WORKLOADS, "console on call", action)
        identity = ON_CALL.identity("tomas", key, when, mfa=issued.mfa)
        page = Credential(identity, TOMAS.source_ip, BROWSER, from_console=True)
        trail.call(page, after(when, minutes=1 + 2 * number), action)
        trail.call(page, after(when, minutes=2 + 2 * number), action)
        pages.append(page)
    rebooted = {"instancesSet": {"items": [{"instanceId": "i-0" + "5190" * 4}]}}
    trail.call(pages[0], after(when, minutes=14), "ec2:RebootInstances", rebooted)
    for page in (pages[0], pages[3]):
        questions.ask(page, iam_user(TOMAS), "L05", "L10", grade="strong")
