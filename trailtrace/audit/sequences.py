"""Questions about the order of events in time, which a detection's rows are handed to: pure functions.

Each takes the columns that its detections select, and returns those of `detections.COLUMNS` and more.
"""

from collections.abc import Callable

import polars as pl

from trailtrace.audit.distances import too_far
from trailtrace.audit.overlaps import at_once, silences


def after_many(rows: pl.LazyFrame) -> pl.LazyFrame:
    """What succeeded within `minutes` of at least `least` failures of its `group`: one finding a `subject`.

    A row has `group`, `failed`, `subject`, `event_time`, `event_id`, `use_id`, `account_id`, `key`, `least`,
    `minutes`, `deed`, how the summary begins, and `whose`, in whose name an attempt failed, if that is to
    be said. A success may come more than once, in several groups.
    """
    failures, successes = rows.filter("failed"), rows.filter(~pl.col("failed"))
    found = (
        _counted_before(successes, failures)
        .filter(pl.col("before") >= pl.col("least"))
        .sort("event_time", "event_id", "group")
        .unique("subject", keep="first", maintain_order=True)
    )
    shown = found.join(
        failures.select("group", "event_time", "event_id", "whose"), on="group", suffix="_failed"
    ).filter(
        pl.col("event_time_failed") <= pl.col("event_time"),
        pl.col("event_time_failed") > pl.col("event_time") - pl.duration(minutes="minutes"),
    )
    evidence = (
        shown.sort("event_time_failed", "event_id_failed")
        .group_by("subject")
        .agg(
            pl.col("event_time_failed").min().alias("first_seen"),
            pl.col("event_id_failed").head(19),
            pl.col("whose_failed").drop_nulls().unique().sort().alias("names"),
        )
    )
    return (
        found.join(evidence, on="subject")
        .sort("first_seen", "subject")
        .select(
            "key",
            pl.format(
                "{} after {} that failed within {} minutes{}",
                "deed",
                _counted("before", "attempt"),
                "minutes",
                _as_names("names"),
            ).alias("summary"),
            "account_id",
            "use_id",
            "first_seen",
            pl.col("event_time").alias("last_seen"),
            (pl.col("before") + 1).cast(pl.Int64).alias("event_count"),
            pl.col("event_id_failed").list.concat(pl.col("event_id")).list.drop_nulls().alias("event_ids"),
            pl.col("before").cast(pl.Int64).alias("failures"),
            "subject",
        )
    )


def many_within(rows: pl.LazyFrame) -> pl.LazyFrame:
    """At least `least` rows of a `group` within `minutes`: a finding for each group, of all such rows.

    A row has `group`, `event_time`, `event_id`, `use_id`, `account_id`, `key`, `who`, `what`, `least` and
    `minutes`.
    """
    counted = _counted_before(rows, rows).filter(pl.col("before") >= pl.col("least"))
    spans = counted.group_by("group").agg(
        (pl.col("event_time").min() - pl.duration(minutes=pl.col("minutes").first())).alias("from"),
        pl.col("event_time").max().alias("to"),
        pl.col("before").max().alias("most"),
    )
    within = rows.join(spans, on="group").filter(
        pl.col("event_time").is_between("from", "to", closed="right")
    )
    ordered = within.sort("event_time", "event_id", "what")
    return (
        ordered.group_by("group", maintain_order=True)
        .agg(
            pl.col("key", "who", "account_id", "use_id", "minutes", "most").first(),
            pl.col("event_time").min().alias("first_seen"),
            pl.col("event_time").max().alias("last_seen"),
            pl.col("event_id").n_unique().cast(pl.Int64).alias("event_count"),
            pl.col("event_id").drop_nulls().unique(maintain_order=True).head(20).alias("event_ids"),
            pl.col("what").n_unique().cast(pl.Int64).alias("different"),
        )
        .sort("first_seen", "group")
        .select(
            "key",
            pl.format(
                "{} read {} for the first time, {} of them within {} minutes",
                "who",
                _counted("different", "secret"),
                "most",
                "minutes",
            ).alias("summary"),
            "account_id",
            "use_id",
            "first_seen",
            "last_seen",
            "event_count",
            "event_ids",
            "different",
        )
    )


def _counted_before(rows: pl.LazyFrame, counted: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with `before`: how many of `counted` of their group came within their `minutes` up to them."""
    sums = (
        counted.group_by("group", "event_time")
        .agg(pl.len().cast(pl.Int64).alias("sum"))
        .sort("event_time")
        .with_columns(pl.col("sum").cum_sum().over("group"))
    )
    ends = rows.with_columns((pl.col("event_time") - pl.duration(minutes="minutes")).alias("start"))
    for end, name in (("event_time", "until_then"), ("start", "until_start")):
        ends = (
            ends.sort(end)
            .join_asof(
                sums.rename({"event_time": "at", "sum": name}).sort("at"),
                left_on=end,
                right_on="at",
                by="group",
                strategy="backward",
                check_sortedness=False,
            )
            .drop("at", strict=False)
        )
    return ends.with_columns(
        (pl.col("until_then").fill_null(0) - pl.col("until_start").fill_null(0)).alias("before")
    ).drop("until_then", "until_start", "start")


def _counted(column: str, noun: str) -> pl.Expr:
    """`1 attempt`, `2 attempts`."""
    return pl.format(
        "{} {}{}", column, pl.lit(noun), pl.when(pl.col(column) == 1).then(pl.lit("")).otherwise(pl.lit("s"))
    )


def _as_names(column: str) -> pl.Expr:
    """`, as alice, bob and 3 more`; nothing for none."""
    names = pl.col(column)
    more = pl.when(names.list.len() > 5).then(pl.format(" and {} more", names.list.len() - 5))
    listed = pl.format(", as {}{}", names.list.head(5).list.join(", "), more.otherwise(pl.lit("")))
    return pl.when(names.list.len() > 0).then(listed).otherwise(pl.lit(""))


SEQUENCES: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "after_many": after_many,
    "at_once": at_once,
    "many_within": many_within,
    "silences": silences,
    "too_far": too_far,
}
"""By the name that a header gives as `-- sequence:`."""
