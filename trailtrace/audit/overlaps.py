"""Questions about what overlaps in time: pure functions, as in sequences.py."""

import polars as pl

from trailtrace.finding import EVENT_IDS


def at_once(calls: pl.LazyFrame) -> pl.LazyFrame:
    """Sessions that came back to a network within `minutes`, after calls from another one.

    A run is what a session called from one network without a break; addresses of IPv4 and IPv6 are
    apart, since one machine may have both.
    """
    place = ["session", "family"]
    runs = (
        calls.sort(*place, "event_time", "network", "event_id")
        .with_columns(
            run=(pl.col("network") != pl.col("network").shift()).fill_null(True).cum_sum().over(place)
        )
        .group_by(*place, "run", maintain_order=True)
        .agg(
            pl.col("network", "network_words", "foreign_network", "use_id").first(),
            pl.col("arn", "account_id", "who", "minutes").first(),
            pl.col("event_time").first().alias("start"),
            pl.col("event_time").last().alias("end"),
            pl.col("event_id").first().alias("first_event_id"),
            pl.col("event_id").last().alias("last_event_id"),
        )
    )
    before = pl.col("run", "end", "last_event_id").shift().over(*place, "network").name.prefix("before_")
    returns = runs.with_columns(before).filter(
        pl.col("start") - pl.col("before_end") <= pl.duration(minutes="minutes")
    )
    between = runs.select(
        *place,
        pl.col("run") - 1,
        pl.col("network", "network_words", "foreign_network").name.prefix("other_"),
        pl.col("use_id", "start", "first_event_id").name.prefix("other_"),
    )
    return (
        returns.join(between, left_on=[*place, "before_run"], right_on=[*place, "run"])
        .filter(pl.col("foreign_network") | pl.col("other_foreign_network"))
        .sort("session", "other_start", "other_first_event_id")
        .group_by("session", maintain_order=True)
        .agg(
            pl.col("arn", "account_id", "who", "network", "other_network", "other_use_id").first(),
            pl.col("network_words", "other_network_words").first(),
            pl.col("before_end").min().alias("first_seen"),
            pl.col("start").max().alias("last_seen"),
            pl.len().alias("times"),
            pl.concat_list("before_last_event_id", "other_first_event_id", "first_event_id").alias("shown"),
        )
        .select(
            pl.concat_list("session").alias("key"),
            pl.format(
                "{} made calls from {}, from {} and from the first again within minutes, {} {};"
                " it was issued to {}",
                pl.col("arn").fill_null("A session"),
                "network_words",
                "other_network_words",
                "times",
                pl.when(pl.col("times") == 1).then(pl.lit("time")).otherwise(pl.lit("times")),
                pl.col("who"),
            ).alias("summary"),
            "account_id",
            pl.col("other_use_id").alias("use_id"),
            "first_seen",
            "last_seen",
            pl.col("shown")
            .list.eval(pl.element().explode())
            .list.n_unique()
            .cast(pl.Int64)
            .alias("event_count"),
            pl.col("shown")
            .list.eval(pl.element().explode().unique(maintain_order=True))
            .list.head(EVENT_IDS)
            .alias("event_ids"),
            pl.concat_list("network", "other_network").alias("networks"),
        )
        .sort("first_seen", pl.col("key").list.first())
    )


def silences(hours: pl.LazyFrame) -> pl.LazyFrame:
    """Runs of at least `hours` whole hours without a record, in places that have some in most other hours.

    A silence is more than twice as long as any other of its place.

    A Region's silence is not told beside that of its whole account.
    """
    place = ["account_id", "region"]
    after = pl.col("hour").shift(-1).over(place, order_by="hour")
    one_hour = pl.duration(hours=1)
    longest = pl.col("silence").sort(descending=True)
    silent = (
        hours.sort(*place, "hour", nulls_last=False)
        .with_columns(
            begins=pl.col("hour") + one_hour,
            ends=pl.coalesce(after, pl.col("last_hour") + one_hour),
            held=pl.len().over(place),
            first_hour=pl.col("hour").min().over(place),
        )
        .with_columns(silence=(pl.col("ends") - pl.col("begins")).dt.total_hours())
        .with_columns(
            span=(
                pl.max_horizontal("last_hour", pl.col("hour").max().over(place)) - pl.col("first_hour")
            ).dt.total_hours()
            + 1,
            other_silence=pl.when(pl.col("silence") == longest.get(0, null_on_oob=True).over(place))
            .then(longest.get(1, null_on_oob=True).over(place))
            .otherwise(longest.get(0, null_on_oob=True).over(place)),
        )
        .filter(
            (pl.col("silence") >= pl.col("hours"))
            & (pl.col("silence") > 2 * pl.col("other_silence").fill_null(0))
            # Enough hours to know the place by.
            & (pl.col("held") >= 24)
            & (pl.col("held") * 100 >= (pl.col("span") - pl.col("silence")) * pl.col("percent"))
            & (pl.col("since").is_null() | (pl.col("ends") > pl.col("since")))
        )
    )
    whole = silent.filter(pl.col("region").is_null()).select("account_id", "begins", "ends")
    within = (
        silent.filter(pl.col("region").is_not_null())
        .join(whole, on="account_id", suffix="_of_account")
        .filter(
            (pl.col("begins") <= pl.col("begins_of_account")) & (pl.col("ends") >= pl.col("ends_of_account"))
        )
        .select(*place, "begins")
    )
    return (
        silent.join(within, on=[*place, "begins"], how="anti", nulls_equal=True)
        .sort("begins", *place)
        .select(
            pl.concat_list(
                "account_id", pl.col("region").fill_null(""), pl.col("begins").dt.strftime("%Y-%m-%dT%H:%MZ")
            ).alias("key"),
            pl.format(
                "Nothing is held of {}account {} for {} hours from {}",
                pl.when(pl.col("region").is_null())
                .then(pl.lit(""))
                .otherwise(pl.format("Region {} of ", pl.col("region").fill_null(""))),
                "account_id",
                "silence",
                pl.col("begins").dt.strftime("%Y-%m-%dT%H:%MZ"),
            ).alias("summary"),
            "account_id",
            pl.lit(None, pl.String).alias("use_id"),
            pl.col("begins").alias("first_seen"),
            pl.col("ends").alias("last_seen"),
            pl.lit(0, pl.Int64).alias("event_count"),
            pl.lit([], pl.List(pl.String)).alias("event_ids"),
            "region",
            pl.col("silence").alias("silent_hours"),
        )
    )
