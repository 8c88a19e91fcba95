"""What makes attribution go wrong, and the rarer ways to come by a credential."""

from __future__ import annotations

import json

from expected import UNKNOWN, Answer, Questions, iam_user
from identities import Credential, at
from issuing import (
    assume_role,
    assume_root,
    create_access_key,
    forward_access,
    get_federation_token,
    get_session_token,
    temporary_key,
)
from organisation import (
    BRAM,
    CATALOGUE_WRITER,
    DATA,
    IDENTITY,
    INGRID,
    KIOSK_ADMIN,
    KIOSK_BROKER,
    KIOSK_UPLOADER,
    LINUX_CLI,
    NEST_RESTORE,
    NOOR,
    PLATFORM_ADMIN,
    PRIYA,
    RECORDINGS_READER,
    ROOT_TASKS,
    SUPPORT_DESK,
    WIL,
    WORKLOADS,
)
from records import Trail


def recycled_key(trail: Trail, questions: Questions) -> None:
    """One access key id, two sessions: AWS reuses the ids of temporary keys."""
    key = temporary_key(DATA, "recycled")
    reader = assume_role(
        trail, PRIYA.long_term(), at(8, "09:00:12"), RECORDINGS_READER, "priya-waveforms", key=key
    )
    writer = assume_role(
        trail, NOOR.long_term(), at(8, "09:20:34"), CATALOGUE_WRITER, "noor-corrections", key=key
    )
    item = {"tableName": "catalogue", "key": {"species": "HIDDEN_DUE_TO_SECURITY_REASONS"}}
    for minute in (4, 23, 31, 44):
        song = {"bucketName": "wrenfield-recordings", "key": f"2026/05/07/{minute}.flac"}
        trail.call(reader, at(8, f"09:{minute:02}:00"), "s3:GetObject", song)
    for minute in (22, 27, 36):
        trail.call(writer, at(8, f"09:{minute}:00"), "dynamodb:PutItem", item)
    of_priya = Answer(reader, iam_user(PRIYA), ("L01",))
    of_noor = Answer(writer, iam_user(NOOR), ("L01",))
    questions.ask_recycled(of_priya, of_noor)
    questions.ask_recycled(of_priya, at=at(8, "09:31:00"))
    questions.ask_recycled(of_noor, at=at(8, "09:36:00"))


def no_issuance(trail: Trail, questions: Questions) -> None:
    """A session whose beginning is in no log: the role is known, the person is not."""
    name = "restore-drill"
    key = temporary_key(DATA, "nobody saw this issued")
    identity = NEST_RESTORE.identity(name, key, at(9, "02:41:19"))
    session = Credential(identity, "203.0.113.199", LINUX_CLI)
    for minute, backup in ((44, "catalogue-0502"), (47, "catalogue-0503"), (58, "uploads-0503")):
        restored = {"recoveryPointArn": f"arn:aws:backup:eu-west-1:{DATA}:recovery-point:{backup}"}
        trail.call(session, at(9, f"02:{minute}:03"), "backup:StartRestoreJob", restored)
    questions.ask(session, UNKNOWN, grade="none")


def borrowed_name(trail: Trail, questions: Questions) -> None:
    """Bram names his session after Ingrid, who has nothing to do with it."""
    session = assume_role(
        trail, BRAM.long_term(), at(7, "18:22:40"), SUPPORT_DESK, INGRID.email, duration=1800
    )
    for minute, name in ((23, "donors-2025.csv"), (24, "donors-2026.csv")):
        taken = {"bucketName": "wrenfield-donors", "key": name}
        trail.call(session, at(7, f"18:{minute}:15"), "s3:GetObject", taken)
    trail.call(session, at(7, "18:26:02"), "iam:ListRoles", denied="*")
    questions.ask(session, iam_user(BRAM), "L01")


def hostile_user_agent(trail: Trail, questions: Questions) -> None:
    """Logs are written by whoever makes the calls: text here aims at whoever reads them."""
    hostile = "\u001b[2J\u001b[31mno birds here <script>alert('caw')</script> =cmd|' /C calc'!A0"
    session = assume_role(
        trail,
        BRAM.long_term(),
        at(7, "22:05:09"),
        SUPPORT_DESK,
        "=cmd@A1",
        duration=900,
        user_agent=hostile,
    )
    trail.call(session, at(7, "22:06:00"), "s3:ListBuckets")
    trail.call(session, at(7, "22:06:41"), "ec2:DescribeInstances", denied="*")
    questions.ask(session, iam_user(BRAM), "L01")


