"""Who is behind a credential, in words."""

from trailtrace.model import Origin, Stop
from trailtrace.names import NO_NAMES, Names
from trailtrace.render.names import account_text
from trailtrace.render.visible import visible

_KIND = {
    "iam_user": "IAM user",
    "root": "root user",
    "identity_center_user": "Identity Center user",
    "saml_user": "SAML user",
    "oidc_subject": "OIDC subject",
    "ec2_instance": "EC2 instance",
    "lambda_function": "Lambda function",
    "ecs_task": "ECS task",
    "eks_pod": "EKS pod",
    "aws_service": "AWS service",
    "external_account": "another account",
    "anonymous": "anonymous caller",
    "unknown": "unknown",
}

STOP_TEXT = {
    Stop.MISSING_LOG: "the caller's own record of the call is not in these logs",
    Stop.NO_ISSUANCE: "no event in these logs issued this credential",
    Stop.AMBIGUOUS: "several callers fit equally well",
    Stop.CYCLE: "the records form a circle, which AWS never writes: they were altered",
    Stop.CONTRADICTION: "the records contradict each other or the link",
    Stop.EXTERNAL_ACCOUNT: "the chain leaves the organisation here",
}
"""Why a chain ends before an origin."""


def kind_text(origin: Origin) -> str:
    """What an origin is, in words."""
    return _KIND.get(origin.kind, origin.kind)


def origin_text(origin: Origin, names: Names = NO_NAMES) -> str:
    kind = kind_text(origin)
    if origin.kind in ("unknown", "anonymous"):
        return kind
    name = visible(origin.name or origin.id or origin.arn)
    details = [visible(origin.arn) if origin.arn else None]
    if origin.id and origin.id != origin.name:
        details.append(visible(origin.id))
    account = origin.account_id
    if account and (account in names.account_names or not (origin.arn and account in origin.arn)):
        details.append(f"account {account_text(account, names)}")
    listed = ", ".join(detail for detail in details if detail)
    return f"{kind} {name}" + (f" ({listed})" if listed else "")


def short_origin_text(origin: Origin, names: Names = NO_NAMES) -> str:
    """Kind, name and account, for tables."""
    kind = kind_text(origin)
    if origin.kind in ("unknown", "anonymous"):
        return kind
    name = f"{kind} {visible(origin.name or origin.id or origin.arn)}"
    account = origin.account_id
    return name if account is None or account in name else f"{name} of {account_text(account, names)}"
