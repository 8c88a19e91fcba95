"""Ties uses to issuances and walks the chains: frames in, frames out, no database."""

from collections.abc import Collection
from functools import partial

import polars as pl

from trailtrace.provenance.callers import ends_of_links, origins_of_callers
from trailtrace.provenance.chains import ORIGIN, walk, with_parents
from trailtrace.provenance.facts import Facts, numbered
from trailtrace.provenance.links import best_links
from trailtrace.provenance.matching import CONTRADICTIONS, GRADES
from trailtrace.provenance.origin_cases import outside_is_an_end
from trailtrace.provenance.origins import contradicting, of_two_people, origins_of_uses
from trailtrace.provenance.parents import find_parents
from trailtrace.provenance.people import l19b_people_of_subjects, people_of_callers, with_people
from trailtrace.provenance.resolved import Resolved

__all__ = ["Resolved", "resolve"]


def resolve(
    uses: pl.DataFrame,
    issuances: pl.DataFrame,
    settled: pl.DataFrame | None = None,
    outside: Collection[str] = (),
) -> Resolved:
    """Links and origins of the facts, which have the columns of their tables.

    `settled` has origins that are known, with the columns of theirs: no use's chain goes beyond them.
    `outside` are accounts whose logs nobody can get: a chain that stops for want of them ends there.
    """
    facts = numbered(uses, issuances)
    found = best_links(facts)
    lives = _lives(found)
    refused = found.filter((pl.col("grade") == 0) & pl.col("why").is_in(CONTRADICTIONS))
    parents = find_parents(facts, found.lazy())
    links = with_parents(facts, found.drop("begins", "ends"), parents, lives)
    people = l19b_people_of_subjects(facts, found.lazy()).lazy()
    del found
    use_origins = outside_is_an_end(
        origins_of_uses(facts, people_of_callers(facts.issuances.lazy(), people)), outside
    )
    caller_origins = outside_is_an_end(
        with_people(origins_of_callers(facts.issuances.lazy()), people).collect(), outside
    )
    ends_of = partial(ends_of_links, use_origins, caller_origins, of_two_people(facts.uses))
    kept = links.filter(pl.col("grade") > 0)
    origins = walk(facts, kept, ends_of, contradicting(use_origins, refused), _settled(facts, settled))
    covers = [
        facts.placed(lives["use_id"], lives[name]).gather(origins["use_id"]).alias(name)
        for name in ("covers_from", "covers_until")
    ]
    return Resolved(
        _as_stored(facts, links.drop("event_time", "callers_differ")),
        _as_stored(facts, origins.with_columns(covers)),
        _as_stored(facts, caller_origins),
    )


def _settled(facts: Facts, origins: pl.DataFrame | None) -> pl.DataFrame:
    """Known origins as `walk` reads them."""
    if origins is None:
        return pl.DataFrame(schema=ORIGIN)
    numbers = pl.DataFrame(
        {"text": facts.ids, "number": pl.int_range(facts.ids.len(), dtype=pl.UInt32, eager=True)}
    )
    grades = {str(name): number for number, name in GRADES.items()}
    return (
        origins.rename({"use_id": "text"})
        .join(numbers, on="text")
        .with_columns(
            pl.col("number").alias("use_id"), pl.col("grade").replace_strict(grades, return_dtype=pl.Int8)
        )
        .select(ORIGIN.keys())
    )


def _lives(links: pl.DataFrame) -> pl.DataFrame:
    """The time in which the credential of each linked use lived, as its issuances say."""
    return (
        links.lazy()
        .filter(pl.col("grade") > 0)
        .group_by("use_id")
        .agg(
            pl.col("begins").min().alias("covers_from"),
            pl.col("ends").max(),
            pl.col("ends").filter(pl.col("rule") != "L05").max().alias("covers_until"),
        )
        .collect()
    )


def _as_stored(facts: Facts, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with ids and grades as tables have them."""
    numbers = [name for name in ("use_id", "issuance_id", "parent_use_id") if name in frame.columns]
    grades = pl.Series([str(GRADES[number]) for number in sorted(GRADES)])
    return frame.with_columns(
        *(facts.ids.gather(frame[name]).alias(name) for name in numbers),
        grades.gather(frame["grade"]).alias("grade"),
    )