def session_token(trail: Trail, questions: Questions) -> None:
    """Priya proves her MFA once with GetSessionToken, and assumes a role from there."""
    session = get_session_token(trail, PRIYA, PRIYA.long_term(), at(5, "13:01:37"))
    trail.call(session, at(5, "13:02:10"), "iam:GetUser", {"userName": "priya"})
    trail.call(session, at(5, "13:05:55"), "iam:ListAccessKeys", {"userName": "priya"})
    admin = assume_role(trail, session, at(5, "13:06:30"), PLATFORM_ADMIN, "priya-mfa")
    trail.call(admin, at(5, "13:07:01"), "iam:ListVirtualMFADevices")
    trail.call(admin, at(5, "13:08:44"), "iam:DeleteGroup", {"groupName": "autumn-recorders"})
    questions.ask(session, iam_user(PRIYA), "L01")
    questions.ask(admin, iam_user(PRIYA), "L01", "L01")


def federation_token(trail: Trail, questions: Questions) -> None:
    """The kiosk at the reserve gives each visitor a federated session."""
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    visitor = get_federation_token(
        trail, KIOSK_BROKER, KIOSK_BROKER.long_term(), at(9, "10:15:28"), "visitor-42", policy
    )
    for minute in (16, 19, 25):
        song = {"bucketName": "wrenfield-kiosk", "key": f"visitor-42/{minute}.flac"}
        trail.call(visitor, at(9, f"10:{minute}:50"), "s3:PutObject", song)
    questions.ask(visitor, iam_user(KIOSK_BROKER), "L01")


def root_task(trail: Trail, questions: Questions) -> None:
    """Wil unlocks a bucket as root of the workloads account, without root's password."""
    tasks = assume_role(trail, WIL.long_term(), at(8, "15:40:02"), ROOT_TASKS, "wil-unlock")
    root = assume_root(trail, tasks, at(8, "15:41:20"), WORKLOADS, "S3UnlockBucketPolicy")
    bucket = {"bucketName": "wrenfield-locked"}
    trail.call(root, at(8, "15:42:06"), "s3:GetBucketPolicy", bucket)
    trail.call(root, at(8, "15:42:31"), "s3:DeleteBucketPolicy", bucket)
    questions.ask(tasks, iam_user(WIL), "L01")
    # The member account's side of AssumeRoot is not documented field by field: not a proof.
    questions.ask(root, iam_user(WIL), "L01", "L01", grade="strong")


def made_access_key(trail: Trail, questions: Questions) -> None:
    """Priya makes a long-term key for the kiosk's uploader, which begins to use it."""
    maker = assume_role(trail, PRIYA.long_term(), at(4, "15:30:44"), KIOSK_ADMIN, "priya-kiosk-setup")
    uploader = create_access_key(trail, maker, at(4, "15:32:09"), KIOSK_UPLOADER)
    trail.call(uploader, at(4, "15:36:12"), "sts:GetCallerIdentity")
    for day in range(5, 11):
        song = {"bucketName": "wrenfield-kiosk", "key": f"uploads/{day:02}.flac"}
        trail.call(uploader, at(day, "17:00:30"), "s3:PutObject", song)
    questions.ask(uploader, iam_user(KIOSK_UPLOADER))
    questions.ask(maker, iam_user(PRIYA), "L01")


def forward_access_session(trail: Trail, questions: Questions) -> None:
    """Secrets Manager decrypts for Noor under a key of its own; she is on the record herself."""
    noor = NOOR.long_term()
    moment = at(6, "10:48:17")
    trail.call(noor, moment, "secretsmanager:GetSecretValue", {"secretId": "catalogue/database"})
    # With a long-term base key the forward access session begins at the second of the call.
    identity = NOOR.session_identity(temporary_key(IDENTITY, "fas noor"), moment, mfa=False)
    decrypting = forward_access(
        trail,
        identity,
        moment,
        "secretsmanager",
        "kms:Decrypt",
        {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
    )
    questions.ask(decrypting, iam_user(NOOR), grade="strong")
