"""The API calls that fill the logs, as text templates.

`template % fields` is several times faster than `json.dumps` of a nested dictionary an event.
"""

from __future__ import annotations

from dataclasses import dataclass

# Names in the templates are the keys of the fields that `records.py` draws for each event.
S3_EXTRA = (
    '{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":%(small)s,'
    '"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%(blob)s","bytesTransferredOut":%(number)s}'
)
S3_OBJECT = (
    '{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::%(bucket)s/%(object)s"},'
    '{"accountId":"%(account)s","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%(bucket)s"}'
)
S3_HOST = '"bucketName":"%(bucket)s","Host":"%(bucket)s.s3.%(region)s.amazonaws.com"'
KMS_KEY_ARN = "arn:aws:kms:%(region)s:%(account)s:key/%(kms)s"
KMS_KEY = f'{{"accountId":"%(account)s","type":"AWS::KMS::Key","ARN":"{KMS_KEY_ARN}"}}'
TABLE_ARN = "arn:aws:dynamodb:%(region)s:%(account)s:table/%(table)s"
TABLE = f'{{"accountId":"%(account)s","type":"AWS::DynamoDB::Table","ARN":"{TABLE_ARN}"}}'
FUNCTION_ARN = "arn:aws:lambda:%(region)s:%(account)s:function:%(function)s"
VAULT_ARN = "arn:aws:secretsmanager:%(region)s:%(account)s:secret:%(table)s/%(short)s"
NETWORK = (
    '"networkInterfaceSet":{"items":[{"networkInterfaceId":"eni-0%(hex)s","subnetId":"subnet-0%(hex)s",'
    '"deviceIndex":0,"groupSet":{"items":[{"groupId":"sg-0%(hex)s"}]}}]}'
)


@dataclass(frozen=True, slots=True)
class Call:
    """One API call and how often it is made; `params`, `response` … are JSON templates."""

    service: str
    name: str
    weight: float
    params: str
    response: str = "null"
    resources: str = ""
    extra: str = ""
    writes: bool = False
    data: bool = False
    version: str = "1.11"


@dataclass(frozen=True, slots=True)
class Template:
    """A call made ready to fill: how it succeeds and how it is denied."""

    host: str
    done: str
    denied: str


