"""How an origin is written down: one case a kind, the first that applies counts.

An origin has the columns kind, id, arn, account_id, name: text, grade: int (as in links), stop: text.
"""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from trailtrace.provenance.matching import UNIQUE_ID

NULL_TEXT = pl.lit(None, pl.String)


@dataclass(frozen=True, slots=True)
class OriginCase:
    """When it applies, and what the origin is then."""

    when: pl.Expr
    origin: list[pl.Expr]


def origin_case(
    when: pl.Expr,
    kind: str | pl.Expr,
    grade: int,
    stop: str,
    *,
    id: pl.Expr = NULL_TEXT,
    arn: pl.Expr = NULL_TEXT,
    account_id: pl.Expr = NULL_TEXT,
    name: pl.Expr = NULL_TEXT,
) -> OriginCase:
    return OriginCase(
        when.fill_null(value=False),
        [
            (pl.lit(kind) if isinstance(kind, str) else kind).alias("kind"),
            id.cast(pl.String).alias("id"),
            arn.cast(pl.String).alias("arn"),
            account_id.cast(pl.String).alias("account_id"),
            name.cast(pl.String).alias("name"),
            pl.lit(grade, pl.Int8).alias("grade"),
            pl.lit(stop).alias("stop"),
        ],
    )


UNKNOWN = origin_case(pl.lit(value=True), "unknown", 0, "no_issuance")


def first_cases(frame: pl.LazyFrame, of: str, cases: list[OriginCase]) -> pl.LazyFrame:
    """The origin of the first case that applies to each row, with its column `of`; none, no row.

    A case's origin is computed for its own rows alone.
    """
    number = pl.coalesce(pl.when(case.when).then(pl.lit(n, pl.UInt8)) for n, case in enumerate(cases))
    read = {name for case in cases for expression in case.origin for name in expression.meta.root_names()}
    fitting = frame.select(of, *(read - {of}), number.alias("case")).filter(pl.col("case").is_not_null())
    found = [
        rows.lazy().select(of, *cases[rows["case"][0]].origin)
        for rows in fitting.collect().partition_by("case")
    ]
    nobody = frame.clear().select(of, *UNKNOWN.origin)
    return certain(pl.concat([nobody, *found]))


def certain(origins: pl.LazyFrame) -> pl.LazyFrame:
    """Origins that name somebody: an origin without a usable id is unknown, one by ARN alone strong."""
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"  # T17
    nameless = pl.col("id").is_null() | (
        pl.col("id").str.starts_with("#")
        | pl.col("id").str.ends_with("#")
        | pl.col("id").str.contains(hidden)
        # A placeholder in place of a user's unique id: only the ARN tells users apart.
        | ((pl.col("kind") == "iam_user") & ~pl.col("id").str.contains(UNIQUE_ID))
    )
    unknown = nameless & pl.col("arn").is_null() & ~pl.col("kind").is_in(["unknown", "anonymous"])
    kept = {"kind": "unknown", "stop": "no_issuance", "grade": 0}
    return origins.with_columns(
        *(
            pl.when(unknown).then(pl.lit(kept.get(name))).otherwise(name).alias(name)
            for name in ("kind", "stop", "account_id")
        ),
        pl.when(nameless).then(None).otherwise("id").alias("id"),
        pl.when(unknown | (pl.col("name") == hidden)).then(None).otherwise("name").alias("name"),
        pl.when(unknown)
        .then(0)
        .when(nameless & (pl.col("kind") != "anonymous"))
        .then(pl.min_horizontal("grade", pl.lit(3)))
        .otherwise("grade")
        .cast(pl.Int8)
        .alias("grade"),
    )


def at_most(origins: pl.DataFrame, caps: pl.Series) -> pl.DataFrame:
    """Origins of uses, none surer than its cap; `caps` has one at the place of each id, null for none."""
    cap = caps.gather(origins["use_id"]).fill_null(4)
    return origins.with_columns(pl.min_horizontal("grade", cap).cast(pl.Int8).alias("grade"))


def outside_is_an_end(origins: pl.DataFrame, outside: Collection[str]) -> pl.DataFrame:
    """Origins, where one that only the log of an outside account would tell more of stops at that account."""
    beyond = (
        (pl.col("kind") == "external_account")
        & (pl.col("stop") == "missing_log")
        & pl.col("account_id").is_in(sorted(outside))
    )
    return origins.with_columns(
        pl.when(beyond).then(pl.lit("external_account")).otherwise("stop").alias("stop")
    )


def external_id(account: pl.Expr, principal: pl.Expr) -> pl.Expr:
    return pl.when(principal.is_null()).then(account).otherwise(account + "#" + principal)


def bare_issuer(subject: pl.Expr) -> pl.Expr:
    """`<issuer>#<subject>` with the issuer's host, not the ARN of one account's provider for it."""
    return subject.str.replace(r"^arn:[^:]*:iam::[0-9]*:oidc-provider/", "").str.replace("^https://", "")


def store_account(person: pl.Expr) -> pl.Expr:
    """The account of the identity store in `<identity store ARN>#<user id>`."""
    return person.str.extract(r"arn:[^:]*:identitystore::([0-9]+):")
