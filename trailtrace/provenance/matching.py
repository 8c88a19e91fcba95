"""What makes a use and an issuance agree: the conditions that more than one rule needs.

Knows frames, not databases. Input columns are those of the tables `uses` and `issuances`
(`queries/facts/schema.sql`), ids as numbers (`facts.py`). A link has the columns
    use_id, issuance_id: numbers
    rule: text
    grade: int, 4 proof, 3 strong, 2 probable, 1 weak, 0 refused
    why: text for a person
    begins: UTC datetime, before which no event can belong to the session
    ends: UTC datetime, when the session must have ended
"""

import polars as pl

from trailtrace.model import Grade
from trailtrace.provenance.ties import Tie

GRADES = {4: Grade.PROOF, 3: Grade.STRONG, 2: Grade.PROBABLE, 1: Grade.WEAK, 0: Grade.NONE}

CLOCK_SECONDS = 1
"""A creation date may differ from its issuance's time by this much (hosts' clocks)."""

EARLY_SECONDS = 2
"""A use may seem this much earlier than its issuance (trap T06, case C09)."""

CONSOLE_HOURS = 12
"""Longest console session, and longest session of any role."""

SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
"""Role path that only IAM Identity Center can create roles in."""

LAKE_FORMATION_NAME = "AWSLF-00-"
"""How the session names begin that Lake Formation makes up."""

SERVICE_LINKED_PATH = ":role/aws-service-role/"
"""Role path that only AWS services can assume roles in."""

OTHER_SOURCE_IDENTITY = "the source identity differs (L18)"
AFTER_EXPIRATION = "used after its expiration"
BEFORE_ISSUANCE = "used before it was issued"

CONTRADICTIONS = [OTHER_SOURCE_IDENTITY, AFTER_EXPIRATION, BEFORE_ISSUANCE]
"""Why a pair was refused although key, principal and creation date agree."""

_USE = [
    "use_id",
    "join_key",
    "principal_id",
    "creation_date",
    "user_identity_type",
    "arn",
    "invoked_by",
    "session_issuer_arn",
    "session_issuer_principal_id",
    "session_name",
    "source_identity",
    "source_identity_differs",
    "assumed_root",
    "account_id",
    "sign_in_session_arn",
    "federated_provider",
    "from_console",
    "authenticated",
    "failed_integrity",
    "form_grade",
    "first_seen",
    "last_seen",
]
_ISSUANCE = [
    "issuance_id",
    "kind",
    "event_time",
    "expiration",
    "role_arn",
    "session_name",
    "issued_key",
    "session_principal_id",
    "session_arn",
    "source_identity",
    "caller_held",
    "caller_use_id",
    "caller_type",
    "caller_principal_id",
    "caller_account_id",
    "caller_arn",
    "caller_creation_date",
    "caller_identity_provider",
    "sign_in_session_arn",
    "conflicting",
    "paired_by_key",
    "form_grade",
    "told_to_role_account",
]


def linkable_uses(uses: pl.LazyFrame) -> pl.LazyFrame:
    return uses.filter(pl.col("authenticated") & pl.col("delegate_account_id").is_null()).select(_USE)


def issued_columns(issuances: pl.LazyFrame, *more: str) -> pl.LazyFrame:
    """What rules read in an issuance, as `issued_…`; `more` columns keep their names."""
    columns = [pl.col(name).alias(f"issued_{name}") for name in _ISSUANCE]
    return issuances.select(*columns, *more).rename(
        {"issued_issuance_id": "issuance_id", "issued_issued_key": "issued_key"}
    )


_SECOND = pl.duration(seconds=1)
APART = (pl.col("creation_date") - pl.col("issued_event_time")).dt.total_milliseconds().abs()
SAME_SECOND = APART < 1000
EXPIRATION = pl.col("issued_expiration")
# The console and Identity Center keep a session alive beyond the call that began it.
CONSOLE_END = pl.max_horizontal(EXPIRATION, pl.col("issued_event_time") + pl.duration(hours=CONSOLE_HOURS))
NEAR_SECOND = APART < (CLOCK_SECONDS + 1) * 1000
_EARLY = pl.col("first_seen") < pl.col("issued_event_time")
BEGINS = pl.col("issued_event_time") - EARLY_SECONDS * _SECOND
# Single events before that are left out of the answer (`covers_from`); if all are, the link is wrong.
TOO_EARLY = pl.col("last_seen") < BEGINS
EXPIRED = pl.col("first_seen") > pl.col("issued_expiration")
ENDS_LATE = pl.col("last_seen") > pl.col("issued_expiration")
# A placeholder ("REDACTED") is no unique id and ties nothing.
UNIQUE_ID = r"^(?:A(?:IDA|ROA)[A-Z0-9]{8,}|[0-9]{12})(?::|$)"
SAME_PRINCIPAL = (
    (
        (pl.col("principal_id") == pl.col("issued_session_principal_id"))
        & pl.col("principal_id").str.contains(UNIQUE_ID)
        # A federated session names the user who asked for it on every record.
        & (
            (pl.col("user_identity_type") != "FederatedUser")
            | pl.col("session_issuer_principal_id").is_null()
            | (pl.col("session_issuer_principal_id") == pl.col("issued_caller_principal_id"))
        )
    )
    | (
        (pl.col("issued_kind") == "federation_token")
        & (pl.col("user_identity_type") == "FederatedUser")
        & (pl.col("arn") == pl.col("issued_session_arn"))
        & (pl.col("session_issuer_principal_id") == pl.col("issued_caller_principal_id"))
    )
).fill_null(value=False)
# Role names are unique in an account, whatever their path.
# Looked at where an issuance names no principal, so that all others cost nothing.
_ISSUED_SESSION_ARN = pl.when(pl.col("issued_session_principal_id").is_null()).then(
    "issued_role_arn"
).str.replace(r":iam::([0-9]+):role/(?:.*/)?([^/]+)$", ":sts::${1}:assumed-role/${2}/") + pl.col(
    "issued_session_name"
)
# An issuance by EC2, Lambda or ECS, or a truncated one, names no session principal.
SAME_ROLE_AND_NAME = (
    pl.col("issued_session_principal_id").is_null()
    & (
        (pl.col("session_issuer_arn") == pl.col("issued_role_arn"))
        | (pl.col("session_issuer_arn").is_null() & (pl.col("arn") == _ISSUED_SESSION_ARN))
    )
    & (pl.col("session_name") == pl.col("issued_session_name"))
).fill_null(value=False)
# L18: a source identity, once set, is carried down unchanged; services do not record it (T11).
SOURCE_IDENTITY_CONTRADICTS = (
    (pl.col("source_identity") != pl.col("issued_source_identity")).fill_null(value=False)
    | pl.col("source_identity_differs")
    | (
        pl.col("issued_source_identity").is_not_null()
        & pl.col("source_identity").is_null()
        & pl.col("invoked_by").is_null()
        # A record without its session's data says nothing of it, nor does one that was translated.
        & pl.col("creation_date").is_not_null()
        & (pl.col("form_grade") == 4)
    )
)


