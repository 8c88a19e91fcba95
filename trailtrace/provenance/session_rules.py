"""Rules for role sessions whose key agrees with no issuance: Identity Center, services, bare records.

One function a rule, `LazyFrame → LazyFrame`, links as in `matching.py`; ids as in `docs/rules.md`.
"""

import polars as pl

from trailtrace.provenance.matching import (
    CONSOLE_END,
    EXPIRATION,
    EXPIRED,
    FORM_GRADE,
    LAKE_FORMATION_NAME,
    NEAR_SECOND,
    SAME_SECOND,
    SERVICE_LINKED_PATH,
    SOURCE_IDENTITY_CONTRADICTS,
    SOURCE_IDENTITY_REFUTES,
    SSO_PATH,
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
from trailtrace.provenance.ties import PRINCIPAL, QUERY_SESSION, ROLE_AND_NAME, SESSION_ARN

_SSO = pl.col("session_issuer_arn").str.contains(SSO_PATH, literal=True).fill_null(value=False)
_SERVICE_LINKED = (
    pl.col("session_issuer_arn").str.contains(SERVICE_LINKED_PATH, literal=True).fill_null(value=False)
)
_CONSOLE = pl.col("from_console").fill_null(value=False)
# A plain session bears the key of its own call: one that shows another is likely of another call of
# that second. Browsers that federate by SAML do get keys of their own.
_OTHER_CALL = (
    (pl.col("join_key") != pl.col("issued_key")).fill_null(value=False)
    & pl.col("issued_kind").is_in(["assume_role", "web_identity"])
    & pl.col("invoked_by").is_null()
    & ~(_SSO | _CONSOLE | _SERVICE_LINKED)
)


def l05_principal_creation(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L05: another key of the same role session, created in the second of the issuance.

    Identity Center, the console and forward access sessions use keys that no event issued. Issuances
    have `borne` too: whether their own key was used, and another key is less likely theirs.
    Nothing is strong where the role's account, which would know another call of that second, was not
    told of this one.
    """
    sessions = linkable_uses(uses).filter(
        (pl.col("user_identity_type") == "AssumedRole") & pl.col("creation_date").is_not_null()
    )
    issued = issued_columns(issuances, "borne").filter(
        pl.col("issued_kind").is_in(["assume_role", "saml", "web_identity"])
    )
    by_principal = paired(
        sessions.filter(pl.col("principal_id").str.contains(UNIQUE_ID)),
        issued,
        PRINCIPAL,
    )
    by_role = paired(
        sessions,
        issued.filter(pl.col("issued_session_principal_id").is_null()),
        ROLE_AND_NAME,
    )
    sso, service_linked, console = _SSO, _SERVICE_LINKED, _CONSOLE
    kept_alive = sso | console
    ended = pl.when(kept_alive).then(pl.col("first_seen") > CONSOLE_END).otherwise(EXPIRED)
    same_key = (pl.col("join_key") == pl.col("issued_key")).fill_null(value=False)
    matches = nearest(
        pl.concat([by_principal, by_role], how="diagonal").filter(
            NEAR_SECOND & ~same_key & ~TOO_EARLY & ~ended & ~SOURCE_IDENTITY_CONTRADICTS
        )
    )
    told_as_well = pl.col("switch_form") >= pl.min_horizontal(FORM_GRADE, "issued_form_grade")
    switches = issuances.filter(pl.col("kind") == "switch_role").select(
        pl.col("session_principal_id").alias("principal_id"),
        pl.col("event_time").alias("issued_event_time"),
        "switched_from",
        pl.col("form_grade").alias("switch_form"),
    )
    switched_from = (
        matches.join(switches, on=["principal_id", "issued_event_time"])
        .filter(told_as_well)
        .group_by("use_id", "issuance_id")
        .agg(pl.col("switched_from").unique())
    )
    judged = matches.join(switched_from, on=["use_id", "issuance_id"], how="left")
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
    confirmed = switched & switcher
    # Without the key of either there may be another call of that second, which shows its key.
    cut_short = pl.col("issued_key").is_null() & pl.col("issued_session_principal_id").is_null()
    forwarded = pl.col("invoked_by").is_not_null()
    explained = sso | console | (cut_short & pl.col("join_key").is_not_null())
    told = pl.col("issued_told_to_role_account").all().over("use_id")
    strong = service_linked | (explained & ~forwarded & ~pl.col("borne") & told)
    # A service that acts for a plain session, created beside the call's second: two things to excuse.
    beside = forwarded & ~SAME_SECOND & ~(sso | console | service_linked)
    other_call = _OTHER_CALL & ~confirmed
    judged = judged.filter((~other_call | SAME_SECOND) & ~beside)
    grade = pl.when(strong & SAME_SECOND).then(3).when(other_call).then(1).otherwise(2)
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
        .when(confirmed)
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


def l05_same_session(uses: pl.LazyFrame, tied: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L05: another key of a role session of which one key is tied to an issuance: probable at most.

    The issuance may name no principal; the tied key does. `uses` are those still open, `tied` the links
    found so far with the sessions of their uses.
    """
    session = ["principal_id", "creation_date", "account_id"]
    known = tied.select("issuance_id", *session, "known_form", pl.col("grade").alias("known_grade")).unique()
    # A sign-in token or grant is asked for by the session, and does not begin it.
    began = issuances.filter(~pl.col("kind").is_in(["signin_token", "oauth2_token"]))
    matches = (
        linkable_uses(uses)
        .filter(
            (pl.col("user_identity_type") == "AssumedRole") & pl.col("principal_id").str.contains(UNIQUE_ID)
        )
        .join(known, on=session)
        .filter(pl.col("known_form") >= FORM_GRADE)
        .pipe(with_issuance, issued_columns(began))
        .filter(WITHIN_LIFE & ~SOURCE_IDENTITY_CONTRADICTS & ~_OTHER_CALL)
    )
    grade = pl.min_horizontal(pl.col("known_grade"), pl.lit(2))
    return links_of(matches, "L05", grade, "same principal and creation date as another key of the session")


def l07_principal_window(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L07: the principal agrees and the use lies within the session's life, nothing else: weak."""
    sessions = linkable_uses(uses).filter(
        pl.col("user_identity_type").is_in(["AssumedRole", "FederatedUser"])
        & pl.col("creation_date").is_null()
        & pl.col("invoked_by").is_null()
        & pl.col("principal_id").str.contains(UNIQUE_ID)
    )
    matches = paired(sessions, _issued_sessions(issuances), PRINCIPAL).filter(
        WITHIN_LIFE & ~_OTHER_KEY & ~SOURCE_IDENTITY_REFUTES
    )
    return links_of(matches, "L07", pl.lit(1), "same principal, used within the session's life; nothing else")


def l08_arn_window(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L08: only the session's ARN agrees, and the time: weak, since a role can be made again (T08)."""
    sessions = linkable_uses(uses).filter(
        pl.col("arn").str.contains(":assumed-role/", literal=True)
        & ~pl.col("principal_id").str.contains(UNIQUE_ID).fill_null(value=False)
        & pl.col("invoked_by").is_null()
    )
    matches = paired(sessions, _issued_sessions(issuances), SESSION_ARN).filter(
        WITHIN_LIFE
        & (NEAR_SECOND | pl.col("creation_date").is_null())
        & ~_OTHER_KEY
        & ~SOURCE_IDENTITY_REFUTES
    )
    return links_of(
        matches, "L08", pl.lit(1), "same session ARN, used within its life; no unique id to compare"
    )


def _issued_sessions(issuances: pl.LazyFrame) -> pl.LazyFrame:
    return issued_columns(issuances).filter(
        pl.col("issued_kind").is_in(["assume_role", "saml", "web_identity", "federation_token"])
    )


_OTHER_KEY = (
    (pl.col("join_key") != pl.col("issued_key"))
    & ~pl.col("session_issuer_arn").str.contains(SSO_PATH, literal=True).fill_null(value=False)
).fill_null(value=False)


def l25_lake_formation(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L25: the session name that Lake Formation made up for a GetDataAccess call: strong.

    The name alone can be typed (T10): a session that anybody but the service assumed is none.
    """
    sessions = linkable_uses(uses).filter(
        (pl.col("user_identity_type") == "AssumedRole")
        & pl.col("session_name").str.starts_with(LAKE_FORMATION_NAME)
    )
    grants = issued_columns(issuances).filter(pl.col("issued_kind") == "lake_formation")
    by_others = issuances.filter(
        pl.col("session_name").str.starts_with(LAKE_FORMATION_NAME)
        & (pl.col("kind") != "lake_formation")
        & (pl.col("caller_invoked_by") != "lakeformation.amazonaws.com").fill_null(value=True)
    ).select("session_name")
    matches = (
        paired(sessions, grants, QUERY_SESSION)
        .join(by_others, on="session_name", how="anti")
        .filter(WITHIN_LIFE & ~_OTHER_QUERYING_ROLE)
    )
    return links_of(matches, "L25", pl.lit(3), "the session name that Lake Formation gave this access")


# With source identities enabled, Lake Formation writes V2.<account>.<unique id of the querying role>.
_OTHER_QUERYING_ROLE = (
    pl.col("source_identity").str.starts_with("V2.")
    & (
        pl.col("source_identity").str.extract(r"(AROA[A-Z0-9]+)$")
        != pl.col("issued_caller_principal_id").str.extract(r"^(AROA[A-Z0-9]+)").fill_null("")
    ).fill_null(value=True)
).fill_null(value=False)
