"""Reads what a store holds, proves its ledger against its tables, and finds the days it lacks."""

from datetime import datetime
from itertools import groupby
from pathlib import Path

from trailtrace.status import Day, Place, Reason, Reject, Status, Unaccounted
from trailtrace.store import Store


def status(store: Store, now: datetime, *, rejects: bool = False) -> Status:
    """What is there at `now`; with `rejects`, every record that could not be read too."""
    [totals] = store.records("answers/status/totals")
    return Status(
        store=store.name,
        size_bytes=_size(store.name),
        now=now,
        reasons=tuple(Reason(**row) for row in store.records("answers/status/reasons")),
        unaccounted=tuple(Unaccounted(**row) for row in store.records("answers/status/unaccounted")),
        places=_places(store),
        rejects=tuple(Reject(**row) for row in store.records("answers/status/rejects")) if rejects else None,
        **totals,
    )


def _places(store: Store) -> tuple[Place, ...]:
    places = []
    rows = store.records("answers/status/days")
    for (account, region), of_place in groupby(rows, lambda row: (row["account_id"], row["region"])):
        days = list(of_place)
        last = max(row["last_event"] for row in days if row["last_event"] is not None)
        places.append(
            Place(
                account,
                region,
                last,
                tuple(
                    Day(
                        row["day"],
                        row["events"],
                        row["hours_with_events"],
                        row["longest_gap_hours"],
                        row["state"],
                    )
                    for row in days
                ),
            )
        )
    return tuple(places)


def _size(name: str) -> int:
    try:
        return Path(name).stat().st_size
    except OSError:
        return 0
