"""What sessions do: the API calls that fill the logs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import msgspec
from msgspec import Raw

ENCODER = msgspec.json.Encoder()


def raw(value: Any) -> Raw:
    """Encoded once, copied into many records."""
    return Raw(ENCODER.encode(value))


NULL = raw(None)


@dataclass(frozen=True, slots=True)
class Call:
    source: str
    name: str
    weight: float
    request: Raw
    response: Raw
    read_only: bool
    category: str = "Management"
    version: str = "1.11"
    stamps: bool = True
    """Whether the service stamps who or what is behind a session (`onBehalfOf`, `inScopeOf`)."""


def _call(
    service: str,
    name: str,
    weight: float,
    request: Any = None,
    response: Any = None,
    *,
    writes: bool = False,
    data: bool = False,
    version: str = "1.11",
    stamps: bool = True,
) -> Call:
    return Call(
        f"{service}.amazonaws.com",
        name,
        weight,
        raw(request),
        raw(response),
        not writes,
        "Data" if data else "Management",
        version,
        stamps,
    )


_OBJECT = {
    "bucketName": "corp-lake-raw",
    "Host": "corp-lake-raw.s3.amazonaws.com",
    "key": "2026/part-0001.parquet",
}

# About every eighth call is to a service that stamps nothing, as was seen of one real session.
CALLS = (
    _call("s3", "GetObject", 8, _OBJECT, data=True),
    _call("s3", "PutObject", 4, _OBJECT, {"x-amz-server-side-encryption": "AES256"}, writes=True, data=True),
    _call("s3", "ListBuckets", 2, {"Host": "s3.amazonaws.com"}, version="1.08"),
    _call("s3", "GetBucketLocation", 2, {"bucketName": "corp-lake-raw", "location": ""}),
    _call("kms", "Decrypt", 6, {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
    _call("kms", "GenerateDataKey", 3, {"keyId": "alias/lake", "keySpec": "AES_256"}),
    _call("dynamodb", "GetItem", 4, {"tableName": "orders", "key": {"pk": "o-1"}}, data=True),
    _call("dynamodb", "DescribeTable", 2, {"tableName": "orders"}),
    _call("ec2", "DescribeInstances", 7, {"instancesSet": {}, "filterSet": {}, "maxResults": 1000}),
    _call("ec2", "DescribeSecurityGroups", 2, {"securityGroupSet": {}, "filterSet": {}}),
    _call("ec2", "CreateTags", 1, {"resourcesSet": {"items": [{"resourceId": "vol-0a1"}]}},
          {"_return": True}, writes=True),
    _call("iam", "GetRole", 2, {"roleName": "Deploy"}, stamps=False),
    _call("iam", "ListAttachedRolePolicies", 1, {"roleName": "Deploy"}, stamps=False),
    _call("sts", "GetCallerIdentity", 5, stamps=False),
    _call("ssm", "GetParameter", 4, {"name": "/orders/db", "withDecryption": True}),
    _call("ssm", "PutParameter", 1, {"name": "/orders/db", "type": "String"}, {"version": 3}, writes=True),
    _call("secretsmanager", "GetSecretValue", 4, {"secretId": "orders/db", "versionStage": "AWSCURRENT"}),
    _call("logs", "CreateLogStream", 4, {"logGroupName": "/aws/orders", "logStreamName": "a/1"}, writes=True),
    _call("logs", "DescribeLogGroups", 2, {"limit": 50}),
    _call("lambda", "GetFunction20150331v2", 2, {"functionName": "orders-api"}, version="1.08"),
    _call("lambda", "UpdateFunctionConfiguration20150331v2", 0.5, {"functionName": "orders-api"},
          {"functionName": "orders-api", "timeout": 30}, writes=True, version="1.08"),
    _call("ecr", "BatchGetImage", 1, {"repositoryName": "orders-api"}, version="1.08"),
    _call("sqs", "GetQueueAttributes", 2, {"queueUrl": "https://sqs.eu-west-1.amazonaws.com/1/orders"}),
    _call("monitoring", "DescribeAlarms", 3, {"maxRecords": 100}),
    _call("monitoring", "PutMetricAlarm", 0.5, {"alarmName": "orders-errors"}, writes=True),
    _call("cloudformation", "DescribeStacks", 2, {"stackName": "orders"}, version="1.08", stamps=False),
    _call("eks", "DescribeCluster", 1, {"name": "prod"}),
    _call("glue", "GetTable", 2, {"databaseName": "lake", "name": "orders"}, version="1.08"),
)  # fmt: skip
CUMULATED = tuple(accumulate(call.weight for call in CALLS))
TOTAL = CUMULATED[-1]

# What a service does with its caller's session (forward access sessions), and for itself.
FORWARDED = (
    ("secretsmanager.amazonaws.com", "CreateSecret",
     _call("kms", "GenerateDataKey", 1, {"keyId": "alias/aws/secretsmanager", "keySpec": "AES_256"})),
    ("secretsmanager.amazonaws.com", "GetSecretValue",
     _call("kms", "Decrypt", 1, {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"})),
    ("cloudformation.amazonaws.com", "CreateStack",
     _call("ec2", "CreateSecurityGroup", 1, {"groupName": "web"}, {"groupId": "sg-0a1"}, writes=True)),
    ("athena.amazonaws.com", "StartQueryExecution",
     _call("glue", "GetTable", 1, {"databaseName": "lake", "name": "orders"})),
)  # fmt: skip
SERVICE_CALLS = (
    _call("s3", "PutObject", 3, _OBJECT | {"x-amz-acl": "bucket-owner-full-control"}, writes=True, data=True),
    _call("s3", "GetBucketAcl", 4, {"bucketName": "corp-trail", "acl": ""}),
    _call("kms", "GenerateDataKey", 3, {"keyId": "alias/trail", "keySpec": "AES_256"}),
)
BUCKET_READ = _call("s3", "GetObject", 1, _OBJECT, data=True)
