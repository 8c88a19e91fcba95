"""Derives facts, links and origins from the events of a store. Always everything, always anew."""

from trailtrace.store import Store


def derive(store: Store) -> None:
    """Rebuilds uses, issuances, resource_events, links, origins and caller_origins."""
    from trailtrace.provenance import resolve

    store.run("facts/clear")
    for name in ("facts/uses", "facts/copies", "facts/issuances", "facts/resource_events"):
        store.run(name)
    uses = store.frame("facts/all_uses")
    issuances = store.frame("facts/all_issuances")
    found = resolve(uses, issuances)
    store.fill("facts/add_links", found.links.to_arrow())
    store.fill("facts/add_origins", found.origins.to_arrow())
    store.fill("facts/add_caller_origins", found.caller_origins.to_arrow())
    for name in ("facts/copies_of_issuances", "facts/copies_of_sessions"):
        store.run(name)
