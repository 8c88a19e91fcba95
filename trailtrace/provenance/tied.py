"""What is found of facts before any chain is walked, and the walk from there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import polars as pl

from trailtrace.provenance.callers import ends_of_links, origins_of_callers
from trailtrace.provenance.chains import walk, with_callers, with_parents
from trailtrace.provenance.facts import Facts
from trailtrace.provenance.links import best_links
from trailtrace.provenance.matching import CONTRADICTIONS
from trailtrace.provenance.origin_cases import outside_is_an_end
from trailtrace.provenance.origins import contradicting, of_two_people, origins_of_uses
from trailtrace.provenance.parents import find_parents
from trailtrace.provenance.people import l19b_people_of_subjects, people_of_callers, with_people


@dataclass(frozen=True, slots=True)
class Tied:
    """Links with the callers of their calls, and where chains may end; ids are numbers.

    `links` is what `with_callers` gives. `lives` has use_id, covers_from, ends and covers_until of each
    linked use. `own_origins` has use_id and the origin that it names itself, or stops at;
    `caller_origins` has issuance_id and the origin of its caller. `two_people` are uses of sessions that
    name more than one person.
    """

    links: pl.DataFrame
    lives: pl.DataFrame
    own_origins: pl.DataFrame
    caller_origins: pl.DataFrame
    two_people: pl.Series


def tie(facts: Facts, outside: Collection[str] = ()) -> Tied:
    """Ties facts to each other; what is found of one rests on no chain, and on no fact that `ties.py` does
    not lead to."""
    found = best_links(facts)
    lives = _lives(found)
    refused = found.filter((pl.col("grade") == 0) & pl.col("why").is_in(CONTRADICTIONS))
    links = with_callers(facts, found.drop("begins", "ends"), find_parents(facts, found.lazy()))
    people = l19b_people_of_subjects(facts, found.lazy()).lazy()
    del found
    own_origins = outside_is_an_end(
        origins_of_uses(facts, people_of_callers(facts.issuances.lazy(), people)), outside
    )
    return Tied(
        links,
        lives,
        contradicting(own_origins, refused),
        outside_is_an_end(with_people(origins_of_callers(facts.issuances.lazy()), people).collect(), outside),
        of_two_people(facts.uses),
    )


def follow(facts: Facts, tied: Tied, settled: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Links with whether their parent lived, and the origins of all uses with the time that these cover.

    Of the facts it reads ids, types and creation dates. `settled` has origins as `walk` takes them.
    """
    links = with_parents(facts, tied.links, tied.lives)
    ends_of = partial(ends_of_links, tied.own_origins, tied.caller_origins, tied.two_people)
    origins = walk(facts, links.filter(pl.col("grade") > 0), ends_of, tied.own_origins, settled)
    covers = [
        facts.placed(tied.lives["use_id"], tied.lives[name]).gather(origins["use_id"]).alias(name)
        for name in ("covers_from", "covers_until")
    ]
    return links.drop("event_time", "callers_differ"), origins.with_columns(covers)


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
