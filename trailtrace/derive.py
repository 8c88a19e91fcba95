"""Derives facts, links and origins from the events of a store.

Facts are made anew only where new records say something of them; what follows from facts, always.
"""

from trailtrace.store import Store

NEW_RECORDS = (
    "facts/new_uses",
    "facts/issuing_calls",
    "facts/issued_again",
    "facts/shared_again",
    "facts/resource_events",
)
"""What reads the records of new files, and no others."""

FACTS = ("facts/uses", "facts/issuances", "facts/copies")
"""What brings the facts that new records touch up to date."""


def derive(store: Store, first_file_id: int) -> None:
    """Brings all derived tables up to date with the records of files from this one on.

    Records never change once derived from, and only later ones are dropped as their duplicates.
    """
    from trailtrace.provenance import resolve

    for name in NEW_RECORDS:
        store.run(name, {"first_file_id": first_file_id})
    for name in FACTS:
        store.run(name)
    found = resolve(store.frame("facts/all_uses"), store.frame("facts/all_issuances"))
    store.run("facts/clear")
    store.fill("facts/add_links", found.links.to_arrow())
    store.fill("facts/add_origins", found.origins.to_arrow())
    store.fill("facts/add_caller_origins", found.caller_origins.to_arrow())
    for name in ("facts/copies_of_issuances", "facts/copies_of_sessions"):
        store.run(name)


def derive_all(store: Store) -> None:
    """Makes all derived tables anew, from every record."""
    store.run("facts/clear_all")
    derive(store, 0)
