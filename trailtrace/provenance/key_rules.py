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
)


def same_key_pairs(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """Every use with every issuance of its access key id: pairs to judge, not links (T01)."""
    return linkable_uses(uses).join(
        issued_columns(issuances), left_on="join_key", right_on="issued_key", how="inner", coalesce=False
    )


def l01_key_principal_creation(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L01: same key, same principal, created in the second of the issuance, within its life."""
    matches = pairs.filter(NAMED & SAME_PRINCIPAL & NEAR_SECOND & IN_TIME)
    grade = pl.when(SAME_SECOND).then(4).otherwise(3)
    return links_of(matches, "L01", grade, "same key, principal and creation date")


def l02_key_principal(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L02: as L01 for a use that does not say when its credential was created."""
    matches = pairs.filter(
        NAMED
        & (SAME_PRINCIPAL | SAME_ROLE_AND_NAME)
        & pl.col("creation_date").is_null()
        & IN_TIME
        & ~ENDS_LATE
    )
    return links_of(matches, "L02", pl.lit(3), "same key and principal; the use has no creation date")


def l03_key_role_name(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L03: as L01 for an issuance that names no session principal: same role and session name."""
    matches = pairs.filter(NAMED & SAME_ROLE_AND_NAME & NEAR_SECOND & IN_TIME)
    grade = pl.when(SAME_SECOND).then(4).otherwise(3)
    return links_of(matches, "L03", grade, "same key, role, session name and creation date")


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


def l06_key(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L06: same key, and a principal that issuance or use does not name: probable.

    APIs other than STS issued the key (then the creation date must agree), or the use is a bare data
    event. Where both name one, the principals must agree.
    """
    principals_differ = (pl.col("principal_id") != pl.col("issued_session_principal_id")).fill_null(
        value=False
    )
    by_other_api = (
        ~NAMED & (pl.col("issued_kind") != "signin_token") & NEAR_SECOND & IN_TIME & ~principals_differ
    )
    bare = (
        NAMED
        & pl.col("principal_id").is_null()
        & pl.col("arn").is_null()
        & (NEAR_SECOND | pl.col("creation_date").is_null())
        & ~TOO_EARLY
        & ~EXPIRED
        & ~_OTHER_HOLDER
    )
    why = (
        pl.when(NAMED)
        .then(pl.lit("same key; the use names no principal"))
        .when(pl.col("issued_session_principal_id").is_null())
        .then(pl.lit("same key and creation date; the issuance names no principal"))
        .otherwise(pl.lit("same key and creation date, issued by another API than STS"))
    )
    return links_of(pairs.filter(by_other_api | bare), "L06", pl.lit(2), why)


def l12_sign_in_token(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L12: the key that GetSigninToken returned, with the principal that asked for it: strong."""
    matches = pairs.filter(
        (pl.col("issued_kind") == "signin_token")
        & SAME_PRINCIPAL
        & (
            NEAR_SECOND
            | pl.col("creation_date").is_null()
            | (pl.col("creation_date") == pl.col("issued_caller_creation_date")).fill_null(value=False)
        )
        & IN_TIME
    )
    return links_of(matches, "L12", pl.lit(3), "same principal, and the key that GetSigninToken returned")


def l04_refuted(pairs: pl.LazyFrame, kept: pl.LazyFrame) -> pl.LazyFrame:
    """L04: the key alone agrees, so the key id was recycled or the pair contradicts itself."""
    why = (
        pl.when(NAMED & pl.col("principal_id").is_null())
        .then(pl.lit("the use names no principal"))
        .when(NAMED & ~SAME_PRINCIPAL & ~SAME_ROLE_AND_NAME)
        .then(pl.lit("another principal holds this key id"))
        .when(pl.col("creation_date").is_not_null() & ~NEAR_SECOND)
        .then(pl.lit("the creation date differs"))
        .when(SOURCE_IDENTITY_CONTRADICTS)
        .then(pl.lit(OTHER_SOURCE_IDENTITY))
        .when(EXPIRED | ENDS_LATE)
        .then(pl.lit(AFTER_EXPIRATION))
        .when(TOO_EARLY)
        .then(pl.lit(BEFORE_ISSUANCE))
        .otherwise(pl.lit("only the key id agrees"))
    )
    refuted = pairs.join(kept, on=["use_id", "issuance_id"], how="anti")
    return links_of(refuted, "L04", pl.lit(0), why)
