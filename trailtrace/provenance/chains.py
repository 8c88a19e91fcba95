"""Walks the links of every use to where they stop, by pointer doubling over all uses at once.

A use points at the use that made its issuing call. A use whose candidates lead to different
callers is a fork: it is followed only when all of them end in the same origin.
"""

from collections.abc import Callable

import polars as pl

from trailtrace.provenance.callers import CALLED_BY_NO_USE
from trailtrace.provenance.facts import Facts
from trailtrace.provenance.matching import EARLY_SECONDS

_END = {
    **dict.fromkeys(("kind", "id", "arn", "account_id", "name"), pl.String()),
    "grade": pl.Int8(),
    "stop": pl.String(),
    "own_hops": pl.Int64(),
}
ORIGIN = {
    "use_id": pl.UInt32(),
    **{("hops" if name == "own_hops" else name): kind for name, kind in _END.items()},
}
"""The columns of an origin."""

_UNKNOWN = {"kind": "unknown", "id": None, "arn": None, "account_id": None, "name": None, "grade": 0}


def with_callers(facts: Facts, links: pl.DataFrame, parents: pl.DataFrame) -> pl.DataFrame:
    """Links, each with the use that made its issuing call: one row per link and possible caller.

    Adds event_time (of the call), parent_use_id (null: the caller is no session or user of these
    logs), parent_rule and callers_differ. A link's grade is lowered to what finding its parent is worth.
    """
    foreign = pl.col("caller_type").is_in(["AWSService", "SAMLUser", "WebIdentityUser", "AWSAccount"])
    named_by_call = ~(foreign.fill_null(value=False) | pl.col("kind").is_in(CALLED_BY_NO_USE))
    calls = facts.issuances.select(
        "event_time", "callers_differ", pl.when(named_by_call).then("caller_use_id").alias("caller")
    )
    searched = facts.marked(parents["issuance_id"]).gather(links["issuance_id"])
    called = pl.concat(
        [links.filter(~searched), links.filter(searched).join(parents, on="issuance_id")], how="diagonal"
    )
    return called.hstack(calls[called["issuance_id"] - facts.uses.height]).select(
        "use_id",
        "issuance_id",
        "rule",
        pl.min_horizontal("grade", pl.col("parent_grade").fill_null(4)).alias("grade"),
        "why",
        "event_time",
        pl.coalesce("parent_use_id", "caller").alias("parent_use_id"),
        "parent_rule",
        "callers_differ",
    )


def with_parents(facts: Facts, called: pl.DataFrame, lives: pl.DataFrame) -> pl.DataFrame:
    """Links that have their callers, each with whether its caller could call.

    Adds parent_lived: false where the caller's own credential did not live when it called, or the
    call's records name different callers; null without a caller. `lives` has the latest end of each
    linked use.
    """
    parent = called["parent_use_id"]
    of_uses = parent.set(parent >= facts.uses.height, None)
    is_user = facts.uses["user_identity_type"].is_in(["IAMUser", "Root"])
    tolerance = pl.duration(seconds=EARLY_SECONDS)
    lived = pl.col("event_time").is_between(
        pl.col("parent_begins").fill_null(pl.col("event_time")) - tolerance,
        pl.col("parent_ends").fill_null(pl.col("event_time")) + tolerance,
    )
    # A user that was searched by id or ARN (L11, L17) outlives the session that stands for it.
    a_user = pl.col("parent_rule").is_not_null() & pl.col("parent_is_user")
    return (
        called.with_columns(
            facts.uses["creation_date"].gather(of_uses).alias("parent_begins"),
            is_user.gather(of_uses).fill_null(value=False).alias("parent_is_user"),
            facts.placed(lives["use_id"], lives["ends"]).gather(parent).alias("parent_ends"),
        )
        .with_columns(
            pl.when(pl.col("parent_use_id").is_not_null())
            .then((lived | a_user) & ~pl.col("callers_differ"))
            .alias("parent_lived")
        )
        .drop("parent_begins", "parent_is_user", "parent_ends")
    )


