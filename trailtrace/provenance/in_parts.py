"""Links and origins of more facts than memory holds: tied part by part, then followed in order of time.

All that is tied to a fact is in its part, but the callers of calls. Those come with the time: a call is
made by a session that began before. Frames in, frames out; ids are texts, since numbers would be of one
part alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from trailtrace.provenance.chains import ORIGIN
from trailtrace.provenance.facts import Facts, numbered
from trailtrace.provenance.resolved import as_stored
from trailtrace.provenance.tied import Tied, follow, tie

_NAMED = ("kind", "id", "arn", "account_id", "name", "grade", "stop")
"""The columns of an origin that a use or a caller names itself."""


@dataclass(frozen=True, slots=True)
class TiedPart:
    """What is found of one part before any chain is walked.

    `credentials` has a row for each use, and for each key that was issued and never used under its
    issuance_id: use_id, `at`, all that a child's link asks of its parent, and the origin that the use
    names itself (null: none). `links` has those of `with_callers`, each with the `at` of its use and with
    the origin of its call's caller as `caller_…`. `at` is a time by which the last of the calls that
    may have issued the credential was made. `caller_origins` is that table.
    """

    credentials: pl.DataFrame
    links: pl.DataFrame
    caller_origins: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Followed:
    """Chains of some credentials that were walked to their ends.

    `links` and `origins` are those tables' rows. `settled` has the rows of `credentials` with the
    columns of their origins as `settled_…`.
    """

    links: pl.DataFrame
    origins: pl.DataFrame
    settled: pl.DataFrame


def tie_part(uses: pl.DataFrame, issuances: pl.DataFrame) -> TiedPart:
    """Ties the facts of a part, which have the columns of their tables."""
    facts = numbered(uses, issuances)
    tied = tie(facts)
    kept = tied.links.filter(pl.col("grade") > 0)
    unused = kept["use_id"].filter(kept["use_id"] >= facts.uses.height).unique()
    called = kept.group_by("use_id").agg(pl.col("event_time").max())
    credentials = (
        pl.concat(
            [
                facts.uses.select("use_id", "user_identity_type", "creation_date", "first_seen"),
                pl.DataFrame({"use_id": unused}),
            ],
            how="diagonal",
        )
        .join(called, on="use_id", how="left")
        .join(tied.lives, on="use_id", how="left")
        .join(tied.own_origins, on="use_id", how="left")
        .with_columns(pl.col("use_id").is_in(tied.two_people.implode()).alias("two_people"))
        .select(
            "use_id",
            pl.coalesce("event_time", "first_seen").alias("at"),
            "user_identity_type",
            "creation_date",
            *(name for name in tied.lives.columns if name != "use_id"),
            "two_people",
            *_NAMED,
        )
    )
    links = tied.links.join(
        tied.caller_origins.select("issuance_id", pl.col(_NAMED).name.prefix("caller_")),
        on="issuance_id",
        how="left",
    ).join(credentials.select("use_id", "at"), on="use_id", how="left")
    texts = {name: facts.ids.gather(links[name]) for name in ("use_id", "issuance_id", "parent_use_id")}
    return TiedPart(
        credentials.with_columns(facts.ids.gather(credentials["use_id"]).alias("use_id")),
        links.with_columns(**texts),
        as_stored(facts, tied.caller_origins),
    )


def blocked(links: pl.DataFrame, waited_for: pl.Series) -> pl.Series:
    """The uses whose chains cannot be walked yet: they lead to a use of `waited_for`.

    `links` are those of all uses that are looked at.
    """
    edges = links.select("use_id", "parent_use_id")
    found = frontier = waited_for.unique().rename("use_id")
    while not frontier.is_empty():
        beyond = edges.join(frontier.to_frame("parent_use_id"), on="parent_use_id", how="semi")
        frontier = beyond.select("use_id").unique().join(found.to_frame(), on="use_id", how="anti")["use_id"]
        found = pl.concat([found, frontier])
    return found


def nothing_settled(credentials: pl.DataFrame) -> pl.DataFrame:
    """No rows, with the columns that `settled` of `Followed` has."""
    return credentials.clear().with_columns(
        pl.lit(None, kind).alias(f"settled_{name}") for name, kind in ORIGIN.items() if name != "use_id"
    )


def follow_part(credentials: pl.DataFrame, links: pl.DataFrame, settled: pl.DataFrame) -> Followed:
    """Walks the chains of some credentials: `links` has all links of each.

    `settled` has those, with their origins, to which chains lead and which are not among them: what is
    in neither is a caller that is no use.
    """
    known = pl.concat([credentials, settled.select(credentials.columns)])
    facts, links = _numbered(known, links)
    of_known = pl.int_range(known.height, dtype=pl.UInt32, eager=True)
    credential = known.with_columns(of_known.alias("use_id"))
    tied = Tied(
        links.drop("at", *(f"caller_{name}" for name in _NAMED)),
        credential.filter(pl.col("covers_from").is_not_null()).select(
            "use_id", "covers_from", "ends", "covers_until"
        ),
        credential.filter(pl.col("kind").is_not_null()).select("use_id", *_NAMED),
        links.filter(pl.col("caller_kind").is_not_null())
        .unique("issuance_id")
        .select("issuance_id", *(pl.col(f"caller_{name}").alias(name) for name in _NAMED)),
        credential.filter("two_people")["use_id"],
    )
    ends = settled.select(
        pl.int_range(credentials.height, known.height, dtype=pl.UInt32, eager=True).alias("use_id"),
        *(pl.col(f"settled_{name}").alias(name) for name in ORIGIN if name != "use_id"),
    )
    found, origins = follow(facts, tied, ends)
    # Uses come in their order, and those that were settled behind them.
    origins = origins.head(credentials.height)
    return Followed(
        as_stored(facts, found),
        as_stored(facts, origins),
        credentials.hstack(
            origins.select(pl.col(name).alias(f"settled_{name}") for name in ORIGIN if name != "use_id")
        ),
    )


def _numbered(known: pl.DataFrame, links: pl.DataFrame) -> tuple[Facts, pl.DataFrame]:
    """Facts that say of uses what `follow` reads, and the links with the numbers of these facts."""
    callers = links.select(use_id="parent_use_id").drop_nulls().unique()
    strangers = callers.join(known, on="use_id", how="anti")["use_id"]
    calls = links.select(pl.col("issuance_id").unique())
    ids = pl.concat([known["use_id"], calls["issuance_id"], strangers])
    number = pl.int_range(ids.len(), dtype=pl.UInt32, eager=True)
    is_call = number.is_between(known.height, known.height + calls.height, closed="left")
    of_calls = pl.DataFrame({"text": ids, "number": number}).filter(is_call)
    of_uses = pl.DataFrame({"text": ids, "number": number}).filter(~is_call)

    def numbers(column: str, of: pl.DataFrame) -> pl.Series:
        return links.join(of, left_on=column, right_on="text", how="left", maintain_order="left")["number"]

    return Facts(known, calls, ids), links.with_columns(
        numbers("use_id", of_uses).alias("use_id"),
        numbers("issuance_id", of_calls).alias("issuance_id"),
        numbers("parent_use_id", of_uses).alias("parent_use_id"),
    )
