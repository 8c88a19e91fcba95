"""The JSON contract of `status`, in `docs/json.md`: keys may be added, their meaning never changes."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from trailtrace.render.json import time_value
from trailtrace.render.names import names_value
from trailtrace.render.rows import Row
from trailtrace.status import Place, Status

DAY_COLUMNS = ("account_id", "region", "day", "events", "hours_with_events", "longest_gap_hours", "state")
REJECT_COLUMNS = ("source", "record", "reason", "detail", "excerpt")


def status_json(status: Status) -> str:
    """One JSON object, ASCII; times `2026-05-01T09:00:00Z`; what is absent is null."""
    value = status_value(status)
    value["coverage"] = [place_value(place) for place in status.places]
    value |= names_value(status.names)
    if status.rejects is not None:
        value["rejects"] = [asdict(reject) for reject in status.rejects]
    return json.dumps(value, indent=2, ensure_ascii=True)


def status_value(status: Status) -> dict[str, Any]:
    """What a store holds, without its days and rejects."""
    return {
        "store": status.store,
        "size_bytes": status.size_bytes,
        "schema_version": status.schema_version,
        "created_by": status.created_by,
        "now": time_value(status.now),
        "files": status.files,
        "source_bytes": status.source_bytes,
        "verified": status.verified,
        "unverified": status.unverified,
        "failed": status.failed,
        "unnamed": status.unnamed,
        "read": status.read,
        "kept": status.kept,
        "duplicate": status.duplicate,
        "rejected": status.rejected,
        "not_events": status.not_events,
        "translated": status.translated,
        "pruned": status.pruned,
        "events": status.events,
        "adds_up": not status.unaccounted,
        "unaccounted": [asdict(each) for each in status.unaccounted],
        "pruned_before": time_value(status.pruned_before),
        "days_in_lake": status.days_in_lake,
        "conflicts": status.conflicts,
        "first_event": time_value(status.first_event),
        "last_event": time_value(status.last_event),
        "seconds_since_last_event": status.seconds_since_last_event,
        "reasons": [asdict(reason) for reason in status.reasons],
    }


def place_value(place: Place) -> dict[str, Any]:
    return {
        "account_id": place.account_id,
        "region": place.region,
        "events": place.events,
        "gaps": place.gaps,
        "last_event": time_value(place.last_event),
        "days": [
            {
                "day": day.day.isoformat(),
                "events": day.events,
                "hours_with_events": day.hours_with_events,
                "longest_gap_hours": day.longest_gap_hours,
                "state": day.state,
            }
            for day in place.days
        ],
    }


def day_rows(status: Status) -> Iterator[Row]:
    """A row a day and place, for `DAY_COLUMNS`."""
    for place in status.places:
        for day in place.days:
            yield (
                place.account_id,
                place.region,
                day.day,
                day.events,
                day.hours_with_events,
                day.longest_gap_hours,
                day.state,
            )


def reject_rows(status: Status) -> list[Row]:
    """A row a reject, for `REJECT_COLUMNS`."""
    return [
        (reject.source, reject.record, reject.reason, reject.detail, reject.excerpt)
        for reject in status.rejects or ()
    ]