def walk(
    facts: Facts,
    links: pl.DataFrame,
    ends_of: Callable[[pl.DataFrame], pl.DataFrame],
    use_origins: pl.DataFrame,
    settled: pl.DataFrame,
) -> pl.DataFrame:
    """The origin of every use: use_id, kind, id, arn, account_id, name, grade, stop, hops.

    `settled` has such origins of uses from which no walk begins: where one ends that reaches them.
    `links` is what `with_parents` gives, kept ones only; `ends_of` adds the origin that each would end
    in. A use that `use_origins` lacks names none itself. A linked use_id that is no use is a key that
    was issued and never used.
    """
    uses = pl.int_range(facts.uses.height, dtype=pl.UInt32, eager=True)
    unused = links["use_id"].filter(links["use_id"] >= facts.uses.height).unique()
    known = facts.marked(uses, unused).gather(links["parent_use_id"])
    walked = ~facts.marked(settled["use_id"])
    candidates = links.with_columns(
        pl.when(known).then("parent_use_id").alias("parent"),
    ).filter(walked.gather(links["use_id"]))
    several = facts.repeated(candidates["use_id"])
    shared = candidates.filter(several)
    # Candidates of one and the same caller are no fork: whichever call it was, that caller made it.
    one_caller = (pl.col("parent").n_unique() == 1) & (
        pl.col("parent").is_not_null() & pl.col("parent_lived")
    ).all()
    shared = shared.with_columns(
        one_caller.over("use_id").alias("one_caller"), pl.col("grade").min().over("use_id").alias("least")
    )
    followed = (
        shared.filter("one_caller")
        .unique("use_id")
        .with_columns(pl.col("least").alias("grade"))
        .select(candidates.columns)
    )
    forks = ends_of(shared.filter(~pl.col("one_caller")).select(candidates.columns))
    # Where all candidates agree the earliest call is followed, whatever order they came in.
    forks = (
        forks.with_columns(
            facts.ids.gather(forks["issuance_id"]).alias("issuance_text"),
            facts.ids.gather(forks["parent_use_id"]).alias("parent_text"),
        )
        .sort("use_id", "event_time", "issuance_text", "parent_text")
        .drop("issuance_text", "parent_text")
    )
    named = use_origins.filter(walked.gather(use_origins["use_id"]))
    state = _State(facts, named.with_columns(pl.lit(0, pl.Int64).alias("own_hops")))
    state.stop(settled["use_id"], settled.rename({"hops": "own_hops"}))
    state.attach(pl.concat([candidates.filter(~several), followed]), ends_of)
    state.close_cycles()
    # Forks behind forks are settled a layer a round, however many: a use's answer is the same whether all
    # are resolved or what is behind it is known already.
    agreed = True
    while agreed and not forks.is_empty():
        agreed, forks = state.settle(forks)
    state.leave_ambiguous(forks["use_id"].unique())
    return state.result(pl.concat([uses, unused]))


