"""Machines that act on their own: an instance, a function, an AWS service."""

from __future__ import annotations

from datetime import datetime, timedelta

from expected import Origin, Questions, iam_user
from identities import Credential, JsonObject, after, at, hex_id
from issuing import (
    assume_role,
    function_arn,
    function_session,
    instance_session,
    service_assume_role,
    service_session,
)
from organisation import (
    CATALOGUE_API,
    CATALOGUE_WRITER,
    DEPLOY,
    PRIYA,
    RECORDINGS_READER,
    SECURITY,
    SONG_INGEST,
    TOMAS,
    TRAIL_TO_LOGS,
    WORKLOADS,
)
from records import Trail

INSTANCE_ID = "i-0" + hex_id("instance song ingest", 16)


def run_instances_response(instance_id: str, launched: datetime, request_id: str) -> JsonObject:
    """``responseElements`` of a launch of one instance, cut to what identifies it."""
    instance = {
        "instanceId": instance_id,
        "imageId": "ami-0b1dca11" + "0" * 9,
        "instanceState": {"code": 0, "name": "pending"},
        "instanceType": "t4g.small",
        "launchTime": int(launched.timestamp()) * 1000,
        "placement": {"availabilityZone": "eu-west-1b", "tenancy": "default"},
        "privateIpAddress": "10.20.0.15",
    }
    return {
        "requestId": request_id,
        "reservationId": "r-0" + hex_id(f"reservation {instance_id}", 16),
        "ownerId": WORKLOADS,
        "groupSet": {},
        "instancesSet": {"items": [instance]},
    }


def ingest(trail: Trail, instance: Credential, since: datetime, recordings: int) -> None:
    """What the instance does all day: report to SSM, take recordings from a queue, store them."""
    report = {"instanceId": INSTANCE_ID, "agentVersion": "3.3.2299.0", "platformType": "Linux"}
    queue = {"queueUrl": f"https://sqs.eu-west-1.amazonaws.com/{WORKLOADS}/recordings"}
    for number in range(recordings):
        moment = after(since, minutes=7 + 23 * number)
        trail.call(instance, moment, "ssm:UpdateInstanceInformation", report)
        trail.call(instance, after(moment, seconds=40), "sqs:GetQueueAttributes", queue)
        stored = {"bucketName": "wrenfield-ingest", "key": f"incoming/{moment:%d%H%M}.flac"}
        trail.call(instance, after(moment, seconds=44), "s3:PutObject", stored)


def ec2_instance(trail: Trail, questions: Questions) -> None:
    """Tomas launches an instance; its role is used for a day and reaches into the data account."""
    deploy = assume_role(trail, TOMAS.long_term(), at(5, "07:38:20"), DEPLOY, "tomas-terraform")
    launched = at(5, "07:40:11")
    request_id = trail.new_id()
    trail.call(
        deploy,
        launched,
        "ec2:RunInstances",
        {
            "instancesSet": {"items": [{"imageId": "ami-0b1dca11" + "0" * 9, "minCount": 1, "maxCount": 1}]},
            "instanceType": "t4g.small",
            "iamInstanceProfile": {"name": SONG_INGEST.name},
            "disableApiTermination": False,
        },
        response=run_instances_response(INSTANCE_ID, launched, request_id),
        request_id=request_id,
    )
    trail.call(deploy, after(launched, seconds=9), "ec2:DescribeInstances", {"maxResults": 5})
    questions.ask(deploy, iam_user(TOMAS), "L01")

    # EC2 asks twice in the second of the launch, under the request id of the launch.
    first = after(launched, seconds=1)
    address = "192.0.2.115"
    keys = [
        instance_session(
            trail, first, SONG_INGEST, INSTANCE_ID, address, request_id=request_id, serial=serial
        )
        for serial in ("first", "second")
    ]
    ingest(trail, keys[0], first, recordings=1)
    ingest(trail, keys[1], after(first, minutes=20), recordings=9)
    for rotation in range(1, 4):
        issued = after(first, hours=6 * rotation, minutes=2 * rotation)
        keys.append(instance_session(trail, issued, SONG_INGEST, INSTANCE_ID, address))
        ingest(trail, keys[-1], issued, recordings=9)

    writer = assume_role(trail, keys[2], at(5, "15:05:02"), CATALOGUE_WRITER, "song-ingest", duration=1800)
    for minute in (6, 11, 17, 24):
        item = {"tableName": "catalogue", "key": {"species": "HIDDEN_DUE_TO_SECURITY_REASONS"}}
        trail.call(writer, at(5, f"15:{minute:02}:02"), "dynamodb:PutItem", item)

    instance = Origin("ec2_instance", INSTANCE_ID, INSTANCE_ID)
    for key in keys:
        questions.ask(key, instance, "L03")
    questions.ask(writer, instance, "L01", "L03")


def lambda_function(trail: Trail, questions: Questions) -> None:
    """The catalogue function reads recordings in the data account, a day after Priya changed it."""
    name = "catalogue-api"
    arn = function_arn(CATALOGUE_API, name)
    deploy = assume_role(trail, PRIYA.long_term(), at(6, "16:10:30"), DEPLOY, "priya-hotfix")
    updated = at(6, "16:12:02")
    trail.call(
        deploy,
        updated,
        "lambda:UpdateFunctionCode20150331v2",
        {"functionName": name, "publish": False, "dryRun": False},
        response={"functionName": name, "functionArn": arn, "role": CATALOGUE_API.arn},
    )
    questions.ask(deploy, iam_user(PRIYA), "L01")
    # Lambda tries the role out after a change; no invocation ever runs on these credentials.
    service_assume_role(
        trail,
        "lambda",
        after(updated, seconds=1),
        CATALOGUE_API,
        "awslambda_519_20260506161203000",
        lifetime=timedelta(hours=2),
        names_session=False,
    )

    running = function_session(trail, at(7, "06:00:04"), CATALOGUE_API, name)
    log_group = {"logGroupName": f"/aws/lambda/{name}", "logStreamName": "2026/05/07/[$LATEST]1"}
    trail.call(running, at(7, "06:00:05"), "logs:CreateLogStream", log_group)
    for hour in range(6, 14):
        query = {"tableName": "catalogue", "indexName": "by-species"}
        trail.call(running, at(7, f"{hour:02}:10:31"), "dynamodb:Query", query)
    reader = assume_role(trail, running, at(7, "09:30:00"), RECORDINGS_READER, name, duration=900)
    for second in (1, 2, 5, 6):
        clip = {"bucketName": "wrenfield-recordings", "key": f"clips/{second}.flac"}
        trail.call(reader, at(7, f"09:30:{second:02}"), "s3:GetObject", clip)

    function = Origin("lambda_function", arn, name)
    questions.ask(running, function, "L03")
    questions.ask(reader, function, "L01", "L03")


def service_role(trail: Trail, questions: Questions) -> None:
    """CloudTrail writes to CloudWatch Logs through a role it was given for that."""
    issued = at(8, "03:12:09")
    delivery = service_session(trail, "cloudtrail", issued, TRAIL_TO_LOGS, "wren-trail-delivery")
    for minute in (12, 17, 22, 27):
        stream = {"logGroupName": "org-trail", "logStreamName": f"{SECURITY}_delivery_{minute}"}
        trail.call(delivery, at(8, f"03:{minute}:10"), "logs:CreateLogStream", stream)
    host = "cloudtrail.amazonaws.com"
    questions.ask(delivery, Origin("aws_service", host, host, "service"), "L01")
