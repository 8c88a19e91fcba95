"""Questions about where calls came from: pure functions, as in sequences.py."""

import polars as pl

from trailtrace.finding import EVENT_IDS

EARTH_KM = 6371.0088
"""Mean radius of the Earth, by which great circles are measured."""

GRACE = pl.duration(minutes=1)
"""Records state whole seconds, by the clocks of many machines."""


ACCURACIES_KM = (50, 200, None)
"""Up to which accuracy calls are compared with each other; None: whatever it is."""


def too_far(calls: pl.LazyFrame) -> pl.LazyFrame:
    """Pairs of places between which a traveller was faster than `speed_km_h`: one finding a pair.

    From each distance the accuracy of both places is taken off, and what is left must be at least
    `least_km`. Calls are compared with the call before: who is never too fast from one to the next is too
    fast between no two. Among places of which one is vague that does not hold, so calls from places that
    are known well are compared among themselves, too.
    """
    in_time = calls.sort("traveller", "event_time", "event_id", "use_id")
    found = [
        _jumps(in_time if most is None else in_time.filter(pl.col("accuracy_km") <= most))
        for most in ACCURACIES_KM
    ]
    jumps = (
        pl.concat(found)
        .unique(["traveller", "use_id", "event_id", "before_event_id"])
        .sort("event_time", "event_id", "before_event_time", "before_event_id", "use_id", "traveller")
    )
    minutes = (pl.col("event_time") - pl.col("before_event_time")).dt.total_minutes()
    return (
        jumps.with_columns(minutes.alias("minutes"), (pl.col("km") / 10).floor().cast(pl.Int64) * 10)
        .group_by("traveller", "places", maintain_order=True)
        .agg(
            pl.col("account_id", "use_id", "who", "km", "minutes", "place", "before_place").first(),
            pl.col("source_ip_address", "before_source_ip_address").first(),
            pl.col("before_event_time").min().alias("first_seen"),
            pl.col("event_time").max().alias("last_seen"),
            pl.len().alias("times"),
            pl.concat_list("before_event_id", "event_id").alias("shown"),
        )
        .select(
            pl.concat_list("traveller", "places").alias("key"),
            pl.format(
                "{} made calls from {} ({}), and {} minutes later from {} ({}), at least {} km away",
                "who",
                "before_place",
                "before_source_ip_address",
                "minutes",
                "place",
                "source_ip_address",
                "km",
            ).alias("summary"),
            "account_id",
            "use_id",
            "first_seen",
            "last_seen",
            pl.col("shown")
            .list.eval(pl.element().explode())
            .list.n_unique()
            .cast(pl.Int64)
            .alias("event_count"),
            pl.col("shown")
            .list.eval(pl.element().explode().drop_nulls().unique(maintain_order=True))
            .list.head(EVENT_IDS)
            .alias("event_ids"),
            "km",
            "minutes",
            pl.col("times").cast(pl.Int64),
        )
        .sort("first_seen", pl.col("key").list.first(), pl.col("key").list.last())
    )


def _jumps(calls: pl.LazyFrame) -> pl.LazyFrame:
    """Calls that came too soon after the one before, which stands beside them."""
    before = (
        pl.col("event_time", "event_id", "source_ip_address", "latitude", "longitude", "accuracy_km", "place")
        .shift()
        .over("traveller")
        .name.prefix("before_")
    )
    sure_km = _great_circle_km() - pl.col("accuracy_km") - pl.col("before_accuracy_km")
    hours = (pl.col("event_time") - pl.col("before_event_time") + GRACE).dt.total_seconds() / 3600
    pair = pl.concat_list("place", "before_place").list.sort()
    return (
        calls.with_columns(before)
        .with_columns(sure_km.alias("km"), hours.alias("hours"), pair.list.join(" – ").alias("places"))
        .filter(
            (pl.col("km") >= pl.col("least_km")) & (pl.col("km") > pl.col("hours") * pl.col("speed_km_h"))
        )
    )


def _great_circle_km() -> pl.Expr:
    """By the haversine formula, which is exact enough for near and far places alike."""
    north, north_before = pl.col("latitude").radians(), pl.col("before_latitude").radians()
    east = pl.col("longitude").radians() - pl.col("before_longitude").radians()
    half = ((north - north_before) / 2).sin() ** 2 + north.cos() * north_before.cos() * (east / 2).sin() ** 2
    return 2 * EARTH_KM * half.clip(0, 1).sqrt().arcsin()
