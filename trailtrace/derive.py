"""Derives facts, links and origins from the events of a store.

Facts are made anew only where new records say something of them, and what follows from facts only where
a changed fact can be seen from. If that is much of the store, all of it is made anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trailtrace.labels import label_addresses
from trailtrace.store import Store

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from trailtrace.provenance import Resolved
    from trailtrace.provenance.touched import Neighbours, Outcome

NEW_CALLS = ("facts/records_apart", "facts/new_uses", "facts/issuing_calls", "facts/resource_events")
"""What reads the records of new files with their identities, and no others."""

NEW_RECORDS = ("facts/issued_again", "facts/shared_again")
"""What reads the records of new files alone."""

FACTS = ("facts/before", "facts/uses", "facts/issuances", "facts/copies")
"""What brings the facts that new records touch up to date."""

WHOLE_SHARE = 0.4
"""If more of the facts than this must be looked at, all are: one pass over everything is then cheaper."""

SECONDS_PER_FACT = 1e-5
"""What resolving all takes for each of them, about."""


def derive(store: Store, first_file_id: int) -> int:
    """Brings all derived tables up to date with the records of files from this one on.

    Records never change once derived from, and only later ones are dropped as their duplicates: where an
    earlier one left, all is to be derived anew.
    Returns how many addresses could not be labelled for want of what reads a .mmdb file.
    """
    _derive_facts(store, first_file_id)
    if not resolve_touched(store):
        resolve_all(store)
    _derive_copies(store)
    return label_addresses(store, first_file_id)


def derive_all(store: Store) -> int:
    """Makes all derived tables anew, from every record; returns as `derive` does."""
    store.run("facts/clear_all")
    _derive_facts(store, 0)
    resolve_all(store)
    _derive_copies(store)
    return label_addresses(store, anew=True)


def _derive_facts(store: Store, first_file_id: int) -> None:
    store.run("facts/named_identities")
    store.run("facts/new_calls")
    files = {"first_file_id": first_file_id}
    [(first_identity_id,)] = store.run("facts/first_identity", files)
    for name in NEW_CALLS:
        store.run(name, {**files, "first_identity_id": first_identity_id})
    for name in NEW_RECORDS:
        store.run(name, files)
    for name in FACTS:
        store.run(name)


def _derive_copies(store: Store) -> None:
    for name in ("facts/copies_of_issuances", "facts/copies_of_sessions"):
        store.run(name)


def resolve_all(store: Store) -> None:
    """Makes links and origins from all facts."""
    from trailtrace.provenance import resolve

    store.release_memory()
    uses, issuances = store.frame(_uses(store)), store.frame("facts/all_issuances")
    store.in_time((uses.height + issuances.height) * SECONDS_PER_FACT)
    found = resolve(uses, issuances, outside=_outside(store))
    del uses, issuances
    store.run("facts/clear")
    _add(store, found)
    store.run("facts/all_principals")


def resolve_touched(store: Store) -> bool:
    """Makes links and origins anew where a changed fact can be seen from; False: that is much of all."""
    import polars as pl

    from trailtrace.provenance.touched import Neighbours

    uses, issuances = store.frame("facts/ties_of_uses"), store.frame("facts/ties_of_issuances")
    ids = pl.concat([uses.select("id", "fact"), issuances.select("id", "fact")]).unique("fact")
    changed = store.frame("facts/changed")["fact"].unique()
    if changed.len() > WHOLE_SHARE * ids.height:
        return False
    neighbours = Neighbours(uses, issuances, store.frame("facts/ties_of_links"))
    touched = neighbours.touched(changed)
    again = _again(store, neighbours, ids, touched)
    if again is None:
        return False
    below = neighbours.descendants(again.seen_from(changed))
    if not below.is_in(touched.implode()).all():
        touched = pl.concat([touched, below]).unique()
        again = _again(store, neighbours, ids, touched)
        if again is None:
            return False
    store.fill("facts/withdraw", again.differing.select("id").to_arrow())
    _add(store, again.news())
    seen = neighbours.near(pl.concat([changed, again.differing["fact"]]))
    store.fill("facts/principals_again", _ids(ids, seen, "id"))
    return True


def resolve_again(store: Store) -> None:
    """Makes all that follows from facts anew: what was said of accounts has changed, no record has."""
    resolve_all(store)
    _derive_copies(store)


def _uses(store: Store) -> str:
    """The statement that gives the uses with whether they may be made up."""
    [(failed,)] = store.run("facts/failed_files")
    return "facts/all_uses" if failed else "facts/sound_uses"


def _outside(store: Store) -> list[str]:
    return [account_id for (account_id,) in store.run("facts/outside_accounts")]


def _add(store: Store, found: Resolved) -> None:
    store.fill("facts/add_links", found.links.to_arrow())
    store.fill("facts/add_origins", found.origins.to_arrow())
    store.fill("facts/add_caller_origins", found.caller_origins.to_arrow())


def _ids(ids: pl.DataFrame, facts: pl.Series, column: str) -> pa.Table:
    """The texts of these facts, in a column of that name."""
    return (
        ids.join(facts.to_frame("fact"), on="fact", how="semi").select("id").rename({"id": column}).to_arrow()
    )


def _again(store: Store, neighbours: Neighbours, ids: pl.DataFrame, touched: pl.Series) -> Outcome | None:
    """What is touched, resolved among what it looks at; None if that is much of the store.

    Neither is a cycle resolved in part, since nobody is the first in it.
    """
    from trailtrace.provenance import Resolved, resolve
    from trailtrace.provenance.touched import Outcome

    seen = neighbours.looked_at(touched)
    if seen.len() > WHOLE_SHARE * ids.height:
        return None
    others = seen.filter(~seen.is_in(touched.implode()))
    settled = store.frame("facts/all_origins", _ids(ids, others, "use_id"))
    found = resolve(
        store.frame(_uses(store), _ids(ids, seen, "use_id")),
        store.frame("facts/all_issuances", _ids(ids, seen, "issuance_id")),
        settled,
        _outside(store),
    )
    if "cycle" in settled["stop"] or "cycle" in found.origins["stop"]:
        return None
    uses, issuances = _ids(ids, touched, "use_id"), _ids(ids, touched, "issuance_id")
    stored = Resolved(
        store.frame("facts/all_links", uses),
        store.frame("facts/all_origins", uses),
        store.frame("facts/all_caller_origins", issuances),
    )
    of_touched = ids.join(touched.to_frame("fact"), on="fact", how="semi")
    return Outcome.of(of_touched, stored, found)
