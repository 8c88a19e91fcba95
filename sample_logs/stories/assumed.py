"""People with an IAM user who assume roles by hand."""

from __future__ import annotations

import json

from expected import Questions, caller_of_missing_account, iam_user
from identities import at
from issuing import assume_role, forward_access, temporary_key
from organisation import (
    DATA,
    EVIDENCE_COLLECTOR,
    EVIDENCE_VAULT,
    INCIDENT_LEAD,
    NOOR,
    PLATFORM_ADMIN,
    PRIYA,
    RECORDINGS_READER,
    SECURITY,
    WIL,
)
from records import Trail


def same_account(trail: Trail, questions: Questions) -> None:
    """Priya takes up the admin role of the account her user is in."""
    priya = PRIYA.long_term()
    issued = at(4, "09:14:07")
    admin = assume_role(trail, priya, issued, PLATFORM_ADMIN, "priya-onboarding")
    # Call and first use in the same second: the clock of the record is no finer.
    trail.call(admin, issued, "sts:GetCallerIdentity")
    trail.call(admin, at(4, "09:15:22"), "iam:ListUsers", {"maxItems": 100})
    trail.call(admin, at(4, "09:17:40"), "iam:CreateGroup", {"groupName": "field-recorders"})
    trail.call(admin, at(4, "09:18:03"), "iam:ListGroups")
    questions.ask(admin, iam_user(PRIYA), "L01")


def cross_account(trail: Trail, questions: Questions) -> None:
    """Noor reads recordings in the data account; both accounts get a copy of her AssumeRole."""
    noor = NOOR.long_term()
    reader = assume_role(
        trail,
        noor,
        at(4, "10:02:51"),
        RECORDINGS_READER,
        "noor-nightingales",
        duration=7200,
        global_endpoint=True,
    )
    for minute, action, request in (
        (3, "s3:ListObjects", {"bucketName": "wrenfield-recordings", "prefix": "2026/05/"}),
        (4, "s3:GetObject", {"bucketName": "wrenfield-recordings", "key": "2026/05/03/17.flac"}),
        (5, "s3:GetObject", {"bucketName": "wrenfield-recordings", "key": "2026/05/03/18.flac"}),
        (9, "glue:GetTable", {"databaseName": "catalogue", "name": "species"}),
        (31, "athena:ListWorkGroups", None),
    ):
        trail.call(reader, at(4, f"10:{minute:02}:30"), action, request)
    questions.ask(reader, iam_user(NOOR), "L01")
    questions.ask(reader, caller_of_missing_account(noor), "L01", grade="strong", only_account=DATA)


def three_hops(trail: Trail, questions: Questions) -> None:
    """Wil follows an incident through three accounts, named by his source identity throughout."""
    wil = WIL.long_term()
    lead = assume_role(trail, wil, at(6, "14:20:05"), INCIDENT_LEAD, "case-0519", source_identity="wil")
    trail.call(lead, at(6, "14:21:10"), "ec2:DescribeInstances", {"maxResults": 50})
    trail.call(lead, at(6, "14:22:48"), "cloudtrail:LookupEvents", {"maxResults": 50})
    collector = assume_role(trail, lead, at(6, "14:25:33"), EVIDENCE_COLLECTOR, "case-0519-collect")
    evidence = {"bucketName": "wrenfield-recordings", "key": "access/2026-05-05.log"}
    trail.call(collector, at(6, "14:26:02"), "s3:GetObject", evidence)
    trail.call(collector, at(6, "14:27:15"), "dynamodb:DescribeTable", {"tableName": "uploads"})
    vault = assume_role(trail, collector, at(6, "14:31:44"), EVIDENCE_VAULT, "case-0519-vault")
    for second, name in ((5, "access.log"), (21, "instances.json"), (40, "notes.txt")):
        filed = {"bucketName": "wrenfield-evidence", "key": f"case-0519/{name}"}
        trail.call(vault, at(6, f"14:33:{second:02}"), "s3:PutObject", filed)
    questions.ask(lead, iam_user(WIL), "L01")
    questions.ask(collector, iam_user(WIL), "L01", "L01")
    questions.ask(vault, iam_user(WIL), "L01", "L01", "L01")
    questions.ask(
        vault,
        caller_of_missing_account(collector),
        "L01",
        grade="strong",
        only_account=SECURITY,
    )


def session_policies(trail: Trail, questions: Questions) -> None:
    """Noor takes a session that may do less than its role: an inline policy and a managed one."""
    statement = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "kms:Decrypt"],
        "Resource": "*",
    }
    limits = {
        "policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        "policyArns": [
            {"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"},
            {"arn": f"arn:aws:iam::{DATA}:policy/recordings-only"},
        ],
    }
    issued = at(7, "11:40:16")
    limited = assume_role(
        trail,
        NOOR.long_term(),
        issued,
        RECORDINGS_READER,
        "noor-volunteer-view",
        duration=900,
        limits=limits,
    )
    song = {"bucketName": "wrenfield-recordings", "key": "2026/05/06/02.flac"}
    trail.call(limited, at(7, "11:41:02"), "s3:GetObject", song)
    # S3 decrypts for its caller under another key, with the creation date of the session.
    fas_key = temporary_key(DATA, "fas", "noor-volunteer-view")
    forward_access(
        trail,
        RECORDINGS_READER.identity("noor-volunteer-view", fas_key, issued),
        at(7, "11:41:02"),
        "s3",
        "kms:Decrypt",
        {"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::wrenfield-recordings"}},
    )
    bucket = "arn:aws:s3:::wrenfield-recordings/2026/05/06/02.flac"
    trail.call(limited, at(7, "11:42:37"), "s3:DeleteObject", denied=bucket)
    trail.call(limited, at(7, "11:43:11"), "dynamodb:DescribeTable", denied="table/uploads")
    questions.ask(limited, iam_user(NOOR), "L01")
