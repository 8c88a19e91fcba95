"""CSV exports that hold each record's own text in a column (Splunk's `_raw`, Lake's `eventjson`)."""

import csv
import io
from collections.abc import Iterator

MAX_CELL = 2**31 - 1
"""Most characters of a CSV cell: what a C long holds everywhere. Content is bounded before."""


class TableError(Exception):
    """A table that gives no records, or no more."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def original_records(data: bytes) -> Iterator[bytes]:
    """The text of each row's record. Raises TableError."""
    text = data.decode(errors="replace")
    # The limit is one for the whole process: only a constant disturbs no other reader of CSV.
    csv.field_size_limit(MAX_CELL)
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        column = next((header.index(name) for name in ("_raw", "eventjson") if name in header), None)
        if column is None:
            if {"eventname", "event name", "useridentity"} & set(header):
                fix = "a CSV without the original record: export the column with the raw JSON (_raw)"
                raise TableError("no_original_record", fix)
            raise TableError("not_json", "neither JSON nor a known export")
        for row in rows:
            if row:
                yield (row[column] if column < len(row) else "").encode()
    except csv.Error as error:
        raise TableError("damaged_csv", f"line {rows.line_num}: {error}") from error