CALLS = (
    Call("s3", "GetObject", 11, f'{{{S3_HOST},"key":"%(object)s"}}', resources=S3_OBJECT,
         extra=S3_EXTRA, data=True),
    Call("s3", "PutObject", 5, f'{{{S3_HOST},"key":"%(object)s","x-amz-server-side-encryption":"aws:kms"}}',
         f'{{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"{KMS_KEY_ARN}","x-amz-version-id":"%(short)s%(hex)s"}}',
         S3_OBJECT, S3_EXTRA, writes=True, data=True),
    Call("s3", "HeadObject", 3, f'{{{S3_HOST},"key":"%(object)s"}}', resources=S3_OBJECT,
         extra=S3_EXTRA, data=True),
    Call("s3", "ListObjects", 4, f'{{{S3_HOST},"list-type":"2","prefix":"%(object)s","encoding-type":"url"}}',
         resources=S3_OBJECT, extra=S3_EXTRA, data=True),
    Call("s3", "GetBucketLocation", 1, f'{{{S3_HOST},"location":""}}', extra=S3_EXTRA,
         resources='{"accountId":"%(account)s","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%(bucket)s"}'),
    Call("kms", "Decrypt", 7, '{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::%(bucket)s/%(object)s"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}',
         resources=KMS_KEY),
    Call("kms", "GenerateDataKey", 5, f'{{"keyId":"{KMS_KEY_ARN}","encryptionContext":{{"aws:s3:arn":"arn:aws:s3:::%(bucket)s/%(object)s"}},"keySpec":"AES_256"}}',
         resources=KMS_KEY),
    Call("dynamodb", "GetItem", 5, '{"tableName":"%(table)s","key":{"pk":"HIDDEN_DUE_TO_SECURITY_REASONS"},"consistentRead":false}',
         resources=TABLE, data=True),
    Call("dynamodb", "UpdateItem", 3, '{"tableName":"%(table)s","key":{"pk":"HIDDEN_DUE_TO_SECURITY_REASONS"},"returnConsumedCapacity":"NONE"}',
         resources=TABLE, data=True, writes=True),
    Call("dynamodb", "DescribeTable", 2, '{"tableName":"%(table)s"}', resources=TABLE),
    Call("ec2", "DescribeInstances", 7, '{"instancesSet":{"items":[{"instanceId":"%(instance)s"}]},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"}]}}]},"maxResults":1000}'),
    Call("ec2", "DescribeNetworkInterfaces", 3, '{"networkInterfaceIdSet":{"items":[{"networkInterfaceId":"eni-0%(hex)s"}]},"filterSet":{}}'),
    Call("ec2", "DescribeSecurityGroups", 2, '{"securityGroupSet":{},"securityGroupIdSet":{"items":[{"groupId":"sg-0%(hex)s"}]},"filterSet":{}}'),
    Call("ec2", "DescribeTags", 2, '{"filterSet":{"items":[{"name":"resource-id","valueSet":{"items":[{"value":"%(instance)s"}]}}]}}'),
    Call("ec2", "CreateTags", 1, '{"resourcesSet":{"items":[{"resourceId":"%(instance)s"}]},"tagSet":{"items":[{"key":"owner","value":"%(table)s"}]}}',
         '{"requestId":"%(request)s","_return":true}', writes=True),
    Call("ec2", "RunInstances", 0.4, f'{{"instancesSet":{{"items":[{{"imageId":"ami-0%(hex)s","minCount":1,"maxCount":1}}]}},"instanceType":"m7g.large",{NETWORK},"disableApiTermination":false}}',
         f'{{"requestId":"%(request)s","reservationId":"r-0%(hex)s","ownerId":"%(account)s","groupSet":{{}},"instancesSet":{{"items":[{{"instanceId":"%(instance)s","imageId":"ami-0%(hex)s","instanceState":{{"code":0,"name":"pending"}},"privateDnsName":"ip-10-0-3-%(small)s.ec2.internal","amiLaunchIndex":0,"instanceType":"m7g.large","placement":{{"availabilityZone":"%(region)sa","tenancy":"default"}},"subnetId":"subnet-0%(hex)s",{NETWORK}}}]}}}}',
         writes=True),
    Call("iam", "GetRole", 2, '{"roleName":"%(function)s"}'),
    Call("iam", "ListAttachedRolePolicies", 1, '{"roleName":"%(function)s"}'),
    Call("iam", "GetUser", 1, "null"),
    Call("sts", "GetCallerIdentity", 6, "null"),
    Call("ssm", "GetParameter", 5, '{"name":"/%(table)s/%(short)s","withDecryption":true}',
         resources='{"accountId":"%(account)s","ARN":"arn:aws:ssm:%(region)s:%(account)s:parameter/%(table)s/%(short)s"}'),
    Call("ssm", "UpdateInstanceInformation", 2, '{"instanceId":"%(instance)s","agentVersion":"3.3.1611.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.0.3.%(small)s","computerName":"ip-10-0-3-%(small)s.ec2.internal","agentName":"amazon-ssm-agent","availabilityZone":"%(region)sa","sSMConnectionChannel":"ssmmessages"}',
         writes=True),
    Call("secretsmanager", "GetSecretValue", 4, f'{{"secretId":"{VAULT_ARN}","versionStage":"AWSCURRENT"}}'),
    Call("logs", "CreateLogStream", 4, '{"logGroupName":"/aws/lambda/%(function)s","logStreamName":"2026/05/04/[$LATEST]%(hex)s%(hex)s"}',
         writes=True),
    Call("logs", "DescribeLogGroups", 2, '{"logGroupNamePrefix":"/aws/lambda/%(function)s","limit":50}'),
    Call("lambda", "Invoke", 4, '{"functionName":"%(function)s","invocationType":"RequestResponse"}',
         resources=f'{{"accountId":"%(account)s","type":"AWS::Lambda::Function","ARN":"{FUNCTION_ARN}"}}',
         extra='{"functionVersion":"$LATEST"}', data=True, writes=True),
    Call("lambda", "GetFunction20150331v2", 2, f'{{"functionName":"{FUNCTION_ARN}"}}', version="1.08"),
    Call("lambda", "UpdateFunctionCode20150331v2", 0.5, '{"functionName":"%(function)s","s3Bucket":"%(bucket)s","s3Key":"%(object)s","publish":true,"dryRun":false}',
         f'{{"functionName":"%(function)s","functionArn":"{FUNCTION_ARN}","runtime":"python3.13","handler":"app.handler","codeSize":%(number)s,"timeout":30,"memorySize":512,"version":"%(small)s","packageType":"Zip","architectures":["arm64"],"state":"Active","lastUpdateStatus":"InProgress","revisionId":"%(request)s"}}',
         writes=True, version="1.08"),
    Call("ecr", "BatchGetImage", 1, '{"registryId":"%(account)s","repositoryName":"%(function)s","imageIds":[{"imageTag":"%(hex)s"}],"acceptedMediaTypes":["application/vnd.oci.image.manifest.v1+json","application/vnd.docker.distribution.manifest.v2+json"]}',
         resources='{"accountId":"%(account)s","ARN":"arn:aws:ecr:%(region)s:%(account)s:repository/%(function)s"}', version="1.08"),
    Call("ecr", "GetAuthorizationToken", 1, "{}", version="1.08"),
    Call("sqs", "GetQueueAttributes", 2, '{"queueUrl":"https://sqs.%(region)s.amazonaws.com/%(account)s/%(function)s","attributeNames":["ApproximateNumberOfMessages","QueueArn"]}'),
    Call("sns", "GetTopicAttributes", 1, '{"topicArn":"arn:aws:sns:%(region)s:%(account)s:%(function)s"}'),
    Call("monitoring", "DescribeAlarms", 4, '{"alarmNames":["%(function)s-errors","%(function)s-latency"],"maxRecords":100}'),
    Call("monitoring", "PutMetricAlarm", 0.5, '{"alarmName":"%(function)s-errors","namespace":"AWS/Lambda","metricName":"Errors","statistic":"Sum","period":60,"evaluationPeriods":3,"threshold":%(small)s,"comparisonOperator":"GreaterThanThreshold","dimensions":[{"name":"FunctionName","value":"%(function)s"}]}',
         writes=True),
    Call("autoscaling", "DescribeAutoScalingGroups", 2, '{"autoScalingGroupNames":["%(function)s"],"maxRecords":100}', version="1.08"),
    Call("elasticloadbalancing", "DescribeTargetHealth", 3, '{"targetGroupArn":"arn:aws:elasticloadbalancing:%(region)s:%(account)s:targetgroup/%(function)s/%(hex)s"}', version="1.10"),
    Call("cloudformation", "DescribeStacks", 3, '{"stackName":"%(function)s"}', version="1.08"),
    Call("cloudformation", "CreateChangeSet", 0.4, '{"stackName":"%(function)s","changeSetName":"cs-%(hex)s","changeSetType":"UPDATE","templateURL":"https://%(bucket)s.s3.%(region)s.amazonaws.com/%(object)s","capabilities":["CAPABILITY_NAMED_IAM"],"tags":[{"key":"team","value":"%(table)s"}]}',
         '{"id":"arn:aws:cloudformation:%(region)s:%(account)s:changeSet/cs-%(hex)s/%(request)s","stackId":"arn:aws:cloudformation:%(region)s:%(account)s:stack/%(function)s/%(kms)s"}',
         writes=True, version="1.08"),
    Call("eks", "DescribeCluster", 1, '{"name":"%(table)s"}'),
    Call("rds", "DescribeDBInstances", 2, '{"dBInstanceIdentifier":"%(table)s-db","maxRecords":100}', version="1.08"),
    Call("glue", "GetTable", 3, '{"catalogId":"%(account)s","databaseName":"%(table)s","name":"%(function)s"}', version="1.08"),
    Call("athena", "StartQueryExecution", 1, '{"queryString":"***OMITTED***","clientRequestToken":"%(request)s","queryExecutionContext":{"database":"%(table)s"},"resultConfiguration":{"outputLocation":"s3://%(bucket)s/%(object)s"},"workGroup":"primary"}',
         '{"queryExecutionId":"%(kms)s"}', writes=True, version="1.08"),
)  # fmt: skip

