"""Recognises what the text of a target names."""

import re

from trailtrace.errors import UsageError
from trailtrace.model import TargetKind

_KINDS = (
    (TargetKind.ACCESS_KEY, re.compile(r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9*]{12,}")),
    (TargetKind.INSTANCE_ID, re.compile(r"(?:i|mi)-[0-9a-zA-Z]{8,17}")),
    (TargetKind.USER_ARN, re.compile(r"arn:aws[a-z-]*:iam::\d*:(?:user/.+|root)")),
    (TargetKind.ROLE_ARN, re.compile(r"arn:aws[a-z-]*:iam::\d*:role/.+")),
    (TargetKind.FUNCTION_ARN, re.compile(r"arn:aws[a-z-]*:lambda:[^:]*:\d*:function:.+")),
    (TargetKind.SESSION_ARN, re.compile(r"arn:aws[a-z-]*:sts::\d*:(?:assumed-role|federated-user)/.+")),
    (TargetKind.PRINCIPAL_ID, re.compile(r"A(?:IDA|ROA)[A-Z0-9]{8,}(?::.+)?")),
    (TargetKind.PRINCIPAL_ID, re.compile(r"\d{12}(?::.+)?")),
    (TargetKind.EVENT_ID, re.compile(r"[0-9a-fA-F]{7,8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")),
)

MAX_LENGTH = 2048


def recognise(text: str) -> TargetKind:
    """The kind of a target; a text of no known form is taken for a source identity.

    Raises UsageError for an empty or overlong text.
    """
    if not text.strip() or len(text) > MAX_LENGTH or not text.isprintable():
        raise UsageError(
            "the target is empty, too long or unprintable: give an access key, event id, ARN or id"
        )
    for kind, form in _KINDS:
        if form.fullmatch(text):
            return kind
    return TargetKind.SOURCE_IDENTITY
