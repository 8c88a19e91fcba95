"""L17: whose session made an issuing call, where only the role account's copy of it is held.

The copy names the foreign caller by account and principal id. If that account's own logs are held,
its sessions are known, and the one alive at the time is the caller's.
"""

import polars as pl

from trailtrace.provenance.links import CONSOLE_HOURS, EARLY_SECONDS


def l17_foreign_session(uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.LazyFrame:
    """A role session of that principal id, alive when the call was made: probable."""
    calls = _foreign_calls(issuances).filter(pl.col("caller_principal_id").str.contains(":", literal=True))
    known_ends = (
        links.filter(pl.col("grade") > 0)
        .join(issuances.select("issuance_id", "expiration"), on="issuance_id")
        .group_by("use_id")
        .agg(pl.col("expiration").max())
    )
    sessions = (
        uses.filter(
            (pl.col("user_identity_type") == "AssumedRole")
            & pl.col("invoked_by").is_null()
            & pl.col("authenticated")
        )
        .join(known_ends, on="use_id", how="left")
        .select(
            "use_id", "principal_id", "account_id", "creation_date", "first_seen", "last_seen", "expiration"
        )
    )
    longest = pl.col("creation_date") + pl.duration(hours=CONSOLE_HOURS)
    begins = pl.coalesce("creation_date", "first_seen")
    ends = pl.coalesce("expiration", pl.max_horizontal("last_seen", longest))
    tolerance = pl.duration(seconds=EARLY_SECONDS)
    alive = pl.col("event_time").is_between(begins - tolerance, ends + tolerance)
    return _parents(_with_principal(calls, sessions).filter(alive), 2)


def l17_foreign_user(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """An IAM user of that unique id is seen in its own account's logs: strong, a user id is never reused."""
    calls = _foreign_calls(issuances).filter(pl.col("caller_principal_id").str.starts_with("AIDA"))
    users = (
        uses.filter((pl.col("user_identity_type") == "IAMUser") & pl.col("authenticated"))
        .sort(pl.col("creation_date").is_not_null(), "use_id")
        .group_by("principal_id", "account_id", maintain_order=True)
        .agg(pl.col("use_id").first())
    )
    return _parents(_with_principal(calls, users), 3)


def l11_switched_user(uses: pl.LazyFrame, issuances: pl.LazyFrame) -> pl.LazyFrame:
    """The IAM user or root that a SwitchRole record names by ARN, if one unique id has that ARN."""
    switches = issuances.filter(pl.col("switched_from").is_not_null()).select(
        "issuance_id", pl.col("switched_from").alias("arn")
    )
    users = (
        uses.filter(pl.col("user_identity_type").is_in(["IAMUser", "Root"]) & pl.col("authenticated"))
        .sort(pl.col("creation_date").is_not_null(), "use_id")
        .group_by("arn", maintain_order=True)
        .agg(pl.col("use_id").first(), pl.col("principal_id").n_unique().alias("principals"))
        .filter(pl.col("principals") == 1)
    )
    return switches.join(users, on="arn").select(
        "issuance_id", "use_id", pl.lit("L11").alias("rule"), pl.lit(3, pl.Int8).alias("grade")
    )


def _foreign_calls(issuances: pl.LazyFrame) -> pl.LazyFrame:
    return issuances.filter((pl.col("caller_type") == "AWSAccount") & ~pl.col("caller_held")).select(
        "issuance_id", "event_time", "caller_principal_id", "caller_account_id"
    )


def _with_principal(calls: pl.LazyFrame, uses: pl.LazyFrame) -> pl.LazyFrame:
    return calls.join(
        uses,
        left_on=["caller_principal_id", "caller_account_id"],
        right_on=["principal_id", "account_id"],
    )


def _parents(matches: pl.LazyFrame, grade: int) -> pl.LazyFrame:
    return matches.select(
        "issuance_id", "use_id", pl.lit("L17").alias("rule"), pl.lit(grade, pl.Int8).alias("grade")
    )


def find_parents(uses: pl.LazyFrame, issuances: pl.LazyFrame, links: pl.LazyFrame) -> pl.DataFrame:
    """All parents: issuance_id, use_id, rule, grade (as in links)."""
    return pl.concat(
        [
            l17_foreign_session(uses, issuances, links),
            l17_foreign_user(uses, issuances),
            l11_switched_user(uses, issuances),
        ]
    ).collect()