# What a use says against an issuance by itself; that it says nothing may have other reasons.
SOURCE_IDENTITY_REFUTES = (pl.col("source_identity") != pl.col("issued_source_identity")).fill_null(
    value=False
) | pl.col("source_identity_differs")

WITHIN_LIFE = (pl.col("first_seen") >= BEGINS) & ~EXPIRED
IN_TIME = ~TOO_EARLY & ~EXPIRED & ~SOURCE_IDENTITY_CONTRADICTS
# STS calls, whose responses name key and session as documented.
NAMED = pl.col("issued_kind").is_in(
    [
        "assume_role",
        "saml",
        "web_identity",
        "session_token",
        "federation_token",
        "assume_root",
        "console_login",
        "switch_role",
    ]
)


def _provider(name: str) -> pl.Expr:
    """A provider's host and path: records give its ARN or its URL."""
    return pl.col(name).str.replace(r"^arn:[^:]*:iam::[0-9]*:(?:oidc|saml)-provider/|^https://", "")


# L24: a session keeps the name of the provider that federated it.
OTHER_PROVIDER = (
    (pl.col("issued_kind") == "web_identity")
    & (_provider("federated_provider") != _provider("issued_caller_identity_provider"))
).fill_null(value=False)


# Only files that failed verification say of the use what it is linked by.
FAILED_INTEGRITY = pl.col("failed_integrity")
# The best that the form of its records allows; below 4, none of them is CloudTrail's own.
FORM_GRADE = pl.col("form_grade")
TRANSLATED = FORM_GRADE < 4


# The best grade that any link may have, whatever its rule.
CAP = pl.min_horizontal(
    FORM_GRADE,
    "issued_form_grade",
    pl.when(pl.col("issued_conflicting") | FAILED_INTEGRITY | OTHER_PROVIDER)
    .then(1)
    # Only the other account's copy of the call is held, or the copies share no id (L16), or a clock
    # disagrees, or the record's shape is unverified (AssumeRoot).
    .when(
        ~pl.col("issued_caller_held")
        | pl.col("issued_paired_by_key")
        | _EARLY
        | ENDS_LATE
        | (pl.col("issued_kind") == "assume_root")
    )
    .then(3)
    .otherwise(4)
    .cast(pl.Int8),
)


def paired(uses: pl.LazyFrame, issued: pl.LazyFrame, tie: Tie) -> pl.LazyFrame:
    """Every use with every issuance that it is tied to, with what `links_of` wants to know."""
    return uses.join(issued, left_on=list(tie.uses), right_on=tie.issued, coalesce=False).with_columns(
        CAP.alias("cap"), OTHER_PROVIDER.alias("other_provider")
    )


def with_issuance(links: pl.LazyFrame, issued: pl.LazyFrame) -> pl.LazyFrame:
    """As `paired`, for uses of which an issuance is known."""
    return links.join(issued, on="issuance_id").with_columns(
        CAP.alias("cap"), OTHER_PROVIDER.alias("other_provider")
    )


def links_of(
    matches: pl.LazyFrame,
    rule: str,
    grade: pl.Expr,
    why: pl.Expr | str,
    ends: pl.Expr = EXPIRATION,
) -> pl.LazyFrame:
    """The links that a rule makes of the pairs that it found to agree."""
    said = pl.lit(why) if isinstance(why, str) else why
    return matches.select(
        "use_id",
        "issuance_id",
        pl.lit(rule).alias("rule"),
        pl.min_horizontal(grade.cast(pl.Int8), "cap").alias("grade"),
        pl.when("other_provider")
        .then(said + pl.lit("; but another federated provider (L24)"))
        .otherwise(said)
        .alias("why"),
        BEGINS.alias("begins"),
        ends.alias("ends"),
    )


def nearest(matches: pl.LazyFrame) -> pl.LazyFrame:
    """Of a use's matches, those nearest in time: the exact second is preferred to its neighbours."""
    begun = pl.coalesce("creation_date", "first_seen")
    apart = (begun - pl.col("issued_event_time")).dt.total_seconds(fractional=False).abs()
    return matches.filter(apart == apart.min().over("use_id"))
