"""DuckDB alone: `read_json` with declared columns into a table, one row an event, nothing else.

Run as: duckdb_read_json.py LOGS DATABASE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

RECORD = """struct(
    "eventVersion" varchar, "eventTime" timestamp, "eventSource" varchar, "eventName" varchar,
    "awsRegion" varchar, "sourceIPAddress" varchar, "userAgent" varchar, "errorCode" varchar,
    "errorMessage" varchar, "requestID" varchar, "eventID" varchar, "sharedEventID" varchar,
    "readOnly" boolean, "eventType" varchar, "recipientAccountId" varchar,
    "userIdentity" struct(
        "type" varchar, "principalId" varchar, "arn" varchar, "accountId" varchar,
        "accessKeyId" varchar, "userName" varchar, "invokedBy" varchar, "sessionContext" json),
    "requestParameters" json, "responseElements" json, "additionalEventData" json,
    "resources" json)[]"""

LOAD = """
create table events as
select unnest(r) from (
    select unnest("Records") as r
    from read_json($logs, columns = {'Records': $record}, maximum_object_size = $largest))
"""


def unpacked_size(path: Path) -> int:
    """What the gzip trailer says."""
    with path.open("rb") as file:
        file.seek(-4, 2)
        return int.from_bytes(file.read(4), "little")


def main(logs: Path, database: str) -> None:
    # A file is one JSON object. Larger limits than needed only cost memory.
    largest = max(map(unpacked_size, logs.rglob("*.json.gz"))) + 1024
    with duckdb.connect(database) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(LOAD, {"logs": f"{logs}/**/*.json.gz", "record": RECORD, "largest": largest})
        row = connection.execute("select count(*) from events").fetchone()
    sys.stdout.write(json.dumps({"events": row[0] if row else 0}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
