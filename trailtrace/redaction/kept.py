"""What redaction leaves as it is: the vocabulary of AWS and of trailtrace, and the forms of times."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of columns, fields or JSON members say about the text below them."""

    words: frozenset[str]
    """A word of AWS's or ours stays, if it has the form of one."""
    sentences: frozenset[str]
    """Our own words stand there, or those of a tool: only what identifies somebody is replaced."""
    messages: frozenset[str]
    """Errors in the words of a service."""
    paths: frozenset[str]
    """Files."""


_OURS = """
    event_id request_id shared_event_id event_source event_name event_type event_category event_version
    api_version aws_region region error_code user_identity_type session_issuer_type kind origin_kind
    caller_type issuance_kind maker_kind grade origin_grade least_grade stop origin_stop rule parent_rule
    code reason relation verdict key_state integrity container ec2_role_delivery in_scope_of_issuer_type
    sha256 source_sha256 day state service services event_names issuing_event_name first_call last_call
    column_name data_type table_name type translated_from
    """.split()

WITHHELD = frozenset(("latitude", "longitude", "accuracy_km", "asn", "country"))
"""Columns whose values cannot be shown in any form: they say where somebody is."""

COLUMNS = Names(
    words=frozenset(_OURS),
    sentences=frozenset(("why", "user_agent", "user_agents", "detail")),
    messages=frozenset(("error_message", "last_message")),
    paths=frozenset(("source", "uri")),
)
"""Of rows."""

FIELDS = Names(
    words=frozenset((*_OURS, "call", "error", "event_ids")),
    sentences=frozenset(("why", "text", "user_agent", "agent", "agents", "command")),
    messages=frozenset(),
    paths=frozenset(("source", "configuration", "file")),
)
"""Of the values that make up an answer."""

MEMBERS = Names(
    words=frozenset(
        """
        eventID requestID requestId sharedEventID eventSource eventName eventType eventCategory eventVersion
        eventTime apiVersion awsRegion errorCode readOnly managementEvent mfaAuthenticated assumedRoot
        sessionCredentialFromConsole ec2RoleDelivery tlsVersion cipherSuite SignatureVersion
        AuthenticationMethod awsServingRegion endpointType keySpec ConsoleLogin SwitchRole CheckMfa MFAUsed
        MobileVersion translatedFrom instanceType availabilityZone encryptionAlgorithm Effect Version Action
        NotAction
        """.split()
    ),
    sentences=frozenset(("userAgent",)),
    messages=frozenset(("errorMessage",)),
    paths=frozenset(),
)
"""Of records, and of JSON in their columns: all that a caller may write is below other names."""

WORDS = frozenset(
    """
    arn aws aws-cn aws-us-gov aws-global AWS http https true false null yes no none any all default
    user root role group policy assumed-role federated-user instance-profile mfa saml-provider oidc-provider
    server-certificate service-role aws-service-role aws-reserved sso.amazonaws.com instance function layer
    table index stream key alias secret snapshot volume vpc subnet security-group network-interface image
    log-group log-stream topic queue cluster service task task-definition container-instance pod namespace
    repository trail stack stackset pipeline project database workgroup datacatalog recovery-point
    backup-vault parameter document session accesspoint job identitystore identityPool userpool
    instance-infrastructure ec2-instance ec2-infrastructure application apigateway restapis stages
    iam sts s3 s3express ec2 lambda kms sns sqs ssm sso rds dynamodb ecs eks ecr athena glue logs events
    states cloudtrail cloudformation cloudwatch config backup secretsmanager signin identitystore
    cognito-identity cognito-idp rolesanywhere lakeformation guardduty securityhub organizations
    elasticloadbalancing autoscaling route53 cloudfront codebuild codepipeline iot
    IAMUser AssumedRole Root FederatedUser AWSAccount AWSService IdentityCenterUser SAMLUser WebIdentityUser
    Role Directory Unknown Anonymous ANONYMOUS_PRINCIPAL persistent transient
    dkr api oidc portal console data queue id saml assertion metadata
    repo ref refs heads tags environment pull_request
    token.actions.githubusercontent.com accounts.google.com www.amazon.com graph.facebook.com
    AWSLogs CloudTrail CloudTrail-Insight Records
    HIDDEN HIDDEN_DUE_TO_SECURITY_REASONS redacted Internal
    """.split()
)
"""Words that are kept wherever they stand."""

REGION = re.compile(r"[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]{4,9}-\d[a-z]?")
NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
SERVICE_ROLE = re.compile(r"AWSServiceRoleFor[A-Za-z0-9]+")
AWS_TYPE = re.compile(r"AWS::[A-Za-z0-9]+::[A-Za-z0-9:]+")
AWS_HOST = re.compile(r"([\w.-]+)(\.amazonaws\.com(?:\.cn)?|\.aws\.amazon\.com)")

BUILT_NAMES = (
    re.compile(r"(AWSReservedSSO_)(.+)(_[0-9a-f]{16})"),
    re.compile(r"(AWSServiceRoleFor[A-Za-z0-9]+_)(.+)()"),
    re.compile(r"(AWSSSO_)(.+)()"),
    re.compile(r"(awslambda_)(.+)()"),
    re.compile(r"(AWSLF-\d\d-)(.+)()"),
)
"""A prefix of AWS's, what stands behind it, and an end that makes it unique."""

LOCATOR = re.compile(r"(?:s3|https?)://\S+|[a-z][\w.-]*:[\w.-]+/\S+")
"""Places in a sentence, which may hold any name."""

REFUSAL = re.compile(
    r"(?: because (?:no [a-z-]+ policy allows the [\w-]+:\w+ action"
    r"|no [a-z ]+ allows the [\w-]+:\w+ action)| with an explicit deny(?: in an? [a-z -]+)?)?\.?"
)

TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    r"|[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d\s?[AP]M"
    r"|\d{8}T\d{6}Z"
)
