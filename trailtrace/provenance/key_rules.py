"""Rules that need the access key id of use and issuance to agree, and never that alone (T01).

One function a rule, `LazyFrame → LazyFrame`, links as in `matching.py`; ids as in `docs/rules.md`.
"""

import polars as pl

from trailtrace.provenance.matching import (
    AFTER_EXPIRATION,
    BEFORE_ISSUANCE,
    ENDS_LATE,
    EXPIRED,
    IN_TIME,
    NAMED,
    NEAR_SECOND,
    OTHER_SOURCE_IDENTITY,
    SAME_PRINCIPAL,
    SAME_ROLE_AND_NAME,
    SAME_SECOND,
    SOURCE_IDENTITY_CONTRADICTS,
    TOO_EARLY,
    issued_columns,
    linkable_uses,
    links_of,
    paired,
)
from trailtrace.provenance.ties import KEY

# What even a bare record says of its session: account, type, user.
_ISSUED_ACCOUNT = pl.coalesce(
    pl.col("issued_session_arn").str.extract("::([0-9]{12}):"),
    pl.col("issued_role_arn").str.extract("::([0-9]{12}):"),
    pl.when(pl.col("issued_kind") == "assume_root").then("issued_session_principal_id"),
    "issued_caller_account_id",
)
_ISSUED_TYPE = (
    pl.when(pl.col("issued_kind") == "assume_root")
    .then(pl.lit("Root"))
    .when(pl.col("issued_kind") == "federation_token")
    .then(pl.lit("FederatedUser"))
    .when(pl.col("issued_kind") == "session_token")
    .then("issued_caller_type")
    .otherwise(pl.lit("AssumedRole"))
)
_OTHER_HOLDER = (pl.col("account_id") != _ISSUED_ACCOUNT).fill_null(value=False) | (
    (pl.col("user_identity_type") != _ISSUED_TYPE) & (pl.col("user_identity_type") != "Unknown")
).fill_null(value=False)
_PRINCIPALS_DIFFER = (pl.col("principal_id") != pl.col("issued_session_principal_id")).fill_null(value=False)
# A bare data event names no principal.
_BARE = (
    NAMED
    & pl.col("principal_id").is_null()
    & pl.col("arn").is_null()
    & (NEAR_SECOND | pl.col("creation_date").is_null())
    & ~TOO_EARLY
    & ~EXPIRED
    & ~_OTHER_HOLDER
)


def same_key_pairs(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """Every use with every issuance of its access key id: pairs to judge, not links (T01).

    What the rules below ask is answered here, once, so that a pair holds no texts.
    """
    return paired(linkable_uses(uses), issued_columns(issuances), KEY).select(
        "use_id",
        "issuance_id",
        "issued_event_time",
        "issued_expiration",
        "cap",
        "other_provider",
        NAMED.alias("named"),
        (pl.col("issued_kind") == "signin_token").alias("signin_token"),
        SAME_PRINCIPAL.alias("same_principal"),
        SAME_ROLE_AND_NAME.alias("same_role_and_name"),
        _PRINCIPALS_DIFFER.alias("principals_differ"),
        pl.col("principal_id").is_null().alias("no_principal"),
        pl.col("issued_session_principal_id").is_null().alias("no_issued_principal"),
        _BARE.alias("bare"),
        pl.col("creation_date").is_null().alias("no_creation_date"),
        (pl.col("creation_date") == pl.col("issued_caller_creation_date")).alias("created_as_caller"),
        SAME_SECOND.alias("same_second"),
        NEAR_SECOND.alias("near_second"),
        IN_TIME.alias("in_time"),
        TOO_EARLY.alias("too_early"),
        ENDS_LATE.alias("ends_late"),
        EXPIRED.alias("expired"),
        SOURCE_IDENTITY_CONTRADICTS.alias("source_identity_contradicts"),
    )


_L01 = pl.col("named") & pl.col("same_principal") & pl.col("near_second") & pl.col("in_time")
_L02 = (
    pl.col("named")
    & (pl.col("same_principal") | pl.col("same_role_and_name"))
    & pl.col("no_creation_date")
    & pl.col("in_time")
    & ~pl.col("ends_late")
)
_L03 = pl.col("named") & pl.col("same_role_and_name") & pl.col("near_second") & pl.col("in_time")
_L06 = (
    ~pl.col("named")
    & ~pl.col("signin_token")
    & pl.col("near_second")
    & pl.col("in_time")
    & ~pl.col("principals_differ")
) | pl.col("bare")
_L12 = (
    pl.col("signin_token")
    & pl.col("same_principal")
    & (
        pl.col("near_second")
        | pl.col("no_creation_date")
        | pl.col("created_as_caller").fill_null(value=False)
    )
    & pl.col("in_time")
)


def l01_key_principal_creation(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L01: same key, same principal, created in the second of the issuance, within its life."""
    grade = pl.when("same_second").then(4).otherwise(3)
    return links_of(pairs.filter(_L01), "L01", grade, "same key, principal and creation date")


def l02_key_principal(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L02: as L01 for a use that does not say when its credential was created."""
    why = "same key and principal; the use has no creation date"
    return links_of(pairs.filter(_L02), "L02", pl.lit(3), why)


def l03_key_role_name(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L03: as L01 for an issuance that names no session principal: same role and session name."""
    grade = pl.when("same_second").then(4).otherwise(3)
    return links_of(pairs.filter(_L03), "L03", grade, "same key, role, session name and creation date")


def l06_key(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L06: same key, and a principal that issuance or use does not name: probable.

    APIs other than STS issued the key (then the creation date must agree), or the use is a bare data
    event. Where both name one, the principals must agree.
    """
    why = (
        pl.when("named")
        .then(pl.lit("same key; the use names no principal"))
        .when("no_issued_principal")
        .then(pl.lit("same key and creation date; the issuance names no principal"))
        .otherwise(pl.lit("same key and creation date, issued by another API than STS"))
    )
    return links_of(pairs.filter(_L06), "L06", pl.lit(2), why)


def l12_sign_in_token(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L12: the key that GetSigninToken returned, with the principal that asked for it: strong."""
    why = "same principal, and the key that GetSigninToken returned"
    return links_of(pairs.filter(_L12), "L12", pl.lit(3), why)


def l04_refuted(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L04: the key alone agrees, so the key id was recycled or the pair contradicts itself."""
    why = (
        pl.when(pl.col("named") & pl.col("no_principal"))
        .then(pl.lit("the use names no principal"))
        .when(pl.col("named") & ~pl.col("same_principal") & ~pl.col("same_role_and_name"))
        .then(pl.lit("another principal holds this key id"))
        .when(~pl.col("no_creation_date") & ~pl.col("near_second"))
        .then(pl.lit("the creation date differs"))
        .when("source_identity_contradicts")
        .then(pl.lit(OTHER_SOURCE_IDENTITY))
        .when(pl.col("expired") | pl.col("ends_late"))
        .then(pl.lit(AFTER_EXPIRATION))
        .when("too_early")
        .then(pl.lit(BEFORE_ISSUANCE))
        .otherwise(pl.lit("only the key id agrees"))
    )
    kept = pl.any_horizontal(rule.fill_null(value=False) for rule in (_L01, _L02, _L03, _L06, _L12))
    return links_of(pairs.filter(~kept), "L04", pl.lit(0), why)
