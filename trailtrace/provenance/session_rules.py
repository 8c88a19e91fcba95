"""Rules for sessions whose keys no event issued: Identity Center, the console, role switches.

One function a rule, `LazyFrame → LazyFrame`, links as in `matching.py`; ids as in `docs/rules.md`.
"""

import polars as pl

from trailtrace.provenance.matching import (
    APART,
    CONSOLE_END,
    EXPIRATION,
    EXPIRED,
    NEAR_SECOND,
    SAME_SECOND,
    SERVICE_LINKED_PATH,
    SOURCE_IDENTITY_CONTRADICTS,
    SSO_PATH,
    TOO_EARLY,
    UNIQUE_ID,
    issued_columns,
    linkable_uses,
    links_of,
)


def l05_principal_creation(uses: pl.LazyFrame, issuances: pl.LazyFrame, borne: pl.LazyFrame) -> pl.LazyFrame:
    """L05: another key of the same role session, created in the second of the issuance.

    Identity Center, the console and forward access sessions use keys that no event issued. `borne`
    has the issuance_id of issuances whose own key was used: there another key is less likely theirs.
    """
    sessions = linkable_uses(uses).filter(
        (pl.col("user_identity_type") == "AssumedRole") & pl.col("creation_date").is_not_null()
    )
    issued = issued_columns(issuances).filter(
        pl.col("issued_kind").is_in(["assume_role", "saml", "web_identity"])
    )
    by_principal = sessions.filter(pl.col("principal_id").str.contains(UNIQUE_ID)).join(
        issued, left_on="principal_id", right_on="issued_session_principal_id", coalesce=False
    )
    by_role = sessions.join(
        issued.filter(pl.col("issued_session_principal_id").is_null()),
        left_on=["session_issuer_arn", "session_name"],
        right_on=["issued_role_arn", "issued_session_name"],
        coalesce=False,
    )
    sso = pl.col("session_issuer_arn").str.contains(SSO_PATH, literal=True).fill_null(value=False)
    service_linked = (
        pl.col("session_issuer_arn").str.contains(SERVICE_LINKED_PATH, literal=True).fill_null(value=False)
    )
    console = pl.col("from_console").fill_null(value=False)
    kept_alive = sso | console
    ended = pl.when(kept_alive).then(pl.col("first_seen") > CONSOLE_END).otherwise(EXPIRED)
    same_key = (pl.col("join_key") == pl.col("issued_key")).fill_null(value=False)
    matches = _nearest(
        pl.concat([by_principal, by_role], how="diagonal").filter(
            NEAR_SECOND & ~same_key & ~TOO_EARLY & ~ended & ~SOURCE_IDENTITY_CONTRADICTS
        )
    )
    switches = (
        issuances.filter(pl.col("kind") == "switch_role")
        .group_by(
            pl.col("session_principal_id").alias("principal_id"),
            pl.col("event_time").alias("issued_event_time"),
        )
        .agg(pl.col("switched_from").unique().alias("switched_from"))
    )
    judged = (
        matches.join(switches, on=["principal_id", "issued_event_time"], how="left")
        .join(
            borne.select("issuance_id", pl.lit(value=True).alias("borne")).unique(),
            on="issuance_id",
            how="left",
        )
        .with_columns(pl.col("borne").fill_null(value=False))
    )
    switched = pl.col("switched_from").is_not_null()
    # The role account's copy of the call does not say which ARN called, only which account.
    switcher = (
        pl.col("switched_from").list.contains(pl.col("issued_caller_arn"))
        | (
            pl.col("issued_caller_arn").is_null()
            & pl.col("switched_from")
            .list.join(" ")
            .str.contains(pl.col("issued_caller_account_id"), literal=True)
        )
    ).fill_null(value=False)
    # A console session that a role switch began belongs to whom the switch names, nobody else.
    judged = judged.filter(~(switched & console & ~switcher))
    cut_short = pl.col("issued_key").is_null() & pl.col("issued_session_principal_id").is_null()
    forwarded = pl.col("invoked_by").is_not_null()
    explained = sso | (switched & switcher) | console | cut_short
    strong = service_linked | (explained & ~forwarded & ~pl.col("borne"))
    grade = pl.when(strong & SAME_SECOND).then(3).otherwise(2)
    when = (
        pl.when(SAME_SECOND)
        .then(pl.lit("same principal and creation date; "))
        .otherwise(pl.lit("same principal, created within a second; "))
    )
    why = (
        pl.when(service_linked)
        .then(pl.lit("only its service can assume this role"))
        .when(forwarded)
        .then(pl.lit("a service acted for the session"))
        .when(sso)
        .then(pl.lit("Identity Center uses keys no event shows"))
        .when(switched & switcher)
        .then(pl.lit("confirmed by SwitchRole (L11)"))
        .when(console)
        .then(pl.lit("the console uses keys no event shows"))
        .when(cut_short)
        .then(pl.lit("the record of the call was cut short and shows no key"))
        .when(pl.col("join_key").is_null())
        .then(pl.lit("the use shows no key"))
        .otherwise(pl.lit("but another key"))
    )
    ends = pl.when(kept_alive).then(CONSOLE_END).otherwise(EXPIRATION)
    return links_of(judged, "L05", grade, when + why, ends)


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
        .join(sign_ins, left_on="principal_id", right_on="issued_session_principal_id", coalesce=False)
        .filter(NEAR_SECOND & ~TOO_EARLY & ~EXPIRED)
    )
    grade = pl.when(SAME_SECOND).then(3).otherwise(2)
    return links_of(_nearest(matches), "L10", grade, "created in the second of this console sign-in")


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
        .join(switches, left_on="principal_id", right_on="issued_session_principal_id", coalesce=False)
        .filter(NEAR_SECOND & ~TOO_EARLY & ~EXPIRED & ~SOURCE_IDENTITY_CONTRADICTS)
    )
    # Without the console's mark it may be another session of that name and second.
    grade = pl.when(pl.col("from_console").fill_null(value=False) & SAME_SECOND).then(3).otherwise(2)
    return links_of(_nearest(matches), "L11", grade, "created in the second of this role switch")


def _nearest(matches: pl.LazyFrame) -> pl.LazyFrame:
    """Of a use's matches, those nearest in time: the exact second is preferred to its neighbours."""
    apart = APART // 1000
    return matches.filter(apart == apart.min().over("use_id"))
