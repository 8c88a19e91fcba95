"""Ties uses to issuances: one function per rule, each `LazyFrame → LazyFrame`.

Knows frames, not databases. Input columns are those of the tables `uses` and `issuances`
(`queries/facts/schema.sql`); rule ids are those of `docs/rules.md`. Every rule returns

    use_id, issuance_id: text
    rule: text
    grade: int, 4 proof, 3 strong, 2 probable, 1 weak, 0 refused
    why: text for a person
    ends: UTC datetime, when the session must have ended
"""

import polars as pl

from trailtrace.model import Grade

GRADES = {4: Grade.PROOF, 3: Grade.STRONG, 2: Grade.PROBABLE, 1: Grade.WEAK, 0: Grade.NONE}

CLOCK_SECONDS = 1
"""A creation date may differ from its issuance's time by this much (hosts' clocks)."""

EARLY_SECONDS = 2
"""A use may seem this much earlier than its issuance (trap T06, case C09)."""

CONSOLE_HOURS = 12
"""Longest console session, and longest session of any role."""

SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
"""Role path that only IAM Identity Center can create roles in."""

SERVICE_LINKED_PATH = ":role/aws-service-role/"
"""Role path that only AWS services can assume roles in."""

_OTHER_SOURCE_IDENTITY = "the source identity differs (L18)"
_AFTER_EXPIRATION = "used after its expiration"
_BEFORE_ISSUANCE = "used before it was issued"

CONTRADICTIONS = [_OTHER_SOURCE_IDENTITY, _AFTER_EXPIRATION, _BEFORE_ISSUANCE]
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
    "from_console",
    "authenticated",
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
    "caller_type",
    "caller_principal_id",
    "caller_account_id",
    "caller_arn",
    "conflicting",
    "paired_by_key",
]


def _uses(uses: pl.LazyFrame) -> pl.LazyFrame:
    return uses.filter(pl.col("authenticated") & pl.col("delegate_account_id").is_null()).select(_USE)


def _issuances(issuances: pl.LazyFrame) -> pl.LazyFrame:
    return issuances.select(pl.col(name).alias(f"issued_{name}") for name in _ISSUANCE).rename(
        {"issued_issuance_id": "issuance_id", "issued_issued_key": "issued_key"}
    )


