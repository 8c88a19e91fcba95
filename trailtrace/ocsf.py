"""OCSF events as a container: JSON objects, and the rows of Security Lake's Parquet files."""

from typing import Any

import msgspec

from trailtrace.columnar import ColumnarError, ocsf_events, too_much_text
from trailtrace.documents import UNREADABLE
from trailtrace.from_ocsf import NOT_CLOUDTRAIL, is_cloudtrail, record_text
from trailtrace.translation import NoRecordError
from trailtrace.unwrapped import RecordCollector


def ocsf_event(raw: bytes, records: RecordCollector) -> None:
    """Adds the record that an event in JSON tells of, or a reject."""
    records.container = records.container or "ocsf"
    try:
        event = msgspec.json.decode(raw)
    except UNREADABLE as error:
        records.reject("invalid_json", f"the OCSF event is not valid JSON: {error}", raw)
    else:
        _add(event, records, raw)


def ocsf_rows(data: bytes, records: RecordCollector) -> None:
    """Adds what each row of a Parquet file tells of. Raises ColumnarError."""
    records.container = "ocsf"
    size = others = 0
    for event in ocsf_events(data):
        if records.count == 0 and not is_cloudtrail(event):
            others += 1
            continue
        for _ in range(others):
            records.reject("unrecognised", NOT_CLOUDTRAIL)
        others = 0
        size += _add(event, records)
        if size > records.limits.object_bytes:
            raise too_much_text(records.limits)
    if others:
        # A file of Security Lake is of one source: one reject for it, not one for every row.
        raise ColumnarError("unrecognised", "OCSF events, and not of CloudTrail")


def _add(event: dict[str, Any], records: RecordCollector, raw: bytes = b"") -> int:
    """Adds a record or a reject; how long the record is."""
    try:
        record = record_text(event)
    except NoRecordError as error:
        records.reject(error.reason, str(error), raw)
        return 0
    records.add(record, "ocsf")
    return len(record)
