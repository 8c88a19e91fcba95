"""Ties uses to issuances and walks the chains: frames in, frames out, no database."""

from collections.abc import Collection

import polars as pl

from trailtrace.provenance.facts import numbered
from trailtrace.provenance.resolved import Resolved, as_settled, as_stored
from trailtrace.provenance.tied import follow, tie

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
    tied = tie(facts, outside)
    links, origins = follow(facts, tied, as_settled(facts, settled))
    return Resolved(as_stored(facts, links), as_stored(facts, origins), as_stored(facts, tied.caller_origins))
