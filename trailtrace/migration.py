"""Brings a store that an older trailtrace made up to date, a schema version at a time.

`queries/migrations/N.sql` turns the tables of version N - 1 into those of N; what is derived is then
made anew, so that a step never has to know how.
"""

from trailtrace.derive import derive_all
from trailtrace.store import SCHEMA_VERSION, Store


def migrate(store: Store, version: int) -> None:
    """Gives the store the present schema, all or nothing; its records stay as they are."""
    with store.transaction():
        for step in range(version + 1, SCHEMA_VERSION + 1):
            store.run(f"migrations/{step}")
        store.define()
        derive_all(store)
        store.run("store/set_version", {"schema_version": SCHEMA_VERSION})