# Made by an AWS service for itself: on behalf of nobody, in every account.
SERVICE_CALLS = (
    Call("s3", "PutObject", 3, f'{{{S3_HOST},"key":"AWSLogs/%(account)s/%(object)s","x-amz-acl":"bucket-owner-full-control","x-amz-server-side-encryption":"AES256"}}',
         '{"x-amz-server-side-encryption":"AES256"}', S3_OBJECT, S3_EXTRA, writes=True, data=True),
    Call("s3", "GetBucketAcl", 4, f'{{{S3_HOST},"acl":""}}', extra=S3_EXTRA,
         resources='{"accountId":"%(account)s","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%(bucket)s"}'),
    Call("kms", "GenerateDataKey", 3, f'{{"keyId":"{KMS_KEY_ARN}","encryptionContext":{{"aws:cloudtrail:arn":"arn:aws:cloudtrail:%(region)s:%(account)s:trail/organisation","aws:s3:arn":"arn:aws:s3:::%(bucket)s/%(object)s"}},"keySpec":"AES_256"}}',
         resources=KMS_KEY),
    Call("kms", "Decrypt", 2, '{"encryptionContext":{"aws:sqs:arn":"arn:aws:sqs:%(region)s:%(account)s:%(function)s"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}',
         resources=KMS_KEY),
)  # fmt: skip

