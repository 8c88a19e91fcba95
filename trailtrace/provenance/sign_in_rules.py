"""Rules for sessions that a sign-in, a role switch or a grant began: they bear keys no event issued.

One function a rule, `LazyFrame → LazyFrame`, links as in `matching.py`; ids as in `docs/rules.md`.
"""

import polars as pl

from trailtrace.provenance.matching import (
    EXPIRED,
    FORM_GRADE,
    NEAR_SECOND,
    SAME_SECOND,
    SOURCE_IDENTITY_CONTRADICTS,
    TOO_EARLY,
    UNIQUE_ID,
    WITHIN_LIFE,
    issued_columns,
    linkable_uses,
    links_of,
    nearest,
    paired,
    with_issuance,
)
from trailtrace.provenance.ties import PRINCIPAL, SWITCH_RECORD


def l10_console_sign_in(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L10: a key of a user's or root's console session, created in the second of the sign-in."""
    sessions = linkable_uses(uses).filter(
        pl.col("user_identity_type").is_in(["IAMUser", "Root"])
        & pl.col("creation_date").is_not_null()
        & pl.col("invoked_by").is_null()
        & ~pl.col("assumed_root").fill_null(value=False)
    )
    sign_ins = issued_columns(issuances).filter(pl.col("issued_kind") == "console_login")
    matches = (
        sessions.filter(pl.col("principal_id").str.contains(UNIQUE_ID))
        .pipe(paired, sign_ins, PRINCIPAL)
        .filter(NEAR_SECOND & ~TOO_EARLY & ~EXPIRED)
    )
    grade = pl.when(SAME_SECOND).then(3).otherwise(2)
    return links_of(nearest(matches), "L10", grade, "created in the second of this console sign-in")


def l11_role_switch(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L11: a role session of the console, created in the second of a SwitchRole to it."""
    sessions = linkable_uses(uses).filter(
        (pl.col("user_identity_type") == "AssumedRole") & pl.col("creation_date").is_not_null()
    )
    switches = issued_columns(issuances).filter(
        (pl.col("issued_kind") == "switch_role") & pl.col("issued_session_principal_id").is_not_null()
    )
    matches = (
        sessions.filter(pl.col("principal_id").str.contains(UNIQUE_ID))
        .pipe(paired, switches, PRINCIPAL)
        .filter(NEAR_SECOND & ~TOO_EARLY & ~EXPIRED & ~SOURCE_IDENTITY_CONTRADICTS)
    )
    # Without the console's mark it may be another session of that name and second.
    grade = pl.when(pl.col("from_console").fill_null(value=False) & SAME_SECOND).then(3).otherwise(2)
    return links_of(nearest(matches), "L11", grade, "created in the second of this role switch")


def l11_switch_record(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L11: the SwitchRole record itself, signed by the new session before it has a key: strong."""
    records = linkable_uses(uses).filter(
        (pl.col("user_identity_type") == "AssumedRole") & pl.col("creation_date").is_null()
    )
    switches = issued_columns(
        issuances.filter((pl.col("kind") == "switch_role") & pl.col("switched_from").is_not_null())
    )
    matches = paired(records, switches, SWITCH_RECORD)
    return links_of(matches, "L11", pl.lit(3), "the record of this role switch")


def l12_console_of_token(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L12: a console session of the principal that asked for a sign-in token in that second: probable."""
    sessions = linkable_uses(uses).filter(
        pl.col("user_identity_type").is_in(["AssumedRole", "FederatedUser"])
        & pl.col("creation_date").is_not_null()
        & pl.col("from_console").fill_null(value=False)
        & pl.col("principal_id").str.contains(UNIQUE_ID)
    )
    tokens = issued_columns(issuances).filter(pl.col("issued_kind") == "signin_token")
    matches = paired(sessions, tokens, PRINCIPAL).filter(
        NEAR_SECOND & ~TOO_EARLY & ~EXPIRED & ~SOURCE_IDENTITY_CONTRADICTS
    )
    return links_of(
        nearest(matches), "L12", pl.lit(2), "same principal, created when a sign-in token was issued"
    )


def l13_cli_login(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L13: `aws login`. A key beside a console session that granted an OAuth token: probable.

    The login's keys keep principal and creation date of the session that allowed it, so the console
    session itself cannot be excluded. With the sign-in session that the grant names: strong.
    """
    sessions = linkable_uses(uses).filter(
        pl.col("user_identity_type").is_in(["IAMUser", "Root", "AssumedRole"])
        & pl.col("join_key").str.starts_with("ASIA")
        & pl.col("creation_date").is_not_null()
        & pl.col("invoked_by").is_null()
        & ~pl.col("from_console").fill_null(value=False)
        & pl.col("principal_id").str.contains(UNIQUE_ID)
    )
    grants = issued_columns(issuances).filter(pl.col("issued_kind") == "oauth2_token")
    named = pl.col("sign_in_session_arn") == pl.col("issued_sign_in_session_arn")
    same_session = (pl.col("creation_date") == pl.col("issued_caller_creation_date")).fill_null(value=False)
    matches = paired(sessions, grants, PRINCIPAL).filter(
        WITHIN_LIFE & pl.when(named.is_not_null()).then(named).otherwise(same_session)
    )
    # Every refresh may write a grant of its own: the last one before the use is its.
    last = matches.filter(pl.col("issued_event_time") == pl.col("issued_event_time").max().over("use_id"))
    named = named.fill_null(value=False)
    why = (
        pl.when(named)
        .then(pl.lit("the sign-in session that this grant names"))
        .otherwise(
            pl.lit("aws login or the console session that allowed it: same principal and creation date")
        )
    )
    return links_of(last, "L13", pl.when(named).then(3).otherwise(2), why)


def l13b_sign_in_session(uses: pl.LazyFrame, tied: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L13b: two uses of one sign-in session, whatever their keys: strong at most.

    `uses` are those still open, `tied` the links found so far with the sessions of their uses.
    """
    known = tied.select(
        "issuance_id",
        "sign_in_session_arn",
        "principal_id",
        "known_form",
        pl.col("grade").alias("known_grade"),
    )
    matches = (
        linkable_uses(uses)
        .filter(pl.col("sign_in_session_arn").is_not_null() & pl.col("invoked_by").is_null())
        .join(known.unique(), on=["sign_in_session_arn", "principal_id"])
        .filter(pl.col("known_form") >= FORM_GRADE)
        .pipe(with_issuance, issued_columns(issuances))
        .filter(WITHIN_LIFE)
    )
    grade = pl.min_horizontal(pl.col("known_grade"), pl.lit(3))
    return links_of(matches, "L13b", grade, "a use of the same sign-in session is tied to it")
