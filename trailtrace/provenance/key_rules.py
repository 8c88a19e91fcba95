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


def l06_key_creation(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L06: an API other than STS issued the key; same key and creation date, no principal to compare."""
    matches = pairs.filter(~NAMED & NEAR_SECOND & IN_TIME)
    return links_of(matches, "L06", pl.lit(2), "same key and creation date; the issuance names no principal")


def l04_refuted(pairs: pl.LazyFrame, kept: pl.LazyFrame) -> pl.LazyFrame:
    """L04: the key alone agrees, so the key id was recycled or the pair contradicts itself."""
    why = (
        pl.when(NAMED & ~SAME_PRINCIPAL & ~SAME_ROLE_AND_NAME)
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
