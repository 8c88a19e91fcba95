"""Walks the links of every use to where they stop, by pointer doubling over all uses at once.

A use points at the use that made its issuing call. A use whose candidates lead to different
callers is a fork: it is followed only when all of them end in the same origin.
"""

import polars as pl

from trailtrace.provenance.callers import CALLED_BY_NO_USE
from trailtrace.provenance.matching import EARLY_SECONDS

MAX_ROUNDS = 64
"""Pointer doubling reaches 2**rounds hops; forks behind forks are settled one layer a round."""

_UNKNOWN = {
    "kind": "unknown",
    "id": None,
    "arn": None,
    "account_id": None,
    "name": None,
    "grade": 0,
}


def with_parents(
    uses: pl.DataFrame, issuances: pl.DataFrame, links: pl.DataFrame, parents: pl.DataFrame
) -> pl.DataFrame:
    """Links, each with the use that made its issuing call: one row per link and possible caller.

    Adds event_time (of the call), parent_use_id (null: the caller is no session or user of these
    logs), parent_rule, callers_differ, and parent_lived: false where the caller's own credential did
    not live when it called, or the call's records name different callers. A link's grade is lowered
    to what finding its parent is worth.
    """
    calls = issuances.select(
        "issuance_id", "event_time", "caller_use_id", "caller_type", "kind", "callers_differ"
    )
    foreign = pl.col("caller_type").is_in(["AWSService", "SAMLUser", "WebIdentityUser", "AWSAccount"])
    named_by_call = ~(foreign.fill_null(value=False) | pl.col("kind").is_in(CALLED_BY_NO_USE))
    ends = links.filter(pl.col("grade") > 0).group_by("use_id").agg(pl.col("ends").max().alias("parent_ends"))
    begins = uses.select(
        "use_id",
        pl.col("creation_date").alias("parent_begins"),
        pl.col("user_identity_type").is_in(["IAMUser", "Root"]).alias("parent_is_user"),
    )
    tolerance = pl.duration(seconds=EARLY_SECONDS)
    lived = pl.col("event_time").is_between(
        pl.col("parent_begins").fill_null(pl.col("event_time")) - tolerance,
        pl.col("parent_ends").fill_null(pl.col("event_time")) + tolerance,
    )
    # A user that was searched by id or ARN (L11, L17) outlives the session that stands for it.
    a_user = pl.col("parent_rule").is_not_null() & pl.col("parent_is_user").fill_null(value=False)
    return (
        links.join(calls, on="issuance_id")
        .join(parents, on="issuance_id", how="left")
        .with_columns(
            pl.coalesce("parent_use_id", pl.when(named_by_call).then("caller_use_id")).alias("parent_use_id"),
            pl.min_horizontal("grade", pl.col("parent_grade").fill_null(4)).alias("grade"),
        )
        .join(ends, left_on="parent_use_id", right_on="use_id", how="left")
        .join(begins, left_on="parent_use_id", right_on="use_id", how="left")
        .select(
            "use_id",
            "issuance_id",
            "rule",
            "grade",
            "why",
            "event_time",
            "parent_use_id",
            "parent_rule",
            pl.when(pl.col("parent_use_id").is_not_null())
            .then((lived | a_user) & ~pl.col("callers_differ"))
            .alias("parent_lived"),
            "callers_differ",
        )
        .sort("use_id", "event_time", "issuance_id", "parent_use_id")
    )


def walk(links: pl.DataFrame, use_origins: pl.DataFrame) -> pl.DataFrame:
    """The origin of every use: use_id, kind, id, arn, account_id, name, grade, stop, hops.

    `links` is what `with_parents` gives, kept ones only, with the origin columns of `ends_of_links`
    beside it. A use_id without a row in `use_origins` is a key that was issued and never used.
    """
    unused = links.select("use_id").join(use_origins, on="use_id", how="anti").unique()
    numbers = pl.concat([use_origins.select("use_id"), unused]).sort("use_id").with_row_index("number")
    count = numbers.height
    candidates = (
        links.join(numbers, on="use_id")
        .join(numbers.rename({"use_id": "parent_use_id", "number": "parent"}), on="parent_use_id", how="left")
        .sort("number", "event_time", "issuance_id", "parent_use_id")
    )
    # Candidates of one and the same caller are no fork: whichever call it was, that caller made it.
    one_caller = (pl.col("parent").n_unique().over("number") == 1) & (
        pl.col("parent").is_not_null() & pl.col("parent_lived")
    ).all().over("number")
    least = pl.when(one_caller).then(pl.col("grade").min().over("number")).otherwise("grade")
    candidates = candidates.with_columns(least.alias("grade")).filter(
        ~one_caller | (pl.int_range(pl.len()).over("number") == 0)
    )
    single = candidates.filter(pl.len().over("number") == 1)
    forks = candidates.filter(pl.len().over("number") > 1)
    state = _State(numbers, use_origins, single)
    state.close_cycles(count)
    for _ in range(MAX_ROUNDS):
        if forks.is_empty():
            break
        settled, forks = state.settle(forks)
        if not settled:
            break
    state.leave_ambiguous(forks)
    return state.result()


