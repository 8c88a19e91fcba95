"""Tells whether records of one event id say the same in another writing.

Exports reorder the members of an object and add or drop empty ones; that is no contradiction. Only
the few records that share an id and differ as text come here.
"""

import json
from typing import Any

Record = dict[str, Any]

_JSON_COLUMNS = (
    "request_parameters",
    "response_elements",
    "additional_event_data",
    "service_event_details",
    "resources",
    "tls_details",
    "addendum",
    "extra",
)
_PLACE_COLUMNS = ("file_id", "record")


def same_in_other_writing(records: list[Record]) -> list[Record]:
    """Where the records are whose content an earlier one of their event id and account has.

    `records` are rows of `events` in file order; returned are their `file_id` and `record`.
    """
    first: set[tuple[object, ...]] = set()
    repeated: list[Record] = []
    for record in records:
        content = tuple(
            _canonical(value) if name in _JSON_COLUMNS else value
            for name, value in record.items()
            if name not in _PLACE_COLUMNS
        )
        if content in first:
            repeated.append({name: record[name] for name in _PLACE_COLUMNS})
        first.add(content)
    return repeated


def _canonical(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        value = _without_nulls(json.loads(text))
    except (ValueError, RecursionError):
        return text
    return None if value is None or value == {} else json.dumps(value, sort_keys=True)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        members = {name: _without_nulls(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(element) for element in value]
    return value
