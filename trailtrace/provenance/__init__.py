"""Ties uses to issuances and walks the chains: frames in, frames out, no database."""

from dataclasses import dataclass

import polars as pl

from trailtrace.provenance.callers import ends_of_links, origins_of_callers
from trailtrace.provenance.chains import walk, with_parents
from trailtrace.provenance.links import best_links
from trailtrace.provenance.matching import CONTRADICTIONS, GRADES
from trailtrace.provenance.origins import origins_of_uses
from trailtrace.provenance.parents import find_parents
from trailtrace.provenance.people import l19b_people_of_subjects, people_of_callers, with_people

__all__ = ["Resolved", "resolve"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The tables links, origins and caller_origins, as documented in `queries/facts/schema.sql`."""

    links: pl.DataFrame
    origins: pl.DataFrame
    caller_origins: pl.DataFrame


def resolve(uses: pl.DataFrame, issuances: pl.DataFrame) -> Resolved:
    """Links and origins of the facts, which have the columns of their tables."""
    found = best_links(uses.lazy(), issuances.lazy())
    parents = find_parents(uses.lazy(), issuances.lazy(), found.lazy())
    links = with_parents(uses, issuances, found, parents)
    contradicted = found.filter((pl.col("grade") == 0) & pl.col("why").is_in(CONTRADICTIONS))
    people = l19b_people_of_subjects(uses.lazy(), issuances.lazy(), found.lazy()).collect().lazy()
    use_origins = (
        origins_of_uses(uses.lazy(), issuances.lazy(), people_of_callers(issuances.lazy(), people))
        .with_columns(
            pl.when((pl.col("kind") == "unknown") & pl.col("use_id").is_in(contradicted["use_id"].implode()))
            .then(pl.lit("contradiction"))
            .otherwise("stop")
            .alias("stop")
        )
        .collect()
    )
    caller_origins = with_people(origins_of_callers(issuances.lazy()), people).collect()
    kept = links.filter(pl.col("grade") > 0)
    origins = walk(ends_of_links(kept, uses, use_origins, caller_origins), use_origins)
    ends = (
        found.filter(pl.col("grade") > 0)
        .group_by("use_id")
        .agg(
            pl.col("begins").min().alias("covers_from"),
            pl.col("ends").filter(pl.col("rule") != "L05").max().alias("covers_until"),
        )
    )
    origins = origins.join(ends, on="use_id", how="left")
    stored = links.drop("event_time", "callers_differ")
    return Resolved(_graded(stored), _graded(origins), _graded(caller_origins))


def _graded(frame: pl.DataFrame) -> pl.DataFrame:
    words = {number: str(grade) for number, grade in GRADES.items()}
    return frame.with_columns(pl.col("grade").replace_strict(words, return_dtype=pl.String))
