"""Tells copies of a record from contradictions, among what has just come into a store."""

from __future__ import annotations

from collections import Counter

from trailtrace.same_content import same_in_other_writing
from trailtrace.store import Store


def settle_repeats(store: Store, first_file_id: int) -> Counter[int]:
    """Of events with the same content one stays; those with other content under its id contradict it.

    Looks at the records of files from this one on, and at older ones that share their ids. What CloudTrail
    wrote takes the place of a translation of it. Returns how many records of each file left; the ledger is
    not told.
    """
    import pyarrow as pa

    first = {"first_file_id": first_file_id}
    for name in ("store/new_ids", "store/older_with_new_ids"):
        store.run(name, first)
    [(places,)] = store.run("store/places", first)
    if not places:
        return Counter()
    store.run("store/repeats")
    [(translated,)] = store.run("store/translated_repeats")
    if translated:
        store.run("store/translations")
    repeated = same_in_other_writing(store.records("store/differing"))
    if repeated:
        store.fill("store/same_content", pa.Table.from_pylist(repeated))
    store.run("store/conflicts")
    dropped = Counter(file_id for (file_id,) in store.run("store/drop_duplicates"))
    if translated:
        store.run("store/settled_conflicts")
    return dropped


def count_repeats(store: Store, dropped: dict[int, int]) -> None:
    """Tells the ledger of files that were loaded before which of their records left for better ones."""
    import pyarrow as pa

    if dropped:
        rows = [{"file_id": file_id, "records": records} for file_id, records in dropped.items()]
        store.fill("store/count_duplicates", pa.Table.from_pylist(rows))
