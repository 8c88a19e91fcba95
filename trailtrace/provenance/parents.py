"""L17 and L11: who made an issuing call, where its own record does not say so, or only by name.

L17: only the role account's copy of the call is held. It names the foreign caller by account and
principal id. If that account's own logs are held, its sessions are known, and the one alive at the
time is the caller's.
"""

import polars as pl

from trailtrace.provenance.facts import Facts, at_least, forms, told_in
from trailtrace.provenance.matching import CLOCK_SECONDS, CONSOLE_HOURS, EARLY_SECONDS, TRANSLATED


def l17_foreign_session(uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """A role session of that principal id, alive when the call was made: probable."""
    calls = _foreign_calls(issuances).filter(pl.col("caller_principal_id").str.contains(":", literal=True))
    callers = calls.select(pl.col("caller_principal_id").alias("principal_id")).unique()
    sessions = pl.concat(
        [
            _sessions("principal_id", uses.join(callers, on="principal_id", how="semi"), issuances, links),
            _unused_sessions(uses, issuances, links),
        ],
        how="diagonal",
    )
    # L18: a source identity is carried down unchanged, so a session that came out without any is
    # not the child of one that has some.
    other = (pl.col("source_identity") != pl.col("source_identity_right")).fill_null(value=False)
    lost = pl.col("carries_none") & pl.col("source_identity_right").is_not_null()
    carried = calls.join(
        _without_source_identity(calls, uses, links), on="issuance_id", how="left"
    ).with_columns(pl.col("carries_none").fill_null(value=False) & pl.col("source_identity").is_null())
    return _parents(_with_principal(carried, sessions).filter(_ALIVE & ~other & ~lost), "L17", 2)


def _without_source_identity(calls: pl.LazyFrame, uses: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """The calls whose session shows no source identity, by records that would show it."""
    return (
        links.filter(pl.col("grade") >= 3)
        .join(calls, on="issuance_id", how="semi")
        .join(uses, on="use_id")
        .filter(
            pl.col("creation_date").is_not_null()
            & pl.col("invoked_by").is_null()
            & pl.col("source_identity").is_null()
            & ~TRANSLATED
        )
        .select("issuance_id", pl.lit(value=True).alias("carries_none"))
        .unique()
    )


def l17_foreign_user(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """An IAM user of that unique id is seen in its own account's logs: strong, a user id is never reused."""
    calls = _foreign_calls(issuances).filter(pl.col("caller_principal_id").str.starts_with("AIDA"))
    callers = calls.select(pl.col("caller_principal_id").alias("principal_id"))
    users = (
        uses.filter(
            (pl.col("user_identity_type") == "IAMUser")
            & pl.col("authenticated")
            & pl.col("delegate_account_id").is_null()
        )
        .join(callers, on="principal_id", how="semi")
        .sort(pl.col("creation_date").is_not_null(), "use_text")
        .group_by("principal_id", "account_id", maintain_order=True)
        .agg(pl.col("use_id").first())
    )
    return _parents(_with_principal(calls, users), "L17", 3)


def l11_switch_call(uses: pl.LazyFrame, issuances: pl.LazyFrame, searched: pl.LazyFrame) -> pl.LazyFrame:
    """Who made the AssumeRole call of a role switch: strong, since the switch names the same caller.

    `searched` has the parents of calls whose own record does not say who made them.
    """
    switches = issuances.filter(
        (pl.col("kind") == "switch_role") & pl.col("switched_from").is_not_null()
    ).select("issuance_id", "event_time", "session_principal_id", "switched_from")
    calls = issuances.filter((pl.col("kind") == "assume_role") & ~pl.col("callers_differ")).select(
        pl.col("issuance_id").alias("call_id"),
        pl.col("event_time").alias("call_time"),
        "session_principal_id",
        "caller_arn",
        pl.col("caller_use_id").alias("use_id"),
    )
    apart = (pl.col("event_time") - pl.col("call_time")).dt.total_seconds().abs()
    pairs = switches.join(calls, on="session_principal_id").filter(apart <= CLOCK_SECONDS)
    told = pairs.filter(pl.col("caller_arn") == pl.col("switched_from"))
    found = (
        pairs.filter(pl.col("caller_arn").is_null())
        .drop("use_id")
        .join(
            searched.select(pl.col("issuance_id").alias("call_id"), pl.col("parent_use_id").alias("use_id")),
            on="call_id",
        )
        .join(uses.select("use_id", "arn"), on="use_id")
        .filter(pl.col("arn") == pl.col("switched_from"))
    )
    return _parents(pl.concat([told, found.select(told.collect_schema().names())]), "L11", 3).unique()


def l11_switched_user(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """The IAM user or root that a SwitchRole record names by ARN, if one unique id has that ARN.

    Strong if records of that id surround the switch, else probable: a user may be made again (T08).
    """
    switches = issuances.filter(pl.col("switched_from").is_not_null()).select(
        "issuance_id", "event_time", pl.col("switched_from").alias("arn")
    )
    users = (
        uses.filter(
            pl.col("user_identity_type").is_in(["IAMUser", "Root"])
            & pl.col("authenticated")
            & pl.col("delegate_account_id").is_null()
        )
        .join(switches, on="arn", how="semi")
        .sort(pl.col("principal_id").is_null(), pl.col("creation_date").is_not_null(), "use_text")
        .group_by("arn", maintain_order=True)
        .agg(
            pl.col("use_id").first(),
            pl.col("principal_id").drop_nulls().n_unique().alias("principals"),
            pl.col("first_seen").min(),
            pl.col("last_seen").max(),
        )
        .filter(pl.col("principals") <= 1)
    )
    # A user of that ARN who is only seen long before or after may be another one (T08).
    day = pl.duration(hours=24)
    near = pl.col("event_time").is_between(pl.col("first_seen") - day, pl.col("last_seen") + day)
    # Seen before and after, it was the same user in between.
    spans = pl.col("event_time").is_between(
        pl.col("first_seen") - _TOLERANCE, pl.col("last_seen") + _TOLERANCE
    )
    matches = switches.join(users, on="arn").filter(near)
    return _parents(matches, "L11", pl.when(spans).then(3).otherwise(2))


def l11_switched_session(uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """The role session that a SwitchRole record names by ARN, alive at that time: probable."""
    switches = issuances.filter(pl.col("switched_from").is_not_null()).select(
        "issuance_id", "event_time", pl.col("switched_from").alias("arn")
    )
    sessions = _sessions("arn", uses.join(switches, on="arn", how="semi"), issuances, links)
    return _parents(switches.join(sessions, on="arn").filter(_ALIVE), "L11", 2)


_TOLERANCE = pl.duration(seconds=EARLY_SECONDS)
_ALIVE = pl.col("event_time").is_between(pl.col("begins") - _TOLERANCE, pl.col("ends") + _TOLERANCE)


def _sessions(name: str, uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """Role sessions with the time in which they lived, as far as it is known.

    The keys of one session, tied to one issuance, are one session: the first use stands for it.
    `name` is the column that they are looked up by: what others are looked for changes nothing of them.
    """
    known_ends = (
        links.filter(pl.col("grade") > 0)
        .join(uses, on="use_id", how="semi")
        .join(issuances.select("issuance_id", "issuance_text"), on="issuance_id")
        .group_by("use_id")
        .agg(pl.col("ends").max(), pl.col("issuance_text").min().alias("tied_to"))
    )
    session = ["principal_id", "creation_date", "account_id", *(["arn"] if name == "arn" else [])]
    longest = pl.col("creation_date") + pl.duration(hours=CONSOLE_HOURS)
    return (
        uses.filter(
            (pl.col("user_identity_type") == "AssumedRole")
            & pl.col("invoked_by").is_null()
            & pl.col("authenticated")
        )
        .join(known_ends, on="use_id", how="left")
        .filter(pl.col("tied_to").is_not_null() | pl.col("tied_to").is_null().all().over(session))
        # A record without a creation date is of the session that its issuance began, not one more.
        .filter(
            pl.col("creation_date").is_not_null()
            | pl.col("tied_to").is_null()
            | pl.col("creation_date").is_null().all().over("tied_to", name)
        )
        .with_columns(
            pl.when(pl.col("creation_date").is_null()).then("use_text").otherwise("tied_to").alias("tied_to")
        )
        .sort("use_text")
        .group_by(*session, "tied_to", maintain_order=True)
        .agg(
            pl.col("use_id", "source_identity").first(),
            *([] if name == "arn" else [pl.col("arn").first()]),
            pl.col("first_seen").min(),
            pl.col("last_seen", "ends").max(),
        )
        .select(
            "use_id",
            "principal_id",
            "account_id",
            "arn",
            "source_identity",
            pl.coalesce("creation_date", "first_seen").alias("begins"),
            pl.coalesce("ends", pl.max_horizontal("last_seen", longest)).alias("ends"),
        )
    )


def _unused_sessions(uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """Role sessions of which only the issuing call is held; their use_id is its issuance_id.

    A use of its key that is told in a lesser form, so that `uses` lacks it, stands for the call.
    """
    issued = pl.col("rule") == "issued"
    kept = links.filter(pl.col("grade") > 0)
    # Identity Center and the console use other keys than the call shows.
    used = kept.filter(~issued).join(uses, on="use_id", how="semi")
    unused = kept.join(used, on="issuance_id", how="anti").filter(issued | ~issued.any().over("issuance_id"))
    return (
        issuances.join(unused.select("use_id", "issuance_id"), on="issuance_id")
        .filter(pl.col("session_principal_id").str.starts_with("AROA"))
        .select(
            "use_id",
            pl.col("session_principal_id").alias("principal_id"),
            pl.col("role_arn").str.extract(r":iam::([0-9]+):").alias("account_id"),
            pl.col("session_arn").alias("arn"),
            "source_identity",
            pl.col("event_time").alias("begins"),
            pl.col("expiration").alias("ends"),
        )
    )


def _foreign_calls(issuances: pl.LazyFrame) -> pl.LazyFrame:
    return issuances.filter((pl.col("caller_type") == "AWSAccount") & ~pl.col("caller_held")).select(
        "issuance_id", "event_time", "caller_principal_id", "caller_account_id", "source_identity"
    )


def _with_principal(calls: pl.LazyFrame, uses: pl.LazyFrame) -> pl.LazyFrame:
    return calls.join(
        uses,
        left_on=["caller_principal_id", "caller_account_id"],
        right_on=["principal_id", "account_id"],
    )


def _parents(matches: pl.LazyFrame, rule: str, grade: int | pl.Expr) -> pl.LazyFrame:
    return matches.select(
        "issuance_id",
        pl.col("use_id").alias("parent_use_id"),
        pl.lit(rule).alias("parent_rule"),
        (pl.lit(grade) if isinstance(grade, int) else grade).cast(pl.Int8).alias("parent_grade"),
    )


def find_parents(facts: Facts, links: pl.LazyFrame) -> pl.DataFrame:
    """All parents that were searched: issuance_id, parent_use_id, parent_rule, parent_grade (int).

    Nobody is found by what is told in a lesser form than the call.
    """
    found = [
        _find(at_least(facts.uses, form), at_least(facts.issuances, form), links).join(
            told_in(facts.issuances, form), on="issuance_id", how="semi"
        )
        for form in forms(facts.issuances)
    ]
    return pl.concat(pl.collect_all(found))


def _find(uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    foreign = (
        pl.concat([l17_foreign_session(uses, issuances, links), l17_foreign_user(uses, issuances)])
        .collect()
        .lazy()
    )
    called = l11_switch_call(uses, issuances, foreign).collect().lazy()
    # A call says who switched better than a name does.
    named = pl.concat(
        [l11_switched_user(uses, issuances), l11_switched_session(uses, issuances, links)]
    ).join(called, on="issuance_id", how="anti")
    return pl.concat([foreign, called, named])