class _State:
    """Where each use's pointer stands, in series with a place for each id."""

    def __init__(self, facts: Facts, use_origins: pl.DataFrame) -> None:
        count = facts.ids.len()
        self._facts = facts
        # What a pointer that stops at a use finds there, as the row of a table; row 0 is unknown.
        self._ends = pl.DataFrame([_UNKNOWN | {"stop": "no_issuance", "own_hops": 0}], schema=_END)
        self._end = pl.repeat(0, count, dtype=pl.UInt32, eager=True)
        self._next = pl.int_range(count, dtype=pl.UInt32, eager=True)
        self._grade = pl.repeat(4, count, dtype=pl.Int8, eager=True)
        self._hops = pl.repeat(0, count, dtype=pl.Int64, eager=True)
        self._follows = pl.repeat(False, count, eager=True)
        self.stop(use_origins["use_id"], use_origins)

    def attach(self, chosen: pl.DataFrame, ends_of: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """Follows one candidate a use: to its parent, or to the origin its issuance names."""
        follow = chosen.filter(pl.col("parent").is_not_null() & pl.col("parent_lived"))
        at = follow["use_id"]
        self._next = self._next.scatter(at, follow["parent"])
        self._follows = self._follows.scatter(at, pl.repeat(True, at.len(), eager=True))
        self._grade = self._grade.scatter(at, follow["grade"])
        self._hops = self._hops.scatter(at, pl.repeat(1, at.len(), dtype=pl.Int64, eager=True))
        stops = ends_of(chosen.filter(pl.col("parent").is_null() | ~pl.col("parent_lived"))).select(
            "use_id",
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
                    ("grade", 0, pl.min_horizontal("grade", pl.col("grade_origin").fill_null(0))),
                    ("stop", "contradiction", pl.col("stop").fill_null("no_issuance")),
                )
            ),
            pl.lit(1).alias("own_hops"),
        )
        self.stop(stops["use_id"], stops)

    def stop(self, at: pl.Series, ends: pl.DataFrame) -> None:
        """Pointers that reach these uses find these ends, one for each, or one for all."""
        first = self._ends.height
        row = pl.int_range(first, first + ends.height, dtype=pl.UInt32, eager=True)
        self._end = self._end.scatter(at, row.extend_constant(first, at.len() - ends.height))
        self._ends = pl.concat(
            [self._ends, ends.select(pl.col(name).cast(kind) for name, kind in _END.items())]
        )

    def close_cycles(self) -> None:
        """Doubles the pointers until they stand still; those that never do go round a cycle."""
        moving = self._follows.gather(self._next).arg_true()
        for _ in range(max(self._next.len(), 2).bit_length() + 1):
            if moving.is_empty():
                return
            step = self._next.gather(moving)
            grade = pl.select(pl.min_horizontal(self._grade.gather(moving), self._grade.gather(step)))
            hops = self._hops.gather(moving) + self._hops.gather(step)
            beyond = self._next.gather(step)
            self._grade = self._grade.scatter(moving, grade.to_series())
            self._hops = self._hops.scatter(moving, hops)
            self._next = self._next.scatter(moving, beyond)
            moving = moving.filter(self._follows.gather(beyond))
        # A pointer that has gone further than there are uses goes round.
        self.stop(moving, pl.DataFrame([_UNKNOWN | {"stop": "cycle", "own_hops": 1}], schema=_END))
        self._follows = self._follows.scatter(moving, pl.repeat(False, moving.len(), eager=True))
        self._next = self._next.scatter(moving, moving.cast(pl.UInt32))
        self._grade = self._grade.scatter(moving, pl.repeat(0, moving.len(), dtype=pl.Int8, eager=True))
        self._hops = self._hops.scatter(moving, pl.repeat(0, moving.len(), dtype=pl.Int64, eager=True))

    def _reached(self, uses: pl.Series) -> pl.DataFrame:
        """For each of the uses: the end it reaches, with the chain's grade and hops; null for null."""
        return self._ends[self._end.gather(self._next.gather(uses))].select(
            "kind",
            "id",
            "arn",
            "account_id",
            "name",
            pl.when(uses.is_not_null())
            .then(pl.min_horizontal("grade", self._grade.gather(uses)))
            .alias("grade"),
            "stop",
            (pl.col("own_hops") + self._hops.gather(uses)).alias("hops"),
        )

    def settle(self, forks: pl.DataFrame) -> tuple[bool, pl.DataFrame]:
        """Follows the forks whose candidates all end in one origin; returns the others."""
        parent = forks["parent"]
        ends = self._reached(parent)
        waiting = self._facts.marked(forks["use_id"]).gather(self._next.gather(parent))
        same = (
            forks.hstack(ends.select(pl.all().name.prefix("parent_")), in_place=False)
            .with_columns(
                pl.coalesce("parent_kind", "kind").alias("end_kind"),
                pl.coalesce("parent_id", "id").alias("end_id"),
                pl.coalesce("parent_arn", "arn").alias("end_arn"),
                pl.min_horizontal("grade", pl.coalesce("parent_grade", "grade_origin", pl.lit(0))).alias(
                    "end_grade"
                ),
                waiting.fill_null(value=False).alias("end_fork"),
            )
            .group_by("use_id")
            .agg(
                (
                    ~pl.col("end_fork").any()
                    & pl.col("parent_lived").fill_null(value=True).all()
                    & (pl.struct("end_kind", "end_id", "end_arn").n_unique() == 1)
                    & (pl.col("end_kind") != "unknown").all()
                    & (pl.col("end_id").is_not_null() | pl.col("end_arn").is_not_null()).all()
                ).alias("agree"),
                pl.col("end_grade").min().alias("least"),
            )
        )
        agreed = same.filter("agree")
        if agreed.is_empty():
            return False, forks
        chosen = (
            forks.join(agreed, on="use_id", maintain_order="left")
            .with_columns(pl.min_horizontal("grade", "least").cast(pl.Int8).alias("grade"))
            .unique("use_id", keep="first", maintain_order=True)
        )
        self.attach(chosen, lambda links: links)
        self.close_cycles()
        return True, forks.join(agreed, on="use_id", how="anti", maintain_order="left")

    def leave_ambiguous(self, forks: pl.Series) -> None:
        """Forks that never agreed: all candidates stand, none is the answer."""
        if forks.len():
            ambiguous = _UNKNOWN | {"grade": 1, "stop": "ambiguous", "own_hops": 0}
            self.stop(forks, pl.DataFrame([ambiguous], schema=_END))

    def result(self, uses: pl.Series) -> pl.DataFrame:
        # What leads into a cycle has no length, whether the cycle was walked here or is settled.
        hops = pl.when(pl.col("stop") == "cycle").then(1).otherwise("hops").alias("hops")
        return self._reached(uses).select(uses.alias("use_id"), pl.all()).with_columns(hops)