class _State:
    """Where each use's pointer stands. All frames are ordered by `number`."""

    def __init__(self, numbers: pl.DataFrame, use_origins: pl.DataFrame, single: pl.DataFrame) -> None:
        own = (
            numbers.join(use_origins, on="use_id", how="left")
            .with_columns(
                pl.col("kind").fill_null("unknown"),
                pl.col("grade").fill_null(0),
                pl.col("stop").fill_null("no_issuance"),
            )
            .sort("number")
        )
        self._numbers = numbers
        # What a pointer that stops at a use finds there.
        self._ends = own.drop("use_id").with_columns(
            pl.lit(value=False).alias("fork"), pl.lit(0, pl.Int64).alias("own_hops")
        )
        self._next = pl.Series("next", range(numbers.height), dtype=pl.UInt32)
        self._grade = pl.Series("grade", [4], dtype=pl.Int8).new_from_index(0, numbers.height)
        self._hops = pl.Series("hops", [0], dtype=pl.Int64).new_from_index(0, numbers.height)
        self._follows = pl.Series("follows", [False]).new_from_index(0, numbers.height)
        self._attach(single)

    def _attach(self, chosen: pl.DataFrame) -> None:
        """Follows one candidate a use: to its parent, or to the origin its issuance names."""
        follow = chosen.filter(pl.col("parent").is_not_null() & pl.col("parent_lived"))
        at = follow["number"]
        self._next = self._next.scatter(at, follow["parent"])
        self._follows = self._follows.scatter(at, pl.repeat(True, at.len(), eager=True))
        self._grade = self._grade.scatter(at, follow["grade"])
        self._hops = self._hops.scatter(at, pl.repeat(1, at.len(), dtype=pl.Int64, eager=True))
        stops = chosen.filter(pl.col("parent").is_null() | ~pl.col("parent_lived")).select(
            "number",
            *(
                pl.when(~pl.col("parent_lived").fill_null(value=True))
                .then(pl.lit(value))
                .otherwise(column)
                .alias(name)
                for name, value, column in (
                    ("kind", "unknown", pl.col("kind").fill_null("unknown")),
                    ("id", None, pl.col("id")),
                    ("arn", None, pl.col("arn")),
                    ("account_id", None, pl.col("account_id")),
                    ("name", None, pl.col("name")),
                    (
                        "grade",
                        0,
                        pl.min_horizontal("grade", pl.col("grade_origin").fill_null(0)),
                    ),
                    ("stop", "contradiction", pl.col("stop").fill_null("no_issuance")),
                )
            ),
            pl.lit(value=False).alias("fork"),
            pl.lit(1, pl.Int64).alias("own_hops"),
        )
        self._ends = self._replaced(stops)

    def _replaced(self, rows: pl.DataFrame) -> pl.DataFrame:
        rows = rows.select(pl.col(name).cast(dtype) for name, dtype in self._ends.schema.items())
        return pl.concat([self._ends.join(rows, on="number", how="anti"), rows]).sort("number")

    def close_cycles(self, count: int) -> None:
        """Doubles the pointers until they stand still; those that never do go round a cycle."""
        for _ in range(max(count, 2).bit_length() + 1):
            if not self._follows.gather(self._next).any():
                return
            self._double()
        # A pointer that has gone further than there are uses goes round.
        turning = self._follows.gather(self._next)
        cycle = pl.DataFrame({"number": turning.arg_true()}).select(
            "number",
            *(pl.lit(value).alias(name) for name, value in _UNKNOWN.items()),
            pl.lit("cycle").alias("stop"),
            pl.lit(value=False).alias("fork"),
            pl.lit(1, pl.Int64).alias("own_hops"),
        )
        self._ends = self._replaced(cycle)
        at = turning.arg_true()
        self._follows = self._follows.scatter(at, pl.repeat(False, at.len(), eager=True))
        self._next = self._next.scatter(at, at.cast(pl.UInt32))
        self._grade = self._grade.scatter(at, pl.repeat(0, at.len(), dtype=pl.Int8, eager=True))
        self._hops = self._hops.scatter(at, pl.repeat(0, at.len(), dtype=pl.Int64, eager=True))

    def _double(self) -> None:
        step = self._next
        self._grade = pl.select(pl.min_horizontal(self._grade, self._grade.gather(step))).to_series()
        self._hops = self._hops + self._hops.gather(step)
        self._next = self._next.gather(step)

    def _reached(self) -> pl.DataFrame:
        """For each use: the end it reaches, with the chain's grade and hops."""
        end = self._ends[self._next.cast(pl.Int64)]
        return end.select(
            pl.Series("number", range(end.height), dtype=pl.UInt32),
            "kind",
            "id",
            "arn",
            "account_id",
            "name",
            pl.min_horizontal(pl.col("grade"), self._grade.alias("chain")).alias("grade"),
            "stop",
            "fork",
            (pl.col("own_hops") + self._hops).alias("hops"),
        )

    def settle(self, forks: pl.DataFrame) -> tuple[bool, pl.DataFrame]:
        """Follows the forks whose candidates all end in one origin; returns the others."""
        waiting = forks["number"].unique()
        self._mark_forks(waiting)
        ends = self._reached().rename(
            {name: f"parent_{name}" for name in ("kind", "id", "arn", "grade", "stop", "fork", "hops")}
        )
        seen = forks.join(
            ends.select("number", "^parent_.*$").rename({"number": "parent"}), on="parent", how="left"
        ).with_columns(
            pl.coalesce("parent_kind", "kind").alias("end_kind"),
            pl.coalesce("parent_id", "id").alias("end_id"),
            pl.coalesce("parent_arn", "arn").alias("end_arn"),
            pl.min_horizontal("grade", pl.coalesce("parent_grade", "grade_origin", pl.lit(0))).alias(
                "end_grade"
            ),
            pl.col("parent_fork").fill_null(value=False).alias("end_fork"),
        )
        same = seen.group_by("number").agg(
            (
                ~pl.col("end_fork").any()
                & pl.col("parent_lived").fill_null(value=True).all()
                & (pl.struct("end_kind", "end_id", "end_arn").n_unique() == 1)
                & (pl.col("end_kind") != "unknown").all()
                & (pl.col("end_id").is_not_null() | pl.col("end_arn").is_not_null()).all()
            ).alias("agree"),
            pl.col("end_grade").min().alias("least"),
        )
        agreed = same.filter("agree")
        if agreed.is_empty():
            return False, forks
        chosen = (
            forks.join(agreed, on="number")
            .with_columns(pl.min_horizontal("grade", "least").cast(pl.Int8).alias("grade"))
            .unique("number", keep="first", maintain_order=True)
        )
        self._unmark(chosen["number"])
        self._attach(chosen)
        self.close_cycles(self._numbers.height)
        return True, forks.join(agreed, on="number", how="anti")

    def _mark_forks(self, numbers: pl.Series) -> None:
        self._ends = self._ends.with_columns(pl.col("number").is_in(numbers.implode()).alias("fork"))

    def _unmark(self, numbers: pl.Series) -> None:
        self._ends = self._ends.with_columns(
            (pl.col("fork") & ~pl.col("number").is_in(numbers.implode())).alias("fork")
        )

    def leave_ambiguous(self, forks: pl.DataFrame) -> None:
        """Forks that never agreed: all candidates stand, none is the answer."""
        numbers = forks["number"].unique()
        if not numbers.len():
            return
        rows = pl.DataFrame({"number": numbers}).select(
            "number",
            *(pl.lit(value).alias(name) for name, value in (_UNKNOWN | {"grade": 1}).items()),
            pl.lit("ambiguous").alias("stop"),
            pl.lit(value=True).alias("fork"),
            pl.lit(0, pl.Int64).alias("own_hops"),
        )
        self._ends = self._replaced(rows)

    def result(self) -> pl.DataFrame:
        return (
            self._numbers.join(self._reached(), on="number", how="left")
            .sort("number")
            .select("use_id", "kind", "id", "arn", "account_id", "name", "grade", "stop", "hops")
        )
