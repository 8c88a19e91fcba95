"""Exports that hold each record's own text in a column: CSV, and the rows of CloudTrail Lake's API."""

import csv
import io
import re
from collections.abc import Iterator

import msgspec

from trailtrace.members import pairs

MAX_CELL = 2**31 - 1
"""Most characters of a CSV cell: what a C long holds everywhere. Content is bounded before."""

RECORD_COLUMNS = ("_raw", "eventjson", "cloudtrail_record", "@message", "event.original")
"""Of Splunk, CloudTrail Lake, our own Parquet, CloudWatch Logs Insights and Kibana."""

_DECLARED = re.compile(r"sep=(.)\r?\n")
_DELIMITERS = ",;\t"
_COLUMNS_OF_RECORDS = {"eventname", "event name", "useridentity", "useridentity.arn", "event.action"}
_COLUMNS_OF_OCSF = {"class_uid", "actor", "api"}

_rows = msgspec.json.Decoder(list[list[msgspec.Raw]]).decode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode


class TableError(Exception):
    """A table that gives no records, or no more."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def original_records(data: bytes) -> Iterator[bytes]:
    """The text of each row's record, in the bytes of the file. Raises TableError."""
    # A character for each byte: what is not UTF-8 is told of the record that it stands in.
    text = data.decode("latin-1")
    declared = _DECLARED.match(text)
    start = declared.end() if declared else 0
    # The limit is one for the whole process: only a constant disturbs no other reader of CSV.
    csv.field_size_limit(MAX_CELL)
    seen: set[str] = set()
    try:
        for delimiter in declared[1] if declared else _DELIMITERS:
            rows = csv.reader(io.StringIO(text[start:], newline=""), delimiter=delimiter)
            header = [name.strip().lower() for name in next(rows, [])]
            columns = [at for name in RECORD_COLUMNS for at, other in enumerate(header) if other == name]
            if columns:
                break
            seen.update(header)
        else:
            raise _without_records(seen)
        for row in rows:
            if row:
                cells = (row[at] for at in columns if at < len(row) and row[at])
                yield next(cells, "").encode("latin-1")
    except csv.Error as error:
        raise TableError("damaged_csv", f"line {rows.line_num}: {error}") from error


def _without_records(header: set[str]) -> TableError:
    """What to do about a table whose columns say what a record said, but not in its own words."""
    if len(header & _COLUMNS_OF_OCSF) > 1:
        fix = "a CSV of OCSF columns, whose structs cannot be told apart: load Security Lake's Parquet files"
        return TableError("no_original_record", fix)
    if header & _COLUMNS_OF_RECORDS:
        fix = (
            "a CSV without the original record: export the column with the raw JSON (_raw in Splunk,"
            " eventjson in CloudTrail Lake, @message in CloudWatch Logs); Athena prints structs as"
            " {type=…}: load the log files of the table's location instead"
        )
        return TableError("no_original_record", fix)
    return TableError("not_json", "neither JSON nor a known export")


def lake_rows(data: bytes) -> list[list[tuple[str, msgspec.Raw]]]:
    """The rows of a query result: each column's name, in lower case, and value, also of two of one name.

    A column is an object of one member, or of `key` and `value` as AWS's guide has it. Raises what
    msgspec does.
    """
    return [[named for column in row for named in _column(bytes(column))] for row in _rows(data)]


def _column(raw: bytes) -> list[tuple[str, msgspec.Raw]]:
    members = _members(raw)
    if members.keys() == {"key", "value"}:
        return [(_text(members["key"]).lower(), members["value"])]
    return [(name.lower(), value) for name, value in pairs(raw)]
