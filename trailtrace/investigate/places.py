"""Records that are known by their place: file, number and time."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from trailtrace.store import Needed, Store

Record = dict[str, Any]

Place = tuple[int, int, datetime]


def place_of(row: Record) -> Place:
    return row["file_id"], row["record"], row["event_time"]


def records_at(store: Store, rows: Iterable[Record]) -> dict[Place, Record]:
    """What the records say at the places of some rows, as far as they are there.

    The rows name the recipient account too.
    """
    accounts = {place_of(row): row["recipient_account_id"] for row in rows}
    if not accounts:
        return {}
    places = sorted(accounts)
    files, records, times = zip(*places, strict=True)
    found = store.records(
        "answers/records_at",
        {"file_ids": list(files), "records": list(records), "times": list(times)},
        Needed(tuple((time, time) for time in times), tuple(set(accounts.values()))),
    )
    return {place_of(row): row for row in found}
