"""Derives everything again from the records of a store, and tells what was not as it should have been."""

from trailtrace.derive import derive_all
from trailtrace.model import Rebuilt, RebuiltTable
from trailtrace.store import Store


def rebuild(store: Store) -> Rebuilt:
    """Makes all derived tables anew, all or nothing, and compares them with those that stood there."""
    with store.transaction():
        store.run("rebuild/keep")
        unlabelled = derive_all(store)
        tables = [RebuiltTable(**row) for row in store.records("rebuild/differences")]
        store.run("rebuild/forget")
    return Rebuilt(tuple(tables), unlabelled=unlabelled)