# What a service does with the caller's own session (a forward access session).
FORWARDED_CALLS = (
    Call("kms", "Decrypt", 1, f'{{"encryptionContext":{{"SecretARN":"{VAULT_ARN}","SecretVersionId":"%(request)s"}},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}}',
         resources=KMS_KEY),
)  # fmt: skip


def template(call: Call) -> Template:
    """The whole record of `call`, with places for what differs from event to event."""
    head = (
        f'{{"eventVersion":"{call.version}","userIdentity":%(identity)s,"eventTime":"%(time)s",'
        f'"eventSource":"{call.service}.amazonaws.com","eventName":"{call.name}",'
        '"awsRegion":"%(region)s","sourceIPAddress":"%(ip)s","userAgent":"%(agent)s",'
    )
    error = (
        '"errorCode":"AccessDenied","errorMessage":"User: %(principal)s is not authorized to perform: '
        f"{call.service}:{call.name} because no identity-based policy allows the "
        f'{call.service}:{call.name} action",'
    )
    extra = f',"additionalEventData":{call.extra}' if call.extra else ""
    resources = f',"resources":[{call.resources}]' if call.resources else ""
    tail = (
        f'{extra},"requestID":"%(request)s","eventID":"%(event)s",'
        f'"readOnly":{"false" if call.writes else "true"}{resources},"eventType":"AwsApiCall",'
        f'"managementEvent":{"false" if call.data else "true"},"recipientAccountId":"%(account)s",'
        f'%(shared)s"eventCategory":"{"Data" if call.data else "Management"}"%(channel)s}}'
    )
    params = f'"requestParameters":{call.params},"responseElements":'
    return Template(
        host=call.service,
        done=head + params + call.response + tail,
        denied=head + error + params + "null" + tail,
    )