_SECOND = pl.duration(seconds=1)
_APART = (pl.col("creation_date") - pl.col("issued_event_time")).dt.total_milliseconds().abs()
_SAME_SECOND = _APART < 1000
_EXPIRATION = pl.col("issued_expiration")
# The console and Identity Center keep a session alive beyond the call that began it.
_CONSOLE_END = pl.max_horizontal(_EXPIRATION, pl.col("issued_event_time") + pl.duration(hours=CONSOLE_HOURS))
_NEAR_SECOND = _APART < (CLOCK_SECONDS + 1) * 1000
_EARLY = pl.col("first_seen") < pl.col("issued_event_time")
_TOO_EARLY = pl.col("first_seen") < pl.col("issued_event_time") - EARLY_SECONDS * _SECOND
_EXPIRED = pl.col("first_seen") > pl.col("issued_expiration")
_ENDS_LATE = pl.col("last_seen") > pl.col("issued_expiration")
# A placeholder ("REDACTED") is no unique id and ties nothing.
_UNIQUE_ID = r"^(?:A(?:IDA|ROA)[A-Z0-9]{8,}|[0-9]{12})(?::|$)"
_SAME_PRINCIPAL = (
    (
        (pl.col("principal_id") == pl.col("issued_session_principal_id"))
        & pl.col("principal_id").str.contains(_UNIQUE_ID)
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
# An issuance by EC2, Lambda or ECS, or a truncated one, names no session principal.
_SAME_ROLE_AND_NAME = (
    pl.col("issued_session_principal_id").is_null()
    & (pl.col("session_issuer_arn") == pl.col("issued_role_arn"))
    & (pl.col("session_name") == pl.col("issued_session_name"))
).fill_null(value=False)
# L18: a source identity, once set, is carried down unchanged; services do not record it (T11).
_SOURCE_IDENTITY_CONTRADICTS = (
    (pl.col("source_identity") != pl.col("issued_source_identity")).fill_null(value=False)
    | pl.col("source_identity_differs")
    | (
        pl.col("issued_source_identity").is_not_null()
        & pl.col("source_identity").is_null()
        & pl.col("invoked_by").is_null()
    )
)


def _capped(grade: pl.Expr) -> pl.Expr:
    """A grade lowered by what weakens any link, whatever its rule."""
    late_or_early = _EARLY | _ENDS_LATE
    return (
        pl.when(pl.col("issued_conflicting"))
        .then(pl.min_horizontal(grade, pl.lit(1)))
        # Only the other account's copy of the call is held, or the copies share no id (L16), or a
        # clock disagrees, or the record's shape is unverified (AssumeRoot).
        .when(
            ~pl.col("issued_caller_held")
            | pl.col("issued_paired_by_key")
            | late_or_early
            | (pl.col("issued_kind") == "assume_root")
        )
        .then(pl.min_horizontal(grade, pl.lit(3)))
        .otherwise(grade)
        .cast(pl.Int8)
    )


def _links(
    matches: pl.LazyFrame,
    rule: str,
    grade: pl.Expr,
    why: pl.Expr | str,
    ends: pl.Expr = _EXPIRATION,
) -> pl.LazyFrame:
    return matches.select(
        "use_id",
        "issuance_id",
        pl.lit(rule).alias("rule"),
        _capped(grade).alias("grade"),
        (pl.lit(why) if isinstance(why, str) else why).alias("why"),
        ends.alias("ends"),
    )


def same_key_pairs(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """Every use with every issuance of its access key id: pairs to judge, not links (T01)."""
    return _uses(uses).join(
        _issuances(issuances), left_on="join_key", right_on="issued_key", how="inner", coalesce=False
    )


_IN_TIME = ~_TOO_EARLY & ~_EXPIRED & ~_SOURCE_IDENTITY_CONTRADICTS
_NAMED = pl.col("issued_kind") != "other"


def l01_key_principal_creation(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L01: same key, same principal, created in the second of the issuance, within its life."""
    matches = pairs.filter(_NAMED & _SAME_PRINCIPAL & _NEAR_SECOND & _IN_TIME)
    grade = pl.when(_SAME_SECOND).then(4).otherwise(3)
    return _links(matches, "L01", grade, "same key, principal and creation date")


def l02_key_principal(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L02: as L01 for a use that does not say when its credential was created."""
    matches = pairs.filter(
        _NAMED
        & (_SAME_PRINCIPAL | _SAME_ROLE_AND_NAME)
        & pl.col("creation_date").is_null()
        & _IN_TIME
        & ~_ENDS_LATE
    )
    return _links(matches, "L02", pl.lit(3), "same key and principal; the use has no creation date")


def l03_key_role_name(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L03: as L01 for an issuance that names no session principal: same role and session name."""
    matches = pairs.filter(_NAMED & _SAME_ROLE_AND_NAME & _NEAR_SECOND & _IN_TIME)
    grade = pl.when(_SAME_SECOND).then(4).otherwise(3)
    return _links(matches, "L03", grade, "same key, role, session name and creation date")


def l06_key_creation(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """L06: an API other than STS issued the key; same key and creation date, no principal to compare."""
    matches = pairs.filter(~_NAMED & _NEAR_SECOND & _IN_TIME)
    return _links(matches, "L06", pl.lit(2), "same key and creation date; the issuance names no principal")


def l04_refuted(pairs: pl.LazyFrame, kept: pl.LazyFrame) -> pl.LazyFrame:
    """L04: the key alone agrees, so the key id was recycled or the pair contradicts itself."""
    why = (
        pl.when(_NAMED & ~_SAME_PRINCIPAL & ~_SAME_ROLE_AND_NAME)
        .then(pl.lit("another principal holds this key id"))
        .when(pl.col("creation_date").is_not_null() & ~_NEAR_SECOND)
        .then(pl.lit("the creation date differs"))
        .when(_SOURCE_IDENTITY_CONTRADICTS)
        .then(pl.lit(_OTHER_SOURCE_IDENTITY))
        .when(_EXPIRED | _ENDS_LATE)
        .then(pl.lit(_AFTER_EXPIRATION))
        .when(_TOO_EARLY)
        .then(pl.lit(_BEFORE_ISSUANCE))
        .otherwise(pl.lit("only the key id agrees"))
    )
    refuted = pairs.join(kept, on=["use_id", "issuance_id"], how="anti")
    return _links(refuted, "L04", pl.lit(0), why)


def l05_principal_creation(uses: pl.LazyFrame, issuances: pl.LazyFrame, borne: pl.LazyFrame) -> pl.LazyFrame:
    """L05: another key of the same role session, created in the second of the issuance.

    Identity Center, the console and forward access sessions use keys that no event issued. `borne`
    has the issuance_id of issuances whose own key was used: there another key is less likely theirs.
    """
    sessions = _uses(uses).filter(
        (pl.col("user_identity_type") == "AssumedRole") & pl.col("creation_date").is_not_null()
    )
    issued = _issuances(issuances).filter(
        pl.col("issued_kind").is_in(["assume_role", "saml", "web_identity"])
    )
    by_principal = sessions.filter(pl.col("principal_id").str.contains(_UNIQUE_ID)).join(
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
    ended = pl.when(kept_alive).then(pl.col("first_seen") > _CONSOLE_END).otherwise(_EXPIRED)
    same_key = (pl.col("join_key") == pl.col("issued_key")).fill_null(value=False)
    matches = _nearest(
        pl.concat([by_principal, by_role], how="diagonal").filter(
            _NEAR_SECOND & ~same_key & ~_TOO_EARLY & ~ended & ~_SOURCE_IDENTITY_CONTRADICTS
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
    grade = pl.when(strong & _SAME_SECOND).then(3).otherwise(2)
    when = (
        pl.when(_SAME_SECOND)
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
    ends = pl.when(kept_alive).then(_CONSOLE_END).otherwise(_EXPIRATION)
    return _links(judged, "L05", grade, when + why, ends)


def l10_console_sign_in(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L10: a key of a user's or root's console session, created in the second of the sign-in."""
    sessions = _uses(uses).filter(
        pl.col("user_identity_type").is_in(["IAMUser", "Root"])
        & pl.col("creation_date").is_not_null()
        & pl.col("invoked_by").is_null()
        & ~pl.col("assumed_root").fill_null(value=False)
    )
    sign_ins = _issuances(issuances).filter(pl.col("issued_kind") == "console_login")
    matches = sessions.join(
        sign_ins, left_on="principal_id", right_on="issued_session_principal_id", coalesce=False
    ).filter(_NEAR_SECOND & ~_TOO_EARLY & ~_EXPIRED)
    grade = pl.when(_SAME_SECOND).then(3).otherwise(2)
    return _links(_nearest(matches), "L10", grade, "created in the second of this console sign-in")


def l11_role_switch(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """L11: a role session of the console, created in the second of a SwitchRole to it."""
    sessions = _uses(uses).filter(
        (pl.col("user_identity_type") == "AssumedRole") & pl.col("creation_date").is_not_null()
    )
    switches = _issuances(issuances).filter(
        (pl.col("issued_kind") == "switch_role") & pl.col("issued_session_principal_id").is_not_null()
    )
    matches = sessions.join(
        switches, left_on="principal_id", right_on="issued_session_principal_id", coalesce=False
    ).filter(_NEAR_SECOND & ~_TOO_EARLY & ~_EXPIRED & ~_SOURCE_IDENTITY_CONTRADICTS)
    # Without the console's mark it may be another session of that name and second.
    grade = pl.when(pl.col("from_console").fill_null(value=False) & _SAME_SECOND).then(3).otherwise(2)
    return _links(_nearest(matches), "L11", grade, "created in the second of this role switch")


def borne_issuances(uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """issuance_id of the issuances whose own key is that of a linked use."""
    return (
        links.join(uses.select("use_id", "join_key"), on="use_id")
        .join(issuances.select("issuance_id", "issued_key"), on="issuance_id")
        .filter(pl.col("join_key") == pl.col("issued_key"))
        .select("issuance_id")
        .unique()
    )


def issued_links(issuances: pl.LazyFrame, borne: pl.LazyFrame) -> pl.LazyFrame:
    """`issued`: a key that the record of its call names and that no use of these logs bears."""
    unused = (
        _issuances(issuances)
        .filter(pl.col("issued_key").is_not_null())
        .join(borne, on="issuance_id", how="anti")
        .with_columns(
            pl.col("issuance_id").alias("use_id"),
            pl.col("issued_event_time").alias("first_seen"),
            pl.col("issued_event_time").alias("last_seen"),
        )
    )
    grade = pl.when(_NAMED).then(4).otherwise(2)
    return _links(unused, "issued", grade, "the record of the call names the issued key")


def _nearest(matches: pl.LazyFrame) -> pl.LazyFrame:
    """Of a use's matches, those nearest in time: the exact second is preferred to its neighbours."""
    apart = _APART // 1000
    return matches.filter(apart == apart.min().over("use_id"))


def best_links(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.DataFrame:
    """All links: each use's best grade kept, the pairs that only share a key id refused.

    Columns as for every rule. A key that was issued and never used has a link of its own, whose
    use_id is its issuance_id.

    Key rules come first; a rule without the key is asked only for uses that they leave open.
    """
    pairs = same_key_pairs(uses, issuances).collect().lazy()
    by_key = pl.concat(
        [
            l01_key_principal_creation(pairs),
            l02_key_principal(pairs),
            l03_key_role_name(pairs),
            l06_key_creation(pairs),
        ]
    ).collect()
    refused = l04_refuted(pairs, by_key.lazy()).collect()
    # A use refused for its own time or source identity must not come back by another rule, nor its
    # issuance as one that was never used.
    contradicted = refused.filter(pl.col("why").is_in(CONTRADICTIONS))
    still_open = uses.join(by_key.lazy(), on="use_id", how="anti").join(
        contradicted.lazy(), on="use_id", how="anti"
    )
    borne = borne_issuances(uses, issuances, by_key.lazy()).collect()
    by_session = pl.concat(
        [
            l05_principal_creation(still_open, issuances, borne.lazy()),
            l10_console_sign_in(still_open, issuances),
        ]
    ).collect()
    still_open = still_open.join(by_session.lazy(), on="use_id", how="anti")
    by_switch = l11_role_switch(still_open, issuances).collect()
    found = pl.concat([by_key, by_session, by_switch])
    best = found.filter(pl.col("grade") == pl.col("grade").max().over("use_id"))
    seen = pl.concat([borne, contradicted.select("issuance_id")])
    unused = issued_links(issuances, seen.lazy()).collect()
    return pl.concat([best, refused, unused]).unique(
        subset=["use_id", "issuance_id"], keep="first", maintain_order=True
    )
